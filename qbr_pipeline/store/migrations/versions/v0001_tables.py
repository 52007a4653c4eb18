"""The tables: values, SmartNumbers, thresholds, log, history, publications, and versioned raw rows.

Wider than first planned: metric_value is numeric(14,4), because ratios such as gross margin keep four
decimals and ten digits before the point still hold any amount of an MSP; a quarter's sum of three such
values, or of months of dollars, needs two digits more; a SmartNumber divides dollars by as little as a
hundredth of an employee and multiplies by twelve, hence numeric(20,4). calculation_method is text, because it
holds formula, inputs and months.
"""

from __future__ import annotations

from alembic import context, op

from qbr_pipeline.store.migrations.foreign_rows import (
    add_rows,
    create_missing_tables,
    move_sequences_beyond,
    remove_what_we_added,
)
from qbr_pipeline.store.migrations.row_tables import row_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BOOKKEEPING = """
CREATE TABLE qbr_migration_rows (
    id serial PRIMARY KEY,
    table_name text NOT NULL,
    row_id integer,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

_VALUES = """
CREATE TABLE qbr_metrics_monthly (
    id serial PRIMARY KEY,
    period varchar(7) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    metric_name varchar(100) NOT NULL,
    metric_value numeric(14, 4),
    data_source varchar(20) NOT NULL DEFAULT 'collected',
    collected_at timestamptz,
    manually_entered_by varchar(100),
    notes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_metrics_monthly_period_metric_org_vendor
        UNIQUE (period, metric_name, organization_id, vendor_id),
    CONSTRAINT ck_qbr_metrics_monthly_data_source CHECK (data_source IN ('collected', 'manual'))
);
CREATE INDEX idx_qbr_metrics_monthly_period ON qbr_metrics_monthly (period);
CREATE INDEX idx_qbr_metrics_monthly_metric_name ON qbr_metrics_monthly (metric_name);
CREATE INDEX idx_qbr_metrics_monthly_organization_id ON qbr_metrics_monthly (organization_id);
CREATE INDEX idx_qbr_metrics_monthly_vendor_id ON qbr_metrics_monthly (vendor_id);
CREATE INDEX idx_qbr_metrics_monthly_period_metric_name ON qbr_metrics_monthly (period, metric_name);
CREATE INDEX idx_qbr_metrics_monthly_data_source ON qbr_metrics_monthly (data_source);

CREATE TABLE qbr_metrics_quarterly (
    id serial PRIMARY KEY,
    period varchar(7) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id),
    metric_name varchar(100) NOT NULL,
    metric_value numeric(16, 4),
    months_used text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_metrics_quarterly_period_metric_org UNIQUE (period, metric_name, organization_id)
);
CREATE INDEX idx_qbr_metrics_quarterly_period ON qbr_metrics_quarterly (period);
CREATE INDEX idx_qbr_metrics_quarterly_metric_name ON qbr_metrics_quarterly (metric_name);
CREATE INDEX idx_qbr_metrics_quarterly_organization_id ON qbr_metrics_quarterly (organization_id);

CREATE TABLE qbr_smartnumbers (
    id serial PRIMARY KEY,
    period varchar(7) NOT NULL,
    period_type varchar(20) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id),
    kpi_name varchar(100) NOT NULL,
    kpi_value numeric(20, 4),
    calculation_method text,
    inputs jsonb NOT NULL DEFAULT '{}',
    months_used text[] NOT NULL DEFAULT '{}',
    provisional boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_smartnumbers_period_kpi_org UNIQUE (period, kpi_name, organization_id),
    CONSTRAINT ck_qbr_smartnumbers_period_type CHECK (period_type IN ('monthly', 'quarterly'))
);
CREATE INDEX idx_qbr_smartnumbers_period ON qbr_smartnumbers (period);
CREATE INDEX idx_qbr_smartnumbers_kpi_name ON qbr_smartnumbers (kpi_name);
CREATE INDEX idx_qbr_smartnumbers_organization_id ON qbr_smartnumbers (organization_id);

CREATE TABLE qbr_thresholds (
    id serial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    metric_name varchar(100) NOT NULL,
    threshold_type varchar(20) NOT NULL,
    threshold_value numeric(12, 4) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_thresholds_metric_type_org UNIQUE (metric_name, threshold_type, organization_id),
    CONSTRAINT ck_qbr_thresholds_threshold_type CHECK (threshold_type IN ('warning', 'critical'))
);
CREATE INDEX idx_qbr_thresholds_metric_name ON qbr_thresholds (metric_name);
CREATE INDEX idx_qbr_thresholds_organization_id ON qbr_thresholds (organization_id);

CREATE TABLE qbr_collection_log (
    id serial PRIMARY KEY,
    collection_started_at timestamptz NOT NULL,
    collection_ended_at timestamptz,
    period varchar(7) NOT NULL,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    run_id text,
    status varchar(20) NOT NULL,
    error_message text,
    metrics_collected integer,
    duration_seconds integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_qbr_collection_log_status CHECK (status IN ('success', 'partial', 'failed'))
);
CREATE INDEX idx_qbr_collection_log_collection_started_at ON qbr_collection_log (collection_started_at);
CREATE INDEX idx_qbr_collection_log_period ON qbr_collection_log (period);
CREATE INDEX idx_qbr_collection_log_vendor_id ON qbr_collection_log (vendor_id);
CREATE INDEX idx_qbr_collection_log_status ON qbr_collection_log (status);
CREATE UNIQUE INDEX uq_qbr_collection_log_run_id_period_vendor_id
    ON qbr_collection_log (run_id, period, vendor_id) WHERE run_id IS NOT NULL;
