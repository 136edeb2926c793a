from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from bench.report.write import write_report


class Images(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("img", "source"):
            self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page(make_results, tmp_path_factory):
    directory = tmp_path_factory.mktemp("report")
    results = make_results(
        name="an_experiment",
        models=['tiny "quoted" & <b>'],
        datasets=["x", "y"],
        queries=50,
        notes={"y": "judged pool only"},
        missing=("y, tiny: latency",),
    )
    write_report(results, directory)
    return directory, (directory / "report.md").read_text(encoding="utf-8")


def test_page_names_what_a_reader_needs(page):
    _, text = page
    assert text.startswith("# an\\_experiment\n\nNumbers made up.\n")
    for heading in ("## Quality", "## Latency", "## How to read this", "### Models", "### Datasets", "### Machine"):
        assert f"\n{heading}\n" in text
    assert "| x | 50 |" in text
    assert "| y† | 50 |" in text
    assert "\n† judged pool only\n" in text
    assert "| CPU | Some CPU |" in text
    assert "| Memory | 8.0 GiB |" in text
    assert "trec\\_eval" in text or "trec_eval" in text
    assert "\n\n\n" not in text


def test_unfinished_cells_come_before_any_number(page):
    _, text = page
    warning = text.index("> **Incomplete: 1 planned measurement is missing")
    assert warning < text.index("> - y, tiny: latency") < text.index("## Quality")


def test_a_report_of_latency_alone_has_no_table_of_quality(make_results, tmp_path):
    results = make_results(models=["L-4 x 384 (random weights)"], datasets=0)
    write_report(results, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    quality, rest = text.split("## Quality\n")[1].split("## Quality against latency")
    assert quality == "\nNo quality was measured.\n\n"
    assert "L-4 x 384 (random weights)" in rest


def test_complete_results_have_no_warning(make_results, tmp_path):
    results = make_results(models=0, datasets=1)
    write_report(results, tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "WARNING" not in text
    assert "None: the first stage only." in text
    assert "No timings were recorded." in text
    assert "Latency by length was not measured." in text


def test_pictures_have_both_themes_and_words_and_links_lead_somewhere(page):
    directory, text = page
    blocks = re.findall(r"<picture>.*?</picture>", text, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert "\n\n" not in block
        parser = Images()
        parser.feed(block)
        (_, dark), (_, light) = parser.found
        assert dark["media"] == "(prefers-color-scheme: dark)"
        assert dark["srcset"] == light["src"].replace("-light", "-dark")
        assert light["alt"]
        assert (directory / dark["srcset"]).is_file()
        assert (directory / light["src"]).is_file()
    assert 'tiny "quoted" & <b>' in alt_of(blocks[0])
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    assert all((directory / link).is_file() for link in links)


def alt_of(block):
    parser = Images()
    parser.feed(block)
    return parser.found[1][1]["alt"]


def test_page_without_measurements(make_results, tmp_path):
    results = make_results()
    empty = {name: getattr(results, name).iloc[:0] for name in ("quality", "timings", "latency")}
    paths = write_report(dataclasses.replace(results, **empty), tmp_path)
    assert not [path for path in paths if path.suffix in (".svg", ".png")]
    assert "<picture>" not in (tmp_path / "report.md").read_text(encoding="utf-8")
