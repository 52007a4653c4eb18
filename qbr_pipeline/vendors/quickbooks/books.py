"""What three reports of QuickBooks say: the profit and loss by month, the money in the bank, what is owed for long.

What belongs here: what the groups and columns of each report mean, and that a report is the one that was asked for.
What does not: how a report is written (`reports`), and what an account counts as.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile

from qbr_pipeline.metrics.books import AccountLine, Basis, Books, BooksMonth, BooksSection, exact_sum
from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.quickbooks.reports import Cells, Report, ReportError, ReportRow, differ, read_report

PROFIT_AND_LOSS, BALANCE_SHEET, AGED_RECEIVABLES = "ProfitAndLoss", "BalanceSheet", "AgedReceivables"

_SECTIONS = {
    "income": BooksSection.INCOME,
    "cogs": BooksSection.COGS,
    "expenses": BooksSection.EXPENSES,
    "otherincome": BooksSection.OTHER_INCOME,
    "otherexpenses": BooksSection.OTHER_EXPENSES,
}
_SUMS = ("grossprofit", "netoperatingincome", "netotherincome", "netincome")
_ADDED = {BooksSection.INCOME, BooksSection.OTHER_INCOME}
_BUCKETS = 5
_CUSTOMER = "customer "
_NOTHING = Decimal()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report was asked for: the days from `first` to `last`, both included. `currency`: None is any."""

    first: date
    last: date
    basis: Basis
    currency: str | None = None

    @property
    def months(self) -> Iterator[Month]:
        """The months of those days."""
        return Month.span(Month(self.first.year, self.first.month), Month(self.last.year, self.last.month))


@dataclass(frozen=True, slots=True)
class Balance:
    """What accounts or customers stand at on a day, and what the report prints for all of them."""

    lines: tuple[AccountLine, ...]
    total: Decimal


def profit_and_loss(content: bytes, asked: Asked) -> Books:
    """The months of a profit and loss. ReportError when it is not what was asked for, or does not add up."""
    report = _checked(content, PROFIT_AND_LOSS, asked)
    report.check_totals()
    sections = {kind: report.find(group) for group, kind in _SECTIONS.items()}
    columns: Mapping[Month, int] = {}
    if not _is_bare(report):
        _check_groups(report)
        _check_net_income(report, sections)
        columns = _month_columns(report, asked)
    months = tuple(_month(sections, month, columns.get(month), asked.last) for month in asked.months)
    return Books(None, asked.basis, report.header.currency or asked.currency, months)


def bank_balances(content: bytes, asked: Asked) -> dict[Month, Balance]:
    """The money in the bank at the end of each month, or of the last day asked for. ReportError as above."""
    report = _checked(content, BALANCE_SHEET, asked)
    columns: Mapping[Month, int] = {}
    bank = None
    if not _is_bare(report):
        if report.find("totalassets") is None:
            raise ReportError(f"{report} is not complete: it has no assets")
        bank = report.find("bankaccounts")
        columns = _month_columns(report, asked)
    return {month: _balance(bank, columns.get(month)) for month in asked.months}


def over_90_days(content: bytes, day: date, currency: str | None = None) -> Balance:
    """What each customer has owed for more than 90 days, as of the end of `day`. ReportError as above."""
    report = read_report(content)
    _check_name(report, AGED_RECEIVABLES)
    _check_currency(report, currency)
    dated = report.header.report_date or report.header.end
    if dated != day:
        raise ReportError(f"{report} is of {dated or 'no day'}, and was asked for of {day}")
    if _is_bare(report):
        return Balance((), _NOTHING)
    report.check_totals()
    over, total = _oldest(report), report.find("grandtotal")
    if total is None:
        raise ReportError(f"{report} is not complete: it has no total")
    owed = tuple(
        replace(
            line,
            account=f"{_CUSTOMER}{line.account}",
            parents=tuple(_CUSTOMER + each for each in line.parents),
        )
        for row in report.rows
        if row is not total
        for line in _row_lines(row, over, BooksSection.RECEIVABLES)
    )
    customers = exact_sum(line.amount for line in owed)
    if customers != _cell(total.total, over):
        raise ReportError(
            f"{report} does not add up: its customers owe {customers} for long, its total says"
            f" {_cell(total.total, over)}"
        )
    return Balance(owed, customers)


def _oldest(report: Report) -> int:
    """The column of what is owed for more than 90 days: the fifth, whatever it is called in the firm's language."""
    buckets = report.periods
    title = report.columns[buckets[-1]].title
    digits = "".join(takewhile(str.isdigit, title.lstrip(">≥ ")))
    if len(buckets) != _BUCKETS or digits not in {"90", "91"}:
        raise ReportError(f'{report} has no column "91 and over": its last one is "{title}"')
    return buckets[-1]


