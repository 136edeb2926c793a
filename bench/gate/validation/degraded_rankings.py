"""Rankings made worse by a known amount."""

from __future__ import annotations

import random
from itertools import pairwise

from bench.data.collections.judgments import Qrels
from bench.data.runs import Candidates
from bench.measure.quality import measure


def degraded(run: Candidates, qrels: Qrels, name: str, loss: float, seed: int) -> Candidates:
    """Return ``run`` with neighbours of its top swapped, in queries drawn at random, until the measure's mean fell.

    A document changes places with the less relevant one right below it: the smallest of errors. Query after query is
    drawn until the loss is reached; if one swap in each does not suffice, they are drawn once more.

    Args:
        run: Rankings, best first.
        qrels: Judgments of the same queries.
        name: The measure, such as nDCG@10.
        loss: How far its mean falls, to within half the effect of one swap.
        seed: Draws the queries and the neighbours.

    Raises:
        ValueError: No order of these documents is that much worse.
    """
    draw = random.Random(seed)
    rankings = {query_id: [doc_id for doc_id, _ in ranked] for query_id, ranked in run.items()}
    total, done = loss * len(qrels), 0.0
    while done < total:
        before = done
        for query_id in draw.sample(sorted(rankings), len(rankings)):
            ranking, judged = rankings[query_id], qrels[query_id]
            places = [
                place
                for place, (upper, lower) in enumerate(pairwise(ranking[:11]))
                if judged.get(upper, 0) > judged.get(lower, 0)
            ]
            if not places:
                continue
            place = draw.choice(places)
            worse = [*ranking[:place], ranking[place + 1], ranking[place], *ranking[place + 2 :]]
            cost = _value(ranking, judged, name) - _value(worse, judged, name)
            if done + cost / 2 > total:
                return {query_id: scored(ranking) for query_id, ranking in rankings.items()}
            rankings[query_id] = worse
            done += cost
        if done == before:
            raise ValueError(f"these rankings cannot be made worse by {loss:g} {name}")
    return {query_id: scored(ranking) for query_id, ranking in rankings.items()}


def scored(ranking: list[str]) -> list[tuple[str, float]]:
    """Return a ranking with scores that keep its order."""
    return [(doc_id, float(len(ranking) - place)) for place, doc_id in enumerate(ranking)]


def _value(ranking: list[str], judged: dict[str, int], name: str) -> float:
    return float(measure({"q": scored(ranking)}, {"q": judged}, [name])["value"].iloc[0])
