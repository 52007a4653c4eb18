"""Taking over the values of tables that another program made after the first plan, and leaving those as they are.

What belongs here: the shape that such tables have, which of their values are ours to take, and taking them. What does
not: schemas (`schemas`). What is computed (SmartNumbers, quarters, totals) is computed again and not copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, text

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Vendor
from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.thresholds import Threshold, ThresholdError, check_threshold
from qbr_pipeline.metrics.values import InvalidValueError, in_words, parse_value
from qbr_pipeline.periods import FIRST_RECORDED_MONTH, Month, PeriodError
from qbr_pipeline.store.database import Database, clock, lock_quarter
from qbr_pipeline.store.migrating import MigrationError
from qbr_pipeline.store.refresh import refresh_month
from qbr_pipeline.store.thresholds import read_limits, write_thresholds
from qbr_pipeline.store.values import (
    DataSource,
    NewValue,
    Origin,
    ValueChangeCause,
    read_values,
    write_values,
)
from qbr_pipeline.store.vendors import vendor_ids

_TEXT_7, _TEXT_20, _TEXT_100 = (f"character varying({length})" for length in (7, 20, 100))
_WHOLE, _TEXT, _MOMENT = "integer", "text", "timestamp with time zone"
_DATES = {"created_at": _MOMENT, "updated_at": _MOMENT}
_SHAPES: Mapping[str, Mapping[str, str]] = {
    "qbr_metrics_monthly": {
        "id": _WHOLE,
        "period": _TEXT_7,
        "organization_id": _WHOLE,
        "vendor_id": _WHOLE,
        "metric_name": _TEXT_100,
        "metric_value": "numeric(12,2)",
        "data_source": _TEXT_20,
        "collected_at": _MOMENT,
        "manually_entered_by": _TEXT_100,
        "notes": _TEXT,
        **_DATES,
    },
    "qbr_metrics_quarterly": {
        "id": _WHOLE,
        "period": _TEXT_7,
        "organization_id": _WHOLE,
        "metric_name": _TEXT_100,
        "metric_value": "numeric(12,2)",
        **_DATES,
    },
    "qbr_smartnumbers": {
        "id": _WHOLE,
        "period": _TEXT_7,
        "period_type": _TEXT_20,
        "organization_id": _WHOLE,
        "kpi_name": _TEXT_100,
        "kpi_value": "numeric(12,4)",
        "calculation_method": "character varying(200)",
        **_DATES,
    },
    "qbr_thresholds": {
        "id": _WHOLE,
        "organization_id": _WHOLE,
        "metric_name": _TEXT_100,
        "threshold_type": _TEXT_20,
        "threshold_value": "numeric(12,4)",
        **_DATES,
    },
    "qbr_collection_log": {
        "id": _WHOLE,
        "collection_started_at": _MOMENT,
        "collection_ended_at": _MOMENT,
        "period": _TEXT_7,
        "vendor_id": _WHOLE,
        "status": _TEXT_20,
        "error_message": _TEXT,
        "metrics_collected": _WHOLE,
        "duration_seconds": _WHOLE,
        "created_at": _MOMENT,
    },
}
"""The first plan's tables: the type of each column, as PostgreSQL writes it."""


