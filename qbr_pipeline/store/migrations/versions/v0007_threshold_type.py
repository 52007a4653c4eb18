"""Which threshold a finding is about, as data: until now only its sentence named it."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_THRESHOLD_TYPE = """
ALTER TABLE qbr_findings ADD COLUMN threshold_type varchar(20);
UPDATE qbr_findings
SET threshold_type = CASE
    WHEN position('the warning threshold of' IN sentence) > 0 THEN 'warning'
    WHEN position('the critical threshold of' IN sentence) > 0 THEN 'critical'
END
WHERE rule = 'threshold';
ALTER TABLE qbr_findings ADD CONSTRAINT ck_qbr_findings_threshold_type
    CHECK (threshold_type IN ('warning', 'critical'));
"""


def upgrade() -> None:
    """Add the column, and fill it from the sentences of the findings that are there."""
    op.get_bind().exec_driver_sql(_THRESHOLD_TYPE)


def downgrade() -> None:
    """Drop the column; the sentences still name the threshold."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_findings DROP COLUMN threshold_type")
