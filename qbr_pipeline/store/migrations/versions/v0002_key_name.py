"""The history keeps the name of the API key beside who is said to have entered a value."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is in the history came without a key."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_metrics_history ADD COLUMN key_name varchar(100)")


def downgrade() -> None:
    """Drop the column."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_metrics_history DROP COLUMN key_name")
