"""A report of QuickBooks as a checked tree: its header, its columns, and its rows with the sums that it prints.

What belongs here: what all reports have in common. What one report is about is in `books`; bytes are in `bodies`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from qbr_pipeline.plain_text import one_line
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.quickbooks.bodies import NoBodyError, Node, first, is_cut, many, read_body, text_of

Cells = tuple[Decimal | None, ...]
"""The amounts of a row, column by column; None: the cell is empty, nothing was posted."""

_AMOUNT = re.compile(r"-?(\d+\.?\d*|\.\d+)", re.ASCII)
_NOTHING = Decimal()


class ReportError(VendorError):
    """A report that cannot be trusted; its message is a sentence, and nothing of the report is used."""


class CutReportError(ReportError):
    """A report that QuickBooks ended early, since it was too large: a shorter range of dates may come whole."""


@dataclass(frozen=True, slots=True)
class ReportHeader:
    """What a report says about itself; an empty text or None: it does not say. Days as the books have them."""

    name: str
    basis: str
    currency: str
    start: date | None
    end: date | None
    report_date: date | None
    is_empty: bool


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of amounts. `start` and `end`: the days that it covers, None where it does not say."""

    title: str
    is_total: bool
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row or section: what its account itself posted, what is in it, and what all of it comes to.

    `account` is the vendor's id, empty where the row is no account.
    """

    group: str
    account: str
    name: str
    own: Cells
    children: tuple[ReportRow, ...]
    total: Cells

    def find(self, group: str) -> Iterator[ReportRow]:
        """This section or the ones in it, however deep, that are of a group."""
        if self.group == group:
            yield self
        else:
            for child in self.children:
                yield from child.find(group)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report, the sums of its sections checked to the cent. `rows`: the outermost ones."""

    header: ReportHeader
    columns: tuple[ReportColumn, ...]
    rows: tuple[ReportRow, ...]

    def find(self, group: str) -> ReportRow | None:
        """The one section of a group, in small letters; None when there is none. ReportError when there are two."""
        found = [section for row in self.rows for section in row.find(group)]
        if len(found) > 1:
            raise ReportError(f"{self} has two sections {group}, so that it is not known which one counts")
        return found[0] if found else None

    @property
    def periods(self) -> tuple[int, ...]:
        """The columns that are no sum of others."""
        return tuple(index for index, column in enumerate(self.columns) if not column.is_total)

    def check_totals(self) -> None:
        """ReportError when a total column is not the sum of the other ones, in any row."""
        totals = [index for index, column in enumerate(self.columns) if column.is_total]
        if not totals or not self.periods:
            return
        for row in _all_rows(self.rows):
            for cells in (row.own, row.total):
                across = _sum(cells[index] for index in self.periods)
                if any(differ(across, cells[total]) for total in totals):
                    raise ReportError(
                        f'{self} does not add up: the columns of "{row.name}" come to {across}, its total says'
                        f" {cells[totals[0]]}"
                    )

    def __str__(self) -> str:
        return f"QuickBooks' report {self.header.name or 'without a name'}"


def read_report(content: bytes) -> Report:
    """The report in the body of an answer. NoBodyError, and ReportError for what is no sound report.

    CutReportError when it ends early.
    """
    body = read_body(content)
    body = first(body, "report") or body
    if not first(body, "header"):
        raise NoBodyError("a body that is no report")
    header = _header(first(body, "header"))
    if is_cut(content):
        raise CutReportError(
            f"QuickBooks' report {header.name} was cut: it has more data than one report shows, also for the shortest"
            " range of dates that it can be asked for"
        )
    columns, cells = _columns(first(body, "columns"))
    if not columns:
        raise ReportError(f"QuickBooks' report {header.name or 'without a name'} has no column of amounts")
    reader = _Rows(f"QuickBooks' report {header.name}", cells)
    return Report(header, columns, reader.read(first(body, "rows")))


def amount(text: str) -> Decimal | None:
    """The amount of money that a cell holds; None when it is empty. ValueError for any other text."""
    if not text:
        return None
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError(text)
    return Decimal(text)


def plus(left: Cells, right: Cells) -> Cells:
    """Both together, column by column; an empty cell adds nothing."""
    return tuple(a if b is None else b if a is None else a + b for a, b in zip(left, right, strict=True))


