"""The pairs of a dataset, before its candidates are retrieved."""

from __future__ import annotations

import pytest

from bench.experiment.schema import Experiment
from bench.run.planning import load_task
from bench.run.remaining import pairs_of
from flashrank import Ranker


def experiment(collection, **changes):
    return Experiment.model_validate({"name": "x", "datasets": [{"path": str(collection)}], **changes})


@pytest.mark.parametrize("depth", [5, 30])
def test_a_small_collection_is_told_exactly(collection, fixtures, tmp_path, depth):
    wanted = experiment(collection, candidates={"depth": depth})
    found, task = pairs_of(wanted, wanted.datasets[0]), load_task(wanted, wanted.datasets[0], tmp_path)
    assert found.task.queries == task.queries
    assert found.task.qrels == task.qrels
    assert found.count == pytest.approx(sum(map(len, task.candidates.values())), abs=len(task.queries) / 2)
    ranker = Ranker(fixtures / "one-logit-int8", log_level="ERROR")
    tokens = [
        n
        for query_id, ranked in task.candidates.items()
        for n in ranker.score(task.queries[query_id], [task.texts[doc_id] for doc_id, _ in ranked]).tokens
    ]
    assert found.tokens(ranker).clip(max=512).mean() == pytest.approx(sum(tokens) / len(tokens), rel=0.1)


def test_the_pairs_of_a_run_are_counted(collection, tmp_path):
    run = tmp_path / "run.trec"
    run.write_text("".join(f"q{q} Q0 d{d} {d + 1} {40 - d} x\n" for q in range(4) for d in range(3 * q)))
    wanted = experiment(collection, candidates={"source": "run", "file": str(run), "depth": 7})
    found = pairs_of(wanted, wanted.datasets[0])
    assert (found.count, found.depth, len(found.texts)) == (0 + 3 + 6 + 7, 7, 16)


def test_the_threshold_is_that_of_the_task(collection):
    dataset = {"path": str(collection), "relevant_from": 2}
    wanted = Experiment.model_validate({"name": "x", "datasets": [dataset]})
    assert pairs_of(wanted, wanted.datasets[0]).task.relevant_from == 2


def test_without_candidates_there_is_nothing_to_count(collection, fixtures, tmp_path):
    run = tmp_path / "run.trec"
    run.write_text("other Q0 d1 1 1 x\n")
    wanted = experiment(collection, candidates={"source": "run", "file": str(run)})
    found = pairs_of(wanted, wanted.datasets[0])
    assert found.count == 0
    assert len(found.tokens(Ranker(fixtures / "one-logit-int8", log_level="ERROR"))) == 0
