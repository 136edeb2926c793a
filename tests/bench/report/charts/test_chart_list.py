"""The charts: their bytes, their words, and that nothing runs into anything else."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from bench.report.charts import gain as gain_chart
from bench.report.charts import latency as latency_chart
from bench.report.charts import quality as quality_chart
from bench.report.charts import tradeoff as tradeoff_chart
from bench.report.charts.chart_list import charts, save
from bench.report.charts.colours import DARK, LIGHT
from bench.report.charts.drawing.settings import drawing
from tests.bench.report.figures import assert_legible

NASTY = "org/a_b--c|d&e%f$g$-<h>-" + "very-long-name-" * 4


def cases(make_results):
    usual = make_results(models=["ms-marco-TinyBERT-L-2-v2", "ms-marco-MiniLM-L-12-v2"], datasets=3)
    gaps = dataclasses.replace(
        usual,
        quality=usual.quality[
            ~((usual.quality["dataset"] == "dataset-1") & (usual.quality["model"] == "BM25"))
            & ~((usual.quality["dataset"] == "dataset-2") & (usual.quality["model"] == "ms-marco-MiniLM-L-12-v2"))
        ],
        datasets=(*usual.datasets, "never measured"),
    )
    zero = dataclasses.replace(
        usual,
        quality=usual.quality.assign(value=usual.quality["value"] * (usual.quality["model"] == "BM25")),
    )
    same = make_results(models=[f"model-variant-{number}" for number in range(5)], tokens=(32, 33, 34))
    same = dataclasses.replace(
        same,
        quality=same.quality.assign(value=0.5),
        timings=same.timings.assign(seconds=0.1),
        latency=same.latency.assign(seconds=same.latency["tokens"] * 1e-5),
    )
    return {
        "small": make_results(models=1, datasets=3, notes={"dataset-1": "judged pool only"}),
        "middle": make_results(models=5, datasets=8, settings=((1, 1), (100, 2))),
        "large": make_results(models=5, datasets=19, queries=2, tokens=(16, 32, 48, 64, 96, 128, 192, 256, 384, 512)),
        "single": make_results(models=1, datasets=1, queries=1, tokens=(128,), repeats=1),
        "nasty": make_results(models=[NASTY, "b"], datasets=[NASTY, "$x$"], notes={"$x$": NASTY}),
        "same": same,
        "first stage only": make_results(models=0),
        "no first stage": make_results(first_stage={}),
        "gaps": gaps,
        "zero": zero,
    }


def drawn(results, theme=LIGHT):
    with drawing():
        for chart in charts(results).values():
            yield chart.draw(theme)


CASES = ["small", "middle", "large", "single", "nasty", "same", "first stage only", "no first stage", "gaps", "zero"]


@pytest.fixture(scope="module")
def all_cases(make_results):
    return cases(make_results)


@pytest.mark.parametrize("case", CASES)
def test_no_text_runs_into_another_or_off_the_chart(all_cases, case):
    for figure in drawn(all_cases[case]):
        assert_legible(figure)


def test_charts_are_those_with_measurements(make_results):
    results = make_results()
    assert list(charts(results)) == ["quality", "tradeoff", "gain", "latency"]
    assert list(charts(make_results(datasets=1))) == ["quality", "tradeoff", "latency"]
    assert list(charts(make_results(models=0))) == ["quality"]
    without = {name: getattr(results, name).iloc[:0] for name in ("quality", "timings", "latency")}
    assert list(charts(dataclasses.replace(results, **without))) == []
    assert list(charts(dataclasses.replace(results, timings=without["timings"]))) == ["quality", "latency"]
    assert list(charts(dataclasses.replace(results, quality=without["quality"]))) == ["latency"]


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


def test_quality_chart_shows_each_mean(make_results):
    results = make_results(models=1, datasets=["x", "y"])
    means = results.quality[results.quality["measure"] == "nDCG@10"].groupby(["dataset", "model"])["value"].mean()
    with drawing():
        figure = quality_chart.quality_chart(results, LIGHT)
    words = {text.get_text() for text in figure.findobj(Text)}
    assert {f"{value:.3f}" for value in means} <= words
    points = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() == "o"]
    expected = [means["x", "model-0"], means["y", "model-0"], (means["x", "model-0"] + means["y", "model-0"]) / 2]
    assert points == pytest.approx(expected)
    assert figure.axes[0].get_xlim()[0] == 0


def test_tradeoff_is_the_mean_of_medians_and_of_the_measure(make_results):
    results = make_results(models=1, datasets=["x", "y"])
    medians = results.timings.groupby("dataset")["seconds"].median() * 1000
    data = tradeoff_chart.tradeoff(results)
    quality = results.quality[(results.quality["measure"] == "nDCG@10") & (results.quality["model"] == "model-0")]
    assert data.points["model-0"] == pytest.approx((medians.mean(), quality.groupby("dataset")["value"].mean().mean()))
    assert data.left_out == ()


def test_tradeoff_names_the_models_it_leaves_out(make_results):
    results = make_results(datasets=["x", "y"])
    timings = results.timings
    partial = timings[~((timings["dataset"] == "y") & (timings["model"] == "model-1"))]
    results = dataclasses.replace(results, timings=partial)
    assert tradeoff_chart.tradeoff(results).left_out == ("model-1",)
    with drawing():
        figure = tradeoff_chart.tradeoff_chart(results, LIGHT)
    assert any("Not drawn" in text.get_text() and "model-1" in text.get_text() for text in figure.findobj(Text))


def test_gains_are_differences_to_each_datasets_first_stage(make_results):
    results = make_results(datasets=["x", "y"])
    means = results.quality[results.quality["measure"] == "nDCG@10"].groupby(["dataset", "model"])["value"].mean()
    panels = gain_chart.gain_panels(results)
    assert [panel.dataset for panel in panels] == ["x", "y"]
    for panel in panels:
        for model, gain in panel.gains.items():
            assert gain == pytest.approx(means[panel.dataset, model] - means[panel.dataset, "BM25"])
    with drawing():
        figure = gain_chart.gain_chart(results, LIGHT)
    assert len({axes.get_ylim() for axes in figure.axes}) == len({axes.get_xlim() for axes in figure.axes}) == 1


def test_latency_chart_has_a_line_a_model_with_the_measured_ticks(make_results):
    results = make_results(models=3, settings=((1, 1), (10, 2)))
    with drawing():
        figure = latency_chart.latency_chart(results, LIGHT)
    assert len(figure.axes) == 2
    for axes, (passages, threads) in zip(figure.axes, ((1, 1), (10, 2)), strict=True):
        assert list(axes.get_xticks()) == [32, 64, 128]
        lines = [line for line in axes.lines if line.get_linestyle() != "None"]
        frame = results.latency[(results.latency["passages"] == passages) & (results.latency["threads"] == threads)]
        for index, line in enumerate(lines):
            rows = frame[frame["model"] == f"model-{index}"]
            assert line.get_ydata() == pytest.approx(1000 * rows.groupby("tokens")["seconds"].median().to_numpy())
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_alt_texts_say_what_is_to_be_seen(make_results):
    found = charts(make_results(models=["tiny"], datasets=["x", "y"]))
    assert found["quality"].alt.startswith("nDCG@10 by dataset, average of 2 datasets: BM25 0.")
    assert "tiny 0." in found["tradeoff"].alt
    assert "of 2." in found["gain"].alt
    assert "1 passage per request, 1 thread: tiny" in found["latency"].alt
    assert "at 32 to 128 tokens" in found["latency"].alt


def test_scripts_the_font_lacks_are_drawn_in_stand_ins(make_results, tmp_path):
    results = make_results(models=1, datasets=["mMARCO \N{CJK UNIFIED IDEOGRAPH-4E2D}"])
    assert save(charts(results)["quality"], tmp_path)
