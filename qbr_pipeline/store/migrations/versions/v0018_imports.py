"""Which files were imported, what each changed, and what people said that labels mean."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_IMPORTS = """
CREATE TABLE qbr_imports (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    kind varchar(20) NOT NULL,
    file_name varchar(255) NOT NULL,
    digest char(64) NOT NULL,
    company varchar(200),
    basis varchar(10),
    months text[] NOT NULL,
    imported_by varchar(100) NOT NULL,
    reason text,
    key_name varchar(100),
    imported_at timestamptz NOT NULL,
    transaction_id bigint NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,
    undone_by varchar(100),
    undone_reason text,
    undone_at timestamptz
);
CREATE INDEX idx_qbr_imports_organization_id ON qbr_imports (organization_id, id);
CREATE TABLE qbr_import_values (
    import_id bigint NOT NULL REFERENCES qbr_imports (id),
    period varchar(7) NOT NULL,
    metric_name varchar(100) NOT NULL,
    cell varchar(100) NOT NULL,
    old_value numeric(14, 4),
    old_source varchar(20),
    new_value numeric(14, 4) NOT NULL,
    PRIMARY KEY (import_id, period, metric_name)
);
CREATE TABLE qbr_import_labels (
    organization_id integer NOT NULL REFERENCES organization (id),
    section varchar(200) NOT NULL,
    label varchar(200) NOT NULL,
    metric_name varchar(100),
    set_by varchar(100) NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, section, label)
);
"""


def upgrade() -> None:
    """Add the tables."""
    op.get_bind().exec_driver_sql(_IMPORTS)


def downgrade() -> None:
    """Drop them. The values stay, with their history."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_import_labels, qbr_import_values, qbr_imports")
