"""What the page carries inside itself: style sheet, script and data, fit to stand in one HTML file."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from bench.report.charts.colours import DARK, LIGHT, Theme

_ROOT = Path(__file__).parent
#: In the order in which they are read; later rules override earlier ones.
_STYLES = ("base", "summary", "tables", "charts", "queries", "print")
#: In order: each may use what stands before it.
_SCRIPTS = ("dom", "theme", "tables", "scales", "marks", "frame", "dots", "plot", "ranking", "queries", "start")


def style_sheet() -> str:
    """Return the CSS: the colours of ``bench.report.charts.colours`` as variables, then the rules."""
    light, dark = _variables(LIGHT), _variables(DARK)
    themes = (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme=light]) {{ color-scheme: dark; {dark} }} }}\n"
        f":root[data-theme=dark] {{ color-scheme: dark; {dark} }}\n"
        f"@media print {{ :root:root:root {{ color-scheme: light; {light} }} }}\n"
    )
    return themes + "".join(_read(f"css/{name}.css") for name in _STYLES)


def script() -> str:
    """Return the JavaScript, as one function that leaves no global names."""
    return '(() => {\n"use strict";\n' + "".join(_read(f"js/{name}.js") for name in _SCRIPTS) + "})();\n"


def embed(data: Any) -> str:
    """Return ``data`` as JSON that no text inside it can leave: ``<`` is written as an escape.

    A ``<script>`` ends at the first ``</script``, and ``<!--`` in it changes how it is parsed, whatever JSON says.

    Raises:
        ValueError: A number is not finite; browsers do not read that.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def digest(text: str) -> str:
    """Return the source expression by which a content security policy lets exactly ``text`` through."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _variables(theme: Theme) -> str:
    colours = {name: getattr(theme, name) for name in ("background", "text", "muted", "grid", "band", "reference")}
    colours |= {f"series-{index}": colour for index, colour in enumerate(theme.series)}
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _read(name: str) -> str:
    return (_ROOT / name).read_text(encoding="utf-8")
