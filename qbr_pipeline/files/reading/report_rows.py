"""The rows of a report of books: a name, how deep it stands, and an amount for each month.

What belongs here: finding the header by its shape, the columns of months, and the five ways in which depth is written.
What does not: which row is an account and which a total (`account_tree`), what a report is called (`profit_and_loss`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qbr_pipeline.files.reading.amounts import Amount, amount_at
from qbr_pipeline.files.reading.month_titles import MonthTitle, RangeTitle, read_title, turning_point
from qbr_pipeline.files.reading.sheets import CellFault, FileRejectedError, Sheet, not_one_year
from qbr_pipeline.metrics.names import normalise_name, quoted
from qbr_pipeline.periods import Month

_HEADER_WITHIN = 60
_MAX_ROWS = 5_000
_TOTALS = {"total", "yearly total", "grand total"}
_BESIDE = {
    "",
    "distribution account",
    "account",
    "accounts",
    "account name",
    "parent",
    "parent account",
    "category",
}
_PARENTS = {"parent", "parent account", "category"}
_PLAIN_SUBTITLES = {"", "total", "current"}


@dataclass(frozen=True, slots=True)
class MonthColumn:
    """A column that holds one month. `whole`: up to its last day."""

    column: int
    month: Month
    whole: bool


@dataclass(frozen=True, slots=True)
class Header:
    """Where the titles of the columns are. `total`: the column that sums the months up, None where there is none."""

    row: int
    months: tuple[MonthColumn, ...]
    total: int | None
    parents: int | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row. `depth` grows with the level; rows of one level have the same. `amounts` by month; None is empty."""

    row: int
    column: int
    name: str
    depth: tuple[int, ...]
    amounts: tuple[Decimal | None, ...]
    total: Decimal | None

    @property
    def is_empty(self) -> bool:
        """Whether no month has an amount."""
        return all(each is None for each in self.amounts)


def find_header(sheet: Sheet, period: MonthTitle | RangeTitle | None, year: int | None) -> Header:
    """The row of titles and its columns; FileRejectedError where months are ambiguous, several in one, or named twice.

    `period`: what the report's title says. `year`: what the person says, for titles that name none.
    """
    row = _row_of_titles(sheet)
    if row is None:
        return _single_month(sheet, period)
    known = period.year if period is not None and period.year is not None else year
    columns = (_month_column(sheet, row, column, known) for column in range(1, sheet.width))
    months = tuple(each for each in columns if each is not None)
    _require_plain(sheet, row, months)
    titles = {normalise_name(sheet.text(row, column)): column for column in range(sheet.width)}
    return Header(row, months, _first_of(_TOTALS, titles), _first_of(_PARENTS, titles))


def _first_of(names: Collection[str], titles: Mapping[str, int]) -> int | None:
    return next((column for name, column in titles.items() if name in names), None)


def _month_column(sheet: Sheet, row: int, column: int, year: int | None) -> MonthColumn | None:
    title = read_title(sheet.at(row, column))
    if isinstance(title, RangeTitle):
        sentence = f"{quoted(title.text)} is more than a month in one column: export the report by month"
        raise FileRejectedError(sentence, sheet.where(row, column))
    if title is None:
        return None
    return MonthColumn(column, _month(title, year, sheet, row, column), title.whole)


def _row_of_titles(sheet: Sheet) -> int | None:
    """The first row with titles of two months or more, else of one, beside an empty cell or one for accounts."""
    single = None
    for row in range(min(len(sheet.rows), _HEADER_WITHIN)):
        titled = [column for column in range(1, sheet.width) if read_title(sheet.at(row, column)) is not None]
        if titled and all(
            normalise_name(sheet.text(row, column)) in _BESIDE
            for column in range(titled[0])
            if sheet.at(row, column)
        ):
            if len(titled) > 1:
                return row
            single = row if single is None else single
    return single


def _month(title: MonthTitle, year: int | None, sheet: Sheet, row: int, column: int) -> Month:
    month = title.of(year)
    if month is None:
        sentence = f"{quoted(sheet.text(row, column))} does not say of which year it is: name the year"
        raise FileRejectedError(sentence, sheet.where(row, column))
    return month


def _single_month(sheet: Sheet, period: MonthTitle | RangeTitle | None) -> Header:
    """A report of one month has a column Total alone, and the month in its title."""
    for row in range(min(len(sheet.rows), _HEADER_WITHIN)):
        for column in range(1, sheet.width):
            if normalise_name(sheet.text(row, column)) == "total":
                return _total_alone(sheet, row, column, period)
    raise FileRejectedError("the report has no columns of months: export it by month")


def _total_alone(sheet: Sheet, row: int, column: int, period: MonthTitle | RangeTitle | None) -> Header:
    if isinstance(period, MonthTitle):
        month = _month(period, None, sheet, row, column)
        return Header(row, (MonthColumn(column, month, period.whole),), None, None)
    of = f" of {quoted(period.text)}" if period is not None else ""
    raise FileRejectedError(
        f"the report has no columns of months, only this total{of}: export it by month",
        sheet.where(row, column),
    )


