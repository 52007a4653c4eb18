"""Files for spreadsheets: what a cell may hold, and CSV.

What belongs here: making sure that no text becomes a formula, whoever wrote it. What does not: which rows and
columns a file has.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide forms
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


def guarded(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would take it for a formula, or for a number.

    That is what begins with = + - @ or one of their wide forms, a tab or a carriage return, blanks before it aside.
    """
    begins_badly = text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if begins_badly else text


def safe_text(text: str) -> str:
    """`text` as a cell may hold it that takes numbers too: guarded, unless it is one."""
    return text if _NUMBER.fullmatch(text) else guarded(text)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file: commas, CRLF, to be kept as UTF-8. What is absent is empty, decimals are exact, moments ISO 8601."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_cell(each) for each in header])
    writer.writerows([_cell(each) for each in row] for row in rows)
    return _BYTE_ORDER_MARK + text.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(" ")
        case date() | int():
            return str(value)
        case _:
            return safe_text(str(value))
