"""What follows from a month's values: derived metrics, SmartNumbers, and the quarter.

What belongs here: computing it by the rules of `metrics` and writing what has changed. Collections, people's
entries and assets all come here. What does not: any formula.

Every function takes the quarter's lock of the transaction it is given, and expects `now` aware.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind
from qbr_pipeline.metrics.derived import derive, totals
from qbr_pipeline.metrics.rollup import QuarterValue, roll_up
from qbr_pipeline.metrics.smartnumbers import (
    SmartNumberValue,
    monthly_smartnumbers,
    quarterly_smartnumbers,
)
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store.database import Database, clock, lock_quarter
from qbr_pipeline.store.payroll import follow_payroll
from qbr_pipeline.store.rows.snapshots import with_remarks
from qbr_pipeline.store.schema import metrics_quarterly, smartnumbers
from qbr_pipeline.store.values import (
    DataSource,
    NewValue,
    Origin,
    ValueChange,
    ValueChangeCause,
    manual,
    present,
    read_facts,
    read_values,
    write_values,
)

DERIVED = tuple(metric.key for metric in METRICS.values() if metric.kind is MetricKind.DERIVED)


@dataclass(frozen=True)
class QuarterRefresh:
    """What a quarter's months make of it, and how many stored rows that changed."""

    values: Mapping[str, QuarterValue]
    smartnumbers: Mapping[str, SmartNumberValue]
    rows_written: int


def refresh_metrics(
    connection: Connection,
    db: Database,
    month: Month,
    *,
    run_id: str | None = None,
    cause: ValueChangeCause = ValueChangeCause.DERIVED,
    origin: Origin | None = None,
) -> tuple[ValueChange, ...]:
    """Compute the month's derived metrics anew, and what comes from payroll; write those that changed, with history.

    One that can no longer be computed becomes absent; one that a person entered stays. `origin` is that of
    the change which this follows; without it, `run_id` and `cause` say why.
    """
    lock_quarter(connection, db, month.quarter)
    if origin is None:
        origin = Origin(cause, clock(connection), run_id=run_id)
    changes = follow_payroll(connection, db, month, origin)
    values = read_values(connection, db, month)
    entered = totals(manual(values))
    computed = derive(present(values), entered)
    new = {
        key: NewValue(computed.get(key), DataSource.COLLECTED)
        for key in DERIVED
        if key not in entered and (key in computed or key in values)
    }
    follows = Origin(
        cause,
        origin.at,
        by=origin.by,
        run_id=origin.run_id,
        publication_id=origin.publication_id,
        key_name=origin.key_name,
    )
    return changes + write_values(connection, db, month, new, follows)


def refresh_smartnumbers(
    connection: Connection, db: Database, month: Month, now: datetime
) -> dict[str, SmartNumberValue]:
    """Compute the month's 18 SmartNumbers from the stored values and write those that changed."""
    lock_quarter(connection, db, month.quarter)
    computed = monthly_smartnumbers(with_remarks(connection, db, read_facts(connection, db, month, now)))
    _write_smartnumbers(connection, db, month, computed)
    return computed


def refresh_quarter(connection: Connection, db: Database, quarter: Quarter, now: datetime) -> QuarterRefresh:
    """Roll the quarter's months up and compute its 18 SmartNumbers; write what changed.

    A metric that no month has any more becomes absent.
    """
    lock_quarter(connection, db, quarter)
    facts = [with_remarks(connection, db, read_facts(connection, db, month, now)) for month in quarter.months]
    rolled = roll_up(quarter, facts)
    computed = quarterly_smartnumbers(quarter, facts)
    written = _write_quarterly(connection, db, quarter, rolled)
    written += _write_smartnumbers(connection, db, quarter, computed)
    return QuarterRefresh(rolled, computed, written)


def refresh_month(
    connection: Connection,
    db: Database,
    month: Month,
    now: datetime,
    *,
    origin: Origin | None = None,
) -> tuple[ValueChange, ...]:
    """All that follows from the month's values: derived metrics, its SmartNumbers, its quarter."""
    changes = refresh_metrics(connection, db, month, origin=origin)
    refresh_smartnumbers(connection, db, month, now)
    refresh_quarter(connection, db, month.quarter, now)
    return changes


def _write_smartnumbers(
    connection: Connection, db: Database, period: Period, computed: Mapping[str, SmartNumberValue]
) -> int:
    rows = [
        {
            "organization_id": db.organization_id,
            "period": str(period),
            "period_type": "monthly" if isinstance(period, Month) else "quarterly",
            "kpi_name": key,
            "kpi_value": result.value,
            "calculation_method": result.method,
            "inputs": {name: format(value, "f") for name, value in result.inputs.items()},
            "months_used": [str(month) for month in result.months_used],
            "provisional": result.provisional,
        }
        for key, result in computed.items()
    ]
    compared = ("kpi_value", "calculation_method", "inputs", "months_used", "provisional")
    return _upsert(connection, smartnumbers, rows, ("period", "kpi_name", "organization_id"), compared)


def _write_quarterly(
    connection: Connection, db: Database, quarter: Quarter, rolled: Mapping[str, QuarterValue]
) -> int:
    table = metrics_quarterly
    known = connection.scalars(
        select(table.c.metric_name).where(
            table.c.organization_id == db.organization_id, table.c.period == str(quarter)
        )
    )
    key = {"organization_id": db.organization_id, "period": str(quarter)}
    rows: list[dict[str, Any]] = [
        {**key, "metric_name": name, "metric_value": None, "months_used": []}
        for name in known
        if name not in rolled
    ]
    rows += [
        {
            **key,
            "metric_name": name,
            "metric_value": value.value,
            "months_used": [str(month) for month in value.months_used],
        }
        for name, value in rolled.items()
    ]
    unique = ("period", "metric_name", "organization_id")
    return _upsert(connection, table, rows, unique, ("metric_value", "months_used"))


def _upsert(
    connection: Connection,
    table: Table,
    rows: list[dict[str, Any]],
    unique: Iterable[str],
    compared: Iterable[str],
) -> int:
    """Insert rows or bring them up to date; rows that are the same already are not written. How many were."""
    if not rows:
        return 0
    new = insert(table).values(rows)
    names = tuple(compared)
    statement = new.on_conflict_do_update(
        index_elements=[table.c[name] for name in unique],
        set_={**{name: new.excluded[name] for name in names}, "updated_at": func.clock_timestamp()},
        where=tuple_(*(table.c[name] for name in names)).is_distinct_from(
            tuple_(*(new.excluded[name] for name in names))
        ),
    )
    return connection.execute(statement).rowcount
