"""The text that a model reads of a query and a passage: ``Query: {query} Document: {passage} Relevant:``.

Which model reads which is said by its row in ``model_list``, or by the ``flashrank.json`` in its directory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flashrank.errors import InvalidRequest

#: monoT5's (arXiv:2003.06713), and InRanker's in ``inranker/rankers.py`` (github.com/unicamp-dl/InRanker): one text,
#: then the softmax over "false" and "true" of the first decoded token.
MONOT5 = "Query: {query} Document: {passage} Relevant:"


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """The words around the query and the passage."""

    before: str
    between: str
    after: str

    @classmethod
    def parse(cls, template: str) -> TextTemplate:
        """Read a template such as ``"Query: {query} Document: {passage} Relevant:"``.

        Raises:
            InvalidRequest: It does not hold ``{query}`` and then ``{passage}``, once each and nothing else in braces.
        """
        parts = re.split(r"(\{query\}|\{passage\})", template)
        if parts[1::2] != ["{query}", "{passage}"] or any(brace in part for part in parts[::2] for brace in "{}"):
            raise InvalidRequest(
                f"template is {template!r}; it must hold {{query}} and then {{passage}}, once each,"
                " and nothing else in braces"
            )
        return cls(*parts[::2])

    def text(self, query: str, passage: str) -> str:
        """Return the text of a pair; braces in query and passage are just characters."""
        return f"{self.before}{query}{self.between}{passage}{self.after}"
