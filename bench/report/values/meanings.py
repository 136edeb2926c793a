"""What a measure is, in words."""

from __future__ import annotations

#: Measure without cutoff and parameters -> what it is.
_MEANINGS = {
    "nDCG": "{measure} looks at the {cutoff} of a ranking: every relevant document adds its grade, discounted by the "
    "logarithm of its rank, and the sum is divided by that of the best possible order. 1 is perfect, 0 is nothing "
    "relevant.",
    "RR": "{measure} is one over the rank of the first relevant document in the {cutoff}, 0 if there is none.",
    "AP": "{measure} is the precision at the rank of every relevant document in the {cutoff}, averaged over all "
    "relevant documents.",
    "P": "{measure} is the share of relevant documents in the {cutoff}.",
    "R": "{measure} is the share of all relevant documents that are in the {cutoff}.",
    "Success": "{measure} is 1 if there is a relevant document in the {cutoff}, else 0.",
}


def explain(measure: str) -> str:
    """Return what ``measure`` is, for a reader who does not know it; its documentation's place if we do not either."""
    name, _, cutoff = measure.partition("@")
    meaning = _MEANINGS.get(name.partition("(")[0])
    if meaning is None:
        return f"{measure} is defined in the documentation of ir-measures."
    return meaning.format(measure=measure, cutoff=f"first {cutoff} documents" if cutoff else "ranking")
