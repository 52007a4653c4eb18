"""The table of alerts that go out: the outbox.

What belongs here: names and types of columns. What is read and written: `outbox`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, text

from qbr_pipeline.store.schema import created_and_updated, metadata, moment, organization_reference

alerts = Table(
    "qbr_alerts",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("destination", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    moment("next_try_at"),
    moment("delivered_at"),
    *created_and_updated(),
    Index("idx_qbr_alerts_destination_subject", "organization_id", "destination", "subject", "id"),
    Index("idx_qbr_alerts_undelivered", "organization_id", postgresql_where=text("delivered_at IS NULL")),
)
