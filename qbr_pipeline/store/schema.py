"""The tables, as SQLAlchemy sees them: the values, what people set, and the log.

What belongs here: names and types of columns, and how a row becomes a value. The tables of raw rows are in
`rows.tables`, those of findings in `findings.tables`; how the tables come into being is said by `migrations`, and a
test compares the two.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

ShapeT = TypeVar("ShapeT")

metadata = MetaData()


def moment(name: str, *, required: bool = False, default: bool = False) -> Column[object]:
    """A TIMESTAMPTZ column; with `default` it is filled with the time of the transaction."""
    return Column(
        name, DateTime(timezone=True), nullable=not required, server_default=func.now() if default else None
    )


def organization_reference() -> Column[int]:
    """Whose row it is: every table of ours has it."""
    return Column("organization_id", Integer, ForeignKey("organization.id"), nullable=False)


def vendor_reference() -> Column[int]:
    """The vendor that it belongs to."""
    return Column("vendor_id", Integer, ForeignKey("vendor.id"), nullable=False)


def created_and_updated() -> tuple[Column[object], Column[object]]:
    """When the row was made and last changed."""
    return moment("created_at", required=True, default=True), moment(
        "updated_at", required=True, default=True
    )


def read_as(shape: type[ShapeT], row: Row[Any], **others: object) -> ShapeT:
    """A value of the dataclass `shape` with the fields `others`; each further one is the column of its name."""
    columns = row._mapping
    named = {
        field.name: columns[field.name]
        for field in fields(shape)  # type: ignore[arg-type]
        if field.name in columns and field.name not in others
    }
    return shape(**named, **others)


def is_month(period: Column[str]) -> ColumnElement[bool]:
    """Whether a column holds a month as `periods` has it: rows of other programs may hold any text."""
    return period.regexp_match(r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$")


vendor = Table(
    "vendor",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)

organization = Table(
    "organization",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    moment("created_at", default=True),
)

metrics_monthly = Table(
    "qbr_metrics_monthly",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("period", String(7), nullable=False),
    organization_reference(),
    vendor_reference(),
    Column("metric_name", String(100), nullable=False),
    Column("metric_value", Numeric(14, 4)),
    Column("data_source", String(20), nullable=False, server_default=text("'collected'")),
    moment("collected_at"),
    Column("manually_entered_by", String(100)),
    Column("notes", Text),
    *created_and_updated(),
    UniqueConstraint(
        "period",
        "metric_name",
        "organization_id",
        "vendor_id",
        name="uq_metrics_monthly_period_metric_org_vendor",
    ),
    CheckConstraint("data_source IN ('collected', 'manual')", name="ck_qbr_metrics_monthly_data_source"),
    Index("idx_qbr_metrics_monthly_period", "period"),
    Index("idx_qbr_metrics_monthly_metric_name", "metric_name"),
    Index("idx_qbr_metrics_monthly_organization_id", "organization_id"),
    Index("idx_qbr_metrics_monthly_vendor_id", "vendor_id"),
    Index("idx_qbr_metrics_monthly_period_metric_name", "period", "metric_name"),
    Index("idx_qbr_metrics_monthly_data_source", "data_source"),
)

metrics_quarterly = Table(
    "qbr_metrics_quarterly",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("period", String(7), nullable=False),
    organization_reference(),
    Column("metric_name", String(100), nullable=False),
    Column("metric_value", Numeric(16, 4)),
    Column("months_used", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    *created_and_updated(),
    UniqueConstraint(
        "period", "metric_name", "organization_id", name="uq_metrics_quarterly_period_metric_org"
    ),
    Index("idx_qbr_metrics_quarterly_period", "period"),
    Index("idx_qbr_metrics_quarterly_metric_name", "metric_name"),
    Index("idx_qbr_metrics_quarterly_organization_id", "organization_id"),
)

smartnumbers = Table(
    "qbr_smartnumbers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("period", String(7), nullable=False),
    Column("period_type", String(20), nullable=False),
    organization_reference(),
    Column("kpi_name", String(100), nullable=False),
    Column("kpi_value", Numeric(20, 4)),
    Column("calculation_method", Text),
    Column("inputs", JSONB, nullable=False, server_default=text("'{}'")),
    Column("months_used", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    *created_and_updated(),
    UniqueConstraint("period", "kpi_name", "organization_id", name="uq_smartnumbers_period_kpi_org"),
    CheckConstraint("period_type IN ('monthly', 'quarterly')", name="ck_qbr_smartnumbers_period_type"),
    Index("idx_qbr_smartnumbers_period", "period"),
    Index("idx_qbr_smartnumbers_kpi_name", "kpi_name"),
    Index("idx_qbr_smartnumbers_organization_id", "organization_id"),
)

thresholds = Table(
    "qbr_thresholds",
    metadata,
    Column("id", Integer, primary_key=True),
    organization_reference(),
    Column("metric_name", String(100), nullable=False),
    Column("threshold_type", String(20), nullable=False),
    Column("threshold_value", Numeric(12, 4), nullable=False),
    *created_and_updated(),
    UniqueConstraint(
        "metric_name", "threshold_type", "organization_id", name="uq_thresholds_metric_type_org"
    ),
    CheckConstraint("threshold_type IN ('warning', 'critical')", name="ck_qbr_thresholds_threshold_type"),
    Index("idx_qbr_thresholds_metric_name", "metric_name"),
    Index("idx_qbr_thresholds_organization_id", "organization_id"),
)

collection_log = Table(
    "qbr_collection_log",
    metadata,
    Column("id", Integer, primary_key=True),
    moment("collection_started_at", required=True),
    moment("collection_ended_at"),
    Column("period", String(7), nullable=False),
    organization_reference(),
    vendor_reference(),
    Column("run_id", Text),
    Column("status", String(20), nullable=False),
    Column("error_message", Text),
    Column("metrics_collected", Integer),
    Column("duration_seconds", Integer),
    moment("created_at", required=True, default=True),
    moment("scheduled_at"),
    CheckConstraint("status IN ('success', 'partial', 'failed')", name="ck_qbr_collection_log_status"),
    Index("idx_qbr_collection_log_collection_started_at", "collection_started_at"),
    Index("idx_qbr_collection_log_period", "period"),
    Index("idx_qbr_collection_log_vendor_id", "vendor_id"),
    Index("idx_qbr_collection_log_status", "status"),
    Index(
        "idx_qbr_collection_log_scheduled_at",
        "organization_id",
        "scheduled_at",
        postgresql_where=text("scheduled_at IS NOT NULL"),
    ),
    Index(
        "uq_qbr_collection_log_run_id_period_vendor_id",
        "run_id",
        "period",
        "vendor_id",
        unique=True,
        postgresql_where=text("run_id IS NOT NULL"),
    ),
)

publications = Table(
    "qbr_publications",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    vendor_reference(),
    Column("period", String(7), nullable=False),
    Column("run_id", Text, nullable=False),
    moment("fetch_started_at", required=True),
    moment("collected_as_of", required=True),
    moment("published_at", required=True),
    Column("closed", Boolean, nullable=False),
    Column("found", JSONB, nullable=False),
    Column("snapshot_date", Date),
    Column("snapshot_suspect", Boolean, nullable=False),
    Column("facts", JSONB, nullable=False),
    Index("idx_qbr_publications_period", "organization_id", "vendor_id", "period", "id"),
    Index("idx_qbr_publications_run_id", "run_id"),
)

metrics_history = Table(
    "qbr_metrics_history",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("period", String(7), nullable=False),
    Column("metric_name", String(100), nullable=False),
    vendor_reference(),
    Column("old_value", Numeric(14, 4)),
    Column("new_value", Numeric(14, 4)),
    Column("old_source", String(20)),
    Column("new_source", String(20), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("changed_by", String(100)),
    Column("note", Text),
    Column("run_id", Text),
    Column("publication_id", BigInteger, ForeignKey("qbr_publications.id")),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column(
        "transaction_id",
        BigInteger,
        nullable=False,
        server_default=text("((pg_current_xact_id())::text)::bigint"),
    ),
    Column("key_name", String(100)),
    CheckConstraint(
        "cause IN ('collection', 'entry', 'release', 'derived', 'recompute', 'adopted')",
        name="ck_qbr_metrics_history_cause",
    ),
    Index("idx_qbr_metrics_history_period_metric_name", "organization_id", "period", "metric_name", "id"),
    Index("idx_qbr_metrics_history_transaction_id", "transaction_id", "id"),
)

migration_rows = Table(
    "qbr_migration_rows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("table_name", Text, nullable=False),
    Column("row_id", Integer),
    moment("created_at", required=True, default=True),
)
