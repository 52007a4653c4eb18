"""Reading what is stored: for pages, checks, exports and assets.

What belongs here: questions within the transaction of whoever answers, answered with frozen values.
What does not: writing, opening a transaction, and computing what is not stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumberValue, explained
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published, read_publication
from qbr_pipeline.store.schema import is_month, metrics_monthly, metrics_quarterly, publications, smartnumbers
from qbr_pipeline.store.values import read_facts, stored
from qbr_pipeline.store.vendors import owner_of, vendors_by_id


@dataclass(frozen=True)
class QuarterlyValue:
    """A metric of a quarter, and the months that it was made of; `value` None: absent by now."""

    metric: str
    value: Decimal | None
    months_used: tuple[Month, ...]


PeriodT = TypeVar("PeriodT", bound=Period)

_OF_QUARTER = select(
    metrics_quarterly.c.metric_name, metrics_quarterly.c.metric_value, metrics_quarterly.c.months_used
).where(
    metrics_quarterly.c.organization_id == bindparam("organization"),
    metrics_quarterly.c.period == bindparam("period"),
)
_SMARTNUMBERS_OF_PERIODS = select(
    smartnumbers.c.period,
    smartnumbers.c.kpi_name,
    smartnumbers.c.kpi_value,
    smartnumbers.c.inputs,
    smartnumbers.c.months_used,
    smartnumbers.c.provisional,
    smartnumbers.c.calculation_method,
).where(
    smartnumbers.c.organization_id == bindparam("organization"),
    smartnumbers.c.period.in_(bindparam("periods", expanding=True)),
)
_month = lru_cache(maxsize=1024)(Month.parse)


def read_quarterly(connection: Connection, db: Database, quarter: Quarter) -> dict[str, QuarterlyValue]:
    """The rolled-up metrics of a quarter, by key, in the catalogue's order."""
    found = connection.execute(
        _OF_QUARTER, {"organization": db.organization_id, "period": str(quarter)}
    ).all()
    rows = {key: QuarterlyValue(key, stored(key, value), _months(used)) for key, value, used in found}
    return {key: rows[key] for key in METRICS if key in rows}


def read_smartnumbers(connection: Connection, db: Database, period: Period) -> dict[str, SmartNumberValue]:
    """The SmartNumbers of a month or quarter as they were last computed, by key, in their order."""
    return read_smartnumbers_of(connection, db, [period])[period]


def read_smartnumbers_of(
    connection: Connection, db: Database, periods: Sequence[PeriodT]
) -> dict[PeriodT, dict[str, SmartNumberValue]]:
    """The same of several periods, at one blow."""
    rows: dict[str, dict[str, SmartNumberValue]] = {str(period): {} for period in periods}
    wanted = {"organization": db.organization_id, "periods": list(rows)}
    for period, key, value, inputs, used, *others in connection.execute(_SMARTNUMBERS_OF_PERIODS, wanted):
        amounts = {name: Decimal(amount) for name, amount in inputs.items()}
        rows[period][key] = SmartNumberValue(key, value, amounts, _months(used), *others)
    return {
        period: {key: rows[str(period)][key] for key in SMARTNUMBERS if key in rows[str(period)]}
        for period in periods
    }


def explain(
    connection: Connection,
    db: Database,
    period: Period,
    numbers: Mapping[str, SmartNumberValue],
    now: datetime,
) -> Mapping[str, SmartNumberValue]:
    """`numbers` of the period with the reason beside each that has no value; `now` is aware."""
    if all(each.value is not None or each.absence is not None for each in numbers.values()):
        return numbers
    months = period.months if isinstance(period, Quarter) else (period,)
    return explained(period, numbers, [read_facts(connection, db, month, now) for month in months])


def metric_series(
    connection: Connection, db: Database, metric: str, first: Month, last: Month
) -> dict[Month, Decimal]:
    """The values of a metric from month to month, both included; what is absent has no key."""
    table = metrics_monthly
    query = select(table.c.period, table.c.vendor_id, table.c.metric_value).where(
        table.c.organization_id == db.organization_id,
        table.c.metric_name == metric,
        table.c.period.between(str(first), str(last)),
        is_month(table.c.period),
    )
    owns = owner_of(connection)
    found = {
        Month.parse(period): stored(metric, value)
        for period, vendor_id, value in connection.execute(query)
        if owns(metric, vendor_id)
    }
    return {month: value for month, value in found.items() if value is not None}


def smartnumber_series(
    connection: Connection, db: Database, key: str, first: Month, last: Month
) -> dict[Month, Decimal]:
    """The monthly values of a SmartNumber from month to month; what could not be computed has no key."""
    table = smartnumbers
    query = select(table.c.period, table.c.kpi_value).where(
        table.c.organization_id == db.organization_id,
        table.c.kpi_name == key,
        table.c.period_type == "monthly",
        table.c.period.between(str(first), str(last)),
    )
    found = connection.execute(query)
    return {Month.parse(period): value for period, value in found if value is not None}


def present_counts(connection: Connection, db: Database) -> dict[Month, int]:
    """How many metrics each month has a value of, oldest first; a month whose values were all released has no key."""
    table = metrics_monthly
    query = (
        select(table.c.period, table.c.metric_name, table.c.vendor_id)
        .where(
            table.c.organization_id == db.organization_id,
            table.c.metric_value.is_not(None),
            table.c.metric_name.in_(list(METRICS)),
            is_month(table.c.period),
        )
        .order_by(table.c.period)
    )
    owns = owner_of(connection)
    found = Counter(period for period, key, owner in connection.execute(query) if owns(key, owner))
    return {_month(period): count for period, count in found.items()}


def months_with_values(connection: Connection, db: Database) -> list[Month]:
    """The months that have any row, oldest first."""
    table = metrics_monthly
    query = (
        select(table.c.period)
        .where(table.c.organization_id == db.organization_id, is_month(table.c.period))
        .distinct()
    )
    return sorted(Month.parse(period) for period in connection.scalars(query))


def latest_publications(connection: Connection, db: Database) -> Mapping[tuple[Vendor, Month], Published]:
    """The current publication of every vendor and month that has one."""
    vendors = vendors_by_id(connection)
    table = publications
    found = connection.execute(
        select(table)
        .ext(distinct_on(table.c.vendor_id, table.c.period))
        .where(table.c.organization_id == db.organization_id)
        .order_by(table.c.vendor_id, table.c.period, table.c.id.desc())
    )
    newest = [read_publication(row, vendors[row.vendor_id]) for row in found if row.vendor_id in vendors]
    return {(each.vendor, each.month): each for each in newest}


def organization_name(connection: Connection, db: Database) -> str | None:
    """The name of the organization that this database is opened for; None when it has no row."""
    name: str | None = connection.execute(
        text("SELECT name FROM organization WHERE id = :id"), {"id": db.organization_id}
    ).scalar_one_or_none()
    return name


def _months(texts: list[str]) -> tuple[Month, ...]:
    return tuple(_month(month) for month in texts)
