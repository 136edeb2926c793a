"""Plans: what a task holds, and what a cell's content hash depends on."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import replace

import pytest

from bench.common.errors import BenchError
from bench.data.collections.beir_folder import BeirFolder
from bench.data.collections.catalog import PUBLISHED
from bench.data.collections.judgments import digest_of_qrels
from bench.experiment.grids import LatencySpec, SweepSpec
from bench.experiment.reranker import RerankerSpec
from bench.experiment.schema import Experiment
from bench.run import planning as plan
from bench.run.planning import depth_and_width, first_stage_cell, latency_cell, load_task, quality_cell
from flashrank import locate_model

MEASURES = ("nDCG@10",)


def task_of(cache_dir, folder, *, measures=MEASURES, **dataset):
    row = {"path": str(folder), **dataset}
    experiment = Experiment.model_validate({"name": "x", "datasets": [row], "measures": list(measures)})
    return load_task(experiment, experiment.datasets[0], cache_dir)


@pytest.fixture
def task(collection, tmp_path):
    return task_of(tmp_path, collection)


@pytest.fixture
def model(tmp_path, fixtures):
    return shutil.copytree(fixtures / "one-logit-int8", tmp_path / "model")


def cell_of(task, model, *, measures=MEASURES, threads=2, **reranker):
    return quality_cell(task, measures, RerankerSpec(path=model, **reranker), locate_model(model), threads)


def test_a_task_holds_the_judged_queries_and_the_candidates_texts(task):
    assert set(task.queries) == set(task.qrels) == set(task.candidates)
    assert set(task.texts) == {doc_id for ranked in task.candidates.values() for doc_id, _ in ranked}
    assert task.first_stage == "BM25"


def test_a_dataset_without_judged_queries_is_refused(monkeypatch):
    class Unjudged:
        queries, qrels = staticmethod(lambda: {"q": "text"}), staticmethod(dict)

    monkeypatch.setattr(plan, "open_collection", lambda _: Unjudged())
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"id": "a"}]})
    with pytest.raises(BenchError, match="no query has judgments"):
        load_task(experiment, experiment.datasets[0], None)


def test_a_cell_depends_on_everything_its_result_does(task, model, monkeypatch):
    keys = [cell_of(task, model).key]
    query_id = next(iter(task.queries))
    doc_id, _ = task.candidates[query_id][0]
    for change in (
        {"queries": {**task.queries, query_id: "another"}},
        {"qrels": {**task.qrels, query_id: {doc_id: 7}}},
        {"candidates": {**task.candidates, query_id: [(doc_id, 0.5)]}},
        {"texts": {**task.texts, doc_id: "another"}},
        {"dataset": "another"},
    ):
        keys.append(cell_of(dataclasses.replace(task, **change), model).key)
    keys.append(cell_of(task, model, max_length=64).key)
    keys.append(cell_of(task, model, threads=1).key)
    keys.append(cell_of(task, model, label="another").key)
    keys.append(cell_of(task, model, measures=("P@10",)).key)
    with monkeypatch.context() as patch:
        patch.setattr(plan, "machine_id", lambda *_: "another")
        keys.append(cell_of(task, model).key)
    assert cell_of(task, model).key == keys[0]
    config = model / "config.json"
    config.write_text(config.read_text() + " ")
    keys.append(cell_of(task, model).key)
    onnx = locate_model(model).weights
    onnx.write_bytes(onnx.read_bytes() + b"\x32\x00")  # an empty description
    keys.append(cell_of(task, model).key)
    assert len(set(keys)) == len(keys)


def test_cells_of_one_experiment_lie_in_places_of_their_own(task, model):
    files = locate_model(model)
    cells = [
        first_stage_cell(task, MEASURES),
        cell_of(task, model),
        cell_of(task, model, label="model 2"),
        latency_cell(LatencySpec(), RerankerSpec(path=model), files, 2),
    ]
    assert len({cell.place for cell in cells}) == len(cells)


def test_depth_and_width_come_from_the_configuration(fixtures):
    assert depth_and_width(locate_model(fixtures / "one-logit-int8")) == (2, 32)
    assert depth_and_width(locate_model(fixtures / "no-token-types")) == (1, 32)


def test_what_does_not_fit_is_remarked_and_kept_in_the_first_stages_cell(collection, tmp_path, task):
    assert task.remarks == ()
    assert "remarks" not in first_stage_cell(task, MEASURES).inputs
    folder = shutil.copytree(collection, tmp_path / "changed")
    with (folder / "qrels/test.tsv").open("a") as file:
        file.write("q0\tgone\t1\nq0\tgone-too\t2\nq1\tgone\t1\nq2\tneither\t0\n")
    run = tmp_path / "first.trec"
    run.write_text("q0 Q0 d1 1 2.0 t\n")
    remarks = [
        "absent from the collection: 3 relevant judged documents of 2 queries",
        "queries without candidates, which count 0: 13 of 14",
    ]
    changed = task_of(tmp_path, folder, candidates={"source": "run", "file": str(run)})
    assert first_stage_cell(changed, MEASURES).inputs["remarks"] == remarks


def test_a_cell_without_its_sweep_is_the_cell_of_an_experiment_without_one(task, model):
    swept = quality_cell(task, MEASURES, RerankerSpec(path=model), locate_model(model), 2, SweepSpec())
    alone = cell_of(task, model)
    assert swept.key != alone.key
    assert swept.without_sweep.key == alone.key == alone.without_sweep.key


@pytest.mark.parametrize(("dataset", "expected"), [({}, 1), ({"relevant_from": 2}, 2)])
def test_the_threshold_of_relevance_is_part_of_what_a_cell_is(collection, tmp_path, dataset, expected):
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"path": str(collection), **dataset}]})
    task = load_task(experiment, experiment.datasets[0], tmp_path)
    assert task.relevant_from == expected
    # As cells measured before there was a choice, which all counted from grade 1.
    assert first_stage_cell(task, MEASURES).inputs.get("relevant_from", 1) == expected


def test_a_threshold_above_every_grade_is_refused(collection, tmp_path):
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"path": str(collection), "relevant_from": 3}]})
    with pytest.raises(BenchError, match="tiny: relevant_from is 3, but the highest grade of its judgments is 2"):
        load_task(experiment, experiment.datasets[0], tmp_path)


def test_a_folder_of_higher_grades_of_which_nothing_is_known_says_what_counts(collection, tmp_path):
    task = task_of(tmp_path, collection, measures=("nDCG@10", "RR@10", "P(rel=2)@10", "NumRelRet"))
    counted = "relevant from grade 1 in RR@10, NumRelRet (grades go to 2)"
    remark = f"{counted}; set relevant_from if only higher grades are relevant"
    assert task.remarks == (remark,)
    assert first_stage_cell(task, MEASURES).inputs["remarks"] == [remark]
    for told in (1, 2):
        assert task_of(tmp_path, collection, measures=("RR@10",), relevant_from=told).remarks == ()
    binary = shutil.copytree(collection, tmp_path / "binary")
    qrels = binary / "qrels/test.tsv"
    qrels.write_text(qrels.read_text().replace("\t2\n", "\t1\n"))
    assert task_of(tmp_path, binary, measures=("RR@10",)).remarks == ()


def test_a_folder_is_known_by_its_judgments(collection, tmp_path, monkeypatch):
    """Whatever it is called, in whatever order they stand."""
    folder = shutil.copytree(collection, tmp_path / "a-copy")
    header, *lines = (folder / "qrels/test.tsv").read_text().splitlines()
    (folder / "qrels/test.tsv").write_text("\n".join([header, *sorted(lines, reverse=True)]) + "\n")
    digest = digest_of_qrels(BeirFolder("x", collection).qrels())
    row = replace(PUBLISHED["trec-dl-2019-pool"], digests={"judgments": digest})
    monkeypatch.setattr("bench.data.relevance.PUBLISHED", {row.name: row})
    task = task_of(tmp_path, folder, measures=("RR@10",))
    assert (task.relevant_from, task.remarks) == (2, ())
    assert task_of(tmp_path, folder, measures=("RR@10",), relevant_from=1).relevant_from == 1
    with pytest.raises(BenchError, match=r"names NumRel, which .* from grade 2, as a-copy has them"):
        task_of(tmp_path, folder, measures=("NumRel",))
    # A name makes no copy: here one grade was changed.
    other = shutil.copytree(collection, tmp_path / "trec-dl-2019-pool")
    (other / "qrels/test.tsv").write_text((other / "qrels/test.tsv").read_text().replace("\t2\n", "\t1\n", 1))
    assert task_of(tmp_path, other, measures=("RR@10",)).relevant_from == 1


def test_judgments_of_grade_0_alone_are_refused(collection, tmp_path):
    folder = shutil.copytree(collection, tmp_path / "nothing")
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq0\td1\t0\nq1\tgone\t0\n")
    experiment = Experiment.model_validate({"name": "x", "datasets": [{"path": str(folder)}]})
    with pytest.raises(BenchError, match="nothing: no document is relevant to any query, so there is nothing to measu"):
        load_task(experiment, experiment.datasets[0], tmp_path)
