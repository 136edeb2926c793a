"""A cascade: a small model scores every passage, and a large one those that may still be among its first ten.

The large model goes down the small one's list until so many passages in a row did not come among its own best ten. How
far that is depends on the query, where a fixed number would be too many for one query and too few for another. It
depends on nothing but orders, so it holds for any two models, whatever the range of their logits.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence

from flashrank.scoring.scores import ScoredPair, Scores

#: Of a list of results, the first so many are to be those of the large model alone.
TOP = 10
#: Passages in a row that did not come among the first ``TOP`` before the rest is left as it is: the least with which
#: nano before ms-marco-MiniLM-L-12-v2 loses at most .005 of nDCG@10, by the latter's own scores on training queries and
#: at the upper end of the 95 % interval. ``python -m bench cascade`` chose it.
PATIENCE = 18

#: Scores texts for a query.
Scorer = Callable[[Sequence[str]], list[ScoredPair]]


def score_in_cascade(texts: Sequence[str], first: Scorer, second: Scorer, patience: int) -> Scores:
    """Return scores of ``texts``, in the order given, once the large model has scored the best of them again.

    What it scored has its scores, and stands above all others. The others keep the small model's order, and its scores
    where these are below every one of the large model. Where they are not, their logits are all lowered by the same
    amount, so that the highest comes just below the large model's lowest.

    Args:
        texts: The passages, at least one.
        first: The small model; not asked where the large one scores every passage in any case.
        second: The large model. It is handed at once all that it must score in any case.
        patience: Passages in a row that did not come among its first ``TOP`` after which it scores no more.
    """
    if len(texts) <= TOP + patience:  # the large model scores all of them in any case
        return Scores.from_pairs(second(texts), (True,) * len(texts))
    found = first(texts)
    line = sorted(range(len(found)), key=lambda place: -found[place].logit)
    top: list[float] = []
    done = idle = 0
    while idle < patience and done < len(line):
        places = line[done : max(done, TOP) + patience - idle]
        for place, pair in zip(places, second([texts[place] for place in places]), strict=True):
            found[place] = pair
            if len(top) < TOP:
                heapq.heappush(top, pair.logit)
            elif pair.logit > top[0]:
                heapq.heapreplace(top, pair.logit)
                idle = 0
            else:
                idle += 1
        done += len(places)
    if rest := line[done:]:
        lowest = min((found[place] for place in line[:done]), key=lambda pair: pair.logit)
        for place, pair in zip(rest, _below(lowest, [found[place] for place in rest]), strict=True):
            found[place] = pair
    rescored = set(line[:done])
    return Scores.from_pairs(found, tuple(place in rescored for place in range(len(found))))


def _below(lowest: ScoredPair, pairs: list[ScoredPair]) -> list[ScoredPair]:
    """Return pairs, the highest first, with logits below ``lowest``: as they are, or all lowered by the same amount."""
    # Far enough below to differ in float32, in which rankings are often written down.
    highest, limit = pairs[0].logit, lowest.logit - max(1.0, abs(lowest.logit)) * 1e-6
    if highest <= limit:
        return pairs
    logits = [min(limit, pair.logit - (highest - limit)) for pair in pairs]
    return [
        pair._replace(logit=logit, score=min(lowest.score, _sigmoid(logit)))
        for pair, logit in zip(pairs, logits, strict=True)
    ]


def _sigmoid(logit: float) -> float:
    exponential = math.exp(-abs(logit))
    return (1 if logit >= 0 else exponential) / (1 + exponential)
