"""What may be asked of an export."""

from __future__ import annotations

import re

import pytest

from flashrank.errors import InvalidRequest
from flashrank.export.options import Options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opset": 13}, "--opset is 13; allowed: 14 to 20"),
        ({"tolerance": 0.0}, "--tolerance is 0; it must be a number above 0"),
        ({"tolerance": float("nan")}, "--tolerance is nan"),
        ({"per_channel": True}, "add --int8"),
        ({"reduce_range": False}, "add --int8"),
        ({"template": "Query: {query}"}, "template is 'Query: {query}'"),
    ],
)
def test_options_that_cannot_be_used(options, message):
    with pytest.raises(InvalidRequest, match=re.escape(message)):
        Options(**options)


def test_options_that_can():
    Options(int8=True, per_channel=True, reduce_range=False, tolerance=0.5, opset=20)
    Options(template="{query} [SEP] {passage}", tokens=("▁no", "▁yes"))
    assert Options(template="").template == ""  # the tokenizer's own pair, whatever else would be taken
