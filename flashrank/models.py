"""The supported models, one declarative row each.

All but one are fetched from the hub; ``nano`` comes with the package. Layer counts and widths are those of the model
cards named in ``card``; archive sizes and digests were taken from the archives in the hub repository at ``REVISION``. A
digest, not a revision, is what identifies a model: an archive that hashes differently is refused whatever it is called.
"""

from __future__ import annotations

from dataclasses import dataclass

REPOSITORY = "prithivida/flashrank"
REVISION = "858a1ac046a05663a35367eac852d7f76feeefdd"

#: What every archive holds beside its ONNX file.
TOKENIZER_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What there is to know about a model before its files are at hand.

    Attributes:
        name: What ``Ranker(model_name=...)`` takes, and the directory's name in the cache.
        archive: The zip file in the hub repository; empty for a model that comes with the package.
        sha256: Hex digest of the archive, or of a bundled model's ONNX file.
        archive_bytes: Size of the archive: what a download transfers.
        file: The ONNX file inside the archive, or of the bundled model.
        layers: Transformer layers that a pair passes through: the model's depth.
        hidden_size: Width of a token's representation.
        languages: BCP 47 codes, or ``("mul",)`` for models trained on about a hundred languages.
        license: SPDX identifier of the weights as their publisher states it.
        max_length: Most tokens a pair may have, special tokens included.
        card: Where the model's figures come from; for a bundled model, a file of the package.
        repository: Hub repository that holds the archive.
        revision: Commit of that repository.
    """

    name: str
    archive: str
    sha256: str
    archive_bytes: int
    file: str
    layers: int
    hidden_size: int
    languages: tuple[str, ...]
    card: str
    license: str = "CC-BY-SA-4.0"
    max_length: int = 512
    repository: str = REPOSITORY
    revision: str = REVISION

    @property
    def bundled(self) -> bool:
        """Whether the model comes with the package, so that nothing is ever downloaded for it."""
        return not self.archive

    @property
    def members(self) -> tuple[str, ...]:
        """The files that make a complete model directory."""
        return (self.file, *TOKENIZER_FILES)


_MODELS = (
    ModelSpec(
        name="ms-marco-TinyBERT-L-2-v2",
        archive="ms-marco-TinyBERT-L-2-v2.zip",
        sha256="752eddf1c5ece3c5e6115e9ab52eb3b16436bbf9b3a091cbb62b5b8eadc47105",
        archive_bytes=3_421_983,
        file="flashrank-TinyBERT-L-2-v2.onnx",
        layers=2,
        hidden_size=128,
        languages=("en",),
        card="https://huggingface.co/cross-encoder/ms-marco-TinyBERT-L-2-v2",
    ),
    ModelSpec(
        name="ms-marco-MiniLM-L-12-v2",
        archive="ms-marco-MiniLM-L-12-v2.zip",
        sha256="bdd3772b651ffc34f70e414049285bb55ccc6d1b8e29d0640f836d44f70ec77a",
        archive_bytes=22_696_961,
        file="flashrank-MiniLM-L-12-v2_Q.onnx",
        layers=12,
        hidden_size=384,
        languages=("en",),
        card="https://huggingface.co/cross-encoder/ms-marco-MiniLM-L-12-v2",
    ),
    ModelSpec(
        name="rank-T5-flan",
        archive="rank-T5-flan.zip",
        sha256="71d841f94f4ccaab463b944c315f3aa91bcdc7e8b01e3131d963f635fc579f67",
        archive_bytes=77_246_772,
        file="flashrank-rankt5_Q.onnx",
        layers=12,
        hidden_size=768,
        languages=("en",),
        card="https://huggingface.co/bergum/rank-T5-flan",
    ),
    ModelSpec(
        name="ms-marco-MultiBERT-L-12",
        archive="ms-marco-MultiBERT-L-12.zip",
        sha256="2c8ae5542f1538e355e9f295d349fc030b5cf7d398c8728c362f0e5129776971",
        archive_bytes=103_473_926,
        file="flashrank-MultiBERT-L12_Q.onnx",
        layers=12,
        hidden_size=768,
        languages=("mul",),
        card="https://github.com/google-research/bert/blob/master/multilingual.md",
    ),
    ModelSpec(
        name="ce-esci-MiniLM-L12-v2",
        archive="ce-esci-MiniLM-L12-v2.zip",
        sha256="da1bbfbc8fba6d8dfe336acca6792aaa2a9e2a5cbc25fd268ce4cf5d164e2866",
        archive_bytes=22_820_403,
        file="flashrank-ce-esci-MiniLM-L12-v2_Q.onnx",
        layers=12,
        hidden_size=384,
        languages=("en",),
        card="https://huggingface.co/metarank/ce-esci-MiniLM-L12-v2",
    ),
    ModelSpec(
        name="nano",
        archive="",
        sha256="c251fb3de5d9c56490c331dc08354dd3eadb76c1877c73ddba41df34bbe677af",
        archive_bytes=0,
        file="flashrank-nano.onnx",
        layers=3,
        hidden_size=384,
        languages=("en",),
        card="bundled/nano/MODEL_CARD.md",
        license="Apache-2.0",
    ),
)

DEFAULT_MODEL = _MODELS[0].name


def list_models() -> list[ModelSpec]:
    """Return every model that ``Ranker`` knows by name, the default first."""
    return list(_MODELS)


def find_model(name: str) -> ModelSpec | None:
    """Return the row called ``name``, or None if there is none."""
    return next((spec for spec in _MODELS if spec.name == name), None)
