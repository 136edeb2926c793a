"""Templates: what is one, and that query and passage are never read as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flashrank.errors import InvalidRequest
from flashrank.models.template import TextTemplate

words = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]))


@given(before=words, between=words, after=words, query=st.text(), passage=st.text())
def test_query_and_passage_go_in_as_they_are(before, between, after, query, passage):
    template = TextTemplate.parse(f"{before}{{query}}{between}{{passage}}{after}")
    assert template.text(query, passage) == before + query + between + passage + after


def test_braces_in_a_text_are_just_characters():
    template = TextTemplate.parse("Query: {query} Document: {passage} Relevant:")
    assert template.text("{passage}", "{query} {0} {{}}") == "Query: {passage} Document: {query} {0} {{}} Relevant:"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "no field",
        "{query}",
        "{passage}",
        "{passage} {query}",
        "{query} {passage} {query}",
        "{query} {query} {passage}",
        "{query} {passage} {title}",
        "{query!r} {passage}",
        "{query} {passage",
        "{{query}} {passage}",
        "{query} } {passage}",
        "{query} {} {passage}",
        "{Query} {passage}",
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(template):
    with pytest.raises(InvalidRequest, match=r"must hold \{query\} and then \{passage\}, once each"):
        TextTemplate.parse(template)
