"""The rows behind a number: the tickets, time entries or devices of a month, searched, sorted and paged.

What belongs here: finding some of them by SQL with bound parameters. Which rows a metric is counted from is said by
`tables`. What does not: how rows become versions (`versions`), and what makes a row count (the vendors'
packages).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    cast,
    func,
    or_,
    select,
)

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published, current_publication
from qbr_pipeline.store.rows.shapes import Row
from qbr_pipeline.store.rows.tables import ROW_TABLES, ROWS_OF_METRIC, RowsOfMetric
from qbr_pipeline.store.rows.versions import valid

MAX_TEXT_LENGTH = 500


class BrowsingError(ValueError):
    """A question about rows that cannot be asked, in a sentence for a person; `field`: the part of it at fault."""

    def __init__(self, sentence: str, field: str) -> None:
        self.field = field
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are wanted; None: no matter which.

    `search` is looked for in every text and in the vendor's ids, in any case; the others are compared exactly.
    `company` is the client: a device's organization.
    """

    counts: bool | None = None
    search: str | None = None
    board: str | None = None
    company: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ClassifiedRow:
    """A row, and whether and why it counts for the metric that was asked for."""

    row: Row
    counts: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some of the rows behind a metric.

    Of all that the filter lets through: `total` how many, `counting` how many of them count, `value` what
    those come to (a number of rows, or hours). Without a filter that is what the collection found.
    """

    rows: tuple[ClassifiedRow, ...]
    total: int
    counting: int
    value: Decimal
    published: Published


def browse(
    connection: Connection,
    db: Database,
    metric: str,
    month: Month,
    wanted: RowFilter | None = None,
    *,
    sort: str = "source_id",
    descending: bool = False,
    limit: int | None = None,
    offset: int = 0,
    as_of: datetime | None = None,
) -> RowPage | None:
    """The published rows behind a collected metric of a month; None when there was no publication yet.

    `metric` is a key of ROWS_OF_METRIC, `sort` one of its columns; rows without that come last, ties in the order of
    the vendor's ids. `as_of` is aware. BrowsingError for another column or a filter that the rows do not know.
    """
    wanted = wanted or RowFilter()
    counted_from = ROWS_OF_METRIC[metric]
    tables = ROW_TABLES[counted_from.source]
    table = tables.versions
    conditions = _conditions(counted_from, table, wanted)
    order = _column(counted_from, table, sort)
    ordered = order.desc() if descending else order.asc()
    published = current_publication(connection, db, counted_from.source.vendor, month, as_of=as_of)
    if published is None:
        return None
    matching = and_(valid(connection, db, counted_from.source, month, as_of), *conditions)
    total, counting, value = connection.execute(
        select(
            func.count(), func.count().filter(counted_from.is_counted(table)), counted_from.value(table)
        ).where(matching)
    ).one()
    names = tables.columns
    reason = names.index(counted_from.reason)
    found = connection.execute(
        select(*(table.c[name] for name in names))
        .where(matching)
        .order_by(ordered.nulls_last(), table.c.source_id)
        .limit(limit)
        .offset(offset)
    )
    rows = tuple(
        ClassifiedRow(shape := tables.shape(*row), counted_from.counts_row(shape), row[reason])
        for row in found
    )
    return RowPage(rows, total, counting, quantize(Decimal(value), METRICS[metric].unit), published)


def _column(counted_from: RowsOfMetric, table: Table, name: str) -> ColumnElement[Any]:
    if name not in counted_from.columns:
        raise BrowsingError(
            f'{counted_from.source.label} cannot be sorted by "{name[:40]}"; expected one of '
            f"{', '.join(counted_from.columns)}",
            "sort",
        )
    if name == "counts":
        return counted_from.is_counted(table)
    return table.c[counted_from.reason if name == "reason" else name]


def _conditions(counted_from: RowsOfMetric, table: Table, wanted: RowFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.counts is not None:
        conditions.append(counted_from.is_counted(table).is_(wanted.counts))
    if wanted.board is not None and "board" not in table.c:
        raise BrowsingError(f"{counted_from.source.label} have no board to be chosen by", "board")
    columns = {"board": "board", "company": counted_from.company, "reason": counted_from.reason}
    for field, column in columns.items():
        text = getattr(wanted, field)
        if text is not None:
            conditions.append(table.c[column] == _storable(text, field))
    if wanted.search is not None:
        conditions.append(_holds(counted_from, table, _storable(wanted.search, "search")))
    return conditions


def _holds(counted_from: RowsOfMetric, table: Table, text: str) -> ColumnElement[bool]:
    """A text or one of the vendor's ids holds `text`, in which no character is special."""
    columns = (_column(counted_from, table, name) for name in counted_from.columns)
    searched = (cast(column, Text) for column in columns if isinstance(column.type, Text | BigInteger))
    return or_(*(column.icontains(text, autoescape=True) for column in searched))


def _storable(text: str, field: str) -> str:
    if len(text) > MAX_TEXT_LENGTH or any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise BrowsingError(
            f"rows are searched for texts of at most {MAX_TEXT_LENGTH} characters that PostgreSQL can hold, "
            f"not {text[:40]!a}",
            field,
        )
    return text
