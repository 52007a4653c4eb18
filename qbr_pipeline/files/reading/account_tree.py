"""From the rows of a section to its accounts: one tree, however the depth of a row was written.

What belongs here: which row is a total and of what, which account stands in which, and that each total is the sum of
what stands above it. What does not: the sections themselves (`profit_and_loss`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from qbr_pipeline.files.reading.report_rows import Header, ReportRow
from qbr_pipeline.files.reading.sheets import FileRejectedError, Sheet
from qbr_pipeline.metrics.books import AccountLine, BooksSection
from qbr_pipeline.metrics.names import normalise_name, quoted

_TOTAL = re.compile(r"total (?:for )?(.+)")
_NUMBERED = re.compile(r"(\d[\d.\-]{2,11})(\s*[·•]\s*|\s+(?:[-–]\s+)?)(.+)")
_PATH = ":"
_REST = " - Other"  # what a parent itself posted, where that has a row
_CENT = Decimal("0.01")


@dataclass
class Account:
    """A row with an own amount or with others below it, and the row that prints the total of both."""

    row: ReportRow
    below: list[Account] = field(default_factory=list)
    total: ReportRow | None = None

    def sums(self) -> tuple[Decimal, ...]:
        """What it and all below it come to, by month."""
        own = tuple(each or Decimal(0) for each in self.row.amounts)
        parts = [own, *(each.sums() for each in self.below)]
        return tuple(sum(column, Decimal(0)) for column in zip(*parts, strict=True))


def total_of(row: ReportRow) -> str | None:
    """Of what a row is the total, by its name; None where it is none."""
    found = _TOTAL.fullmatch(normalise_name(row.name))
    return found[1] if found else None


def build(rows: Sequence[ReportRow]) -> list[Account]:
    """The accounts of a section, each with those below it."""
    if len({row.depth for row in rows}) == 1:
        rows = _with_depth(rows)
    roots: list[Account] = []
    open_: list[Account] = []
    for row in rows:
        closed = _closed_by(row, open_)
        if closed is not None:
            open_[closed].total = row
            del open_[closed:]
            continue
        while open_ and open_[-1].row.depth >= row.depth:
            open_.pop()
        account = Account(row)
        (open_[-1].below if open_ else roots).append(account)
        open_.append(account)
    return roots


def _closed_by(row: ReportRow, open_: Sequence[Account]) -> int | None:
    """Which of the open accounts, innermost last, a total closes."""
    subject = total_of(row)
    if subject is None:
        return None
    named = (at for at in range(len(open_) - 1, -1, -1) if _is_called(open_[at].row, subject))
    return next((at for at in named if open_[at].row.depth == row.depth), None)


def _with_depth(rows: Sequence[ReportRow]) -> list[ReportRow]:
    """The same rows, deeper between a name and its total: where nothing else says so."""
    depths, closed = [0] * len(rows), set[int]()
    for at, row in enumerate(rows):
        subject = total_of(row)
        if subject is None:
            continue
        opened = next(
            (k for k in range(at - 1, -1, -1) if k not in closed and _is_called(rows[k], subject)), None
        )
        if opened is not None:
            closed |= {opened, at}
            for between in range(opened + 1, at):
                depths[between] += 1
    return [replace(row, depth=(depth,)) for row, depth in zip(rows, depths, strict=True)]


def _is_called(row: ReportRow, subject: str) -> bool:
    name = normalise_name(row.name)
    number, own = _split_number(name)
    last = own.rpartition(_PATH)[2]
    return subject in {name, last, f"{number} {last}", f"{number} · {last}"}


def check_totals(sheet: Sheet, header: Header, accounts: Sequence[Account]) -> None:
    """FileRejectedError for the first printed total, of a row or of its months, that is another sum, to the cent."""
    for account in accounts:
        check_totals(sheet, header, account.below)
        if account.total is not None:
            check_sums(sheet, header, account.total, account.sums())
        check_across(sheet, header, account.row)


def check_sums(sheet: Sheet, header: Header, printed: ReportRow, sums: Sequence[Decimal]) -> None:
    """FileRejectedError unless a row prints these sums, an empty cell being 0; and their sum, where it prints it."""
    for column, amount, found in zip(header.months, printed.amounts, sums, strict=True):
        if not _same(amount or Decimal(0), found):
            sentence = (
                f"{quoted(printed.name)} of {column.month} is {amount or 0:,.2f}, and the rows above it come to"
                f" {found:,.2f}"
            )
            raise FileRejectedError(sentence, sheet.where(printed.row, column.column))
    check_across(sheet, header, printed)


def check_across(sheet: Sheet, header: Header, row: ReportRow) -> None:
    """FileRejectedError where the column Total is another sum than that of the months."""
    found = sum((each or Decimal(0) for each in row.amounts), Decimal(0))
    if header.total is not None and row.total is not None and not _same(row.total, found):
        sentence = f"the total of {quoted(row.name)} is {row.total:,.2f}, and its months come to {found:,.2f}"
        raise FileRejectedError(sentence, sheet.where(row.row, header.total))


def _same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < _CENT / 2


@dataclass(frozen=True, slots=True)
class Keyed:
    """An account with its key, its own name, the keys of those that it is in, and what it posted itself, by month."""

    row: ReportRow
    key: str
    name: str
    parents: tuple[str, ...]
    parent_names: tuple[str, ...]
    own: tuple[Decimal | None, ...]

    def line(self, section: BooksSection, month: int) -> AccountLine | None:
        """What it posted in the month of that position; None for nothing."""
        amount = self.own[month]
        if amount is None:
            return None
        return AccountLine(self.key, self.name, section, amount, self.parents, self.parent_names)


def keyed(accounts: Sequence[Account], *, numbered: bool) -> Iterator[Keyed]:
    """Every account of a section, those below each after it. `numbered`: the numbers before names are the keys."""
    for account in accounts:
        yield from _keyed(account, (), (), numbered=numbered)


def _keyed(
    account: Account, parents: tuple[str, ...], path: tuple[str, ...], *, numbered: bool
) -> Iterator[Keyed]:
    number, name = _split_number(account.row.name) if numbered else ("", account.row.name)
    written = tuple(part.strip() for part in name.split(_PATH))
    full = (*path, written[-1]) if path else written
    if not path:
        parents = tuple(_PATH.join(written[:n]) for n in range(1, len(written)))
    key = number or _PATH.join(full)
    rests = [each for each in account.below if each.row.name == f"{account.row.name}{_REST}"]
    yield Keyed(account.row, key, written[-1], parents, path or written[:-1], _own(account, rests))
    for each in account.below:
        if each not in rests:
            yield from _keyed(each, (*parents, key), full, numbered=numbered)


def _own(account: Account, rests: Sequence[Account]) -> tuple[Decimal | None, ...]:
    """What an account itself posted, by month; some programs give that a row of its own below it."""
    found = []
    for column in zip(account.row.amounts, *(each.row.amounts for each in rests), strict=True):
        known = [each for each in column if each is not None]
        found.append(sum(known, Decimal(0)) if known else None)
    return tuple(found)


def _split_number(name: str) -> tuple[str, str]:
    found = _NUMBERED.fullmatch(name)
    return (found[1], found[3]) if found else ("", name)


def walk(accounts: Sequence[Account]) -> Iterator[Account]:
    """Every account, those below each after it."""
    for account in accounts:
        yield account
        yield from walk(account.below)


def is_numbered(accounts: Sequence[Account]) -> bool:
    """Whether accounts are known by numbers: at least half of them begin with one, so that `365 Licenses` is none."""
    names = [_split_number(each.row.name)[0] for each in walk(accounts)]
    return bool(names) and 2 * sum(map(bool, names)) >= len(names)
