"""Months of books that one run of a night has read along for the others."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_READ = """
CREATE TABLE qbr_books_read (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    period varchar(7) NOT NULL,
    read_at timestamptz NOT NULL,
    books jsonb NOT NULL,
    CONSTRAINT uq_qbr_books_read_period UNIQUE (organization_id, vendor_id, period)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.get_bind().exec_driver_sql(_READ)


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_books_read")
