"""What a row of the model list says about a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

REPOSITORY = "prithivida/flashrank"
REVISION = "858a1ac046a05663a35367eac852d7f76feeefdd"

#: What every archive of a cross-encoder holds beside its ONNX file.
TOKENIZER_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")

BERT_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What is known about a model before its files are on disk.

    Attributes:
        name: What ``Ranker(model_name=...)`` takes, and the directory's name in the cache.
        file: The model's weights: an ONNX file, or the GGUF file of a listwise model.
        archive: The zip file in the hub repository; empty where none is hosted.
        sha256: Hex digest of the archive, or of a bundled model's ONNX file; empty where it is not known here, and
            then the digest that the hub states for the archive at ``revision`` counts.
        archive_bytes: Size of the archive: what a download transfers; 0 where it is not known here.
        kind: How passages are judged: each with the query alone, or all of them in one answer.
        architecture: The network's kind.
        tokenizer: The tokenizer's model: WordPiece, Unigram or BPE.
        lower_case: Whether the tokenizer reads capitals as small letters; None where that could not be established.
        inputs: The graph's inputs; empty for a listwise model, and where they could not be established.
        logits: Outputs per pair: 1 is scored by a sigmoid, 2 by the softmax's second; None for a listwise model,
            and where that could not be established. What counts is the graph: it is asked when it is loaded.
        template: How query and passage become one text, for instance ``"Query: {query} Document: {passage}"``; empty
            where they are two texts, joined as the tokenizer joins a pair.
        card_template: What the model's publisher feeds it, where FlashRank feeds it something else; empty where they
            agree. ``Ranker(name, template=spec.card_template)`` is the publisher's way.
        layers: Transformer layers that a pair passes through: the model's depth.
        hidden_size: Width of a token's representation.
        languages: BCP 47 codes, or ``("mul",)`` for models trained on about a hundred languages.
        license: SPDX identifier that the repository of the archive states, or of the source where there is no archive;
            empty where none is stated.
        max_length: Most tokens a pair may have, special tokens included; for a listwise model, what its context holds.
        card: Where the model's figures come from; for a bundled model, a file of the package.
        source: Hub repository of the original weights; empty where the publisher of the archive does not name it.
        repository: Hub repository that holds the archive.
        revision: Commit of that repository.
        verified: How this row was verified: "real weights", "same architecture" or "not verified", and by what.
    """

    name: str
    file: str
    layers: int
    hidden_size: int
    languages: tuple[str, ...]
    card: str
    archive: str = ""
    sha256: str = ""
    archive_bytes: int = 0
    kind: Literal["cross-encoder", "listwise"] = "cross-encoder"
    architecture: str = "BERT"
    tokenizer: str = "WordPiece"
    lower_case: bool | None = True
    inputs: tuple[str, ...] = BERT_INPUTS
    logits: int | None = 1
    template: str = ""
    card_template: str = ""
    license: str = "CC-BY-SA-4.0"
    max_length: int = 512
    source: str = ""
    repository: str = REPOSITORY
    revision: str = REVISION
    verified: str = ""

    @property
    def hosted(self) -> bool:
        """Whether there is an archive to download."""
        return bool(self.archive)

    @property
    def bundled(self) -> bool:
        """Whether the model comes with the package, so that nothing is ever downloaded for it."""
        return not self.hosted and not self.export

    @property
    def export(self) -> str:
        """The one command that makes the model where no archive is hosted; empty where none is needed."""
        return f"flashrank export {self.source} {self.name}" if self.source and not self.hosted else ""

    @property
    def members(self) -> tuple[str, ...]:
        """The files that make a complete model directory."""
        return (self.file,) if self.kind == "listwise" else (self.file, *TOKENIZER_FILES)
