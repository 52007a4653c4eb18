"""One fact about a source is one finding that lists its months: those of several months become one."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UPGRADE = """
ALTER TABLE qbr_findings ADD COLUMN months jsonb;

CREATE TEMPORARY TABLE qbr_facts ON COMMIT DROP AS
SELECT *, first_value(id) OVER (
           PARTITION BY organization_id, subject, rule ORDER BY (state <> 'resolved') DESC, period DESC
       ) AS kept
  FROM qbr_findings
 WHERE rule IN ('unknown_board', 'excluded_organization', 'node_class');

UPDATE qbr_findings f
   SET first_seen = facts.first_seen, last_seen = facts.last_seen, months = facts.months
  FROM (SELECT kept, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
               coalesce(
                   jsonb_object_agg(period, jsonb_build_object(
                       'rule', rule, 'severity', severity, 'subject', subject,
                       'period', jsonb_build_object('year', left(period, 4)::int, 'month', right(period, 2)::int),
                       'value', value::text, 'expected', expected, 'sentence', sentence, 'moves', to_jsonb(moves)))
                   FILTER (WHERE state <> 'resolved'), '{}') AS months
          FROM qbr_facts GROUP BY kept) facts
 WHERE f.id = facts.kept;

ALTER TABLE qbr_finding_events DISABLE TRIGGER qbr_finding_events_append_only;
UPDATE qbr_finding_events e SET finding_id = f.kept FROM qbr_facts f WHERE e.finding_id = f.id AND f.id <> f.kept;
ALTER TABLE qbr_finding_events ENABLE TRIGGER qbr_finding_events_append_only;
DELETE FROM qbr_findings f USING qbr_facts WHERE f.id = qbr_facts.id AND f.id <> qbr_facts.kept;

CREATE UNIQUE INDEX uq_qbr_findings_fact ON qbr_findings (organization_id, subject, rule) WHERE months IS NOT NULL;
"""


def upgrade() -> None:
    """Add the column, and bring the findings of several months about one fact together; their events go along."""
    op.get_bind().exec_driver_sql(_UPGRADE)


def downgrade() -> None:
    """Drop the column: each fact stays as a finding of its newest month, the others are found again."""
    op.get_bind().exec_driver_sql("ALTER TABLE qbr_findings DROP COLUMN months")
