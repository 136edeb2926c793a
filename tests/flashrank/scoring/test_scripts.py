from __future__ import annotations

import pytest

from flashrank.scoring.scripts import is_mostly_latin


@pytest.mark.parametrize(
    "text",
    ["", "1 + 1?", "how do I sort a list", "Où est la bibliothèque", "tiếng Việt", "what λ is in physics", "é"],
)
def test_latin(text):
    assert is_mostly_latin(text)


@pytest.mark.parametrize(
    "text", ["как сортировать список", "怎么排序", "كيف", "सूची", "πώς ταξινομώ list", "Python の使い方を教えて"]
)
def test_other_scripts(text):
    assert not is_mostly_latin(text)
