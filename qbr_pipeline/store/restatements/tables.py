"""The tables of restatements: what a publication changed of a closed month, and the rows that explain it.

What belongs here: names and types of columns. What is written and read: `ledger`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from qbr_pipeline.store.schema import metadata, moment, organization_reference, vendor_reference

restatements = Table(
    "qbr_restatements",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    vendor_reference(),
    Column("period", String(7), nullable=False),
    Column("metric_name", String(100), nullable=False),
    Column("old_value", Numeric(14, 4), nullable=False),
    Column("new_value", Numeric(14, 4), nullable=False),
    Column("run_id", Text, nullable=False),
    Column("publication_id", BigInteger, ForeignKey("qbr_publications.id"), nullable=False),
    moment("published_at", required=True),
    Column("accepted_by", String(100)),
    Column("accepted_why", Text),
    Column("rule_change", Text),
    UniqueConstraint("publication_id", "metric_name", name="uq_qbr_restatements_publication_metric"),
    Index("idx_qbr_restatements_period", "organization_id", "period", "id"),
)

restatement_rows = Table(
    "qbr_restatement_rows",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("restatement_id", BigInteger, ForeignKey("qbr_restatements.id"), nullable=False),
    Column("source", String(20)),
    Column("source_id", Text),
    Column("title", Text),
    Column("company", Text),
    Column("kind", String(30), nullable=False),
    Column("cause", Text, nullable=False),
    Column("before", Numeric),
    Column("after", Numeric),
    Column("effect", Numeric, nullable=False),
    Index("idx_qbr_restatement_rows_restatement_id", "restatement_id", "id"),
)
