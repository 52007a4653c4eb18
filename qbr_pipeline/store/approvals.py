"""Who has approved that nights are collected, when, and on which evidence.

What belongs here: the table, and what is read and written of it. What is evidence: `review.readiness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import metadata, moment, organization_reference, read_as

approvals = Table(
    "qbr_approvals",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("purpose", String(20), nullable=False),
    Column("approved_by", String(100), nullable=False),
    Column("reason", Text),
    Column("evidence", JSONB, nullable=False),
    moment("approved_at", required=True),
    CheckConstraint("purpose IN ('trial', 'production')", name="ck_qbr_approvals_purpose"),
    Index("idx_qbr_approvals_organization_id", "organization_id", "id"),
)


class Purpose(StrEnum):
    """What nights are collected for: to see whether they can be trusted, or because they can."""

    TRIAL = "trial"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved the nights, at an aware moment; `evidence` is what was known then, as JSON.

    `reason`: why in spite of what was missing; None when nothing was.
    """

    purpose: Purpose
    approved_by: str
    approved_at: datetime
    evidence: Mapping[str, Any]
    reason: str | None = None


def approve(connection: Connection, db: Database, approval: Approval) -> None:
    """Record an approval; those of before stay."""
    connection.execute(
        insert(approvals).values(
            organization_id=db.organization_id,
            purpose=approval.purpose.value,
            approved_by=approval.approved_by,
            reason=approval.reason,
            evidence=dict(approval.evidence),
            approved_at=approval.approved_at,
        )
    )


def last_approval(connection: Connection, db: Database) -> Approval | None:
    """The last approval of the organization's nights, one for production before any trial; None: nobody did."""
    query = (
        select(approvals)
        .where(approvals.c.organization_id == db.organization_id)
        .order_by(approvals.c.purpose, approvals.c.id.desc())  # production comes first
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else read_as(Approval, found, purpose=Purpose(found.purpose))