def _checked(content: bytes, name: str, asked: Asked) -> Report:
    """A report that is about what was asked for."""
    report = read_report(content)
    header = report.header
    _check_name(report, name)
    if (header.start, header.end) != (asked.first, asked.last):
        raise ReportError(
            f"{report} covers {header.start or '?'} to {header.end or '?'}, and was asked for"
            f" {asked.first} to {asked.last}; nothing of it is used"
        )
    if header.basis.lower() != asked.basis.value:
        raise ReportError(
            f"{report} is on {header.basis.lower() or 'no'} basis, and was asked for on {asked.basis.value} basis"
        )
    _check_currency(report, asked.currency)
    return report


def _check_name(report: Report, name: str) -> None:
    if report.header.name.lower() != name.lower():
        raise ReportError(
            f"QuickBooks answered with {report.header.name or 'something else'} in place of {name}"
        )


def _check_currency(report: Report, currency: str | None) -> None:
    if currency and report.header.currency != currency:
        raise ReportError(
            f"{report} is in {report.header.currency or 'no currency'}, and these books are kept in {currency}:"
            " amounts of two currencies are never added"
        )


def _is_bare(report: Report) -> bool:
    """Whether it says that it has no data, and has none."""
    return report.header.is_empty and not any(cell for row in report.rows for cell in (*row.own, *row.total))


def _month_columns(report: Report, asked: Asked) -> dict[Month, int]:
    """The column of each month, by the days that the report names, never by titles."""
    found: dict[Month, int] = {}
    is_single = len(report.periods) == 1
    for index in report.periods:
        column = report.columns[index]
        start, end = column.start, column.end
        if is_single and (start is None or end is None):
            start, end = report.header.start, report.header.end
        if start is None or end is None:
            raise ReportError(f'{report} does not say which days its column "{column.title}" covers')
        month = Month(start.year, start.month)
        if (start, end) != (month.first_day, min(month.last_day, asked.last)):
            raise ReportError(
                f"{report} has a column of {start} to {end}, which is no month that was asked for"
            )
        found[month] = index
    if list(found) != list(asked.months):
        raise ReportError(
            f"{report} has columns for {', '.join(map(str, found)) or 'no month'}, and was asked for"
            f" {asked.first} to {asked.last}"
        )
    return found


def _month(
    sections: Mapping[BooksSection, ReportRow | None], month: Month, index: int | None, last: date
) -> BooksMonth:
    """What a column says of a month; None: nothing was posted in it."""
    held = {} if index is None else {kind: each for kind, each in sections.items() if each is not None}
    totals = dict.fromkeys(_SECTIONS.values(), _NOTHING)
    lines: list[AccountLine] = []
    for kind, section in held.items():
        totals[kind] = _cell(section.total, index or 0)
        lines += _lines(section, index or 0, kind)
    return BooksMonth(month, tuple(lines), totals, complete=month.last_day <= last)


def _balance(bank: ReportRow | None, index: int | None) -> Balance:
    if bank is None or index is None:
        return Balance((), _NOTHING)
    return Balance(tuple(_lines(bank, index, BooksSection.BANK)), _cell(bank.total, index))


def _check_groups(report: Report) -> None:
    """ReportError for an outermost section that holds accounts and is none that we know."""
    for row in report.rows:
        if row.group not in _SECTIONS and row.group not in _SUMS and any(row.total):
            raise ReportError(f'{report} has a section "{row.name}" of an unknown kind, "{row.group}"')


def _check_net_income(report: Report, sections: Mapping[BooksSection, ReportRow | None]) -> None:
    """ReportError unless the sections make the net income that it prints: then nothing is missing."""
    net = report.find("netincome")
    if net is None:
        raise ReportError(f"{report} is not complete: it has no net income")
    for index in range(len(report.columns)):
        ours = sum(
            (
                _cell(section.total, index) if kind in _ADDED else -_cell(section.total, index)
                for kind, section in sections.items()
                if section is not None
            ),
            _NOTHING,
        )
        if differ(ours, net.total[index]):
            raise ReportError(
                f"{report} does not add up: its sections make a net income of {ours}, it says"
                f" {_cell(net.total, index)}"
            )


def _lines(section: ReportRow, index: int, kind: BooksSection) -> Iterator[AccountLine]:
    """The accounts of a section of which a column says something, each with what it posted itself."""
    own = section.own[index]
    if own is not None:
        yield AccountLine(section.account or section.name, section.name, kind, own)
    for child in section.children:
        yield from _row_lines(child, index, kind)


def _row_lines(
    row: ReportRow, index: int, kind: BooksSection, parents: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> Iterator[AccountLine]:
    """An account and those in it. One without an id goes by its path."""
    path = (*names, row.name)
    key = row.account or ":".join(path)
    own = row.own[index]
    if own is not None:
        yield AccountLine(key, row.name, kind, own, parents, names)
    for child in row.children:
        yield from _row_lines(child, index, kind, (*parents, key), path)


def _cell(cells: Cells, index: int) -> Decimal:
    return cells[index] or _NOTHING
