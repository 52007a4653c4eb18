"""Consent of a firm to read its books at a vendor, with its tokens, encrypted."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_GRANTS = """
CREATE TABLE qbr_grants (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    company_id text NOT NULL,
    company text NOT NULL,
    environment text NOT NULL,
    basis varchar(10) NOT NULL,
    currency varchar(3) NOT NULL,
    access_token text NOT NULL,
    refresh_token text NOT NULL,
    access_ends_at timestamptz NOT NULL,
    refresh_ends_at timestamptz NOT NULL,
    consent_ends_at timestamptz,
    refreshed_at timestamptz NOT NULL,
    connected_at timestamptz NOT NULL,
    connected_by varchar(100) NOT NULL,
    ended_at timestamptz,
    CONSTRAINT uq_qbr_grants_organization_vendor UNIQUE (organization_id, vendor_id)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.get_bind().exec_driver_sql(_GRANTS)


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_grants")
