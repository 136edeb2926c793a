from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import flashrank
from flashrank.models import DEFAULT_MODEL, REPOSITORY, REVISION, find_model, list_models

# The archives in the hub repository prithivida/flashrank, and the ONNX files that FlashRank 0.2.10 looks for in them.
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
}


FETCHED = [spec for spec in list_models() if not spec.bundled]
BUNDLED = [spec for spec in list_models() if spec.bundled]


def test_the_fetched_models_are_the_published_ones():
    assert {spec.name: (spec.file, spec.archive_bytes, spec.sha256) for spec in FETCHED} == PUBLISHED


def test_the_default_is_the_smallest():
    assert DEFAULT_MODEL == list_models()[0].name == min(PUBLISHED, key=lambda name: PUBLISHED[name][1])


@pytest.mark.parametrize("spec", list_models(), ids=lambda spec: spec.name)
def test_a_row_is_found_by_its_name(spec):
    assert find_model(spec.name) is spec


@pytest.mark.parametrize("spec", FETCHED, ids=lambda spec: spec.name)
class TestFetched:
    def test_names_one_commit_of_one_repository(self, spec):
        assert (spec.repository, spec.revision) == (REPOSITORY, REVISION)
        assert re.fullmatch(r"[0-9a-f]{40}", spec.revision)
        assert re.fullmatch(r"[0-9a-f]{64}", spec.sha256)

    def test_archive_is_called_after_the_model(self, spec):
        assert spec.archive == f"{spec.name}.zip"

    def test_members_are_the_files_upstream_reads(self, spec):
        tokenizer = {"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}
        assert len(spec.members) == 5
        assert set(spec.members) == {spec.file} | tokenizer

    def test_describes_the_model(self, spec):
        assert spec.layers in (2, 12)
        assert spec.hidden_size in (128, 384, 768)
        assert spec.max_length == 512
        assert spec.license == "CC-BY-SA-4.0"
        assert spec.languages
        assert spec.card.startswith("https://")


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


def test_names_and_files_are_unique():
    specs = list_models()
    assert len({spec.name for spec in specs}) == len({spec.file for spec in specs}) == len(specs)


@pytest.mark.parametrize(
    "name", ["", "ms-marco-tinybert-l-2-v2", "ms-marco-TinyBERT-L-2-v2/", "rank_zephyr_7b_v1_full"]
)
def test_other_names_are_not_found(name):
    assert find_model(name) is None


def test_the_list_is_a_copy():
    list_models().clear()
    assert list_models()
