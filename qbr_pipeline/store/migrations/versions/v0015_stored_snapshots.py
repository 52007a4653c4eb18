"""Device snapshots of our own, for those without an inventory database: each night's fleet, device by device."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE qbr_device_snapshots (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    snapshot_date date NOT NULL,
    taken_at timestamptz NOT NULL,
    devices integer NOT NULL,
    run_id text NOT NULL,
    CONSTRAINT uq_qbr_device_snapshots_snapshot_date UNIQUE (organization_id, snapshot_date)
);
CREATE TABLE qbr_device_versions (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    source_id text NOT NULL,
    display_name text,
    hostname text,
    organization text,
    location text,
    node_class text,
    approval_status text,
    created date,
    unseen_since date,
    first_date date NOT NULL,
    end_date date
);
CREATE UNIQUE INDEX uq_qbr_device_versions_current ON qbr_device_versions (organization_id, source_id)
    WHERE end_date IS NULL;
CREATE INDEX idx_qbr_device_versions_first_date ON qbr_device_versions (organization_id, first_date);
"""


def upgrade() -> None:
    """Create the two tables."""
    op.get_bind().exec_driver_sql(_TABLES)


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_device_versions, qbr_device_snapshots")
