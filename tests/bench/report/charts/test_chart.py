"""Pictures as files: their formats, sizes and colours, and that they can be read."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ElementTree

from matplotlib.image import imread

from bench.report.charts.chart import save
from bench.report.charts.chart_list import CHARTS, charts
from bench.report.charts.colours import DARK, LIGHT


def test_svg_is_well_formed_and_names_everything(make_results, tmp_path):
    results = make_results(models=["a|b", "c&d--e"], datasets=["$x$_y", "<z>"], notes={"<z>": "pool"})
    for chart in charts(results).values():
        save(chart, tmp_path, ("svg", "png"))
    comments = {}
    for path in tmp_path.glob("*.svg"):
        parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"), parser)
        assert root.get("width") == "540pt"
        comments[path.stem] = [node.text.strip() for node in root.iter(ElementTree.Comment)]
    # Letters are outlines, and the text stands in a comment (where "--" may not).
    for theme in ("light", "dark"):
        quality = comments[f"quality-{theme}"]
        assert {"BM25", "a|b", "c&amp;d- -e", "$x$_y", "&lt;z&gt;†", "5 queries", "† &lt;z&gt;: pool"} <= set(quality)
        assert {"Average†", "each dataset alike"} <= set(quality)
        assert {"a|b (2 layers)", "32", "64", "128", "tokens per pair"} <= set(comments[f"latency-{theme}"])
        assert {"a|b (2 layers)", "BM25 alone", "median ms per query"} <= set(comments[f"tradeoff-{theme}"])
        assert {"$x$_y", "&lt;z&gt;†", "a|b"} <= set(comments[f"gain-{theme}"])


def test_png_has_the_width_of_a_readme_twice_and_the_pages_colour(make_results, tmp_path):
    results = make_results(datasets=1)
    for chart in charts(results).values():
        save(chart, tmp_path, ("svg", "png"))
    for theme in (LIGHT, DARK):
        for path in tmp_path.glob(f"*-{theme.name}.png"):
            image = imread(path)
            assert image.shape[1] == 1440
            color = "#" + "".join(f"{round(255 * channel):02x}" for channel in image[-1, -1, :3])
            assert color == theme.background


def test_scripts_the_font_lacks_are_drawn_in_stand_ins(make_results, tmp_path):
    results = make_results(models=1, datasets=["mMARCO \N{CJK UNIFIED IDEOGRAPH-4E2D}"])
    assert save(charts(results)["quality"], tmp_path)


def test_only_what_is_asked_for_is_written(make_results, tmp_path):
    chart = charts(make_results())["quality"]
    assert [path.name for path in save(chart, tmp_path, ("png",), (LIGHT,))] == ["quality-light.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["quality-light.png"]


def test_data_are_computed_once_for_words_and_pictures(make_results, tmp_path):
    asked = []
    (kind,) = [kind for kind in CHARTS if kind.name == "gain"]

    def counted(results):
        asked.append(results)
        return kind.data(results)

    chart = dataclasses.replace(kind, data=counted).chart(make_results())
    assert chart.is_measured
    assert chart.alt
    save(chart, tmp_path)
    assert len(asked) == 1
