"""Published numbers with their sources: what a run's own can be held against."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, model_validator

from bench.common.strict import Strict

FILE = Path(__file__).with_name("reference_numbers.yaml")

#: Words of a label that say which documents were ranked, not which dataset it is.
_POOL_WORDS = {"judged", "pool"}
_POOL = re.compile(r"\bpool\b|\bjudged (passages|documents|only)\b", re.IGNORECASE)


class ReferenceDataset(Strict):
    """A dataset that something was published on.

    Attributes:
        id: Its ir_datasets id.
        queries: Judged queries of the whole set.
        aliases: Other names that a label may have, in any case and punctuation.
    """

    id: str
    queries: int = Field(ge=1)
    aliases: tuple[str, ...] = ()


class ReferenceModel(Strict):
    """A model, or a first stage, that something was published on."""

    name: str
    aliases: tuple[str, ...] = ()


class Publication(Strict):
    """Values of one measure from one source, all under one protocol.

    Attributes:
        source: What was published, in a few words.
        url: Where.
        note: What else there is to know of the protocol.
        precision: Of the model's products; None for a first stage.
        first_stage: Label of what was reranked; None for a first stage's own numbers.
        depth: Candidates reranked per query; None for a first stage's own numbers.
        measure: As ir-measures prints it.
        values: Model -> dataset id -> value in 0..1.
    """

    source: str
    url: str = Field(pattern="^https://")
    note: str
    precision: Literal["fp32", "int8"] | None = None
    first_stage: str | None = None
    depth: int | None = Field(None, ge=1)
    measure: str
    values: dict[str, dict[str, Annotated[float, Field(ge=0, le=1)]]]


@dataclass(frozen=True, slots=True)
class Reference:
    """One published number: its dataset, its model, and how it came about."""

    dataset: ReferenceDataset
    model: str
    value: float
    publication: Publication


class ReferenceNumbers(Strict):
    """Everything in a file of published numbers.

    Attributes:
        datasets: Datasets that values may be of.
        models: Models that values may be of.
        publications: The values.
    """

    datasets: tuple[ReferenceDataset, ...]
    models: tuple[ReferenceModel, ...]
    publications: tuple[Publication, ...]

    @model_validator(mode="after")
    def _names_are_known_and_mean_one_thing(self) -> Self:
        _by_name([(row.id, row.aliases) for row in self.datasets])
        _by_name([(row.name, row.aliases) for row in self.models])
        datasets, models = {row.id for row in self.datasets}, {row.name for row in self.models}
        for publication in self.publications:
            unknown = publication.values.keys() - models
            unknown |= {name for row in publication.values.values() for name in row} - datasets
            if unknown:
                raise ValueError(f"{publication.source}: {sorted(unknown)[0]!r} is not among `datasets` or `models`")
        return self

    def find(self, dataset: str, model: str, measure: str) -> list[Reference]:
        """Return what was published on a cell of a run, in the file's order.

        Args:
            dataset: The run's label; a label that says "judged pool" finds the whole dataset's numbers.
            model: Label of a model or a first stage.
            measure: As ir-measures prints it.
        """
        datasets = _by_name([(row.id, row.aliases) for row in self.datasets])
        models = _by_name([(row.name, row.aliases) for row in self.models])
        found, name = datasets.get(_key(dataset)), models.get(_key(model))
        if found is None or name is None:
            return []
        row = next(row for row in self.datasets if row.id == found)
        return [
            Reference(row, name, publication.values[name][found], publication)
            for publication in self.publications
            if publication.measure == measure and found in publication.values.get(name, {})
        ]


@cache
def load_references(path: Path = FILE) -> ReferenceNumbers:
    """Read a file of published numbers: by default the one that comes with the project.

    Raises:
        ValidationError: The file has another form, a value out of range, or a name that means two things.
    """
    return ReferenceNumbers.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def is_judged_pool(dataset: str, note: str) -> bool:
    """Tell whether a dataset's label or caveat says that only judged documents were ranked."""
    return bool(_POOL.search(re.sub(r"[-_/]", " ", f"{dataset} {note}")))


def same_name(one: str, other: str) -> bool:
    """Tell whether two labels are the same but for case, punctuation and a publisher's prefix."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower().removeprefix("cross-encoder/"))
    return "-".join(word for word in words if word not in _POOL_WORDS)


def _by_name(rows: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Return key -> canonical name, of names and aliases."""
    known: dict[str, str] = {}
    for name, aliases in rows:
        for alias in (name, *aliases):
            if known.setdefault(_key(alias), name) != name:
                raise ValueError(f"{alias!r} means both {known[_key(alias)]} and {name}")
    return known
