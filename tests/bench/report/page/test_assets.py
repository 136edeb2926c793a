from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.charts.colours import DARK, LIGHT
from bench.report.page import assets


@given(st.text())
def test_no_text_leaves_the_script_it_is_embedded_in_and_all_of_it_comes_back(text: str) -> None:
    embedded = assets.embed({"text": text})
    assert "<" not in embedded
    assert json.loads(embedded) == {"text": text}


def test_a_number_that_browsers_cannot_read_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        assets.embed(float("nan"))


def test_the_digest_is_that_of_the_content_security_policy() -> None:
    # The example of the specification's section on hashes, for alert('Hello, world.');
    assert assets.digest("alert('Hello, world.');") == "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="


def test_every_file_is_carried_and_none_ends_its_element() -> None:
    root = Path(assets.__file__).parent
    styles, script = assets.style_sheet(), assets.script()
    for file in root.glob("css/*.css"):
        assert file.read_text(encoding="utf-8") in styles
    for file in root.glob("js/*.js"):
        assert file.read_text(encoding="utf-8") in script
    assert "</" not in styles
    assert not re.search(r"</script|<!--", script)
    assert "innerHTML" not in script


def test_both_themes_have_the_colours_of_the_charts() -> None:
    styles = assets.style_sheet()
    for theme in (LIGHT, DARK):
        for colour in (theme.background, theme.text, *theme.series):
            assert colour in styles
