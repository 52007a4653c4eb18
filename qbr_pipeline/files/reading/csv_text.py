"""CSV files as a grid of cells, however their program wrote them: separator, encoding, decimal comma.

What belongs here: from bytes to texts in cells. What does not: what the texts mean.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

from qbr_pipeline.files.reading.sheets import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    FileRejectedError,
    Sheet,
    Value,
    column_name,
)

_SEPARATORS = (",", ";", "\t", "|")
_LOOKED_AT = 20_000  # characters in which the separator shows
_WITH_COMMA = re.compile(r"[^\d,.]*\d{1,3}((\.|\s)?\d{3})*,\d{1,2}[^\d,.]*", re.ASCII)
_WITH_POINT = re.compile(r"[^\d,.]*\d{1,3}(,?\d{3})*\.\d{1,2}[^\d,.]*", re.ASCII)
_NOT_TEXT = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"{", "JSON"),
    (b"<", "HTML or XML"),
)


def read_csv(content: bytes) -> Sheet:
    """The one sheet of a CSV file; FileRejectedError when it is none, or too large."""
    begins = content.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, kind in _NOT_TEXT:
        if begins.startswith(mark):
            raise FileRejectedError(f"the file is {kind}: expected a workbook or CSV")
    text = _decoded(content)
    rows = _rows(text, _separator(text[:_LOOKED_AT]))
    return Sheet("", rows, decimal_comma=_has_decimal_comma(rows))


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or else what old Windows programs write."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileRejectedError(
        "the file is not text in UTF-8, UTF-16 or Windows-1252: save it as .xlsx, or as CSV UTF-8"
    )


def _separator(text: str) -> str:
    """The one that gives the most cells where it gives any line of a table several."""
    counts = {each: _cells(text, each) for each in _SEPARATORS}
    return max(_SEPARATORS, key=lambda each: counts[each])


def _cells(text: str, separator: str) -> int:
    """How many lines agree with a neighbour on their number of cells, and how many cells those are."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error:
        return 0
    return sum(
        width for width, before in zip(widths[1:], widths, strict=False) if width == before and width > 1
    )


def _rows(text: str, separator: str) -> list[list[Value]]:
    rows: list[list[Value]] = []
    filled = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            cells: list[Value] = [cell if cell.strip() else None for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            filled += len(cells)
            rows.append(cells)
            _require_room(len(rows), len(cells), filled)
    except csv.Error as error:
        raise FileRejectedError(f"row {len(rows) + 1} is not CSV: {error}") from error
    return rows


def _require_room(row: int, width: int, filled: int) -> None:
    if row > MAX_ROWS:
        raise FileRejectedError(f"the file has more than {MAX_ROWS:,} rows: keep the months that are needed")
    if width > MAX_COLUMNS:
        raise FileRejectedError(
            f"row {row} has {width:,} columns, up to {column_name(width - 1)}, and {MAX_COLUMNS} are read:"
            " delete what is not needed"
        )
    if filled > MAX_CELLS:
        raise FileRejectedError(f"the file has more than {MAX_CELLS:,} cells: delete what is not needed")


def _has_decimal_comma(rows: list[list[Value]]) -> bool:
    """Whether numbers are written as 1.234,50: some are, and none with a decimal point."""
    texts = [cell for row in rows for cell in row if isinstance(cell, str) and len(cell) <= 30]
    return any(map(_WITH_COMMA.fullmatch, texts)) and not any(map(_WITH_POINT.fullmatch, texts))
