"""The tables of raw rows: staged ones that await publication, and published ones as versions.

What belongs here: names and types of columns, derived from the shapes in `shapes`. A version is current while
`valid_to` is NULL; it was the truth from `valid_from` up to, and not including, `valid_to`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.store.rows.shapes import DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.schema import metadata, moment, organization_reference, vendor_reference


class RowSource(StrEnum):
    """What a raw asset fetches; each belongs to one vendor."""

    TICKETS = "tickets"
    TIME_ENTRIES = "time_entries"
    DEVICES = "devices"

    @property
    def label(self) -> str:
        """As people say it."""
        return self.value.replace("_", " ")

    @property
    def vendor(self) -> Vendor:
        """The vendor whose rows these are."""
        return Vendor.NINJA if self is RowSource.DEVICES else Vendor.CONNECTWISE

    @classmethod
    def named(cls, subject: str) -> RowSource | None:
        """The source that the subject of a finding names; None when it is something else."""
        return next((source for source in cls if source.label == subject), None)

    @classmethod
    def of(cls, vendor: Vendor) -> tuple[RowSource, ...]:
        """The sources whose rows make one publication of that vendor; none if it is not collected."""
        return tuple(source for source in cls if source.vendor is vendor)


_TEXT = (
    "summary",
    "board",
    "status",
    "company",
    "type",
    "priority",
    "owner",
    "ticket_summary",
    "member",
    "name",
)
_TYPES: Mapping[str, type[Text | BigInteger | Boolean | Numeric[Decimal]] | DateTime] = {
    **dict.fromkeys((*_TEXT, "organization", "location", "node_class"), Text),
    **dict.fromkeys(("created_reason", "closed_reason", "reason"), Text),
    **dict.fromkeys(("parent_id", "ticket_id"), BigInteger),
    **dict.fromkeys(("entered_at", "closed_at"), DateTime(timezone=True)),
    **dict.fromkeys(("actual_hours", "hours"), Numeric),
    **dict.fromkeys(
        ("counts_as_created", "counts_as_closed", "counts", "counts_as_endpoint", "counts_as_seat"), Boolean
    ),
}
_REQUIRED = frozenset(name for name in _TYPES if name.startswith("counts") or name.endswith("reason"))


def _row_columns(shape: type[Row], *, keyed: bool) -> list[Column[object]]:
    source_id = Column(
        "source_id", Text if shape is DeviceRow else BigInteger, nullable=False, primary_key=keyed
    )
    rest = (Column(f.name, _TYPES[f.name], nullable=f.name not in _REQUIRED) for f in fields(shape)[1:])
    return [source_id, *rest]


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
}
