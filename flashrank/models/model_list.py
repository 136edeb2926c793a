"""The supported models, one declarative row each, and where every figure comes from.

Names and files of the hosted ones are FlashRank 0.2.10's (its ``Config.py``). Digests and sizes are those of the
archives in the hub repository ``prithivida/flashrank`` at the pinned commit, licensed CC-BY-SA-4.0. Every cross-encoder
takes 512 tokens at most: by the position tables of the BERTs, by ``n_positions`` in rank-T5-flan's ``config.json``, and
by InRanker's own code.
"""

from __future__ import annotations

from flashrank.models.spec import ModelSpec
from flashrank.models.template import MONOT5

_T5_INPUTS = ("input_ids", "attention_mask")


def _same_architecture(model: str, tests: str) -> str:
    """Say that a row was verified without its weights: with random ones in its place."""
    return (
        f"same architecture: the weights could not be fetched where this was written; token ids and scores of a small"
        f" {model} with random weights equal transformers' ({tests})"
    )


_BERT = _same_architecture("BERT with one logit", "tests/flashrank/export/test_architectures.py")
_T5 = _same_architecture("T5 judged by its first decoded token", "tests/flashrank/export/test_architectures.py")

ROWS = (
    # hf.co/EmbeddedLLM/ms-marco-TinyBERT-L-2-v2-onnx-o3-cpu/blob/main/config.json (the card's config, re-exported): 2
    # layers, 128 wide, 512 positions, two token types, one label. The card itself: Apache-2.0, English (MS MARCO).
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
        source="cross-encoder/ms-marco-TinyBERT-L-2-v2",
        verified=_BERT,
    ),
    # config.json and tokenizer_config.json in the archive: 12 x 384, one label, do_lower_case. The card: Apache-2.0.
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
        source="cross-encoder/ms-marco-MiniLM-L-12-v2",
        verified="real weights: scores equal FlashRank 0.2.10's, one passage at a time, to the bit"
        " (tests/flashrank/scoring/test_upstream_scores.py)",
    ),
    # hf.co/bergum/rank-T5-flan has no card and states no licence. Its config.json (commit 898689d) says RankT5 on
    # google/flan-t5-base, 12 layers, 768 wide; its 877 MB are twice the 109.6 million parameters of that encoder with
    # its embeddings, in fp32, and FlashRank's file of about 110 MB is once that in int8: an encoder, no decoder.
    # FlashRank feeds it a pair as T5's tokenizer joins one, "query</s> passage</s>". RankT5 (arXiv:2210.10634) was
    # trained on one text, "Query: ... Document: ...". Which of the two this model was trained on is not published.
    ModelSpec(
        name="rank-T5-flan",
        archive="rank-T5-flan.zip",
        sha256="71d841f94f4ccaab463b944c315f3aa91bcdc7e8b01e3131d963f635fc579f67",
        archive_bytes=77_246_772,
        file="flashrank-rankt5_Q.onnx",
        architecture="T5 encoder",
        tokenizer="Unigram",
        lower_case=False,
        inputs=_T5_INPUTS,
        card_template="Query: {query} Document: {passage}",
        layers=12,
        hidden_size=768,
        languages=("en",),
        card="https://huggingface.co/bergum/rank-T5-flan",
        source="bergum/rank-T5-flan",
        verified=_same_architecture("T5 encoder with a ranking head", "tests/flashrank/export/test_architectures.py"),
    ),
    # FlashRank's README names no card, only the list of languages of Google's multilingual BERT: WordPiece, 12 x 768.
    # Two logits, the second of which ranks: github.com/PrithivirajDamodaran/FlashRank/issues/18. Its source is not
    # stated: hf.co/amberoad/bert-multilingual-passage-reranking-msmarco, of the same shape, is uncased, but
    # multilingual BERT also comes cased. The archive's tokenizer.json decides.
    ModelSpec(
        name="ms-marco-MultiBERT-L-12",
        archive="ms-marco-MultiBERT-L-12.zip",
        sha256="2c8ae5542f1538e355e9f295d349fc030b5cf7d398c8728c362f0e5129776971",
        archive_bytes=103_473_926,
        file="flashrank-MultiBERT-L12_Q.onnx",
        lower_case=None,
        logits=2,
        layers=12,
        hidden_size=768,
        languages=("mul",),
        card="https://github.com/google-research/bert/blob/master/multilingual.md",
        verified=_same_architecture(
            "multilingual BERT with two logits, cased and uncased,", "tests/flashrank/scoring/test_languages.py"
        ),
    ),
    # The repository's finetune.py (commit c4a5571): ms-marco-MiniLM-L-12-v2 trained on with one regression label, on
    # pairs of a query and a product's title. Its card states no licence. Amazon's ESCI has queries in English, Japanese
    # and Spanish, the model a vocabulary for English alone.
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
        source="metarank/ce-esci-MiniLM-L12-v2",
        verified=_BERT,
    ),
    ModelSpec(
        name="nano",
        sha256="ba1755d39d85d60518140e40cd609d7a654a182ea943e38ae89750e47b551bf6",
        file="flashrank-nano.onnx",
        layers=3,
        hidden_size=384,
        languages=("en",),
        card="bundled/nano/MODEL_CARD.md",
        license="Apache-2.0",
        verified="real weights: they come with the package (tests/flashrank/models/test_bundled.py)",
    ),
    # The card's files: a BERT (tag), tokenizer.json with a unigram.json beside it, 471 MB of weights: the size of a
    # BERT of 12 x 384 over the 250,037 pieces of the multilingual MiniLM that has the same two files. Apache-2.0 there.
    # The archive's page gives the digest, and its size as 225 MB. Inputs and head could not be established.
    ModelSpec(
        name="miniReranker_arabic_v1",
        archive="miniReranker_arabic_v1.zip",
        sha256="76e4e02634709e7d18fcf05dae47f4910073bed158212b80115c0bc096b15187",
        archive_bytes=225_000_000,
        file="miniReranker_arabic_v1.onnx",
        tokenizer="Unigram",
        lower_case=None,
        inputs=(),
        logits=None,
        layers=12,
        hidden_size=384,
        languages=("ar",),
        card="https://huggingface.co/prithivida/miniReranker_arabic_v1",
        source="prithivida/miniReranker_arabic_v1",
        verified="same architecture: the weights could not be fetched where this was written; in two halves, the"
        " scores of a small BERT with random weights (tests/flashrank/export/test_architectures.py) and a Unigram"
        " tokenizer's token ids on Arabic (tests/flashrank/scoring/test_languages.py) equal transformers'",
    ),
    # The card: MIT, primarily English, from Zephyr-7B-beta, so a Mistral 7B: 32 layers, 4096 wide, as every config.json
    # of that family says. The context is rank_llm's default. Digest and size: commit c825bf4.
    ModelSpec(
        name="rank_zephyr_7b_v1_full",
        archive="rank_zephyr_7b_v1_full.zip",
        sha256="aa81a0838227687b2560d2d00b61744c0c51bc0208e9b4accb9cb38fc5bc8c28",
        archive_bytes=4_294_228_933,
        file="rank_zephyr_7b_v1_full.Q4_K_M.gguf",
        kind="listwise",
        architecture="Llama",
        tokenizer="BPE",
        lower_case=False,
        inputs=(),
        logits=None,
        layers=32,
        hidden_size=4096,
        max_length=4096,
        languages=("en",),
        card="https://huggingface.co/castorini/rank_zephyr_7b_v1_full",
        source="castorini/rank_zephyr_7b_v1_full",
        verified="not verified: the 4.3 GB of weights could not be fetched where this was written; a tiny random model"
        " of this architecture goes through llama.cpp, and recorded answers through the parser"
        " (tests/flashrank/listwise)",
    ),
    # The card: 60 million parameters, T5-small's: 6 layers of encoder and 6 of decoder, 512 wide; inranker/rankers.py
    # cuts at 512. The card states no licence; the code's is Apache-2.0.
    ModelSpec(
        name="InRanker-small",
        file="model.onnx",
        architecture="T5",
        tokenizer="Unigram",
        lower_case=False,
        inputs=_T5_INPUTS,
        logits=2,
        template=MONOT5,
        layers=12,
        hidden_size=512,
        languages=("en",),
        license="",
        card="https://huggingface.co/unicamp-dl/InRanker-small",
        source="unicamp-dl/InRanker-small",
        verified=_T5,
    ),
    # As InRanker-small, with T5-base's 220 million parameters (892 MB in fp32): 12 and 12 layers, 768 wide.
    ModelSpec(
        name="InRanker-base",
        file="model.onnx",
        architecture="T5",
        tokenizer="Unigram",
        lower_case=False,
        inputs=_T5_INPUTS,
        logits=2,
        template=MONOT5,
        layers=24,
        hidden_size=768,
        languages=("en",),
        license="",
        card="https://huggingface.co/unicamp-dl/InRanker-base",
        source="unicamp-dl/InRanker-base",
        verified=_T5,
    ),
)

DEFAULT_MODEL = ROWS[0].name


def list_models() -> list[ModelSpec]:
    """Return every model that ``Ranker`` knows by name, the default first."""
    return list(ROWS)


def find_model(name: str) -> ModelSpec | None:
    """Return the row called ``name``, or None if there is none."""
    return next((spec for spec in ROWS if spec.name == name), None)
