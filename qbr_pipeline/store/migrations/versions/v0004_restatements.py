"""The ledger of restatements: what a publication changed of a closed month and which rows did it, append-only."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LEDGER = """
CREATE TABLE qbr_restatements (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    period varchar(7) NOT NULL,
    metric_name varchar(100) NOT NULL,
    old_value numeric(14, 4) NOT NULL,
    new_value numeric(14, 4) NOT NULL,
    run_id text NOT NULL,
    publication_id bigint NOT NULL REFERENCES qbr_publications (id),
    published_at timestamptz NOT NULL,
    CONSTRAINT uq_qbr_restatements_publication_metric UNIQUE (publication_id, metric_name)
);
CREATE INDEX idx_qbr_restatements_period ON qbr_restatements (organization_id, period, id);

CREATE TABLE qbr_restatement_rows (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    restatement_id bigint NOT NULL REFERENCES qbr_restatements (id),
    source varchar(20),
    source_id text,
    title text,
    company text,
    kind varchar(30) NOT NULL,
    cause text NOT NULL,
    before numeric,
    after numeric,
    effect numeric NOT NULL
);
CREATE INDEX idx_qbr_restatement_rows_restatement_id ON qbr_restatement_rows (restatement_id, id);
"""
_APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION qbr_refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION qbr_refuse_change();
"""


def upgrade() -> None:
    """Create both tables. The ledger begins here: what changed earlier is in the history and the row versions."""
    connection = op.get_bind()
    connection.exec_driver_sql(_LEDGER)
    for table in ("qbr_restatements", "qbr_restatement_rows"):
        connection.exec_driver_sql(_APPEND_ONLY.format(table=table))


def downgrade() -> None:
    """Drop what the upgrade made."""
    op.get_bind().exec_driver_sql("DROP TABLE qbr_restatement_rows, qbr_restatements")