class AdoptionError(MigrationError):
    """There is nothing that could be taken over; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class AdoptedValue:
    """A value of another program's, as it becomes one of ours. `collected_at` is aware."""

    organization_id: int
    month: Month
    metric: str
    value: Decimal
    source: DataSource
    entered_by: str | None
    notes: str | None
    collected_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not taken over, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is taken over from the tables in `schema`, and what is not."""

    schema: str
    values: Sequence[AdoptedValue]
    thresholds: Sequence[tuple[int, Threshold]]
    left_out: Sequence[LeftOut]


def adopt(db: Database, now: datetime, *, source: str | None = None, rehearsal: bool = True) -> Adoption:
    """Take over what another program's tables hold and ours do not, in one transaction: all of it or nothing.

    `source`: the schema of the others, None: the first of the search path, beside ours, that has any. `now` is aware.
    `rehearsal`: do all of it, and keep nothing. AdoptionError when there are no such tables, or when
    they are not exactly of the first plan's shape.
    """
    with db.rehearse() if rehearsal else db.begin() as connection:
        schema = _find(connection, source)
        organizations = list(connection.scalars(text("SELECT id FROM organization ORDER BY id")))
        views = [replace(db, organization_id=each) for each in organizations]
        parts = [_plan(connection, view, schema, now) for view in views]
        for view, part in zip(views, parts, strict=True):
            _write(connection, view, part, now)
        return Adoption(
            schema,
            [each for part in parts for each in part.values],
            [each for part in parts for each in part.thresholds],
            [each for part in parts for each in part.left_out],
        )


def _find(connection: Connection, source: str | None) -> str:
    found: dict[str, dict[str, dict[str, str]]] = {}
    columns = connection.execute(
        text("""
            SELECT n.nspname AS schema, c.relname AS table, a.attname AS column,
                   format_type(a.atttypid, a.atttypmod) AS type
              FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind IN ('r', 'p') AND c.relname = ANY(:names) AND n.nspname <> current_schema()
               AND n.nspname = ANY(CASE WHEN :source IS NULL THEN current_schemas(false) ELSE ARRAY[:source] END)
             ORDER BY array_position(current_schemas(false), n.nspname), c.relname, a.attnum
        """),
        {"names": list(_SHAPES), "source": source},
    )
    for row in columns:
        found.setdefault(row.schema, {}).setdefault(row.table, {})[row.column] = row.type
    if not found:
        where = f"schema {source}" if source else "the schemas of the search path, beside ours"
        raise AdoptionError(f"there are no tables with our names in {where}: nothing can be adopted")
    schema, tables = next(iter(found.items()))
    differences = [line for name in _SHAPES for line in _differences(f"{schema}.{name}", name, tables)]
    if differences:
        raise AdoptionError(
            f"the tables in schema {schema} are not of the shape that can be adopted: {'; '.join(differences)}"
        )
    return schema


def _differences(full_name: str, name: str, tables: Mapping[str, Mapping[str, str]]) -> list[str]:
    if name not in tables:
        return [f"{full_name} is missing"]
    held, expected = tables[name], _SHAPES[name]
    lacking = [f"{full_name} lacks the column {each}" for each in expected if each not in held]
    surplus = [f"{full_name} has an additional column {each}" for each in held if each not in expected]
    other = [
        f"{full_name}.{each} is {held[each]}, expected {type_}"
        for each, type_ in expected.items()
        if each in held and held[each] != type_
    ]
    return lacking + surplus + other


def _plan(connection: Connection, db: Database, schema: str, now: datetime) -> Adoption:
    values: list[AdoptedValue] = []
    left_out: list[LeftOut] = []
    ids = vendor_ids(connection)
    rows = _rows(connection, db, schema, "qbr_metrics_monthly", "period, metric_name, id")
    for quarter in sorted({each.quarter for row in rows if (each := _month(row.period))}):
        lock_quarter(connection, db, quarter)
    for row in rows:
        try:
            values.append(_value(connection, db, row, ids, now))
        except (InvalidValueError, PeriodError, _LeftOutError) as error:
            left_out.append(LeftOut(f"{row.metric_name} of {row.period}", str(error)))
    thresholds = []
    limits = _rows(connection, db, schema, "qbr_thresholds", "metric_name, threshold_type")
    for row in limits:
        try:
            thresholds.append((db.organization_id, _threshold(connection, db, row, limits)))
        except (ThresholdError, _LeftOutError) as error:
            left_out.append(LeftOut(f"{row.threshold_type} threshold of {row.metric_name}", str(error)))
    return Adoption(schema, values, thresholds, left_out)


def _month(period: str) -> Month | None:
    try:
        return Month.parse(period)
    except PeriodError:
        return None


class _LeftOutError(ValueError):
    """Why a row is not taken over."""


def _rows(connection: Connection, db: Database, schema: str, table: str, order: str) -> Sequence[Row[Any]]:
    return connection.execute(
        text(f'SELECT * FROM "{schema}".{table} WHERE organization_id = :organization ORDER BY {order}'),
        {"organization": db.organization_id},
    ).all()


def _value(
    connection: Connection, db: Database, row: Row[Any], ids: Mapping[Vendor, int], now: datetime
) -> AdoptedValue:
    month = Month.parse(row.period)
    source = DataSource.MANUAL if row.data_source == DataSource.MANUAL else DataSource.COLLECTED
    metric = METRICS.get(row.metric_name)
    if metric is None:
        raise _LeftOutError("is not one of our metrics")
    if not FIRST_RECORDED_MONTH <= month <= Month.of(now, db.timezone):
        raise _LeftOutError(f"lies before {FIRST_RECORDED_MONTH} or has not begun yet")
    if row.vendor_id != ids[metric.vendor]:
        raise _LeftOutError(
            f"is stored under vendor {row.vendor_id}, expected {ids[metric.vendor]}, {metric.vendor}"
        )
    if row.metric_value is None:
        raise _LeftOutError("holds no value")
    if metric.kind is MetricKind.DERIVED and source is DataSource.COLLECTED:
        raise _LeftOutError("is computed from its parts here")
    value = parse_value(row.metric_value, metric)
    kept = read_values(connection, db, month).get(metric.key)
    if kept is not None and kept.value is not None:
        raise _LeftOutError(f"has a value here already, {in_words(kept.value, metric.unit)}")
    return AdoptedValue(
        db.organization_id,
        month,
        metric.key,
        value,
        source,
        row.manually_entered_by,
        row.notes,
        row.collected_at,
    )


def _threshold(connection: Connection, db: Database, row: Row[Any], others: Iterable[Row[Any]]) -> Threshold:
    kept = read_limits(connection, db)
    beside = [_as_threshold(each) for each in others if each.metric_name == row.metric_name]
    wanted = check_threshold(_as_threshold(row), [*kept, *beside])
    if any((each.metric_name, each.type) == (wanted.metric_name, wanted.type) for each in kept):
        raise _LeftOutError("is set here already")
    return wanted


def _as_threshold(row: Row[Any]) -> Threshold:
    try:
        return Threshold(row.metric_name, ThresholdType(row.threshold_type), row.threshold_value)
    except ValueError as error:
        raise _LeftOutError("is neither a warning nor critical") from error


def _write(connection: Connection, db: Database, part: Adoption, now: datetime) -> None:
    for month, of_month in groupby(part.values, lambda each: each.month):
        for each in of_month:
            new = NewValue(each.value, each.source, each.entered_by, each.notes, each.collected_at)
            origin = Origin(ValueChangeCause.ADOPTED, clock(connection), by=each.entered_by, note=each.notes)
            write_values(connection, db, month, {each.metric: new}, origin)
        refresh_month(connection, db, month, now)
    if part.thresholds:
        write_thresholds(connection, db, [threshold for _, threshold in part.thresholds])
