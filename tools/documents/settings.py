"""The table of settings in README.md: every variable with its meaning, what it holds, and its default.

The text around the two comments that mark the table is kept.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic.fields import FieldInfo

from qbr_pipeline.settings import Settings
from tools.documents.metrics import table

_FILE = Path(__file__).parents[2] / "README.md"
_BEGIN, _END = (
    "<!-- settings: drawn by python -m tools.documents from qbr_pipeline/settings -->\n",
    "<!-- end of the settings -->\n",
)


def text() -> str:
    """The whole document, in Markdown; ValueError when it has lost a mark, or a variable lacks its meaning."""
    before, begin, rest = _FILE.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(
            f"README.md has no table of settings; expected {_BEGIN.strip()!r} and {_END.strip()!r}"
        )
    settings = table(("variable", "meaning", "holds", "default"), map(_row, Settings.model_fields.values()))
    return f"{before}{begin}\n{settings}\n{end}{after}"


def _row(field: FieldInfo) -> tuple[str, ...]:
    if not (field.alias and field.title and field.description):
        raise ValueError(
            f"{field.alias} lacks a title, which is its meaning, or a description of what it holds"
        )
    return f"`{field.alias}`", field.title, field.description, _default(field.default)


def _default(value: object) -> str:
    """A default as its variable would hold it; nothing where there is none."""
    if value is None or value == ():
        return ""
    return f"`{json.dumps(value) if isinstance(value, bool | tuple) else value}`"
