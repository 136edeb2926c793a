"""The documents' regions: what fills them, and that a stale one is noticed.

Numbers of the documents are compared with those computed here as ``bench.publish.alike`` does: to one unit in the last
printed place, as bootstraps and percentiles are sums whose last digits depend on the processor; words exactly.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from bench.common.errors import BenchError
from bench.experiment.file import load_experiment
from bench.publish.readme import DOCUMENTS, ROOT, fill, load, stale, update
from bench.publish.regions import COLD, COMMITTED, DEPTH, FIGURES, PEERS, PLOTS, REGIONS, median_latencies
from bench.publish.shown_comparisons import SHOWN, shown_comparisons
from bench.report.charts.chart import save
from flashrank import list_models
from tests.bench.report.cold_starts import cold_starts
from tests.bench.report.side_by_side import side_by_side

README, MODELS, MEASURED = DOCUMENTS


@pytest.fixture(scope="module")
def runs():
    return load()


@pytest.fixture(scope="module")
def all_runs(runs):
    """The committed runs, with a made-up one of systems side by side."""
    models, workloads = (tuple(dict.fromkeys(names)) for names in zip(*SHOWN, strict=True))
    failing = [(workloads[1], "Theirs")]
    return {**runs, PEERS: replace(runs[DEPTH], **side_by_side(models, (*workloads, "another"), failing=failing))}


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of the documents and of what they are made from."""
    for folder in (*filter(lambda run: (ROOT / run).is_dir(), COMMITTED), PLOTS):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("report"))
    for document in DOCUMENTS:
        (tmp_path / document).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / document, tmp_path / document)
    return tmp_path


def test_a_region_is_filled_and_the_rest_left_alone(runs):
    filled = fill(MODELS, "before\n<!-- measured: models -->\nold\n<!-- end -->\nafter <!-- end -->\n", runs)
    assert filled.startswith("before\n<!-- measured: models -->\n| model |")
    assert filled.endswith("<!-- end -->\nafter <!-- end -->\n")
    assert "old" not in filled
    for spec in list_models():
        assert f"| `{spec.name}`" in filled
    assert fill(MODELS, filled, runs) == filled


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_figure_links_to_its_data_from_where_the_document_lies(all_runs, name, document):
    picture, table = (REGIONS[region](all_runs, document.parent) for region in (f"{name}-chart", name))
    assert re.findall(r'(?:srcset|src)="([^"]*)', picture) == [
        Path(os.path.relpath(path, document.parent)).as_posix() for path in reversed(FIGURES[name].pictures())
    ]
    (link,) = re.findall(r"\[the run\]\(([^)]*)\)", table)
    assert (ROOT / document.parent / link).resolve() == (ROOT / FIGURES[name].run).resolve()
    assert f"`python -m bench report {FIGURES[name].run.as_posix()}`" in table
    for model in all_runs[FIGURES[name].run].models if name != "peers" else ():
        assert model.name in picture
        assert model.name in table


def test_what_is_made_from_a_run_that_is_not_committed_stays(runs):
    text = (ROOT / README).read_text(encoding="utf-8")
    others = {run: results for run, results in runs.items() if run != PEERS}
    assert fill(README, text, others) == text
    assert fill(README, text, {DEPTH: runs[DEPTH]}) == text


def test_every_run_is_committed(runs):
    assert [run for run in COMMITTED if run not in runs] == []


def test_cold_starts_are_shown_of_the_request_with_most_passages(runs):
    cold = {COLD: replace(runs[DEPTH], **cold_starts("nano"))}
    filled = fill(README, (ROOT / README).read_text(encoding="utf-8"), cold)
    region = filled.partition("<!-- measured: cold-start -->\n")[2].partition("<!-- end -->")[0]
    assert "A request has 20 passages. Measured on: Intel(R) Xeon(R) Processor, AVX-512, VNNI." in region
    assert [line.split(" | ")[1:3] for line in region.splitlines() if line.startswith("| nano")] == [
        ["1", "Ours"],
        ["1", "Theirs"],
        ["2", "Ours"],
        ["2", "Theirs"],
    ]
    assert re.search(r"2\.00\s\\\[2\.00,\s2\.00\\\]", region)
    assert "dollars per GB-second" in region
    reports = Path("reports", "README.md")
    in_full = fill(reports, (ROOT / reports).read_text(encoding="utf-8"), cold)
    assert in_full.count("| nano | 1 | 5 | Ours |") == 1


def test_systems_are_shown_on_some_workloads_with_their_machine(all_runs, tmp_path):
    filled = fill(README, (ROOT / README).read_text(encoding="utf-8"), all_runs)
    _, _, region = filled.partition("<!-- measured: peers -->\n")
    caption, _, table = region.partition("<!-- end -->")[0].partition("\n\n")
    assert "Measured on: Intel(R) Xeon(R) Processor, AVX-512, VNNI, 2 threads, onnxruntime 1.32.0." in caption
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ms-marco")]
    assert [(row[0].removeprefix("| "), row[1]) for row in rows[::3]] == sorted(
        SHOWN, key=lambda one: one[0][-1] != ")"
    )
    assert "| Ours | " in table
    dash = " | \N{EN DASH}"
    assert f"| {SHOWN[1][1]} | Theirs (could not answer){5 * dash} |" in table
    assert f"Theirs could not answer ({SHOWN[1][1]} with {SHOWN[1][0]}): the process ended (code -9)." in table
    full = REGIONS["peers-in-full"](all_runs, MEASURED.parent)
    assert "| another |" in full
    assert "| another |" not in table
    (alt,) = re.findall(r'<img alt="(Time of a request[^"]*)" src="reports/plots/peers-light.svg"', filled)
    assert "Theirs 2." in alt
    for path in save(FIGURES["peers"].chart(all_runs), tmp_path):
        assert path.stat().st_size > 1000


