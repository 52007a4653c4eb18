"""The thresholds that people have set: reading them. What they mean is said by `metrics.thresholds`."""

from __future__ import annotations

from sqlalchemy import select

from qbr_pipeline.metrics.thresholds import Threshold, ThresholdType
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import thresholds


def limits(db: Database) -> list[Threshold]:
    """Every threshold of the organization, by metric, the critical one before the warning one."""
    table = thresholds
    query = (
        select(table)
        .where(table.c.organization_id == db.organization_id)
        .order_by(table.c.metric_name, table.c.threshold_type)
    )
    with db.read() as connection:
        return [
            Threshold(row.metric_name, ThresholdType(row.threshold_type), row.threshold_value)
            for row in connection.execute(query)
        ]
