"""A Ranker with a first model, as a caller knows it; the rule itself is tested in ``cascade/test_rescoring.py``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flashrank import InvalidRequest, ModelUnavailable, Ranker, RerankRequest, Scores

QUERY = "How to rank passages for a query?"
TEXTS = [
    f"Passage {i} says {'rank ' * (i % 7)}that {i * 37 % 11} words are {'many' if i % 3 else 'few'}." for i in range(60)
]


@pytest.fixture(scope="module")
def second(fixtures) -> Path:
    return Path(fixtures / "one-logit-int8")


@pytest.fixture(scope="module")
def first(fixtures) -> Path:
    return Path(fixtures / "two-logits-int8")


def assert_is_cascade(scores: Scores, first: Scores, second: Scores) -> None:
    assert scores.rescored is not None
    places = [place for place, rescored in enumerate(scores.rescored) if rescored]
    assert 10 < len(places) < len(scores.scores)
    for found, expected in zip(
        (scores.scores, scores.logits, scores.tokens), (second.scores, second.logits, second.tokens), strict=True
    ):
        assert [found[place] for place in places] == [expected[place] for place in places]
    rest = [place for place, rescored in enumerate(scores.rescored) if not rescored]
    assert max(first.logits[place] for place in rest) <= min(first.logits[place] for place in places)
    assert max(scores.logits[place] for place in rest) < min(scores.logits[place] for place in places)


def test_the_best_by_the_first_model_are_rescored(first, second):
    ranker = Ranker(second, first=first, patience=3, log_level="ERROR")
    alone = [Ranker(model, log_level="ERROR").score(QUERY, TEXTS) for model in (first, second)]
    scores = ranker.score(QUERY, TEXTS)
    assert_is_cascade(scores, *alone)
    assert alone[1].rescored is None
    assert ranker.model_dir == second
    results = ranker.rerank(RerankRequest(QUERY, [{"id": i, "text": text} for i, text in enumerate(TEXTS)]))
    assert sorted(result["id"] for result in results) == list(range(len(TEXTS)))
    assert [result["score"] for result in results] == sorted(scores.scores, reverse=True)
    order = [scores.rescored[result["id"]] for result in results if scores.rescored is not None]
    assert order == sorted(order, reverse=True)


def test_scores_do_not_depend_on_threads_or_on_who_makes_the_first_ranker(first, second):
    expected = Ranker(second, first=str(first), patience=3, threads=1).score(QUERY, TEXTS)
    given = Ranker(first)
    assert Ranker(second, first=given, patience=3, threads=3).score(QUERY, TEXTS) == expected


def test_few_passages_are_all_rescored_and_none_is_fine(first, second):
    ranker = Ranker(second, first=first)
    assert ranker.score(QUERY, TEXTS[:28]).scores == Ranker(second).score(QUERY, TEXTS[:28]).scores
    assert ranker.score(QUERY, []) == Scores((), (), (), 0, 0, ())
    assert ranker.rerank(RerankRequest(QUERY, [])) == []


def test_truncation_is_told_once(first, second, caplog):
    ranker = Ranker(second, first=first, max_length=16)
    caplog.clear()
    scores = ranker.score(QUERY, ["passage " * 100] * 40)
    assert scores.truncated == 40
    (record,) = caplog.records
    assert record.getMessage().startswith("truncated 40 of 40 passages to 16 tokens")


def test_a_first_model_that_knows_english_only_is_told_once(second, caplog):
    ranker = Ranker(second, first="nano")
    for _ in range(2):
        ranker.score("как ранжировать тексты", TEXTS)
    assert [record.getMessage() for record in caplog.records] == [
        "this model knows English only: scores for a query in another script mean little"
    ]


@pytest.fixture
def listwise(tmp_path) -> Path:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    return Path(tmp_path)


def test_a_first_model_that_does_not_fit_is_refused_in_one_line(first, second, listwise):
    cases = {
        "first is int, not": {"first": 3},
        "the model that is to rescore: give another": {"first": second},
        "'rank_zephyr_7b_v1_full', a listwise model": {"first": "rank_zephyr_7b_v1_full"},
        "a listwise model, which scores no pairs": {"first": listwise},
        "has a first model of its own": {"first": Ranker(first, first="nano")},
        "the model that is to rescore": {"first": Ranker(second)},
        "patience is 0; it must be a whole number": {"first": first, "patience": 0},
        "patience is 2.5; it must be": {"first": first, "patience": 2.5},
        "patience is True; it must be": {"first": first, "patience": True},
        "patience is 5, but no model comes before": {"patience": 5},
    }
    for message, arguments in cases.items():
        with pytest.raises(InvalidRequest, match=message) as caught:
            Ranker(second, **arguments)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelUnavailable, match="'no-such-model' is neither a known model"):
        Ranker(second, first="no-such-model")
    with pytest.raises(InvalidRequest, match=r"first is .*; model\.gguf is a listwise model and takes none"):
        Ranker(listwise, first="nano")


def test_a_first_ranker_whose_session_was_deleted_is_told(first, second):
    given = Ranker(first)
    ranker = Ranker(second, first=given)
    del given.session
    with pytest.raises(InvalidRequest, match=r"ranker\.session was deleted or set to None"):
        ranker.score(QUERY, TEXTS)


def test_nano_before_the_real_model(shared, tmp_path):
    name = "ms-marco-MiniLM-L-12-v2"
    shutil.copytree(shared / "models" / name, tmp_path / name, copy_function=shutil.copyfile)
    ranker = Ranker(name, tmp_path, first="nano", patience=5)
    lines = (shared / "collections" / "med" / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    texts, query = [line[:400] for line in lines[:60]], "growth of the lens of the eye"
    alone = [Ranker(model, tmp_path).score(query, texts) for model in ("nano", name)]
    assert_is_cascade(ranker.score(query, texts), *alone)
