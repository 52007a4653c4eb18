"""A profit and loss by month as QuickBooks exports it, Online or Desktop, or as a person went on with it.

What belongs here: knowing one, its sections, its company, period and basis, and every check before it is trusted. What
does not: which account goes to which metric.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from qbr_pipeline.files.reading.account_tree import (
    Account,
    Keyed,
    build,
    check_sums,
    check_totals,
    is_numbered,
    keyed,
    total_of,
    walk,
)
from qbr_pipeline.files.reading.month_titles import MonthTitle, RangeTitle, read_title
from qbr_pipeline.files.reading.report_rows import Header, MonthColumn, ReportRow, find_header, read_rows
from qbr_pipeline.files.reading.sheets import FileRejectedError, Sheet
from qbr_pipeline.metrics.books import Basis, Books, BooksMonth, BooksSection
from qbr_pipeline.metrics.names import normalise_name, quoted

_SECTIONS: Mapping[BooksSection, frozenset[str]] = {
    BooksSection.INCOME: frozenset({"income", "revenue"}),
    BooksSection.COGS: frozenset({"cost of goods sold", "cogs", "cost of sales"}),
    BooksSection.EXPENSES: frozenset({"expenses", "expense"}),
    BooksSection.OTHER_INCOME: frozenset({"other income"}),
    BooksSection.OTHER_EXPENSES: frozenset({"other expenses", "other expense"}),
}
_GROUPS = {"ordinary income/expense", "other income/expense"}
_NET_INCOME = "net income"
_SIGNS = {
    BooksSection.INCOME: 1,
    BooksSection.COGS: -1,
    BooksSection.EXPENSES: -1,
    BooksSection.OTHER_INCOME: 1,
    BooksSection.OTHER_EXPENSES: -1,
}
_RESULTS: Mapping[str, Sequence[BooksSection]] = {
    "gross profit": (BooksSection.INCOME, BooksSection.COGS),
    "net operating income": (BooksSection.INCOME, BooksSection.COGS, BooksSection.EXPENSES),
    "net ordinary income": (BooksSection.INCOME, BooksSection.COGS, BooksSection.EXPENSES),
    "net other income": (BooksSection.OTHER_INCOME, BooksSection.OTHER_EXPENSES),
    _NET_INCOME: tuple(_SIGNS),
}
"""Rows that print what is left of some sections, in every spelling."""

_MARKS = {"total income", "total for income", *_RESULTS}
_REPORT = re.compile(
    r"profit (and|&) loss.*|income statement.*|statement of (operations|income).*", re.IGNORECASE
)
_BASIS = re.compile(r"\b(cash|accrual)[- ]basis\b|\bbasis:? (cash|accrual)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d{2}|\d{1,2}/\d{1,2}/\d{2,4}$")

Sums = tuple[Decimal, ...]


def is_profit_and_loss(sheet: Sheet) -> bool:
    """Whether a sheet is one: it says so or opens with a section, and it prints the results that one has."""
    texts = {normalise_name(cell) for row in sheet.rows for cell in row[:12] if isinstance(cell, str)}
    says = any(_REPORT.fullmatch(each) for each in (*texts, *sheet.header))
    marks = len(texts & _MARKS)
    return bool(says and (marks or "income" in texts)) or (marks >= 2 and "income" in texts)


def read_profit_and_loss(sheet: Sheet, year: int | None = None, basis: Basis | None = None) -> Books:
    """The books of a sheet, month by month; FileRejectedError, naming the cell, where it does not add up.

    `year` and `basis`: what the person says, for a file that says neither; what the file says comes first.
    """
    period = _period(sheet, len(sheet.rows))
    header = find_header(sheet, period, year)
    rows = read_rows(sheet, header, _NET_INCOME)
    sections, results = _split(sheet, rows)
    accounts = {section: build(found) for section, (found, _) in sections.items()}
    sums = {section: _sums(found, header) for section, found in accounts.items()}
    for section, (_, total) in sections.items():
        check_totals(sheet, header, accounts[section])
        check_sums(sheet, header, total, sums[section])
    for row in results:
        check_sums(sheet, header, row, _result(_RESULTS[normalise_name(row.name)], sums, header))
    begun = _begun(sheet, header, accounts)
    by_section = _keyed(sheet, accounts)
    months = tuple(
        _month(column, at, by_section, sums) for at, column in enumerate(header.months) if at in begun
    )
    return Books(_company(sheet, header.row), _basis(sheet) or basis, None, months)


def _keyed(
    sheet: Sheet, accounts: Mapping[BooksSection, Sequence[Account]]
) -> dict[BooksSection, list[Keyed]]:
    numbered = is_numbered([each for found in accounts.values() for each in found])
    by_section = {section: list(keyed(found, numbered=numbered)) for section, found in accounts.items()}
    _require_unlike(sheet, [each for found in by_section.values() for each in found])
    return by_section


def _month(
    column: MonthColumn,
    at: int,
    accounts: Mapping[BooksSection, Sequence[Keyed]],
    sums: Mapping[BooksSection, Sums],
) -> BooksMonth:
    lines = (each.line(section, at) for section, found in accounts.items() for each in found)
    return BooksMonth(
        month=column.month,
        lines=tuple(line for line in lines if line is not None),
        totals={section: found[at] for section, found in sums.items()},
        complete=column.whole,
    )


def _split(
    sheet: Sheet, rows: Sequence[ReportRow]
) -> tuple[dict[BooksSection, tuple[list[ReportRow], ReportRow]], list[ReportRow]]:
    """The rows of each section with the row of its total, and the rows that print results."""
    sections: dict[BooksSection, tuple[list[ReportRow], ReportRow]] = {}
    results: list[ReportRow] = []
    at = 0
    while at < len(rows):
        row, name = rows[at], normalise_name(rows[at].name)
        section = next((each for each, names in _SECTIONS.items() if name in names), None)
        if section is not None and row.is_empty:
            end = _end(sheet, rows, at, section)
            if section in sections:
                raise FileRejectedError(f"the section {quoted(row.name)} is there twice", _cell(sheet, row))
            sections[section] = (list(rows[at + 1 : end]), rows[end])
            at = end
        elif name in _RESULTS:
            results.append(row)
        elif not row.is_empty:
            raise FileRejectedError(f"{quoted(row.name)} is in no section that is known", _cell(sheet, row))
        at += 1
    if BooksSection.INCOME not in sections:
        raise FileRejectedError('the report has no section "Income"')
    return sections, results


def _end(sheet: Sheet, rows: Sequence[ReportRow], start: int, section: BooksSection) -> int:
    """Where the section's own total is: the last of that name and depth before a result; an account may share both."""
    found = None
    for at in range(start + 1, len(rows)):
        if normalise_name(rows[at].name) in _RESULTS:
            break
        if total_of(rows[at]) in _SECTIONS[section] and rows[at].depth == rows[start].depth:
            found = at
    if found is None:
        sentence = f"the section {quoted(rows[start].name)} has no total: it cannot be checked"
        raise FileRejectedError(sentence, _cell(sheet, rows[start]))
    return found


