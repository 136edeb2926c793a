"""The workflows are YAML that says what it should: right matrix, few permissions, nothing of a stranger's run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(path):
    workflow = yaml.safe_load(path.read_text())
    # YAML 1.1 reads the key `on` as true.
    return workflow | {"on": workflow[True]}


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_they_are_all_there():
    assert [path.stem for path in FILES] == ["gate", "tests", "weekly"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestWorkflow:
    def test_jobs_are_whole_and_limited_in_time(self, path):
        for job in load(path)["jobs"].values():
            assert job["runs-on"]
            assert 0 < job["timeout-minutes"] <= 360
            assert all(("run" in step) != ("uses" in step) for step in job["steps"])

    def test_actions_are_pinned_to_a_commit_beside_its_release(self, path):
        lines = [line for line in path.read_text().splitlines() if "uses:" in line]
        assert len(lines) == sum("uses" in step for step in steps(load(path)))
        assert all(re.fullmatch(r" +- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in lines)

    def test_permissions_are_stated_and_write_to_no_content(self, path):
        workflow = load(path)
        for permissions in [
            workflow["permissions"],
            *(job.get("permissions", {}) for job in workflow["jobs"].values()),
        ]:
            assert permissions.get("contents", "none") in {"none", "read"}
        assert "pull_request_target" not in workflow["on"]

    def test_a_checkout_leaves_no_token_behind(self, path):
        for step in steps(load(path)):
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False

    def test_no_script_has_an_expression_in_it(self, path):
        assert not [step["run"] for step in steps(load(path)) if "${{" in step.get("run", "")]


def test_an_action_has_one_pin_in_all_of_them():
    pins = {line.split("uses: ")[1] for path in FILES for line in path.read_text().splitlines() if "uses:" in line}
    assert len(pins) == len({pin.split("@")[0] for pin in pins}) > 3


def test_the_workflow_runs_the_steps_of_the_local_command():
    (listed,) = re.findall(r'^steps="(.+)"$', (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    steps_run = []
    for job in load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"].values():
        names = job["strategy"]["matrix"].get("step", [])
        commands = [step["run"] for step in job["steps"] if "bash " in step.get("run", "")]
        for command in commands:
            (name,) = re.findall(r'^bash "?\.ci/([\w$]+)"?', command)
            steps_run += names if name == "$STEP" else [name]
    assert sorted(steps_run) == sorted(listed.split())
    assert sorted([*listed.split(), "run"]) == sorted(path.name for path in (ROOT / ".ci").iterdir())


def test_every_step_runs_the_slow_tests_too():
    runs = [line for path in (ROOT / ".ci").iterdir() for line in path.read_text().splitlines() if "-m pytest" in line]
    assert len(runs) >= 4
    assert all('-m "slow or not slow"' in line for line in runs)


def test_the_tests_run_on_every_system_and_from_the_lowest_python():
    matrix = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f">={matrix['python'][0]}" == project["requires-python"]
    python = "Programming Language :: Python :: "
    assert [name for name in project["classifiers"] if name.startswith(f"{python}3.")] == [
        f"{python}{version}" for version in matrix["python"]
    ]


def test_other_kernels_are_tried_by_the_command_of_the_repository():
    job = load(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]["kernels"]
    assert job["steps"][-1]["run"] == 'bash .ci/kernels "$PART"'
    script = (ROOT / ".ci" / "kernels").read_text()
    assert f'"${{@:-{" ".join(job["strategy"]["matrix"]["part"])}}}"' in script
    for part in job["strategy"]["matrix"]["part"]:
        assert f"\n{part}() {{\n" in script


def test_the_tests_that_other_kernels_run_are_there():
    script = (ROOT / ".ci" / "kernels").read_text()
    named = re.findall(r"tests/[\w/]+\.py(?:::\w+)?", script)
    assert len(named) > 10
    for path, _, function in (name.partition("::") for name in named):
        assert not function or f"def {function}(" in (ROOT / path).read_text()
        assert (ROOT / path).is_file()


def test_the_job_that_runs_foreign_code_may_not_write():
    jobs = load(ROOT / ".github" / "workflows" / "gate.yml")["jobs"]
    assert jobs["judge"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert not any("checkout" in step.get("uses", "") for step in jobs["comment"]["steps"])
    assert "head.repo.full_name == github.repository" in jobs["comment"]["if"]


def test_the_weekly_run_is_the_whole_experiment():
    experiment = yaml.safe_load((ROOT / "eval_configs" / "beir.yaml").read_text())
    matrix = load(ROOT / ".github" / "workflows" / "weekly.yml")["jobs"]["run"]["strategy"]["matrix"]
    assert matrix["dataset"] == [dataset["name"] for dataset in experiment["datasets"]]
    assert matrix["model"] == experiment["models"]


def test_the_weekly_jobs_measure_every_part_once():
    experiment = yaml.safe_load((ROOT / "eval_configs" / "beir.yaml").read_text())
    weekly = load(ROOT / ".github" / "workflows" / "weekly.yml")
    commands = [step["run"] for step in steps(weekly) if "-m bench" in step.get("run", "")]
    named = [names for command in commands for names in re.findall(r"--only (\S+)", command)]
    parts = [part for names in named for part in names.split(",")]
    assert sorted(parts) == sorted({"sweep", "latency"} & {*experiment} | {"quality"})
    assert weekly["jobs"]["report"]["needs"] == ["run", "latency"]
    assert commands[-2:] == [
        "python -m bench merge runs/beir parts/* --experiment beir",
        "python -m bench report beir",
    ]


def test_what_workflows_do_in_python_is_a_command_of_the_project():
    assert not [step for path in FILES for step in steps(load(path)) if step.get("shell") == "python"]
    assert not [step for path in FILES for step in steps(load(path)) if "python -c" in step.get("run", "")]
