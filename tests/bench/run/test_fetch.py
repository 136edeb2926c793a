"""Fetching what is missing: one line for each cause, and what works in spite of it."""

from __future__ import annotations

import shlex
import socket
import time

import pytest
import yaml

from bench.common.errors import BenchError
from bench.data.collections.collection import Availability
from bench.experiment.schema import Experiment
from bench.run import fetch as module
from bench.run.fetch import fetch, with_stand_ins


@pytest.fixture
def no_network():
    """The environment of a machine on which every connection is refused."""
    # A port that is taken and not listened at: nobody else can open it meanwhile.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{held.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
        yield {**proxies, "NO_PROXY": "", "no_proxy": "", "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": nowhere}


def test_without_a_network_the_cause_is_said_once_and_what_would_run(bench, no_network, tmp_path):
    started = time.monotonic()
    done = bench("run", "beir", "--limit", 5, **no_network)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 5, done.stderr
    first, cause, here, command, quickstart = done.stderr.splitlines()
    assert first.startswith("bench: 13 of the things this experiment needs cannot be had")
    assert cause.startswith("  no network (http")
    assert no_network["HF_ENDPOINT"] in cause
    assert cause.count("Connection refused") == 1
    assert ": datasets SciFact, NFCorpus, ArguAna, SCIDOCS, FiQA, TREC-COVID, Touche, Quora; models ms-marco" in cause
    assert here == "Here: model nano. This runs now:"
    assert command == "  python -m bench run beir --limit 5 --models nano --only latency"
    assert quickstart == "  python -m bench run quickstart"
    assert not list((tmp_path / "runs").glob("**/*.parquet"))
    # Retries for 13 things, with the waits between them, would take far longer than starting Python does.
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_the_command_that_it_names_runs(bench, no_network, experiment_file, fixtures):
    experiment = yaml.safe_load(experiment_file.read_text())
    experiment["datasets"].append({"id": "beir/scifact/test"})
    experiment["models"] = ["rank-T5-flan", {"path": str(fixtures / "one-logit-int8"), "label": "mine"}]
    experiment_file.write_text(yaml.safe_dump(experiment))
    refused = bench("run", experiment_file, "--limit", 1, **no_network)
    assert "no network (" in refused.stderr
    assert ": dataset beir/scifact/test; model rank-T5-flan" in refused.stderr
    (command,) = (line for line in refused.stderr.splitlines() if "--models" in line)
    narrowed = ["--datasets", "tiny", "--models", "mine"]
    assert shlex.split(command)[3:] == ["run", str(experiment_file), "--limit", "1", *narrowed]
    done = bench(*shlex.split(command)[3:], **no_network)
    assert done.returncode == 0, done.stderr
    skipped = bench("run", experiment_file, "--limit", 1, "--skip-unavailable", **no_network)
    assert skipped.returncode == 0, skipped.stderr
    assert skipped.stdout.count("left out: no network (") == 1


@pytest.fixture
def things(monkeypatch, collection):
    """Make an experiment whose models come from places of which some are silent, and list what is asked for."""
    asked = []
    places = {"a": "https://up", "b": "https://down", "c": "https://down"}

    def check(reranker):
        return Availability(False, None, "not here", origins=(places[reranker.label],))

    def get(reranker):
        asked.append(reranker.label)
        if reranker.label != "a":
            raise BenchError(f"no {reranker.label}")

    monkeypatch.setattr(module, "check_model", check)
    monkeypatch.setattr(module, "model_files", get)
    monkeypatch.setattr(module, "hub_is_off", lambda: False)
    monkeypatch.setattr(
        module,
        "unreachable",
        lambda origins: {place: "refused" for place in sorted(origins) if place == "https://down"},
    )

    def make(*labels):
        rows = [{"path": "x", "label": label} for label in labels]
        return Experiment.model_validate({"name": "x", "datasets": [{"path": str(collection)}], "models": rows})

    return make, asked


def test_a_place_that_failed_is_not_tried_again(things):
    make, asked = things
    available, lines = fetch(make("a", "b", "c"), skip_unavailable=True)
    assert asked == ["a", "b"]
    assert [model.label for model in available.models] == ["a"]
    assert lines == ["cannot be reached (https://down: refused): models b, c"]


def test_where_no_place_answers_nothing_is_tried(things):
    make, asked = things
    with pytest.raises(BenchError, match=r"no network \(https://down: refused\): models b, c") as caught:
        fetch(make("b", "c"))
    assert asked == []
    assert str(caught.value).splitlines()[2:] == [
        "Here: dataset tiny. This runs now:",
        "  python -m bench run x --datasets tiny --skip-unavailable",
        "  python -m bench run quickstart",
    ]


def test_stand_ins_do_not_wait_for_a_place_that_is_silent(things):
    _, asked = things
    row = {"name": "rank-T5-flan", "label": "b", "or_random": True}
    wanted = Experiment.model_validate({"name": "x", "models": [row], "latency": {}})
    assert with_stand_ins(wanted).models[0].label == "b (random weights)"
    assert asked == []
