"""What an experiment may say about systems side by side."""

from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from bench.common.errors import BenchError
from bench.experiment.file import load_experiment
from bench.experiment.joined_parts import union
from bench.experiment.peers import PeersSpec
from bench.experiment.schema import Experiment

PEERS = {
    "systems": ["ours", "theirs"],
    "workloads": [{"mix": "short", "passages": 5}, {"dataset": {"path": "folder/tiny"}, "passages": 20}],
}


def experiment(peers=PEERS, **changes):
    return Experiment.model_validate({"name": "x", "models": ["nano"], "peers": peers} | changes)


def test_a_workload_is_called_by_its_source_and_its_passages_or_as_it_says():
    spec = PeersSpec.model_validate({**PEERS, "workloads": [*PEERS["workloads"], {"mix": "short", "name": "few"}]})
    assert [workload.label for workload in spec.workloads] == ["short, 5 passages", "tiny, 20 passages", "few"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"systems": []}, "at least 1 item"),
        ({"systems": ["a", "b", "a"]}, "`systems` names a twice"),
        ({"workloads": []}, "at least 1 item"),
        ({"workloads": [{"mix": "short"}, {"mix": "short"}]}, "`workloads` names short, 100 passages twice"),
        ({"workloads": [{"mix": "long"}]}, "no length mix 'long'; there are: short, MS MARCO-like, SciFact-like"),
        ({"workloads": [{"passages": 5}]}, "give either `mix`"),
        ({"workloads": [{"mix": "short", "dataset": {"path": "a"}}]}, "give either `mix`"),
        ({"workloads": [{"mix": "short", "passages": 0}]}, "greater than or equal to 1"),
        ({"rounds": 3}, r"`min_rounds` \(5\) is above `rounds` \(3\)"),
        ({"max_seconds": 0}, "greater than 0"),
        ({"workloads": [{"mix": "short", "systems": ["ours", "x"]}]}, "passages: x is none of `systems`: ours, theirs"),
        ({"workloads": [{"mix": "short", "systems": ["theirs"]}]}, "its `systems` lack ours, of whose time"),
        ({"workloads": [{"mix": "short", "systems": []}]}, "at least 1 item"),
        ({"workloads": [{"mix": "short", "models": []}]}, "at least 1 item"),
        ({"workloads": [{"mix": "short", "rounds": 0}]}, "greater than or equal to 1"),
        ({"thread": 2}, "Extra inputs"),
    ],
)
def test_mistakes_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        PeersSpec.model_validate(PEERS | changes)


def test_it_needs_models_that_every_system_can_read():
    with pytest.raises(ValidationError, match="`peers` needs `models`"):
        experiment(models=[])
    with pytest.raises(ValidationError, match="the directory of nano, and other systems have no `graph`: leave it out"):
        experiment(models=[{"name": "nano", "graph": "fast"}])
    with pytest.raises(ValidationError, match="give `datasets`, `latency`, `peers` or `cold_start`"):
        experiment(peers=None)


def test_a_listwise_model_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump({"peers": PEERS, "models": ["nano", "rank_zephyr_7b_v1_full"]}, sort_keys=False))
    with pytest.raises(BenchError, match=r"x\.yaml:\d+: models\.1: rank_zephyr.*so `peers` cannot measure it"):
        load_experiment(path)


def test_a_workload_narrows_what_is_compared():
    few = {"mix": "short", "systems": ["theirs", "ours"], "requests": 1, "rounds": 3}
    spec = PeersSpec.model_validate(
        {"systems": ["ours", "third", "theirs"], "workloads": [few, {"mix": "MS MARCO-like"}], "rounds": 9}
    )
    one, other = (spec.narrowed(workload) for workload in spec.workloads)
    assert (one.systems, one.requests, one.rounds, one.min_rounds) == (("ours", "theirs"), 1, 3, 3)
    assert (other.systems, other.requests, other.rounds, other.min_rounds) == (spec.systems, 5, 9, 5)
    said = spec.comparison(spec.workloads[0])
    assert (said["asked"], said["rounds"], said["requests"]) == (["ours", "theirs"], 3, 1)
    trial = spec.limited(2)
    assert [(one.requests, one.rounds) for one in map(trial.narrowed, trial.workloads)] == [(1, 2), (2, 2)]


