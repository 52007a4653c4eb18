"""A file that somebody brings: what kind it is, and what it says.

What belongs here: from bytes to one of the three kinds. What does not: each kind (`long_table`, `wide_grid`,
`profit_and_loss`), what is stored and whether a company's books may be (`review.importing`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from qbr_pipeline.files.reading.csv_text import read_csv
from qbr_pipeline.files.reading.long_table import is_long_table, read_long_table
from qbr_pipeline.files.reading.profit_and_loss import is_profit_and_loss, read_profit_and_loss
from qbr_pipeline.files.reading.sheets import MAX_FILE_BYTES, FileRejectedError, Sheet, Workbook
from qbr_pipeline.files.reading.values_file import LabelMapping, ValuesFile
from qbr_pipeline.files.reading.wide_grid import is_wide_grid, months_go_down, read_wide_grid
from qbr_pipeline.files.reading.workbooks import is_workbook, read_workbook
from qbr_pipeline.metrics.books import Basis, Books
from qbr_pipeline.metrics.names import quoted


class FileKind(StrEnum):
    """What a file is."""

    LONG_TABLE = "long table"
    WIDE_GRID = "wide grid"
    PROFIT_AND_LOSS = "profit and loss"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says beside a file, where the file does not: the year, the basis, what labels mean."""

    year: int | None = None
    basis: Basis | None = None
    labels: LabelMapping = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file says: values, or books. `digest`: of its bytes, in hexadecimal. `remarks`: sentences about it."""

    kind: FileKind
    digest: str
    values: ValuesFile | None = None
    books: Books | None = None
    remarks: tuple[str, ...] = ()


_EXPECTED = (
    "expected a table with the columns period, metric and value, a grid of labels with two or more months across, or a"
    " profit and loss by month"
)


def read_file(content: bytes, answers: Answers) -> ReadFile:
    """What the file says, whatever it is called; FileRejectedError with one sentence where it cannot be taken."""
    if len(content) > MAX_FILE_BYTES:
        raise FileRejectedError(f"the file has more than {MAX_FILE_BYTES // 1_000_000} MB")
    if not content.strip():
        raise FileRejectedError("the file is empty")
    book = read_workbook(content) if is_workbook(content) else Workbook((read_csv(content),))
    digest = hashlib.sha256(content).hexdigest()
    reports = [sheet for sheet in book.sheets if is_profit_and_loss(sheet)]
    if reports:
        books = read_profit_and_loss(_only(reports), answers.year, answers.basis)
        return ReadFile(FileKind.PROFIT_AND_LOSS, digest, books=books, remarks=book.remarks)
    kind, values = _read_values(book.sheets, answers)
    return ReadFile(kind, digest, values=values, remarks=book.remarks)


def _read_values(sheets: Sequence[Sheet], answers: Answers) -> tuple[FileKind, ValuesFile]:
    tables = [sheet for sheet in sheets if is_long_table(sheet)]
    grids = [sheet for sheet in sheets if sheet not in tables and is_wide_grid(sheet)]
    if not tables and not grids:
        raise FileRejectedError(f"the file holds nothing that is read: {_EXPECTED}{_likely(sheets)}")
    values = ValuesFile()
    for sheet in tables:
        values.add(read_long_table(sheet, answers.labels, answers.year))
    for sheet in grids:
        values.add(read_wide_grid(sheet, answers.labels, answers.year))
    values.computed = list(dict.fromkeys(values.computed))
    return (FileKind.LONG_TABLE if tables else FileKind.WIDE_GRID), values


def _only(reports: Sequence[Sheet]) -> Sheet:
    if len(reports) > 1:
        names = " and ".join(quoted(sheet.name) for sheet in reports[:3])
        raise FileRejectedError(f"the file has several profit and losses, the sheets {names}: keep one")
    return reports[0]


_REPORTS: Mapping[str, str] = {
    "total assets": "a balance sheet",
    "total liabilities": "a balance sheet",
    "net cash provided by operating activities": "a statement of cash flows",
}


def _likely(sheets: Sequence[Sheet]) -> str:
    """`; this is ...` for a report of another kind, or a grid that lies on its side, or nothing."""
    if any(months_go_down(sheet) for sheet in sheets):
        return "; here the months go down: put them across"
    texts = {
        " ".join(cell.split()).casefold()
        for sheet in sheets
        for row in sheet.rows
        for cell in row
        if isinstance(cell, str)
    }
    return next((f"; this is {kind}" for mark, kind in _REPORTS.items() if mark in texts), "")
