"""The row of a reranker in an experiment: which model it is, and how it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from bench.common.strict import Strict, identifiers
from bench.experiment.random_shape import RANDOM_WEIGHTS, Shape, shape_of
from flashrank import TextTemplate, find_model


class RerankerSpec(Strict):
    """One reranker: a model by name, directory or shape, and how it is run.

    Attributes:
        name: A model of ``flashrank.list_models()``, or a hub repository as ``org/name``.
        path: A directory in FlashRank's layout, instead of a name.
        random: The shape of a model of random weights, instead of either; for latency alone.
        or_random: Where the named model cannot be had, one of random weights and the same shape stands in.
        label: Row label in tables; the name, the directory's name or the shape when not given. That of a model of
            random weights always ends by saying so.
        revision: Branch, tag or commit of a hub repository.
        file: The weights among several, in a hub repository or a directory.
        template: How query and passage become one text, such as ``"Query: {query} Document: {passage}"``; the model's
            own way when not given.
        graph: Which graph is run: ``as-shipped``, or ``fast`` for a rewritten one; what ``Ranker`` runs by default when
            not given.
        first: A smaller model that scores before this one rescores the best: a name, or the absolute path
            of a directory.
        patience: How far down the order of ``first`` this one goes; what ``Ranker`` does by default when not given.
        max_length: Most tokens per pair, special tokens included.
        threads: Passages scored at once; every core of the process when not given.
    """

    name: str | None = None
    path: Path | None = None
    random: Shape | None = None
    or_random: bool = False
    first: str | None = Field(None, min_length=1)
    patience: int | None = Field(None, ge=1)
    label: str = Field("", validate_default=True)
    revision: str | None = None
    file: str | None = None
    template: str | None = None
    graph: Literal["as-shipped", "fast"] | None = None
    max_length: int = Field(512, ge=8, le=8192)
    threads: int | None = Field(None, ge=1, le=1024)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data

    @field_validator("label")
    @classmethod
    def _says_what_it_is(cls, label: str, info: ValidationInfo) -> str:
        name, path, random = (info.data.get(source) for source in ("name", "path", "random"))
        first, patience = info.data.get("first"), info.data.get("patience")
        after = f" after {Path(first).name}" if first else ""
        after += f", patience {patience}" if after and patience else ""
        label = label or f"{name or (path.name if path else '') or (random.label if random else '')}{after}"
        return f"{label} {RANDOM_WEIGHTS}" if random and not label.endswith(RANDOM_WEIGHTS) else label

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.name, self.path, self.random)) != 1:
            raise ValueError(
                "give either `name` (see `python -m bench ls`, or a hub repository org/name), `path` (a model "
                "directory) or `random` (a shape, for latency alone); `label` is for tables"
            )
        if self.revision and not self.from_hub:
            raise ValueError("`revision` is for a model of the hub, whose name is org/name")
        if self.file and not (self.from_hub or self.path):
            raise ValueError("`file` is for a model of the hub, whose name is org/name, or for a directory")
        if self.patience and not self.first:
            raise ValueError("`patience` is for a model that comes after another: give `first`, too")
        if self.or_random and self._shape is None:
            raise ValueError(
                "`or_random` needs a model of the list (`python -m bench ls`) that is a BERT or a T5 encoder"
            )
        return self

    @field_validator("template")
    @classmethod
    def _has_both_places(cls, template: str | None) -> str | None:
        if template is not None:
            TextTemplate.parse(template)
        return template

    @property
    def from_hub(self) -> bool:
        """Whether ``name`` is a hub repository's, and no model's of the list."""
        return self.name is not None and "/" in self.name and find_model(self.name) is None

    @property
    def model(self) -> str | Path:
        """The name or directory by which the model is found; a model of random weights has neither."""
        return self.path if self.path is not None else str(self.name)

    @property
    def first_model(self) -> RerankerSpec | None:
        """The row of the model that scores before this one."""
        return RerankerSpec(name=self.first) if self.first else None

    @property
    def stand_in(self) -> RerankerSpec:
        """The row of random weights that takes the place of this one, if it may."""
        return self.model_copy(
            update={
                "name": None,
                "or_random": False,
                "random": self._shape,
                "label": f"{self.label} {RANDOM_WEIGHTS}",
            }
        )

    @property
    def identifiers(self) -> set[str]:
        """The words by which ``--models`` knows this reranker."""
        return identifiers(self.label, self.name, self.path) | {self.label.removesuffix(f" {RANDOM_WEIGHTS}")}

    @property
    def _shape(self) -> Shape | None:
        spec = find_model(self.name) if self.name is not None else None
        return shape_of(spec) if spec is not None else None
