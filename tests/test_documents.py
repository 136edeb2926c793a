"""The documents say what is so: code runs, commands parse, links lead somewhere, and nothing is told twice."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

from bench.cli.verbs import VERBS
from bench.experiment.file import load_experiment
from flashrank import Ranker

from .bench.test_storeys import BENCH, FLASHRANK

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "bench/**/*.md", "flashrank/**/*.md", "reports/*.md")
    for path in ROOT.glob(pattern)
)
#: Made by a program, or checked by a test of its own.
_PROSE = [path for path in DOCUMENTS if path.name not in {"MODEL_CARD.md", "DIFFERENCES.md"}]
_REGION = re.compile(r"<!-- measured: .*?<!-- end -->", re.DOTALL)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: What a reader puts a word of their own for.
_PLACES = re.compile(r"org/name|path/to/")


def text_of(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(document: Path, language: str) -> list[str]:
    return [body for found, body in _BLOCK.findall(text_of(document)) if found == language]


def commands(document: Path) -> list[list[str]]:
    """Return the words after ``python -m bench`` of every command, in blocks and within sentences."""
    text = _REGION.sub("", text_of(document))
    lines = [line for _, body in _BLOCK.findall(text) for line in body.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))
    parts = [part.strip() for line in lines for part in line.split("&&")]
    found = [re.fullmatch(r"\S*python3? -m bench (.*)", part) for part in parts]
    return [shlex.split(match[1], comments=True) for match in found if match]


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _BLOCK.sub("", text_of(document)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_documents_are_found():
    assert {Path("README.md"), Path("bench/README.md"), Path("flashrank/README.md")} <= set(DOCUMENTS)
    assert len(text_of(Path("README.md")).splitlines()) <= 160


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", text_of(document))):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (ROOT / document.parent / path).resolve() if path else (ROOT / document)
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.relative_to(ROOT)), target


@pytest.mark.parametrize("document", [Path("README.md"), Path("flashrank/README.md")], ids=str)
def test_its_code_runs(document, monkeypatch, capsys):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    code = blocks(document, "python")
    assert code
    for block in code:
        if _PLACES.search(block):
            calls = [node.value for node in ast.parse(block).body if isinstance(node, ast.Expr)]
            assert calls
            for call in calls:
                assert ast.unparse(call.func) == "Ranker"
                arguments = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
                inspect.signature(Ranker).bind(*map(ast.literal_eval, call.args), **arguments)
        else:
            exec(compile(block, str(document), "exec"), {})
            said = re.findall(r"^print\(.*\)  # (.*)$", block, re.MULTILINE)
            assert capsys.readouterr().out.splitlines()[: len(said)] == said


def test_the_arguments_of_a_ranker_are_listed():
    (listed,) = re.findall(r"`Ranker\((model_name, .*?)\)`", text_of(Path("flashrank/README.md")), re.DOTALL)
    scope = {}
    exec(f"def listed({listed}): ...", scope)
    said, real = (
        [(one.name, one.kind, one.default) for one in inspect.signature(called).parameters.values()]
        for called in (scope["listed"], Ranker)
    )
    assert said[0][:2] == real[0][:2]  # the default model stands in the table
    assert said[1:] == real[1:]


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_its_commands_are_taken_by_their_verbs(document, capsys):
    verbs = {verb.name: verb for verb in VERBS}
    for name, *words in commands(document):
        if name == "COMMAND":
            continue
        parser = argparse.ArgumentParser()
        verbs[name].load().add_arguments(parser)
        if not words:  # the verb as such
            continue
        try:
            parser.parse_args(words)
        except SystemExit:
            pytest.fail(f"python -m bench {shlex.join([name, *words])}: {capsys.readouterr().err}")


def test_the_manual_lists_every_verb():
    rows = re.findall(r"^\| `python -m bench ([\w-]+)", text_of(Path("bench/README.md")), re.MULTILINE)
    assert sorted(rows) == sorted(verb.name for verb in VERBS)


def test_the_experiment_of_the_manual_is_one(tmp_path):
    (block,) = blocks(Path("bench/README.md"), "yaml")
    (tmp_path / "example.yaml").write_text(block, encoding="utf-8")
    assert len(load_experiment(tmp_path / "example.yaml").datasets) == 5


def test_the_drawing_has_every_storey_in_its_place():
    library, harness = blocks(Path("CONTRIBUTING.md"), "")
    assert re.findall(r"^(\w+)", harness, re.MULTILINE) == list(reversed(BENCH))
    drawn = re.findall(r"^  (\w+)/", library, re.MULTILINE)
    storeys = [name for storey in FLASHRANK for name in storey]
    assert drawn == sorted(drawn, key=storeys.index, reverse=True)
    assert {path.name for path in (ROOT / "flashrank").glob("*/") if (path / "__init__.py").is_file()} == set(drawn)


def test_the_steps_of_ci_are_listed():
    (steps,) = re.findall(r'^steps="(.+)"$', (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    listed = re.findall(r"^\| `bash \.ci/(\w+)`", text_of(Path("CONTRIBUTING.md")), re.MULTILINE)
    assert listed == steps.split()


def test_no_sentence_stands_twice():
    sentences = Counter()
    for document in _PROSE:
        prose = _BLOCK.sub("", _REGION.sub("", text_of(document)))
        paragraphs = [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n|\n[-|] ", prose)]
        found = {sentence for one in paragraphs for sentence in re.split(r"(?<=[.:?]) ", one)}
        sentences.update(sentence for sentence in found if len(sentence) > 60)
    assert len(sentences) > 100
    assert not [sentence for sentence, times in sentences.items() if times > 1]
