"""Queries in the forms that people type into a search box, made from the phrases of a passage.

Such a query needs no author and no answer, because the teacher judges every passage. It only has to look like the
queries that the student will meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

_FORMS = """
{a}; {a} {b}; {a} in {b}; {a} of {b}; {a} and {b}; {a} for {b}; {a} meaning; {a} definition; define {a};
what is {a}; what is a {a}; what are {a}; what is the {a} of {b}; what is {a} used for; what does {a} mean;
what does {a} do; what {a} is {b}; what causes {a}; causes of {a}; types of {a}; what kind of {a} has {b};
what are the {a} of {b}; what are examples of {a}; {a} examples; {a} facts; how does {a} work;
how does {a} affect {b}; how is {a} made; how to {a}; how to use {a} for {b}; how long does {a} last;
how long is {a}; how much does {a} cost; how much {a} is in {b}; cost of {a}; how many {a} in {b};
how many {a} are there; how old is {a}; how big is {a}; average {a}; {a} number; where is {a};
where is {a} located; where did {a} come from; who is {a}; who was {a}; who invented {a}; when was {a};
when did {a} start; what year was {a}; what time is {a}; {a} date; {a} history; why is {a} important;
why did {a} {b}; is {a} {b}; is {a} a {b}; are {a} {b}; can {a} cause {b}; can you {a}; does {a} have {b};
difference between {a} and {b}; {a} vs {b}; {a} or {b}; {a} compared to {b}; signs of {a}; benefits of {a};
side effects of {a}; effects of {a} on {b}; {a} treatment; {a} used in {b}; importance of {a} in {b};
role of {a} in {b}; purpose of {a}; function of {a}; list of {a}; {a} list
"""
#: `{a}` and `{b}` stand for phrases of the passage.
FORMS = tuple(form.strip() for form in _FORMS.split(";"))

_WORD = re.compile(r"[a-z][a-z'-]*[a-z]|[a-z]")
_BREAK = re.compile(r"[^\w\s'-]|\d")
_LONGEST = 3
_BEST = 6


def search_query(passage: str, rarity: Callable[[str], float], random: np.random.Generator) -> str | None:
    """Return a query about the phrases of a passage, or None where it has fewer than two.

    Args:
        passage: The passage.
        rarity: Returns how rare a word is in the texts. Rare phrases are preferred.
        random: Chooses the phrases and the form.
    """
    found = phrases(passage)
    weights = {phrase: float(np.mean([rarity(word) for word in phrase.split()])) for phrase in found}
    best = sorted(weights, key=lambda phrase: (-weights[phrase] * (1 + 0.5 * (found.count(phrase) > 1)), phrase))[
        :_BEST
    ]
    if len(best) < 2:
        return None
    a, b = random.permutation(best)[:2]
    return FORMS[random.integers(len(FORMS))].format(a=a, b=b)


def phrases(passage: str) -> Sequence[str]:
    """Return the runs of one to three words between stopwords and punctuation, in lower case, with repetitions."""
    from bm25s.stopwords import STOPWORDS_EN

    found: list[str] = []
    for part in _BREAK.split(passage.lower()):
        run: list[str] = []
        for word in [*part.split(), ""]:
            if _WORD.fullmatch(word) and len(word) > 2 and word not in STOPWORDS_EN:
                run.append(word)
            else:
                if 0 < len(run) <= _LONGEST:
                    found.append(" ".join(run))
                run = []
    return found
