"""Which device snapshot a person accepts, although it looked half done."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    connection = op.get_bind()
    connection.exec_driver_sql("ALTER TABLE qbr_acceptances ADD COLUMN snapshot_date date")


def downgrade() -> None:
    """Drop what the upgrade made."""
    connection = op.get_bind()
    connection.exec_driver_sql("DELETE FROM qbr_acceptances WHERE snapshot_date IS NOT NULL")
    connection.exec_driver_sql("ALTER TABLE qbr_acceptances DROP COLUMN snapshot_date")