def _require_plain(sheet: Sheet, row: int, months: Sequence[MonthColumn]) -> None:
    """FileRejectedError for a month that two columns hold, months that are not of one year, and columns split again."""
    bare = [each for each in months if _names_no_year(sheet, row, each)]
    turn = turning_point([each.month.month for each in bare])
    if turn is not None:
        raise not_one_year(sheet, row, bare[turn - 1].column, bare[turn].column)
    seen: dict[Month, int] = {}
    for each in months:
        if each.month in seen:
            first = sheet.where(row, seen[each.month])
            raise FileRejectedError(f"{each.month} is in {first} already", sheet.where(row, each.column))
        seen[each.month] = each.column
        below = normalise_name(sheet.text(row + 1, each.column))
        if below not in _PLAIN_SUBTITLES and not isinstance(read_title(below), MonthTitle):
            sentence = f"the month is split by {quoted(below)}: export the report by month alone"
            raise FileRejectedError(sentence, sheet.where(row + 1, each.column))


def _names_no_year(sheet: Sheet, row: int, month: MonthColumn) -> bool:
    title = read_title(sheet.at(row, month.column))
    return isinstance(title, MonthTitle) and title.year is None


def read_rows(sheet: Sheet, header: Header, last: str) -> list[ReportRow]:
    """The rows below the header that have a name, with every amount, down to the one named `last`.

    FileRejectedError for an amount that is no number or has no name, and where no row is named `last`.
    """
    first = header.months[0].column
    labels = [column for column in range(first) if column != header.parents]
    rows: list[ReportRow] = []
    below: dict[str, tuple[int, ...]] = {}
    for row in range(header.row + 1, len(sheet.rows)):
        column = next((each for each in labels if isinstance(sheet.at(row, each), str)), None)
        if column is None:
            _require_no_amounts(sheet, row, header)
            continue
        rows.append(_read_row(sheet, header, row, column, below))
        if normalise_name(rows[-1].name) == last:
            _require_titled(sheet, header, row)
            return rows
        if len(rows) > _MAX_ROWS:
            break
    raise FileRejectedError(
        f"the report has no row {quoted(last.title())} at its end: it is cut, or of another kind"
    )


def _read_row(
    sheet: Sheet, header: Header, row: int, column: int, below: dict[str, tuple[int, ...]]
) -> ReportRow:
    name = sheet.text(row, column)
    depth = _below_parent(sheet, row, header.parents, name, below) or _depth(sheet, row, column)
    amounts = tuple(_amount(sheet, row, each.column) for each in header.months)
    total = None if header.total is None else _amount(sheet, row, header.total)
    return ReportRow(row, column, name, depth, amounts, total)


def _below_parent(
    sheet: Sheet, row: int, parents: int | None, name: str, known: dict[str, tuple[int, ...]]
) -> tuple[int, ...] | None:
    """How deep a row stands where a column names its parent; None where no column does."""
    if parents is None:
        return None
    plain = normalise_name(name)
    parent = known.get(normalise_name(sheet.text(row, parents)))
    depth = (
        known.get(plain.removeprefix("total ").removeprefix("for ")) if plain.startswith("total ") else None
    )
    known[plain] = depth or ((*parent, 1) if parent else (0,))
    return known[plain]


def _depth(sheet: Sheet, row: int, column: int) -> tuple[int, ...]:
    """By a column for each level, by blanks before the name, or by the indent of the cell: one of them differs."""
    text = sheet.at(row, column)
    blanks = len(text) - len(text.lstrip()) if isinstance(text, str) else 0
    return column, blanks, sheet.indents.get((row, column), 0)


def _amount(sheet: Sheet, row: int, column: int) -> Decimal | None:
    found = amount_at(sheet, row, column)
    if isinstance(found, CellFault):
        raise FileRejectedError(found.reason, found.cell)
    if found is not None and found.is_percentage:
        raise FileRejectedError("holds a percentage, not an amount", sheet.where(row, column))
    return None if found is None else found.value


def _require_no_amounts(sheet: Sheet, row: int, header: Header) -> None:
    for each in header.months:
        found = amount_at(sheet, row, each.column)
        if isinstance(found, Amount) and found.value:
            raise FileRejectedError("the amount has no account beside it", sheet.where(row, each.column))


def _require_titled(sheet: Sheet, header: Header, last: int) -> None:
    """FileRejectedError for amounts in a column without a title among the months: they may be half of a month."""
    for column in range(header.months[0].column, header.months[-1].column):
        if sheet.at(header.row, column) is None:
            for row in range(header.row + 1, last + 1):
                if isinstance(amount_at(sheet, row, column), Amount):
                    raise FileRejectedError(
                        "the column of this amount has no title", sheet.where(row, column)
                    )
