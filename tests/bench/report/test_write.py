from __future__ import annotations

import re

from bench.report.write import write_report


def contents(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_all_files_are_written_named_and_the_same_again(make_results, tmp_path):
    results = make_results(datasets=["x", "y"], notes={"y": "pool"})
    paths = write_report(results, tmp_path / "new" / "report")
    assert paths[0].name == "report.md"
    written = contents(tmp_path / "new" / "report")
    assert {path.relative_to(tmp_path / "new" / "report") for path in paths} == set(written)
    names = {path.as_posix() for path in written}
    by_measure = [f"{table}-{measure}" for table in ("quality", "comparisons") for measure in ("ndcg-10", "rr-10")]
    costs = ("cost", "cost-checks", "cost-cells")
    tables = (*by_measure, "query-latency", "latency", *costs, "models", "datasets", "machine")
    assert names == {
        "report.md",
        "report.html",
        *(f"tables/{table}.{ending}" for table in tables for ending in ("csv", "md")),
        *(
            f"plots/{chart}-{theme}.svg"
            for chart in ("quality", "tradeoff", "gain", "latency")
            for theme in ("light", "dark")
        ),
    }
    write_report(results, tmp_path / "new" / "report")
    assert contents(tmp_path / "new" / "report") == written


def test_results_are_left_as_they_were(make_results, tmp_path):
    results = make_results(models=1, datasets=1)
    before = {name: getattr(results, name).copy() for name in ("quality", "timings", "latency")}
    write_report(results, tmp_path)
    assert all(getattr(results, name).equals(frame) for name, frame in before.items())


def test_latex_and_png_are_written_and_linked_where_they_are_asked_for(make_results, tmp_path):
    results = make_results(models=1, datasets=1)
    plain, full = tmp_path / "plain", tmp_path / "full"
    write_report(results, plain)
    write_report(results, full, latex=True, png=True)
    more = set(contents(full)) - set(contents(plain))
    assert {path.with_suffix(".csv") for path in more if path.suffix == ".tex"} == {
        path for path in contents(plain) if path.suffix == ".csv"
    }
    assert {path.with_suffix(".svg") for path in more if path.suffix == ".png"} == {
        path for path in contents(plain) if path.suffix == ".svg"
    }
    assert {path.suffix for path in more} == {".tex", ".png"}
    text = (full / "report.md").read_text(encoding="utf-8")
    assert all(f"]({path.as_posix()})" in text for path in more)
    assert not {".tex)", ".png)"} & set(re.findall(r"\.\w+\)", (plain / "report.md").read_text(encoding="utf-8")))
