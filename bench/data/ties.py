"""How ties are broken: every ranking has the order in which trec_eval reads its run file.

trec_eval sorts by score, as float32, and equal scores by document id, descending. A first stage's candidates are put
into that order at once, before they are cut to a depth. The first stage is measured in it, a reranker gets it, and a
page shows its ranks. A reranker leaves passages of equal logits in the order it got, as ``Ranker.rerank`` does, and the
scores of its run fall from rank to rank. So whoever reads one of these runs, or sorts it again, finds the ranking that
was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

# Far beyond any score, and far enough within float32 that there is always a next one below.
_LARGEST = 1e38


def as_read(scores: Sequence[float]) -> list[float]:
    """Return scores as trec_eval has them: float32, infinite beyond its range."""
    with np.errstate(over="ignore"):
        found: list[float] = np.array(scores, dtype=np.float64).astype(np.float32).tolist()
    return found


def best_first(ranking: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return ``(document id, score)`` in trec_eval's order."""
    candidates = list(ranking)
    scores = as_read([score for _, score in candidates])
    places = sorted(range(len(candidates)), key=lambda place: (scores[place], candidates[place][0]), reverse=True)
    return [candidates[place] for place in places]


def reordered(doc_ids: Sequence[str], logits: Sequence[float], depth: int | None = None) -> list[tuple[str, float]]:
    """Return the ranking that a reranker makes of candidates: equal logits keep the order given.

    Args:
        doc_ids: The candidates, in the order given to the reranker.
        logits: One per candidate.
        depth: How many of them are reranked; the others keep their order below those. All by default.

    Returns:
        ``(document id, score)``. Scores are the logits of those reranked, and fall from rank to rank: where the next
        would not, it is the next float32 below.
    """
    reach = len(doc_ids) if depth is None else depth
    order = sorted(range(len(doc_ids[:reach])), key=lambda place: -logits[place])
    wanted = np.clip([logits[place] for place in order], -_LARGEST, _LARGEST).astype(np.float32)
    ranking: list[tuple[str, float]] = []
    above = np.float32(np.inf)
    for place, score in zip(order, wanted, strict=True):
        above = min(score, _next_below(above))
        ranking.append((doc_ids[place], float(above)))
    for doc_id in doc_ids[reach:]:
        above = _next_below(above)
        ranking.append((doc_id, float(above)))
    return ranking


def _next_below(score: np.float32) -> np.float32:
    # Beside 0 the next one is denormal, which not every reader of the file tells from 0.
    return min(np.nextafter(score, np.float32(-np.inf)), score - np.float32(1e-30))