def test_a_workload_is_for_the_models_that_it_names():
    workloads = [{"mix": "short", "models": ["L-2 x 128", "mine"]}, {"mix": "MS MARCO-like"}]
    rows = ["nano", {"name": "org/name", "label": "mine"}, {"random": {"layers": 2, "hidden_size": 128}}]
    chosen = experiment({**PEERS, "workloads": workloads}, models=rows)
    counts = [len(chosen.workloads_of(model)) for model in chosen.models]
    assert counts == [1, 2, 2]  # one of them by its label without what it says of its weights
    assert Experiment.model_validate_json(chosen.select(models=["nano"]).model_dump_json()).models == chosen.models[:1]


def test_a_model_that_the_experiment_lacks_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.yaml"
    workloads = [{"mix": "short"}, {"mix": "MS MARCO-like", "models": ["nona"]}]
    path.write_text(yaml.safe_dump({"models": ["nano"], "peers": {**PEERS, "workloads": workloads}}, sort_keys=False))
    with pytest.raises(
        BenchError, match=r"x\.yaml:10: peers\.workloads\.1\.models: the experiment has no model 'nona'"
    ):
        load_experiment(path)


def test_paths_are_relative_to_the_file_and_merging_does_not_mind_them(tmp_path):
    loaded = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "x.yaml"
        path.write_text(yaml.safe_dump({"peers": PEERS, "models": ["nano"]}))
        loaded.append(load_experiment(path))
    assert [one.peers.workloads[1].dataset.path for one in loaded] == [
        tmp_path / name / "folder" / "tiny" for name in ("a", "b")
    ]
    assert union({"a": loaded[0], "b": loaded[1]}) == loaded[0]
    other = loaded[1].model_copy(update={"peers": loaded[1].peers.model_copy(update={"rounds": 7})})
    with pytest.raises(BenchError, match="they differ in peers"):
        union({"a": loaded[0], "b": other})


def test_a_dataset_has_the_queries_and_candidates_that_the_workload_asks_for():
    chosen = experiment({**PEERS, "requests": 3}, candidates={"depth": 10, "label": "mine"}, queries={"seed": 4})
    mix, folder = chosen.peers.workloads
    assert chosen.dataset_of(mix) is None
    dataset = chosen.dataset_of(folder)
    assert (dataset.queries.size, dataset.queries.seed) == (3, 4)
    assert (dataset.candidates.depth, dataset.candidates.label) == (20, "mine")


def test_all_queries_stay_where_candidates_are_read():
    folder = {"path": "folder/tiny", "candidates": {"source": "run", "file": "x.trec"}}
    chosen = experiment({**PEERS, "requests": 3, "workloads": [{"dataset": folder}]}, queries={"size": 40})
    assert chosen.dataset_of(chosen.peers.workloads[0]).queries.size == 40


def test_it_is_a_part_like_others():
    chosen = experiment(latency={}).select(parts=["latency"])
    assert chosen.planned().peers is None
    assert experiment().planned().peers == experiment().peers
    with pytest.raises(BenchError, match="no latency to measure; it has: peers"):
        experiment().select(parts=["latency"])


def test_a_limit_shrinks_it():
    peers = experiment().select(limit=2).peers
    assert (peers.requests, peers.rounds, peers.min_rounds, peers.max_seconds) == (2, 2, 2, 2.0)
    assert "2 rounds of each comparison of systems, in 2 s" in experiment().select(limit=2).description
    assert experiment().select(limit=1000).peers == experiment().peers


def test_it_is_written_and_read_back():
    assert Experiment.model_validate_json(experiment().model_dump_json()) == experiment()
