"""The tables of raw rows: staged ones that await publication, and published ones as versions.

What belongs here: names and types of columns, derived from the shapes in `shapes`, and which metrics are counted from
them. A version is current while `valid_to` is NULL; it was the truth from `valid_from` up to, and not including,
`valid_to`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.store.rows.shapes import AccountRow, DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.schema import metadata, moment, organization_reference, vendor_reference

SOURCE_ID = "source_id"
"""The vendor's own id of a row, the first field of every shape."""


class RowSource(StrEnum):
    """What a raw asset fetches; each belongs to one vendor."""

    TICKETS = "tickets"
    TIME_ENTRIES = "time_entries"
    DEVICES = "devices"
    ACCOUNTS = "accounts"

    @property
    def label(self) -> str:
        """As people say it."""
        return self.value.replace("_", " ")

    @property
    def vendor(self) -> Vendor:
        """The vendor whose rows these are: whose metrics are counted from them."""
        return next(METRICS[key].vendor for key, rows in ROWS_OF_METRIC.items() if rows.source is self)

    @classmethod
    def named(cls, subject: str) -> RowSource | None:
        """The source that the subject of a finding names; None when it is something else."""
        return next((source for source in cls if source.label == subject), None)

    @classmethod
    def of(cls, vendor: Vendor) -> tuple[RowSource, ...]:
        """The sources whose rows make one publication of that vendor; none if it is not collected."""
        return tuple(source for source in cls if source.vendor is vendor)


_TYPES: Mapping[Any, type[Text | BigInteger | Boolean | Numeric[Decimal]] | DateTime] = {
    str: Text,
    int: BigInteger,
    bool: Boolean,
    Decimal: Numeric,
    datetime: DateTime(timezone=True),
}


def _row_columns(shape: type[Row], *, keyed: bool) -> Iterator[Column[object]]:
    """The columns of a row: its fields, in their order; what may be None may be NULL."""
    for name, of in get_type_hints(shape).items():
        kept, *none = get_args(of) or (of,)
        yield Column(name, _TYPES[kept], nullable=bool(none), primary_key=keyed and name == SOURCE_ID)


stages = Table(
    "qbr_stages",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("source", String(20), nullable=False),
    Column("period", String(7), nullable=False),
    Column("run_id", Text, nullable=False),
    moment("fetch_started_at", required=True),
    moment("collected_as_of", required=True),
    Column("source_count", Integer),
    Column("fetched_count", Integer, nullable=False),
    Column("reads", Integer, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("found", JSONB, nullable=False),
    Column("snapshot_date", Date),
    Column("snapshot_suspect", Boolean, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("staged_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    UniqueConstraint("organization_id", "source", "period", "run_id", name="uq_qbr_stages_source_period_run"),
    Index("idx_qbr_stages_staged_at", "staged_at"),
)


@dataclass(frozen=True)
class RowTables:
    """Where the rows of one source are: staged, and published as versions."""

    shape: type[Row]
    staged: Table
    versions: Table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a row, in the order of its shape; the first is the vendor's id."""
        return tuple(field.name for field in fields(self.shape))


def _tables(shape: type[Row], name: str) -> RowTables:
    staged = Table(
        f"qbr_staged_{name}",
        metadata,
        Column("stage_id", BigInteger, ForeignKey("qbr_stages.id", ondelete="CASCADE"), primary_key=True),
        *_row_columns(shape, keyed=True),
    )
    versions = Table(
        f"qbr_{name}",
        metadata,
        Column("id", BigInteger, primary_key=True),
        organization_reference(),
        vendor_reference(),
        Column("period", String(7), nullable=False),
        *_row_columns(shape, keyed=False),
        moment("valid_from", required=True),
        moment("valid_to"),
        Index(
            f"uq_qbr_{name}_current",
            "organization_id",
            "vendor_id",
            "period",
            "source_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index(f"idx_qbr_{name}_period_valid_from", "organization_id", "vendor_id", "period", "valid_from"),
    )
    return RowTables(shape, staged, versions)


ROW_TABLES: Mapping[RowSource, RowTables] = {
    RowSource.TICKETS: _tables(TicketRow, "tickets"),
    RowSource.TIME_ENTRIES: _tables(TimeEntryRow, "time_entries"),
    RowSource.DEVICES: _tables(DeviceRow, "devices"),
    RowSource.ACCOUNTS: _tables(AccountRow, "accounts"),
}


@dataclass(frozen=True, slots=True)
class RowsOfMetric:
    """What a collected metric is counted from: a source's rows, and the columns that say whether and why.

    `amount`: the column whose total it is; None: it is their number. `company`: the column of the client, or of the
    account. `counts_as`: what the column `counts` holds in rows that count; None: it says yes or no.
    """

    source: RowSource
    counts: str
    reason: str
    company: str = "company"
    amount: str | None = None
    counts_as: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that rows can be sorted by: those of the row, `counts` and `reason`."""
        classified = {
            name
            for each in ROWS_OF_METRIC.values()
            for name in (each.reason, *([each.counts] if each.counts_as is None else []))
        }
        own = (name for name in ROW_TABLES[self.source].columns if name not in classified)
        return (*own, "counts", "reason")

    def is_counted(self, table: Table) -> ColumnElement[bool]:
        """Whether a row of `table` counts, as SQL."""
        column = table.c[self.counts]
        return column if self.counts_as is None else column.is_not_distinct_from(self.counts_as)

    def counts_row(self, row: Row) -> bool:
        """Whether `row` counts."""
        kept = getattr(row, self.counts)
        return bool(kept) if self.counts_as is None else kept == self.counts_as

    def value(self, table: Table) -> ColumnElement[Any]:
        """What the rows of `table` that count come to, as SQL."""
        counts = self.is_counted(table)
        if self.amount is None:
            return func.count().filter(counts)
        return func.coalesce(func.sum(table.c[self.amount]).filter(counts), 0)


ROWS_OF_METRIC: Mapping[str, RowsOfMetric] = MappingProxyType(
    {
        "reactive_tickets_created": RowsOfMetric(RowSource.TICKETS, "counts_as_created", "created_reason"),
        "reactive_tickets_closed": RowsOfMetric(RowSource.TICKETS, "counts_as_closed", "closed_reason"),
        "reactive_time_spent": RowsOfMetric(RowSource.TIME_ENTRIES, "counts", "reason", amount="hours"),
        "endpoints_managed": RowsOfMetric(RowSource.DEVICES, "counts_as_endpoint", "reason", "organization"),
        "seats_managed": RowsOfMetric(RowSource.DEVICES, "counts_as_seat", "reason", "organization"),
        **{
            key: RowsOfMetric(RowSource.ACCOUNTS, "counts_as", "reason", "name", "counted", counts_as=key)
            for key in BOOKED
        },
    }
)
"""By the key of the metric: all that are collected, or may be read from books."""
