"""Rows of the monthly values that are none of ours: under a vendor that does not own their metric, or of no metric.

What belongs here: finding them, so that people hear of them. What does not: reading or writing their values: nothing
does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, not_, or_, select

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import is_month, metrics_monthly, vendor
from qbr_pipeline.store.vendors import owner_of


@dataclass(frozen=True, slots=True)
class ForeignRow:
    """A row that counts nowhere. `stands_under` and `owner` are the names of vendors; `value` None: it has none."""

    id: int
    month: Month
    metric: str
    stands_under: str
    owner: str
    value: Decimal | None


def foreign_rows(connection: Connection, db: Database, month: Month | None = None) -> list[ForeignRow]:
    """The rows of a month, or of all months, that stand under another vendor than the owner of their metric."""
    table = metrics_monthly
    query = (
        select(
            table.c.id,
            table.c.period,
            table.c.metric_name,
            table.c.vendor_id,
            table.c.metric_value,
            vendor.c.name,
        )
        .join(vendor, vendor.c.id == table.c.vendor_id)
        .where(
            table.c.organization_id == db.organization_id,
            table.c.metric_name.in_(list(METRICS)),
            is_month(table.c.period),
        )
        .order_by(table.c.period, table.c.metric_name, table.c.id)
    )
    if month is not None:
        query = query.where(table.c.period == str(month))
    owns = owner_of(connection)
    return [
        ForeignRow(number, Month.parse(period), key, name, METRICS[key].vendor.value, value)
        for number, period, key, vendor_id, value, name in connection.execute(query)
        if not owns(key, vendor_id)
    ]


def unknown_rows(connection: Connection, db: Database) -> list[tuple[str, str]]:
    """Period and metric of the rows that no month or metric of ours goes by, as they stand there."""
    table = metrics_monthly
    query = (
        select(table.c.period, table.c.metric_name)
        .where(
            table.c.organization_id == db.organization_id,
            or_(table.c.metric_name.not_in(list(METRICS)), not_(is_month(table.c.period))),
        )
        .order_by(table.c.period, table.c.metric_name)
    )
    return [(period, metric) for period, metric in connection.execute(query)]
