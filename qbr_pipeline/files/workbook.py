"""Files for Excel: one sheet, numbers as numbers, text as text and never a formula.

What belongs here: making the file. What does not: which rows and columns it has, and CSV (`cells`).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_TEXT = 32_767  # what a cell can hold


def xlsx_file(
    name: str, title: str, header: Sequence[str], rows: Iterable[Sequence[str | Decimal | bool | None]]
) -> Response:
    """An XLSX file to download, its sheet named `title`. What is absent is an empty cell."""
    book = Workbook()
    sheet = book.create_sheet(title, 0)
    for column, heading in enumerate(header, start=1):
        cell = sheet.cell(1, column, heading)
        cell.font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            assert isinstance(cell, Cell)  # noqa: S101 - no cells are merged here
            _fill(cell, value)
    sheet.freeze_panes = "A2"
    for spare in book.worksheets[1:]:
        book.remove(spare)
    file = io.BytesIO()
    book.save(file)
    return Response(
        file.getvalue(), mimetype=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _fill(cell: Cell, value: str | Decimal | bool | None) -> None:
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_TEXT]
        cell.data_type = "s"  # openpyxl takes text with = in front for a formula
        cell.quotePrefix = value.startswith(
            ("=", "+", "-", "@", "\t", "\r")
        )  # and Excel would when it is edited
    else:
        cell.value = value
