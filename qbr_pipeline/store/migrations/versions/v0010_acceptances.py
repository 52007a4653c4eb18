"""Who accepts that a closed month loses most of its rows; the ledger names them."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ACCEPTANCES = """
CREATE TABLE qbr_acceptances (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    period varchar(7) NOT NULL,
    source varchar(20) NOT NULL,
    publication_id bigint NOT NULL REFERENCES qbr_publications (id),
    rows integer NOT NULL,
    accepted_by varchar(100) NOT NULL,
    key_name varchar(100),
    reason text NOT NULL,
    accepted_at timestamptz NOT NULL
);
CREATE INDEX idx_qbr_acceptances_publication_id ON qbr_acceptances (publication_id);
ALTER TABLE qbr_restatements ADD COLUMN accepted_by varchar(100), ADD COLUMN accepted_why text;
"""


def upgrade() -> None:
    """Create the table, and the two columns of the ledger."""
    op.get_bind().exec_driver_sql(_ACCEPTANCES)


def downgrade() -> None:
    """Drop what the upgrade made."""
    connection = op.get_bind()
    connection.exec_driver_sql(
        "ALTER TABLE qbr_restatements DROP COLUMN accepted_by, DROP COLUMN accepted_why"
    )
    connection.exec_driver_sql("DROP TABLE qbr_acceptances")
