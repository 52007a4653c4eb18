"""Books: what their accounts posted, as rows like any other, and what people say that each counts as."""

from __future__ import annotations

from alembic import op

from qbr_pipeline.store.migrations.row_tables import row_tables

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ACCOUNTS = """
    source_id text NOT NULL,
    name text NOT NULL,
    section text NOT NULL,
    amount numeric NOT NULL,
    parents text NOT NULL,
    parent_names text NOT NULL,
    counts_as text,
    counted numeric NOT NULL,
    reason text NOT NULL,
"""
_MAPPINGS = """
CREATE TABLE qbr_account_mappings (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    account text,
    section varchar(30),
    name text NOT NULL,
    counts_as varchar(100),
    with_sub_accounts boolean NOT NULL,
    negated boolean NOT NULL,
    since varchar(7),
    mapped_by varchar(100) NOT NULL,
    key_name varchar(100),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    ended_by varchar(100),
    CONSTRAINT ck_qbr_account_mappings_subject CHECK ((account IS NULL) <> (section IS NULL))
);
CREATE UNIQUE INDEX uq_qbr_account_mappings_current ON qbr_account_mappings
    (organization_id, COALESCE(account, ''), COALESCE(section, ''), COALESCE(since, '')) WHERE valid_to IS NULL;
"""


def upgrade() -> None:
    """Create the tables."""
    connection = op.get_bind()
    connection.exec_driver_sql(row_tables("accounts", _ACCOUNTS))
    connection.exec_driver_sql(_MAPPINGS)


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_account_mappings, qbr_staged_accounts, qbr_accounts")
