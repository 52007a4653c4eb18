"""The tables of findings: what the rules have found, and every change of what is thought of it.

What belongs here: names and types of columns. What is read and written: `reading`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from qbr_pipeline.store.schema import created_and_updated, metadata, moment, organization_reference

findings = Table(
    "qbr_findings",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("subject", String(100), nullable=False),
    Column("period", String(7), nullable=False),
    Column("rule", String(30), nullable=False),
    Column("scope", String(100), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("value", Numeric),
    Column("expected", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("moves", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("threshold_type", String(20)),
    Column("listed", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("months", JSONB(none_as_null=True)),
    Column("state", String(20), nullable=False, server_default=text("'open'")),
    moment("first_seen", required=True),
    moment("last_seen", required=True),
    moment("changed_at", required=True),
    Column("changed_by", String(100)),
    Column("key_name", String(100)),
    Column("reason", Text),
    moment("until"),
    *created_and_updated(),
    UniqueConstraint("organization_id", "subject", "period", "rule", name="uq_qbr_findings_fingerprint"),
    CheckConstraint("severity IN ('warn', 'error')", name="ck_qbr_findings_severity"),
    CheckConstraint("threshold_type IN ('warning', 'critical')", name="ck_qbr_findings_threshold_type"),
    CheckConstraint(
        "state IN ('open', 'acknowledged', 'expected', 'resolved')", name="ck_qbr_findings_state"
    ),
    Index(
        "uq_qbr_findings_fact",
        "organization_id",
        "subject",
        "rule",
        unique=True,
        postgresql_where=text("months IS NOT NULL"),
    ),
    Index("idx_qbr_findings_period_scope", "organization_id", "period", "scope"),
    Index("idx_qbr_findings_state", "organization_id", "state"),
)

finding_events = Table(
    "qbr_finding_events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("finding_id", BigInteger, ForeignKey("qbr_findings.id"), nullable=False),
    Column("old_state", String(20)),
    Column("new_state", String(20), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("value", Numeric),
    Column("changed_by", String(100)),
    Column("key_name", String(100)),
    Column("reason", Text),
    moment("until"),
    moment("changed_at", required=True),
    Index("idx_qbr_finding_events_finding_id", "finding_id", "id"),
)