def test_what_is_shown_is_what_the_experiment_compares():
    experiment = load_experiment(ROOT / PEERS.with_suffix(".yaml"))
    compared = {
        (row.label, workload.label)
        for model in experiment.models
        for row in (model, *([model.stand_in] if model.or_random else []))
        for workload in experiment.workloads_of(row)
    }
    assert set(SHOWN) <= compared


def test_a_comparison_that_the_run_lacks_is_named(all_runs):
    (model, workload), *_ = SHOWN
    run = all_runs[PEERS]
    some = replace(run, peers=run.peers[(run.peers["model"] != model) | (run.peers["workload"] != workload)])
    with pytest.raises(BenchError, match=f"systems were not compared on {workload} with {model}; measure it again"):
        shown_comparisons(some)


def test_every_region_stands_in_one_document():
    assert sorted(region for regions in DOCUMENTS.values() for region in regions) == sorted(REGIONS)


def test_median_latencies_are_those_of_the_requests(runs):
    table = median_latencies(runs[DEPTH])
    assert list(table.frame["model"]) == [model.name for model in runs[DEPTH].models]
    requests = runs[DEPTH].latency
    for row, model in enumerate(table.frame["model"]):
        for tokens in (16, 512):
            seconds = requests.loc[(requests["model"] == model) & (requests["tokens"] == tokens), "seconds"]
            assert table.frame[f"{tokens} tokens"].iloc[row] == pytest.approx(1000 * seconds.median())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!-- measured: speed -->\n<!-- end -->", "speed"),
        ("<!-- measured: models -->\n<!-- end -->\n" * 2, "models, models"),
        ("nothing", "none"),
    ],
)
def test_a_document_with_other_regions_is_refused(runs, text, found):
    with pytest.raises(BenchError, match=f"flashrank/README.md: its regions .* are {found}; they must be models"):
        fill(MODELS, text, runs)


def test_a_document_that_is_not_there_is_named(checkout):
    (checkout / MEASURED).unlink()
    with pytest.raises(BenchError, match=r"reports.README\.md: cannot be read"):
        update(checkout)


def test_what_is_committed_is_not_stale_and_the_check_draws_nothing(monkeypatch):
    monkeypatch.setattr(Figure, "savefig", lambda *_, **__: pytest.fail("a picture was drawn"))
    monkeypatch.setattr(Figure, "__init__", lambda *_, **__: pytest.fail("a picture was drawn"))
    assert stale() == []


def test_numbers_measured_with_other_last_digits_give_the_same_words_and_numbers(runs):
    rng = np.random.default_rng(0)

    def nudged(frame: pd.DataFrame) -> pd.DataFrame:
        numbers = [column for column in ("value", "seconds") if column in frame]
        return frame.assign(**{name: frame[name] * (1 + 1e-15 * rng.integers(-1, 2, len(frame))) for name in numbers})

    names = ("quality", "timings", "latency", "sweep", "sweep_timings", "peer_timings")
    others = {path: replace(run, **{name: nudged(getattr(run, name)) for name in names}) for path, run in runs.items()}
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert fill(document, text, others) == fill(document, text, runs)


@pytest.mark.slow
def test_nothing_is_stale_with_the_kernels_of_an_old_processor():
    found = np.show_config("dicts")["SIMD Extensions"].get("found", [])
    environment = os.environ | {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": " ".join(found)}
    done = subprocess.run(
        [sys.executable, "-c", "from bench.publish.readme import stale; print(*stale())"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], b"")


@pytest.mark.slow
def test_another_last_digit_is_no_news_and_a_changed_number_or_word_is(checkout):
    readme, picture = checkout / MEASURED, checkout / PLOTS / "quality-dark.svg"
    (value,) = re.findall(r"\| SciFact\S* .*\*\*(0\.\d{3})\*\*", readme.read_text(encoding="utf-8"))
    (title,) = re.findall(r"<title>.*, nano (0\.\d{3})", picture.read_text(encoding="utf-8"))

    def stale_after(units: int) -> list[str]:
        for path, number in ((readme, value), (picture, title)):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(number, f"{float(number) + units / 1000:.3f}", 1), encoding="utf-8")
        found = stale(checkout)
        for path in (readme, picture):
            shutil.copy(ROOT / path.relative_to(checkout), path)
        return found

    assert stale_after(0) == stale_after(1) == stale_after(-1) == []
    found = stale_after(2)
    assert [line.split(": ")[0] for line in found] == ["reports/README.md", "reports/plots/quality-dark.svg"]
    assert f"{value}" in found[0]
    text = readme.read_text(encoding="utf-8")
    readme.write_text(text.replace("| nano<sup>b</sup> |", "| pico<sup>b</sup> |"), encoding="utf-8")
    (line,) = stale(checkout)
    assert line.startswith("reports/README.md: region 'quality': ")


@pytest.mark.slow
def test_what_is_stale_is_made_again(checkout):
    (checkout / PLOTS / "pareto-light.svg").unlink()
    for document, word in ((README, "BM25 0."), (MODELS, "Apache-2.0"), (MEASURED, "Cranfield")):
        path = checkout / document
        head, region, rest = path.read_text(encoding="utf-8").partition("<!-- measured: ")
        path.write_text(head + region + rest.replace(word, "Cranberry", 1), encoding="utf-8")
    assert len(stale(checkout)) == 4
    assert {*DOCUMENTS, PLOTS / "pareto-light.svg"} <= set(update(checkout))
    assert stale(checkout) == []
