"""The history knows one more cause: a value that was adopted from another program's tables."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CAUSES = "'collection', 'entry', 'release', 'derived', 'recompute'"
_CHANGE = """
ALTER TABLE qbr_metrics_history DROP CONSTRAINT ck_qbr_metrics_history_cause;
ALTER TABLE qbr_metrics_history ADD CONSTRAINT ck_qbr_metrics_history_cause CHECK (cause IN ({})) {};
"""


def upgrade() -> None:
    """Allow it."""
    op.get_bind().exec_driver_sql(_CHANGE.format(f"{_CAUSES}, 'adopted'", ""))


def downgrade() -> None:
    """Allow no more of it; what the history holds of it already stays, since nothing of a history is ever removed."""
    op.get_bind().exec_driver_sql(_CHANGE.format(_CAUSES, "NOT VALID"))