def _cell(sheet: Sheet, row: ReportRow) -> str:
    return sheet.where(row.row, row.column)


def _sums(accounts: Sequence[Account], header: Header) -> Sums:
    parts = [account.sums() for account in accounts]
    return tuple(sum((part[at] for part in parts), Decimal(0)) for at in range(len(header.months)))


def _result(of: Sequence[BooksSection], sums: Mapping[BooksSection, Sums], header: Header) -> Sums:
    return tuple(
        sum((_SIGNS[section] * sums[section][at] for section in of if section in sums), Decimal(0))
        for at in range(len(header.months))
    )


def _begun(sheet: Sheet, header: Header, accounts: Mapping[BooksSection, Sequence[Account]]) -> set[int]:
    """The positions of months in which any account has an amount; FileRejectedError where none has."""
    begun = {
        at
        for found in accounts.values()
        for account in walk(found)
        for at, amount in enumerate(account.row.amounts)
        if amount is not None
    }
    if not begun:
        where = sheet.where(header.row, header.months[0].column)
        raise FileRejectedError("all amounts of the report are empty", where)
    return begun


def _require_unlike(sheet: Sheet, accounts: Sequence[Keyed]) -> None:
    """FileRejectedError where two accounts have one key: neither could be told from the other."""
    seen: dict[str, ReportRow] = {}
    for each in accounts:
        if each.key in seen:
            sentence = f"the account {quoted(each.key)} is in {_cell(sheet, seen[each.key])} already"
            raise FileRejectedError(sentence, _cell(sheet, each.row))
        seen[each.key] = each.row


def _titles(sheet: Sheet, rows: int) -> list[str]:
    """The lines above the table and of the page header; several may stand in one cell."""
    cells = [cell for row in sheet.rows[:rows] for cell in row if isinstance(cell, str)]
    lines_ = [" ".join(line.split()) for cell in cells for line in cell.splitlines()]
    return [line for line in (*sheet.header, *lines_) if line]


def _period(sheet: Sheet, rows: int) -> MonthTitle | RangeTitle | None:
    """What the title says: the first cell of a line that names a month or a stretch of them, or the page header."""
    firsts = [line for row in sheet.rows[: min(rows, 12)] for line in str(row[0] if row else "").splitlines()]
    titles = (read_title(line) for line in (*sheet.header, *firsts))
    return next((title for title in titles if title is not None), None)


def _company(sheet: Sheet, rows: int) -> str | None:
    """The line of the title that is neither the report's name, nor a period, a basis or a moment."""
    for line in _titles(sheet, rows):
        if not (_REPORT.fullmatch(line) or read_title(line) or _BASIS.search(line) or _CLOCK.search(line)):
            return line[:200]
    return None


def _basis(sheet: Sheet) -> Basis | None:
    """What the page header, the title or the footer says; the last, for a note above may speak of another one."""
    texts = (*sheet.header, *(cell for row in sheet.rows for cell in row if isinstance(cell, str)))
    found = [match for text in texts if (match := _BASIS.search(text))]
    return Basis((found[-1][1] or found[-1][2]).casefold()) if found else None
