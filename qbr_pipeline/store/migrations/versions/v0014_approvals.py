"""For which night a collection was asked for, and who has approved that nights are collected."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_APPROVALS = """
ALTER TABLE qbr_collection_log ADD COLUMN scheduled_at timestamptz;
CREATE INDEX idx_qbr_collection_log_scheduled_at ON qbr_collection_log (organization_id, scheduled_at)
    WHERE scheduled_at IS NOT NULL;
CREATE TABLE qbr_approvals (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    purpose varchar(20) NOT NULL CONSTRAINT ck_qbr_approvals_purpose CHECK (purpose IN ('trial', 'production')),
    approved_by varchar(100) NOT NULL,
    reason text,
    evidence jsonb NOT NULL,
    approved_at timestamptz NOT NULL
);
CREATE INDEX idx_qbr_approvals_organization_id ON qbr_approvals (organization_id, id);
INSERT INTO qbr_approvals (organization_id, purpose, approved_by, reason, evidence, approved_at)
SELECT DISTINCT organization_id, 'production', 'qbr db upgrade', 'it collected before approvals were recorded',
       '{}'::jsonb, now()
  FROM qbr_collection_log WHERE run_id IS NOT NULL;
"""


def upgrade() -> None:
    """Add column and table. Who has collected until now goes on without being asked."""
    op.get_bind().exec_driver_sql(_APPROVALS)


def downgrade() -> None:
    """Drop what the upgrade made."""
    connection = op.get_bind()
    connection.exec_driver_sql("DROP TABLE qbr_approvals")
    connection.exec_driver_sql("ALTER TABLE qbr_collection_log DROP COLUMN scheduled_at")
