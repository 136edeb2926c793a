from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import flashrank
from flashrank.models.model_list import DEFAULT_MODEL, find_model, list_models
from flashrank.models.spec import BERT_INPUTS, REPOSITORY, REVISION
from flashrank.models.template import TextTemplate

# The archives in the hub repository prithivida/flashrank, and the files that FlashRank 0.2.10 looks for in them.
PUBLISHED = {
    "ms-marco-TinyBERT-L-2-v2": (
        "flashrank-TinyBERT-L-2-v2.onnx",
        3421983,
        "752eddf1c5ece3c5e6115e9ab52eb3b16436bbf9b3a091cbb62b5b8eadc47105",
    ),
    "ms-marco-MiniLM-L-12-v2": (
        "flashrank-MiniLM-L-12-v2_Q.onnx",
        22696961,
        "bdd3772b651ffc34f70e414049285bb55ccc6d1b8e29d0640f836d44f70ec77a",
    ),
    "ms-marco-MultiBERT-L-12": (
        "flashrank-MultiBERT-L12_Q.onnx",
        103473926,
        "2c8ae5542f1538e355e9f295d349fc030b5cf7d398c8728c362f0e5129776971",
    ),
    "rank-T5-flan": (
        "flashrank-rankt5_Q.onnx",
        77246772,
        "71d841f94f4ccaab463b944c315f3aa91bcdc7e8b01e3131d963f635fc579f67",
    ),
    "ce-esci-MiniLM-L12-v2": (
        "flashrank-ce-esci-MiniLM-L12-v2_Q.onnx",
        22820403,
        "da1bbfbc8fba6d8dfe336acca6792aaa2a9e2a5cbc25fd268ce4cf5d164e2866",
    ),
    "miniReranker_arabic_v1": (
        "miniReranker_arabic_v1.onnx",
        225_000_000,  # as its page rounds it
        "76e4e02634709e7d18fcf05dae47f4910073bed158212b80115c0bc096b15187",
    ),
    "rank_zephyr_7b_v1_full": (
        "rank_zephyr_7b_v1_full.Q4_K_M.gguf",
        4294228933,
        "aa81a0838227687b2560d2d00b61744c0c51bc0208e9b4accb9cb38fc5bc8c28",
    ),
}
TOKENIZER = {"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}

HOSTED = [spec for spec in list_models() if spec.hosted]
BUNDLED = [spec for spec in list_models() if spec.bundled]
EXPORTED = [spec for spec in list_models() if spec.export]


def test_the_hosted_models_are_the_published_ones():
    assert {spec.name: (spec.file, spec.archive_bytes, spec.sha256) for spec in HOSTED} == PUBLISHED


def test_a_model_is_hosted_or_bundled_or_exported():
    assert sorted(spec.name for spec in (*HOSTED, *BUNDLED, *EXPORTED)) == sorted(spec.name for spec in list_models())


def test_the_default_is_the_smallest():
    assert DEFAULT_MODEL == list_models()[0].name == min(PUBLISHED, key=lambda name: PUBLISHED[name][1])


@pytest.mark.parametrize("spec", list_models(), ids=lambda spec: spec.name)
class TestEveryRow:
    def test_is_found_by_its_name(self, spec):
        assert find_model(spec.name) is spec

    def test_says_how_it_was_verified(self, spec):
        assert spec.verified.split(": ", 1)[0] in ("real weights", "same architecture", "not verified")
        for test in re.findall(r"\((tests/[^)]*)\)", spec.verified):
            assert (Path(__file__).parents[3] / test).exists(), test

    def test_has_templates_that_are_templates(self, spec):
        for template in (spec.template, spec.card_template):
            if template:
                assert TextTemplate.parse(template).text("a", "b")
        assert not spec.card_template or spec.card_template != spec.template

    def test_has_inputs_and_logits_that_an_engine_takes(self, spec):
        if spec.kind == "listwise":
            assert (spec.inputs, spec.logits) == ((), None)
            assert spec.file.endswith(".gguf")
        else:
            assert spec.inputs in ((), BERT_INPUTS, BERT_INPUTS[:2])
            assert spec.logits in (None, 1, 2)
            assert spec.file.endswith(".onnx")
            assert spec.max_length == 512

    def test_describes_the_model(self, spec):
        assert spec.layers > 0
        assert spec.hidden_size > 0
        assert spec.languages
        assert spec.architecture in ("BERT", "T5 encoder", "T5", "Llama")
        assert spec.tokenizer in ("WordPiece", "Unigram", "BPE")
        assert spec.card.startswith("https://") is not spec.bundled


@pytest.mark.parametrize("spec", HOSTED, ids=lambda spec: spec.name)
class TestHosted:
    def test_names_one_commit_of_one_repository(self, spec):
        assert (spec.repository, spec.revision) == (REPOSITORY, REVISION)
        assert re.fullmatch(r"[0-9a-f]{40}", spec.revision)
        assert re.fullmatch(r"[0-9a-f]{64}", spec.sha256)
        assert spec.license == "CC-BY-SA-4.0"

    def test_archive_is_called_after_the_model(self, spec):
        assert spec.archive == f"{spec.name}.zip"

    def test_members_are_the_files_upstream_reads(self, spec):
        assert set(spec.members) == {spec.file} | (TOKENIZER if spec.kind == "cross-encoder" else set())


@pytest.mark.parametrize(("size", "layers", "width"), [("small", 12, 512), ("base", 24, 768)])
def test_inranker_is_made_by_one_command(size, layers, width):
    spec = find_model(f"InRanker-{size}")
    assert spec.export == f"flashrank export unicamp-dl/InRanker-{size} InRanker-{size}"
    assert (spec.layers, spec.hidden_size, spec.logits) == (layers, width, 2)
    assert spec.template == "Query: {query} Document: {passage} Relevant:"


def test_rank_t5_has_flashranks_way_and_the_papers():
    spec = find_model("rank-T5-flan")
    assert (spec.template, spec.card_template) == ("", "Query: {query} Document: {passage}")


class TestBundled:
    def test_nano_is_the_one(self):
        assert [spec.name for spec in BUNDLED] == ["nano"]

    @pytest.mark.parametrize("spec", BUNDLED, ids=lambda spec: spec.name)
    def test_lies_in_the_package_with_its_card_and_the_pinned_digest(self, spec):
        package = Path(flashrank.__file__).parent
        directory = package / "bundled" / spec.name
        assert {path.name for path in directory.iterdir()} == {*spec.members, "MODEL_CARD.md"}
        assert package / spec.card == directory / "MODEL_CARD.md"
        assert hashlib.sha256((directory / spec.file).read_bytes()).hexdigest() == spec.sha256

    @pytest.mark.parametrize("spec", BUNDLED, ids=lambda spec: spec.name)
    def test_describes_the_model(self, spec):
        directory = Path(flashrank.__file__).parent / "bundled" / spec.name
        config = json.loads((directory / "config.json").read_text())
        assert (spec.layers, spec.hidden_size) == (config["num_hidden_layers"], config["hidden_size"])
        assert spec.archive_bytes == 0
        assert spec.license == "Apache-2.0"
        assert spec.languages == ("en",)


def test_names_and_published_files_are_unique():
    assert len({spec.name for spec in list_models()}) == len(list_models())
    assert len({spec.file for spec in (*HOSTED, *BUNDLED)}) == len(HOSTED) + len(BUNDLED)


@pytest.mark.parametrize("name", ["", "ms-marco-tinybert-l-2-v2", "ms-marco-TinyBERT-L-2-v2/", "InRanker-3B"])
def test_other_names_are_not_found(name):
    assert find_model(name) is None


def test_the_list_is_a_copy():
    list_models().clear()
    assert list_models()
