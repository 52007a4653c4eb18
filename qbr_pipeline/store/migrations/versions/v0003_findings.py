"""What the rules have found, what people say of it, and every change of that, append-only."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FINDINGS = """
CREATE TABLE qbr_findings (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    subject varchar(100) NOT NULL,
    period varchar(7) NOT NULL,
    rule varchar(30) NOT NULL,
    scope varchar(100) NOT NULL,
    severity varchar(10) NOT NULL,
    value numeric,
    expected text NOT NULL,
    sentence text NOT NULL,
    moves text[] NOT NULL DEFAULT '{}',
    state varchar(20) NOT NULL DEFAULT 'open',
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by varchar(100),
    key_name varchar(100),
    reason text,
    until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_qbr_findings_fingerprint UNIQUE (organization_id, subject, period, rule),
    CONSTRAINT ck_qbr_findings_severity CHECK (severity IN ('warn', 'error')),
    CONSTRAINT ck_qbr_findings_state CHECK (state IN ('open', 'acknowledged', 'expected', 'resolved'))
);
CREATE INDEX idx_qbr_findings_period_scope ON qbr_findings (organization_id, period, scope);
CREATE INDEX idx_qbr_findings_state ON qbr_findings (organization_id, state);

CREATE TABLE qbr_finding_events (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    finding_id bigint NOT NULL REFERENCES qbr_findings (id),
    old_state varchar(20),
    new_state varchar(20) NOT NULL,
    severity varchar(10) NOT NULL,
    value numeric,
    changed_by varchar(100),
    key_name varchar(100),
    reason text,
    until timestamptz,
    changed_at timestamptz NOT NULL
);
CREATE INDEX idx_qbr_finding_events_finding_id ON qbr_finding_events (finding_id, id);

CREATE FUNCTION qbr_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' is refused';
END
$$;
CREATE TRIGGER qbr_finding_events_append_only BEFORE UPDATE OR DELETE ON qbr_finding_events
    FOR EACH ROW EXECUTE FUNCTION qbr_refuse_change();
CREATE TRIGGER qbr_finding_events_no_truncate BEFORE TRUNCATE ON qbr_finding_events
    FOR EACH STATEMENT EXECUTE FUNCTION qbr_refuse_change();
"""


def upgrade() -> None:
    """Create both tables; the next review of each month fills them."""
    op.get_bind().exec_driver_sql(_FINDINGS)


def downgrade() -> None:
    """Drop what the upgrade made."""
    connection = op.get_bind()
    connection.exec_driver_sql("DROP TABLE qbr_finding_events, qbr_findings")
    connection.exec_driver_sql("DROP FUNCTION qbr_refuse_change()")
