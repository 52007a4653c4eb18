"""Tables of raw rows, as migrations make them for each source of a vendor."""

from __future__ import annotations


def row_tables(name: str, columns: str) -> str:
    """SQL for the tables of a source's rows: staged, and as versions. `columns`: those of a row, `source_id` first."""
    return f"""
CREATE TABLE qbr_staged_{name} (
    stage_id bigint NOT NULL REFERENCES qbr_stages (id) ON DELETE CASCADE,
{columns}
    PRIMARY KEY (stage_id, source_id)
);
CREATE TABLE qbr_{name} (
    id bigserial PRIMARY KEY,
    organization_id integer NOT NULL REFERENCES organization (id),
    vendor_id integer NOT NULL REFERENCES vendor (id),
    period varchar(7) NOT NULL,
{columns}
    valid_from timestamptz NOT NULL,
    valid_to timestamptz
);
CREATE UNIQUE INDEX uq_qbr_{name}_current
    ON qbr_{name} (organization_id, vendor_id, period, source_id) WHERE valid_to IS NULL;
CREATE INDEX idx_qbr_{name}_period_valid_from ON qbr_{name} (organization_id, vendor_id, period, valid_from);
"""
