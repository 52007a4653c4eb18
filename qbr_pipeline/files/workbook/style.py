"""How cells of a workbook look and what they may hold: number formats, marks, text that stays text, and printing.

What belongs here: writing one cell or setting up one sheet, whatever it shows. What does not: which cells there are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum, IntEnum

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qbr_pipeline.files.kinds import Paper
from qbr_pipeline.metrics.catalogue import Metric, RollUp, Unit
from qbr_pipeline.metrics.smartnumbers import Shown, SmartNumber

_LONGEST_TEXT = 32_767  # what a cell can hold
_LONGEST_FOOTER = 100
_LINE_HEIGHT, _HIGHEST_ROW = 15, 409  # in points
_LAST_COLUMN = 150  # behind the last month of the longest stretch
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML can hold these
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_DOLLARS = '"$"#,##0.00;[Red]-"$"#,##0.00'
_MONTHS_OF_A_PAGE = 13


class _PaperNumber(IntEnum):
    """The kinds of paper as the file format counts them."""

    LETTER = 1
    A4 = 9


class Mark(Enum):
    """What a reader should see of a value at a glance, and how it looks."""

    MANUAL = {"font_color": "#1F4E9E"}  # noqa: RUF012 - the value of a member
    FLAGGED = {"bg_color": "#FFE2A8"}  # noqa: RUF012
    PROVISIONAL = {"italic": True}  # noqa: RUF012
    TO_FILL = {"bg_color": "#FFFFE0", "border": 1, "border_color": "#C8C8A0"}  # noqa: RUF012


MARKS_IN_WORDS = (
    "Blue: entered by hand. Amber: found odd, see the sheet Findings. Italic: provisional. "
    "Pale yellow: to be filled in. An empty cell: absent, never zero."
)
_HEADING = {"bold": True, "bottom": 1}
_WRAPPED = {"text_wrap": True, "valign": "top"}


class Book:
    """A workbook being written: its formats are made once each."""

    def __init__(self, workbook: Workbook, paper: Paper, footer: str) -> None:
        self._workbook = workbook
        self._paper = _PaperNumber[paper.name]
        self._footer = plain_text(footer)[:_LONGEST_FOOTER].replace("&", "&&")
        self._widths: dict[str, Sequence[float]] = {}
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def sheet(self, name: str, widths: Sequence[float]) -> Worksheet:
        """A new sheet whose columns have these widths, the last one for all that follow; landscape, one page wide."""
        sheet = self._workbook.add_worksheet(name)
        self._widths[name] = widths
        for column, width in enumerate(widths):
            sheet.set_column(column, column if column < len(widths) - 1 else _LAST_COLUMN, width)
        sheet.set_landscape()
        sheet.set_paper(self._paper)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{self._footer}&C&A&RPage &P of &N")
        return sheet

    def title(self, sheet: Worksheet, title: str, remark: str = "") -> None:
        """The first two rows: what the sheet shows, and what to know of it."""
        self.text(sheet, 0, 0, title, bold=True, font_size=14)
        self.text(sheet, 1, 0, remark, font_color="#595959")

    def header(self, sheet: Worksheet, row: int, names: Sequence[str], frozen_columns: int = 0) -> None:
        """A row of headings that stays in sight and is printed on every page, with `frozen_columns` beside it."""
        for column, name in enumerate(names):
            align = "left" if column < max(frozen_columns, 1) or not frozen_columns else "right"
            self.text(sheet, row, column, name, **_HEADING, align=align)
        sheet.freeze_panes(row + 1, frozen_columns)
        sheet.repeat_rows(row)
        if frozen_columns:
            sheet.repeat_columns(0)
            sheet.fit_to_pages(max(1, math.ceil((len(names) - frozen_columns) / _MONTHS_OF_A_PAGE)), 0)

    def text(self, sheet: Worksheet, row: int, column: int, text: str, **look: object) -> None:
        """Text that no program takes for a formula, also when somebody edits the cell; nothing for an empty one."""
        plain = plain_text(text)
        if plain:
            guard = {"quote_prefix": True} if plain.startswith(_FORMULA_STARTS) else {}
            sheet.write_string(row, column, plain, self.format(**look, **guard))

    def row(self, sheet: Worksheet, row: int, cells: Sequence[str | Decimal | None]) -> None:
        """A row of a list: numbers, nothing for what is absent, and texts on as many lines as they need."""
        widths = self._widths[sheet.get_name()]
        texts = [(cell, width) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str)]
        lines = max((math.ceil(len(text) / width) for text, width in texts), default=1)
        sheet.set_row(row, min(_LINE_HEIGHT * max(lines, 1), _HIGHEST_ROW))
        for column, cell in enumerate(cells):
            if isinstance(cell, Decimal):
                sheet.write_number(row, column, cell, self.format(num_format="#,##0.00##", valign="top"))
            else:
                self.text(sheet, row, column, cell or "", **_WRAPPED)

    def number(
        self,
        sheet: Worksheet,
        cell: tuple[int, int],
        which: Metric | SmartNumber,
        value: Decimal | None,
        formula: str | None = None,
        marks: Sequence[Mark] = (),
    ) -> None:
        """A number, or the formula that gives it with `value` as its stored result; None: an empty cell."""
        look: dict[str, object] = {"num_format": number_format(which, value, computed=formula is not None)}
        for mark in marks:
            look |= mark.value
        made = self.format(**look)
        if formula is not None:
            sheet.write_formula(*cell, formula, made, "" if value is None else float(value))
        elif value is not None:
            sheet.write_number(*cell, value, made)
        else:
            sheet.write_blank(*cell, None, made)

    def format(self, **look: object) -> Format:
        """The format that looks so."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(dict(look))
        return self._formats[key]


def number_format(which: Metric | SmartNumber, value: Decimal | None, *, computed: bool) -> str:
    """How a spreadsheet shows the number. A count that is a whole number has no decimals."""
    if isinstance(which, SmartNumber):
        decimals = f"#,##0.{'0' * which.decimals}"
        return {Shown.PERCENT: "0.00%", Shown.DOLLARS: _DOLLARS}.get(which.unit, decimals)
    formats: Mapping[Unit, str] = {Unit.DOLLARS: _DOLLARS, Unit.HOURS: "#,##0.00", Unit.RATIO: "0.0000"}
    if which.unit in formats:
        return formats[which.unit]
    if computed:
        return "#,##0.0#" if which.roll_up is RollUp.AVERAGE else "#,##0"
    if value is None:
        return "General"
    return "#,##0" if value == value.to_integral_value() else "#,##0.0#"


def plain_text(text: str) -> str:
    """`text` as a cell can hold it: without control characters, not too long, and not beginning as an error does."""
    plain = _ILLEGAL.sub("", text)[:_LONGEST_TEXT]
    return f" {plain}"[:_LONGEST_TEXT] if plain.startswith("#") else plain