"""

_HISTORY = """
CREATE TABLE qbr_publications (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    period varchar(7) NOT NULL,
    run_id text NOT NULL,
    fetch_started_at timestamptz NOT NULL,
    collected_as_of timestamptz NOT NULL,
    published_at timestamptz NOT NULL,
    closed boolean NOT NULL,
    found jsonb NOT NULL,
    snapshot_date date,
    snapshot_suspect boolean NOT NULL,
    facts jsonb NOT NULL
);
CREATE INDEX idx_qbr_publications_period ON qbr_publications (organization_id, vendor_id, period, id);
CREATE INDEX idx_qbr_publications_run_id ON qbr_publications (run_id);

CREATE TABLE qbr_metrics_history (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    period varchar(7) NOT NULL,
    metric_name varchar(100) NOT NULL,
    vendor_id integer NOT NULL REFERENCES vendor (id),
    old_value numeric(14, 4),
    new_value numeric(14, 4),
    old_source varchar(20),
    new_source varchar(20) NOT NULL,
    cause varchar(20) NOT NULL,
    changed_by varchar(100),
    note text,
    run_id text,
    publication_id bigint REFERENCES qbr_publications (id),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT ck_qbr_metrics_history_cause
        CHECK (cause IN ('collection', 'entry', 'release', 'derived', 'recompute'))
);
CREATE INDEX idx_qbr_metrics_history_period_metric_name
    ON qbr_metrics_history (organization_id, period, metric_name, id);
CREATE INDEX idx_qbr_metrics_history_transaction_id ON qbr_metrics_history (transaction_id, id);

CREATE FUNCTION qbr_refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = 'qbr_metrics_history is append-only: ' || TG_OP || ' is refused';
END
$$;
CREATE TRIGGER qbr_metrics_history_append_only BEFORE UPDATE OR DELETE ON qbr_metrics_history
    FOR EACH ROW EXECUTE FUNCTION qbr_refuse_history_change();
CREATE TRIGGER qbr_metrics_history_no_truncate BEFORE TRUNCATE ON qbr_metrics_history
    FOR EACH STATEMENT EXECUTE FUNCTION qbr_refuse_history_change();
"""

_STAGES = """
CREATE TABLE qbr_stages (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    source varchar(20) NOT NULL,
    period varchar(7) NOT NULL,
    run_id text NOT NULL,
    fetch_started_at timestamptz NOT NULL,
    collected_as_of timestamptz NOT NULL,
    source_count integer,
    fetched_count integer NOT NULL,
    reads integer NOT NULL,
    row_count integer NOT NULL,
    found jsonb NOT NULL,
    snapshot_date date,
    snapshot_suspect boolean NOT NULL,
    facts jsonb NOT NULL,
    staged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT uq_qbr_stages_source_period_run UNIQUE (organization_id, source, period, run_id)
);
CREATE INDEX idx_qbr_stages_staged_at ON qbr_stages (staged_at);
"""

_ROWS = {
    "tickets": """
    source_id bigint NOT NULL,
    summary text,
    board text,
    status text,
    company text,
    parent_id bigint,
    type text,
    priority text,
    owner text,
    entered_at timestamptz,
    closed_at timestamptz,
    actual_hours numeric,
    counts_as_created boolean NOT NULL,
    created_reason text NOT NULL,
    counts_as_closed boolean NOT NULL,
    closed_reason text NOT NULL,
""",
    "time_entries": """
    source_id bigint NOT NULL,
    ticket_id bigint,
    ticket_summary text,
    board text,
    company text,
    member text,
    hours numeric,
    entered_at timestamptz,
    counts boolean NOT NULL,
    reason text NOT NULL,
""",
    "devices": """
    source_id text NOT NULL,
    name text,
    organization text,
    location text,
    node_class text,
    counts_as_endpoint boolean NOT NULL,
    counts_as_seat boolean NOT NULL,
    reason text NOT NULL,
""",
}


def upgrade() -> None:
    """Create everything; in tables of others, only add rows."""
    connection = op.get_bind()
    connection.exec_driver_sql(_BOOKKEEPING)
    create_missing_tables(connection)
    add_rows(connection, context.config.attributes["organization_name"])
    for sql in (_VALUES, _HISTORY, _STAGES, *(row_tables(*rows) for rows in _ROWS.items())):
        connection.exec_driver_sql(sql)
    move_sequences_beyond(connection)


def downgrade() -> None:
    """Remove what the upgrade made; rows of ours that others refer to by now stay, and a note says so."""
    connection = op.get_bind()
    for name in _ROWS:
        connection.exec_driver_sql(f"DROP TABLE qbr_staged_{name}, qbr_{name}")
    connection.exec_driver_sql(
        "DROP TABLE qbr_stages, qbr_metrics_history, qbr_publications, qbr_collection_log, qbr_thresholds, "
        "qbr_smartnumbers, qbr_metrics_quarterly, qbr_metrics_monthly"
    )
    connection.exec_driver_sql("DROP FUNCTION qbr_refuse_history_change()")
    context.config.attributes["notes"].extend(remove_what_we_added(connection))
    connection.exec_driver_sql("DROP TABLE qbr_migration_rows")
