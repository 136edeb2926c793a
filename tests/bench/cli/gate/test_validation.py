"""The verb that tries the gate's promises."""

from __future__ import annotations

import pytest

from bench.cli.main import main


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_it_tries_a_promise_on_some_models_and_ends_with_what_came_of_it(monkeypatch, holds, code):
    tried = []

    def validate(promise, experiment, limits, runs, _console):
        tried.append((promise, [model.label for model in experiment.models], limits, runs))
        return holds

    monkeypatch.setattr("bench.cli.gate.validation.validate", validate)
    assert main(["gate-validation", "aa", "--runs", "3", "--models", "nano"]) == code
    ((promise, models, limits, runs),) = tried
    assert (promise, models, limits.margin, runs) == ("aa", ["nano"], 0.005, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["speed"], "invalid choice: 'speed'"),
        (["aa", "--runs", "0"], "argument --runs: '0' is not a whole number of at least 1"),
    ],
)
def test_what_it_cannot_try_is_refused(capsys, words, message):
    with pytest.raises(SystemExit, match="2"):
        main(["gate-validation", *words])
    assert message in capsys.readouterr().err