def differ(left: Decimal | None, right: Decimal | None) -> bool:
    """Whether two amounts are not the same; an empty cell is nothing."""
    return (left or _NOTHING) != (right or _NOTHING)


def _header(node: Node) -> ReportHeader:
    options = {text_of(each, "name").lower(): text_of(each, "value") for each in _nodes(node, "option")}
    return ReportHeader(
        name=one_line(text_of(node, "reportname"))[:60],
        basis=text_of(node, "reportbasis"),
        currency=text_of(node, "currency").upper(),
        start=_day(text_of(node, "startperiod")),
        end=_day(text_of(node, "endperiod")),
        report_date=_day(options.get("report_date", "")),
        is_empty=options.get("noreportdata", "").lower() == "true",
    )


def _columns(node: Node) -> tuple[tuple[ReportColumn, ...], tuple[int, ...]]:
    """The columns of amounts, and where they stand in a row: the first one holds names."""
    found = {
        index: _column(each)
        for index, each in enumerate(_nodes(node, "column"))
        if text_of(each, "coltype").lower() == "money"
    }
    if len(found) == 1:  # a sum of one column is that column
        found = {
            index: ReportColumn(each.title, False, each.start, each.end) for index, each in found.items()
        }
    return tuple(found.values()), tuple(found)


def _column(node: Node) -> ReportColumn:
    about = {text_of(each, "name").lower(): text_of(each, "value") for each in _nodes(node, "metadata")}
    return ReportColumn(
        title=one_line(text_of(node, "coltitle"))[:60],
        is_total=about.get("colkey", "").lower() == "total",
        start=_day(about.get("startdate", "")),
        end=_day(about.get("enddate", "")),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Reads rows. `cells`: where in a row the columns of amounts stand."""

    report: str
    cells: tuple[int, ...]

    def read(self, node: Node) -> tuple[ReportRow, ...]:
        return tuple(self._row(each) for each in _nodes(node, "row") if each)

    def _row(self, node: Node) -> ReportRow:
        group = text_of(node, "group").lower()
        if "coldata" in node:
            account, name, own = self._cells(node, whole=True)
            return ReportRow(group, account, name, own, (), own)
        header = first(node, "header")
        account, name, own = self._cells(header, whole=False)
        children = self.read(first(node, "rows"))
        total = own
        for child in children:
            total = plus(total, child.total)
        summary = first(node, "summary")
        if not summary:
            return ReportRow(group, account, name, own, children, total)
        _, summary_name, printed = self._cells(summary, whole=True)
        name = name or summary_name
        if header or children:  # others are sums over the sections above them
            self._check(name, total, printed)
        return ReportRow(group, account, name, own, children, printed)

    def _check(self, name: str, total: Cells, printed: Cells) -> None:
        for ours, theirs in zip(total, printed, strict=True):
            if differ(ours, theirs):
                raise ReportError(
                    f'{self.report} does not add up: the accounts of "{name}" come to {ours or 0}, its total says'
                    f" {theirs or 0}; nothing of it is used"
                )

    def _cells(self, node: Node, *, whole: bool) -> tuple[str, str, Cells]:
        """Id, name and amounts of a row. `whole`: it has a cell for each column; a header may have a name alone."""
        data = list(_nodes(node, "coldata"))
        account = text_of(data[0], "id") if data else ""
        name = one_line(text_of(data[0], "value")) if data else ""
        if whole and len(data) <= max(self.cells):
            raise ReportError(f'{self.report} is not complete: the row "{name}" has fewer cells than columns')
        return account, name, tuple(self._amount(name, data, index) for index in self.cells)

    def _amount(self, name: str, data: list[Node], index: int) -> Decimal | None:
        text = text_of(data[index], "value") if index < len(data) else ""
        try:
            return amount(text)
        except ValueError:
            raise ReportError(
                f'{self.report} has "{one_line(text)[:40]}" where the amount of "{name}" belongs'
            ) from None


def _all_rows(rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
    for row in rows:
        yield row
        yield from _all_rows(row.children)


def _nodes(node: Node, name: str) -> Iterator[Mapping[str, object]]:
    return (each for each in many(node, name) if isinstance(each, dict))


def _sum(cells: Iterable[Decimal | None]) -> Decimal:
    return sum((cell for cell in cells if cell is not None), _NOTHING)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
