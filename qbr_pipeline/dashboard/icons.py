"""The icons of the pages: symbols out of the packaged sprite of Bootstrap Icons, a few of its two thousand."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import flask_bootstrap
from markupsafe import Markup

_SPRITE = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
_SVG = "http://www.w3.org/2000/svg"

USED = (
    "arrow-counterclockwise",
    "arrow-down",
    "arrow-down-short",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "arrow-up-short",
    "box-arrow-right",
    "check-circle-fill",
    "check2",
    "circle-fill",
    "circle-half",
    "clock-history",
    "dash",
    "download",
    "exclamation-circle-fill",
    "exclamation-triangle-fill",
    "flag-fill",
    "funnel",
    "hourglass-split",
    "pencil-fill",
    "question-circle",
    "search",
    "table",
    "trash",
    "x-circle-fill",
    "x-lg",
)


@cache
def sprite() -> Markup:
    """The symbols that pages use, to stand once in each page; `<use href="#icon-NAME">` shows one."""
    ET.register_namespace("", _SVG)
    found = {symbol.get("id"): symbol for symbol in ET.parse(_SPRITE).getroot()}  # noqa: S314 - a packaged file
    parts = []
    for name in USED:
        symbol = found[name]
        symbol.set("id", f"icon-{name}")
        parts.append(ET.tostring(symbol, encoding="unicode"))
    return Markup('<svg class="d-none" aria-hidden="true">{}</svg>').format(Markup("".join(parts)))  # noqa: S704
