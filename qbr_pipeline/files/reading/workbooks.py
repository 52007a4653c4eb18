"""Workbooks as grids of cells: values by pandas, formulas, indents and page headers by openpyxl.

What belongs here: what a cell holds, whatever program wrote it. What does not: what it means.

Some programs write amounts as formulas without stored results: who reads stored results sees a report of nothing, which
balances. So a formula that is made of literals is worked out, and its stored result is taken only where it is not.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from qbr_pipeline.files.reading.amounts import from_float
from qbr_pipeline.files.reading.guard import Counted, inspect
from qbr_pipeline.files.reading.literal_formulas import results
from qbr_pipeline.files.reading.sheets import (
    MAX_AREA,
    MAX_COLUMNS,
    MAX_ROWS,
    FileRejectedError,
    Place,
    Sheet,
    Value,
    Workbook,
)
from qbr_pipeline.metrics.names import quoted

if TYPE_CHECKING:
    from pandas import DataFrame

_PACKED, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_DIMENSIONS = re.compile(rb"\x00\x02\x0e\x00(.{4})(.{4})(.{2})(.{2})", re.DOTALL)
_FAULTS = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    SyntaxError,
    zipfile.BadZipFile,
)
_UNREADABLE = "the workbook is damaged, or of a kind that is not read: save it as .xlsx or .csv"
_OPEN_DOCUMENT, _EXCEL = "content.xml", "xl/workbook.xml"


def is_workbook(content: bytes) -> bool:
    """Whether these bytes begin like a workbook, whatever the file is called."""
    return content.startswith((_PACKED, _OLD))


def read_workbook(content: bytes) -> Workbook:
    """The sheets of a workbook (.xlsx, .xlsm, .ods, .xls) that hold anything; FileRejectedError for one at fault."""
    if content.startswith(_OLD):
        _inspect_old(content)
        return Workbook(_sheets(_values(content), {}))
    counted = inspect(content)
    names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    if not names & {_OPEN_DOCUMENT, _EXCEL}:
        raise FileRejectedError(_UNREADABLE)
    grids = _values(content)
    styled = _worksheets(content) if _EXCEL in names else {}
    sheets = _sheets(grids, styled)
    if any(sheet.unread for sheet in sheets):
        sheets = _without_errors(sheets, _worksheets(content, stored=True))
    return Workbook(sheets, _remarks(counted))


def _remarks(counted: Counted) -> tuple[str, ...]:
    return (
        *(["The file has macros, which were not run and are ignored."] if counted.macros else []),
        *(["The file has links to other files, which were not followed."] if counted.links else []),
    )


def _inspect_old(content: bytes) -> None:
    if _LOCKED in content:
        raise FileRejectedError("the file is locked by a password: save it without one")
    for _, rows, _, columns in _DIMENSIONS.findall(content):
        height, width = int.from_bytes(rows, "little"), int.from_bytes(columns, "little")
        if height <= 65_536 and width <= 256 and height * width > MAX_AREA:
            raise FileRejectedError("the file has a sheet that is too large: keep the months that are needed")


def _values(content: bytes) -> Mapping[str, DataFrame]:
    """The cells of each sheet, as their program stored them."""
    import pandas  # noqa: PLC0415 - takes a second, which nobody else should wait for
    from python_calamine import CalamineError  # noqa: PLC0415

    try:
        found: Mapping[str, DataFrame] = pandas.read_excel(
            io.BytesIO(content),
            sheet_name=None,
            header=None,
            dtype=object,
            engine="calamine",
            na_filter=False,
        )
    except (CalamineError, *_FAULTS) as error:
        raise FileRejectedError(_UNREADABLE) from error
    for name, frame in found.items():
        height, width = frame.shape
        if height > MAX_ROWS or width > MAX_COLUMNS or height * width > MAX_AREA:
            raise FileRejectedError(
                f"sheet {quoted(name)} has {height:,} rows and {width:,} columns: keep the months that are needed"
            )
    return found


def _worksheets(content: bytes, *, stored: bool = False) -> dict[str, Worksheet]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl leaves out: controls, pictures, validations
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=stored, keep_links=False)
    except _FAULTS as error:
        raise FileRejectedError(_UNREADABLE) from error
    return {sheet.title: sheet for sheet in book.worksheets}


def _sheets(grids: Mapping[str, DataFrame], styled: Mapping[str, Worksheet]) -> tuple[Sheet, ...]:
    filled = {
        name: rows
        for name, frame in grids.items()
        if (rows := [[_value(cell) for cell in row] for row in frame.to_numpy().tolist()])
    }
    alone = len(filled) == 1
    return tuple(_sheet(name, rows, styled.get(name), alone=alone) for name, rows in filled.items())


def _sheet(name: str, rows: list[list[Value]], styled: Worksheet | None, *, alone: bool) -> Sheet:
    if styled is None:
        return Sheet(name, rows, alone=alone)
    formulas, indents = _styled_cells(styled)
    stored = Sheet(name, rows)
    literals = {place: text.removeprefix("=") for place, text in formulas.items()}
    for place, value in results(literals, lambda place: stored.at(*place)).items():
        _put(rows, *place, value)
    unread = {place: text for place, text in formulas.items() if stored.at(*place) is None}
    return Sheet(name, rows, unread, indents, _page_header(styled), alone=alone)


def _styled_cells(styled: Worksheet) -> tuple[dict[Place, str], dict[Place, int]]:
    """The formulas of a sheet, and the indents of its texts."""
    formulas: dict[Place, str] = {}
    indents: dict[Place, int] = {}
    for (row, column), cell in styled._cells.items():  # iter_rows would lay out all that lies between them
        if cell.data_type == "f":
            formulas[row - 1, column - 1] = str(getattr(cell.value, "text", None) or cell.value or "")
        elif cell.value is not None and cell.has_style and cell.alignment.indent:
            indents[row - 1, column - 1] = int(cell.alignment.indent)
    return formulas, indents


def _put(rows: list[list[Value]], row: int, column: int, value: Decimal) -> None:
    """Readers lay out no rows and columns in which nothing is stored: there may be some that hold formulas only."""
    while row >= len(rows):
        rows.append([])
    rows[row].extend([None] * (column + 1 - len(rows[row])))
    rows[row][column] = value


def _without_errors(sheets: Sequence[Sheet], stored: Mapping[str, Worksheet]) -> tuple[Sheet, ...]:
    """The same sheets; a formula whose stored result is an error, such as #DIV/0!, has come to nothing."""
    return tuple(
        replace(
            sheet,
            unread={
                (row, column): text
                for (row, column), text in sheet.unread.items()
                if stored[sheet.name].cell(row + 1, column + 1).value is None
            },
        )
        for sheet in sheets
    )


def _page_header(styled: Worksheet) -> tuple[str, ...]:
    header = styled.oddHeader
    parts = (header.center.text, header.left.text, header.right.text) if header else ()
    lines = (line.replace("&&", "&").strip() for part in parts for line in (part or "").splitlines())
    return tuple(line for line in lines if line)


def _value(cell: Any) -> Value:
    match cell:
        case bool():
            return cell
        case int() | float():
            return from_float(cell)
        case datetime():
            return cell.date()
        case date():
            return cell
        case str():
            return cell if cell.strip() else None
        case _:
            return _duration(cell) if isinstance(cell, timedelta) else str(cell)


def _duration(cell: timedelta) -> str:
    seconds = int(cell.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
