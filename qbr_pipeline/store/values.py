"""The monthly values: reading them, and the one way in which they are written.

What belongs here: the row of a metric in a month, and its history, which every write appends to. A metric has one row,
under the vendor that owns it: it is read and written by that key alone. What does not: who may write what; that is said
by `publishing`, `entries` and `refresh`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, insert, select, update

from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.values import InvalidValueError, fits, quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import metrics_history, metrics_monthly
from qbr_pipeline.store.vendors import owner_of, vendor_ids


class DataSource(StrEnum):
    """Who has the say over a value: the collector (and what is computed), or a person."""

    COLLECTED = "collected"
    MANUAL = "manual"


class ValueSource(StrEnum):
    """Where a monthly value comes from."""

    COLLECTED = "collected"
    COMPUTED = "computed"
    MANUAL = "manual"


class ValueChangeCause(StrEnum):
    """Why a value changed."""

    COLLECTION = "collection"
    ENTRY = "entry"
    RELEASE = "release"
    DERIVED = "derived"
    RECOMPUTE = "recompute"
    ADOPTED = "adopted"


@dataclass(frozen=True)
class StoredValue:
    """What is kept of a metric in a month. `value` None: absent. Moments are aware, in UTC."""

    metric: str
    value: Decimal | None
    source: DataSource
    entered_by: str | None
    notes: str | None
    collected_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class NewValue:
    """What a metric is to become. `collected_at` None leaves that column as it is."""

    value: Decimal | None
    source: DataSource
    entered_by: str | None = None
    notes: str | None = None
    collected_at: datetime | None = None


@dataclass(frozen=True)
class Origin:
    """Why, by whom and when values are written; `at` is the database's clock, read under the lock.

    `key_name`: whose API key it came with, beside who is said to have done it.
    """

    cause: ValueChangeCause
    at: datetime
    by: str | None = None
    note: str | None = None
    run_id: str | None = None
    publication_id: int | None = None
    key_name: str | None = None


@dataclass(frozen=True)
class ValueChange:
    """A value that is another one now; None is absent."""

    metric: str
    old: Decimal | None
    new: Decimal | None


def stored(metric: str, value: Decimal | None) -> Decimal | None:
    """`value` with the decimals of its metric; as it is when the catalogue no longer knows the metric."""
    return quantize(value, METRICS[metric].unit) if value is not None and metric in METRICS else value


class LostWriteError(RuntimeError):
    """A row that was to be changed is not there; the message is a sentence for a person."""


_VALUES_OF_MONTHS = select(
    metrics_monthly.c.period,
    metrics_monthly.c.vendor_id,
    metrics_monthly.c.metric_name,
    metrics_monthly.c.metric_value,
    metrics_monthly.c.data_source,
    metrics_monthly.c.manually_entered_by,
    metrics_monthly.c.notes,
    metrics_monthly.c.collected_at,
    metrics_monthly.c.created_at,
    metrics_monthly.c.updated_at,
).where(
    metrics_monthly.c.organization_id == bindparam("organization"),
    metrics_monthly.c.period.between(bindparam("first"), bindparam("last")),
)


def read_values(connection: Connection, db: Database, month: Month) -> dict[str, StoredValue]:
    """Every row of the month by metric, in the catalogue's order; also those without a value.

    Rows under a vendor that does not own their metric are not among them (`store.foreign_rows` finds those).
    """
    return read_values_between(connection, db, month, month)[month]


def read_values_between(
    connection: Connection, db: Database, first: Month, last: Month
) -> dict[Month, dict[str, StoredValue]]:
    """The same for every month from one to another, both included, at one blow."""
    months = {"organization": db.organization_id, "first": str(first), "last": str(last)}
    found = connection.execute(_VALUES_OF_MONTHS, months).all()
    owns = owner_of(connection)
    kept: dict[str, dict[str, StoredValue]] = {}
    for period, vendor_id, key, value, source, *others in found:
        if owns(key, vendor_id):
            row = StoredValue(key, stored(key, value), DataSource(source), *others)
            kept.setdefault(period, {})[key] = row
    return {month: _in_order(kept.get(str(month), {})) for month in Month.span(first, last)}


def _in_order(kept: dict[str, StoredValue]) -> dict[str, StoredValue]:
    ordered = [key for key in METRICS if key in kept] + sorted(kept.keys() - METRICS.keys())
    return {key: kept[key] for key in ordered}


class HasValue(Protocol):
    """What is known of a metric: a value, or that it is absent."""

    @property
    def value(self) -> Decimal | None:
        """None: absent."""


def manual(values: Mapping[str, StoredValue]) -> set[str]:
    """The keys of what a person has entered, and collections leave alone."""
    return {key for key, kept in values.items() if kept.source is DataSource.MANUAL}


def source_of(metric: Metric, source: DataSource) -> ValueSource:
    """Whether a value was collected, computed or entered."""
    if source is DataSource.MANUAL:
        return ValueSource.MANUAL
    return ValueSource.COMPUTED if metric.kind is MetricKind.DERIVED else ValueSource.COLLECTED


def present(values: Mapping[str, HasValue]) -> dict[str, Decimal]:
    """The values that are there; what is absent or unknown to the catalogue has no key."""
    return {key: kept.value for key, kept in values.items() if kept.value is not None and key in METRICS}


def read_facts(connection: Connection, db: Database, month: Month, now: datetime) -> MonthFacts:
    """What is known of the month; `now` (aware) says whether it is over."""
    return MonthFacts(
        month, present(read_values(connection, db, month)), is_over=month.is_over(now, db.timezone)
    )


def read_facts_between(
    connection: Connection, db: Database, first: Month, last: Month, now: datetime
) -> list[MonthFacts]:
    """The same for every month from one to another, both included, at one blow."""
    table = metrics_monthly
    query = select(table.c.period, table.c.vendor_id, table.c.metric_name, table.c.metric_value).where(
        table.c.organization_id == db.organization_id,
        table.c.period.between(str(first), str(last)),
        table.c.metric_value.is_not(None),
    )
    owns = owner_of(connection)
    found: dict[str, dict[str, Decimal]] = {}
    for period, vendor_id, key, value in connection.execute(query):
        if key in METRICS and owns(key, vendor_id):
            found.setdefault(period, {})[key] = quantize(value, METRICS[key].unit)
    return [
        MonthFacts(month, found.get(str(month), {}), is_over=month.is_over(now, db.timezone))
        for month in Month.span(first, last)
    ]


def write_values(
    connection: Connection, db: Database, month: Month, new: Mapping[str, NewValue], origin: Origin
) -> tuple[ValueChange, ...]:
    """Write those of `new` that differ from what is kept, each with its entry in the history.

    A value, its source and its note make a difference; who says the same again does not, and a newer
    collected_at moves nothing but itself. The caller holds the quarter's lock. InvalidValueError for what the
    column cannot keep.
    """
    before = read_values(connection, db, month)
    ids = vendor_ids(connection)
    changes = []
    for metric, value in new.items():
        _reject_unstorable(metric, value.value)
        old = before.get(metric)
        if old is None and value.value is None and value.source is DataSource.COLLECTED:
            continue
        key = {
            "organization_id": db.organization_id,
            "period": str(month),
            "metric_name": metric,
            "vendor_id": ids[METRICS[metric].vendor],
        }
        if old is not None and (old.value, old.source, old.notes) == (value.value, value.source, value.notes):
            if value.collected_at is not None and value.collected_at != old.collected_at:
                _update(connection, key, {"collected_at": value.collected_at})
            continue
        _write(connection, key, value, old, origin)
        if old is None or old.value != value.value:
            changes.append(ValueChange(metric, old.value if old else None, value.value))
    return tuple(changes)


def _write(
    connection: Connection, key: dict[str, Any], value: NewValue, old: StoredValue | None, origin: Origin
) -> None:
    """Write the row that `key` names, and its entry in the history."""
    columns: dict[str, Any] = {
        "metric_value": value.value,
        "data_source": value.source.value,
        "manually_entered_by": value.entered_by,
        "notes": value.notes,
        "updated_at": origin.at,
    }
    if value.collected_at is not None:
        columns["collected_at"] = value.collected_at
    if old is None:
        connection.execute(insert(metrics_monthly).values(**key, **columns, created_at=origin.at))
    else:
        _update(connection, key, columns)
    connection.execute(
        insert(metrics_history).values(
            **key,
            old_value=old.value if old else None,
            new_value=value.value,
            old_source=old.source.value if old else None,
            new_source=value.source.value,
            cause=origin.cause.value,
            changed_by=origin.by,
            key_name=origin.key_name,
            note=origin.note,
            run_id=origin.run_id,
            publication_id=origin.publication_id,
            changed_at=origin.at,
        )
    )


def _update(connection: Connection, key: Mapping[str, Any], columns: dict[str, Any]) -> None:
    table = metrics_monthly
    changed = connection.execute(
        update(table).where(*(table.c[name] == value for name, value in key.items())).values(**columns)
    ).rowcount
    if changed != 1:
        raise LostWriteError(
            f"{key['metric_name']} of {key['period']} was not stored: {changed} rows were changed, expected 1"
        )


def _reject_unstorable(metric: str, value: Decimal | None) -> None:
    if value is not None and not (fits(value) and quantize(value, METRICS[metric].unit) == value):
        raise InvalidValueError(
            metric,
            f"{METRICS[metric].label}: {value} cannot be stored; expected a number with at most "
            f"{METRICS[metric].unit.decimals} decimals and 10 digits before the point",
        )
