"""From a run's results to a chart on a page, each part of the report is passed once: imports never climb back."""

from __future__ import annotations

from ...source_tree import ROOT, imports, modules

#: Parts of ``bench.report`` from the bottom to the top, those that know nothing of each other side by side.
ORDER = (
    ("values",),
    ("tables", "charts"),
    ("sections",),
    ("assemble",),
    ("markdown", "page", "console_summary"),
    ("write",),
)


def test_parts_of_the_report_import_only_what_lies_below():
    heights = {name: height for height, names in enumerate(ORDER) for name in names}

    def part(module):
        return module.removeprefix("bench.report").strip(".").partition(".")[0]

    within = [
        (part(found.importer), part(found.target))
        for found in imports(modules(ROOT, "bench"))
        if found.importer.startswith("bench.report.") and found.target.startswith("bench.report.")
    ]
    assert {importer for importer, _ in within} == set(heights)
    wrong = [pair for pair in within if pair[0] != pair[1] and heights[pair[0]] <= heights[pair[1]]]
    assert wrong == []
