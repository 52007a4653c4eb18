"""Payroll of a month, from which and from the owner's pay employee expense follows."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_PAYROLLS = """
CREATE TABLE qbr_payrolls (
    organization_id integer NOT NULL REFERENCES organization (id),
    period varchar(7) NOT NULL,
    payroll numeric(14, 4) NOT NULL,
    entered_by varchar(100) NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, period)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.get_bind().exec_driver_sql(_PAYROLLS)


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_payrolls")
