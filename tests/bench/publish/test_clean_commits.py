"""What is committed is of one measurement, and what is not is refused."""

from __future__ import annotations

import json
import shutil

from bench.publish.clean_commits import refused
from bench.publish.readme import ROOT
from bench.publish.regions import COMMITTED, DEPTH, RUN

COMMIT = "1" * 40
CODE = {"code_versions": {"engine": 1}}


def _rewrite(root, change):
    for place, path in enumerate(sorted(root.rglob("manifest.json"))):
        machine = json.loads((path.parent / "machine.json").read_text())
        manifest = {name: value for name, value in json.loads(path.read_text()).items() if name != "code"}
        manifest, machine = change(place, {**manifest, **CODE}, {**machine, "commit": COMMIT})
        path.write_text(json.dumps(manifest))
        (path.parent / "machine.json").write_text(json.dumps(machine))


def test_what_is_committed_is_of_one_clean_commit():
    assert refused() == []


def test_cells_of_one_commit_pass_and_others_are_named(tmp_path):
    for run in (run for run in COMMITTED if (ROOT / run).is_dir()):
        shutil.copytree(ROOT / run, tmp_path / run, ignore=shutil.ignore_patterns("report"))
    _rewrite(tmp_path, lambda _, manifest, machine: (manifest, machine))
    assert refused(tmp_path) == []
    _rewrite(
        tmp_path / DEPTH,
        lambda place, manifest, machine: (manifest, machine if place else {**machine, "commit": f"{COMMIT}-dirty"}),
    )
    _rewrite(
        tmp_path / RUN,
        lambda place, manifest, machine: (manifest, machine if place else {**machine, "commit": "2" * 40}),
    )
    lines = refused(tmp_path)
    assert [line.split(":")[0] for line in lines] == [str(RUN), str(DEPTH)]
    assert "reports/measured: measured at 2 commits: 111111111111: " in lines[0]
    assert "222222222222: " in lines[0]
    assert "reports/depth: measured with files that no commit has: latency grid: " in lines[1]
