"""What a finding lists, as data: until now it was compared by its sentence."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LISTED = """
ALTER TABLE qbr_findings ADD COLUMN listed text[] NOT NULL DEFAULT '{}';
UPDATE qbr_findings
   SET listed = ARRAY[CASE WHEN rule IN ('unknown_board', 'absent') THEN sentence ELSE expected END]
 WHERE rule IN ('unknown_board', 'absent', 'excluded_organization', 'closed_status') AND state = 'open';
"""


def upgrade() -> None:
    """Add the column. Of an open finding it holds what it was compared by until its next review says what it lists."""
    op.get_bind().exec_driver_sql(_LISTED)


def downgrade() -> None:
    """Drop the column; the sentences still say what is listed."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_findings DROP COLUMN listed")
