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
    with pytest.raises(ValidationError, match="give `datasets`, `latency` or `peers`"):
        experiment(peers=None)


def test_a_listwise_model_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump({"peers": PEERS, "models": ["nano", "rank_zephyr_7b_v1_full"]}, sort_keys=False))
    with pytest.raises(BenchError, match=r"x\.yaml:\d+: models\.1: rank_zephyr.*so `peers` cannot measure it"):
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
