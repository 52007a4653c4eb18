"""Sheets: a grid of cells, whatever file it came from, and how a cell is named in a sentence.

What belongs here: the shapes that readers of files fill and readers of layouts look at, and the limits of what is read
at all. What does not: any file format, any layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from qbr_pipeline.metrics.names import quoted

MAX_FILE_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 60_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 500
MAX_CELLS = 60_000
"""How many cells of a file may hold something: ten years of 500 accounts by month. So many are read within 5 s."""

MAX_AREA = 1_000_000
"""How many cells the smallest rectangle around them may have: it is what a reader lays out in memory."""

MAX_TEXTS = 100_000
MAX_SHEETS = 60

Value = str | Decimal | date | bool | None
Place = tuple[int, int]
"""Row and column, both counted from 0."""


class FileRejectedError(ValueError):
    """A file that cannot be read, or not be trusted; its message is one sentence for a person.

    `cell`: the name of the cell at fault, None where it is the whole file.
    """

    def __init__(self, sentence: str, cell: str | None = None) -> None:
        self.cell = cell
        super().__init__(f"{cell}: {sentence}" if cell else sentence)


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be taken, and why, as the rest of a sentence."""

    cell: str
    reason: str

    def __str__(self) -> str:
        return f"{self.cell}: {self.reason}"


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows` are as wide as each needs; what is not there is absent.

    A formula stands in `rows` as what it comes to; `unread`: those that cannot be worked out and have no stored result.
    `indents`: of cells that are indented by their style. `header`: the lines of the page header. `alone`: the only
    sheet of its file, whose name no sentence needs. `decimal_comma`: how numbers are written in texts.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    unread: Mapping[Place, str] = field(default_factory=dict)
    indents: Mapping[Place, int] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    alone: bool = True
    decimal_comma: bool = False

    def at(self, row: int, column: int) -> Value:
        """What a cell holds; None outside the grid too."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def text(self, row: int, column: int) -> str:
        """The text of a cell on one line, without blanks around it; empty for anything that is no text."""
        value = self.at(row, column)
        return " ".join(value.split()) if isinstance(value, str) else ""

    def where(self, row: int, column: int) -> str:
        """The cell's name: `B7`, with its sheet where the file has several."""
        name = f"{column_name(column)}{row + 1}"
        return name if self.alone else f"sheet {quoted(self.name)}, {name}"

    @property
    def width(self) -> int:
        """How many columns the widest row has."""
        return max(map(len, self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a file, and what is to be said of it beside them."""

    sheets: tuple[Sheet, ...]
    remarks: tuple[str, ...] = ()


def column_name(column: int) -> str:
    """The letters of a column that is counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def not_one_year(sheet: Sheet, row: int, before: int, column: int) -> FileRejectedError:
    """The fault of a title of a month that stands behind another one and cannot be of the same year."""
    names = [quoted(sheet.text(row, each)) for each in (column, before)]
    sentence = f"{names[0]} stands behind {names[1]}, which is not one year: write the year with each month"
    return FileRejectedError(sentence, sheet.where(row, column))
