"""The outbox of alerts: a row for each alert and destination, until it is delivered and after."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OUTBOX = """
CREATE TABLE qbr_alerts (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    destination varchar(40) NOT NULL,
    subject text NOT NULL,
    content text NOT NULL,
    urgent boolean NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_qbr_alerts_destination_subject ON qbr_alerts (organization_id, destination, subject, id);
CREATE INDEX idx_qbr_alerts_undelivered ON qbr_alerts (organization_id) WHERE delivered_at IS NULL;
"""


def upgrade() -> None:
    """Create the outbox; it fills as findings are alerted."""
    op.get_bind().exec_driver_sql(_OUTBOX)


def downgrade() -> None:
    """Drop the outbox."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_alerts")
