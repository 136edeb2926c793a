"""Upstream's ``flashrank.Config``, as FlashRank 0.2.10 has it."""

from __future__ import annotations

from flashrank import Config
from flashrank.models.model_list import find_model

UPSTREAM = {
    "ms-marco-TinyBERT-L-2-v2": "flashrank-TinyBERT-L-2-v2.onnx",
    "ms-marco-MiniLM-L-12-v2": "flashrank-MiniLM-L-12-v2_Q.onnx",
    "ms-marco-MultiBERT-L-12": "flashrank-MultiBERT-L12_Q.onnx",
    "rank-T5-flan": "flashrank-rankt5_Q.onnx",
    "ce-esci-MiniLM-L12-v2": "flashrank-ce-esci-MiniLM-L12-v2_Q.onnx",
    "rank_zephyr_7b_v1_full": "rank_zephyr_7b_v1_full.Q4_K_M.gguf",
    "miniReranker_arabic_v1": "miniReranker_arabic_v1.onnx",
}


def test_every_model_of_upstream_has_its_file():
    assert UPSTREAM.items() <= Config.model_file_map.items()
    assert all(find_model(name).hosted for name in UPSTREAM)


def test_the_listwise_models_are_upstreams():
    assert Config.listwise_rankers == {"rank_zephyr_7b_v1_full"}
