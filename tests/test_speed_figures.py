"""Every speed that the README claims is in the committed comparison of systems, with its instruction set."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bench.publish.readme import ROOT
from bench.publish.regions import PEERS

#: A number, perhaps a range, and a unit of time, of rates or of how many times as fast.
_SPEED = re.compile(
    r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?:\s?x?\s(?:to|and)\s(\d[\d,]*(?:\.\d+)?))?"
    r"(?:x(?!\w)|\s(?:ms|milliseconds|s|seconds)\b|\stimes\s(?:as|faster|slower|the\s(?:speed|time))"
    r"|\s(?:tokens|pairs|passages)(?:/s|\s(?:a|per)\ssecond)|\s?%\s(?:faster|slower))"
)
_INSTRUCTIONS = re.compile(r"\b(?:AVX2|AVX-512|VNNI|AMX|NEON)\b")
_REGION = re.compile(r"<!-- measured: ([\w-]+) -->\n(.*?)<!-- end -->\n?", re.DOTALL)


def comparison(*documents: str) -> str:
    """Return what the documents generate from the comparison of systems."""
    return "\n".join(body for text in documents for name, body in _REGION.findall(text) if name.startswith("peers"))


def unfounded(document: str, measured: str) -> Iterator[str]:
    """Yield the speeds in a document's prose that are not among what was measured, or that no processor stands beside.

    Args:
        document: Its text; what is generated in it is not looked at.
        measured: The generated text that has what was measured.
    """
    known = set(re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?!\w)", measured))
    for paragraph in re.split(r"\n\s*\n|\n(?=\|)", _REGION.sub("\n\n", document)):
        for found in _SPEED.finditer(paragraph):
            for number in filter(None, found.groups()):
                if number not in known:
                    yield f"{found[0]!r}: {number} is not in the comparison of systems"
            if not _INSTRUCTIONS.search(paragraph):
                yield f"{found[0]!r}: the paragraph names no instruction set"


def text_of(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def test_every_speed_of_the_readme_was_measured():
    assert (
        list(unfounded(text_of("README.md"), comparison(text_of("README.md"), text_of("reports", "README.md")))) == []
    )


def test_the_generated_table_names_the_instruction_set():
    if not (ROOT / PEERS).is_dir():
        pytest.skip("systems side by side are not measured yet: this check did NOT run")
    (table,) = (body for name, body in _REGION.findall(text_of("README.md")) if name == "peers")
    assert _INSTRUCTIONS.search(table)


MEASURED = "\n<!-- measured: peers -->\n| FlashRank | 2.70 [2.65, 2.81] | 12.5 |\n<!-- end -->\n"


@pytest.mark.parametrize(
    "claim",
    [
        "**2.2x** faster",
        "12 ms",
        "1.5 to 2.70x",
        "2x to 2.70x",
        "3 times as fast",
        "takes 20 s",
        "10,000 tokens/s",
        "99 passages a second",
        "40 % faster",
        "| L-12 | 2.2x |",
    ],
)
def test_a_speed_that_was_not_measured_is_found(claim):
    document = f"Text.\n\nOn AVX2: {claim}.\n{MEASURED}"
    assert "not in the comparison" in next(unfounded(document, comparison(document)))


@pytest.mark.parametrize("claim", ["2.70x", "2.65 to 2.81 times as fast", "12.5 ms"])
def test_a_speed_that_was_measured_needs_its_processor(claim):
    for beside, problems in (("with VNNI", 0), ("here", 1)):
        document = f"{claim} {beside}.\n{MEASURED}\nSomething about AVX2."
        assert len(list(unfounded(document, comparison(document)))) == problems


def test_what_is_no_speed_and_what_is_generated_are_left_alone():
    document = f"A 2 x 128 model, 100 passages, L-12, 0.2.10, onnxruntime 1.32, 2 times.\n{MEASURED}"
    assert list(unfounded(document, comparison(document))) == []
