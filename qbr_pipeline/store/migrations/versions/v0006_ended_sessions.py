"""Sessions that people signed out of, until they would have expired."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ENDED = """
CREATE TABLE qbr_ended_sessions (
    session_id text PRIMARY KEY,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_qbr_ended_sessions_ends_at ON qbr_ended_sessions (ends_at);
"""


def upgrade() -> None:
    """Create the table; it is empty until somebody signs out."""
    op.get_bind().exec_driver_sql(_ENDED)


def downgrade() -> None:
    """Drop the table."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_ended_sessions")
