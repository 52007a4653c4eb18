"""The ledger says when a restated month is counted by another rule than before."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_restatements ADD COLUMN rule_change text")


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_restatements DROP COLUMN rule_change")
