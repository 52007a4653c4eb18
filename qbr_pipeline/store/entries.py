"""What people say: setting a value by hand, and handing it back to the collector.

What belongs here: the manual path, one transaction each, refreshed by the same code as collections.
What does not: understanding what a person typed; that is done at the edge, by `metrics.values.parse_value`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind, UnknownMetricError
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.names import MAX_AUTHOR_LENGTH, author, quoted
from qbr_pipeline.metrics.payroll import EXPENSE
from qbr_pipeline.metrics.smartnumbers import SmartNumberValue, monthly_smartnumbers, quarterly_smartnumbers
from qbr_pipeline.metrics.values import parse_value
from qbr_pipeline.periods import FIRST_RECORDED_MONTH, Month, Period
from qbr_pipeline.store.conflicts import require_unchanged
from qbr_pipeline.store.database import Database, clock, lock_quarter
from qbr_pipeline.store.payroll import forget_payroll, write_payroll
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.refresh import refresh_month
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

_Numbers = Mapping[tuple[Period, str], Decimal | None]


class EntryRejectedError(ValueError):
    """An entry that cannot be accepted; its message is a sentence for a person."""


@dataclass(frozen=True)
class NumberMoved:
    """A SmartNumber of a period that is another one now; None: it cannot be computed."""

    period: Period
    name: str
    old: Decimal | None
    new: Decimal | None


@dataclass(frozen=True)
class Entered:
    """What an entry did: the values that changed, and the SmartNumbers of month and quarter that moved."""

    changes: tuple[ValueChange, ...]
    moved: tuple[NumberMoved, ...]


def enter(
    db: Database,
    month: Month,
    values: Mapping[str, Decimal],
    released: Collection[str] = (),
    *,
    by: str,
    note: str | None = None,
    key_name: str | None = None,
    now: datetime,
    expected: Mapping[str, Decimal | None] | None = None,
    rehearsal: bool = False,
) -> Entered:
    """Set metrics of a month and hand others back, by key, in one transaction; what that did.

    What is set is a person's from then on, and collections leave it alone. The same value and note again change
    nothing. Of what is handed back, a collected metric, or one that books give, gets what the last publication found,
    or is absent until the next; a derived one is computed from its parts; another input becomes absent; one that
    nobody had set stays.

    `key_name`: whose API key it came with. `now` is aware. `rehearsal`: do all of it, tell what it did, and keep
    nothing. `expected`: what its author saw, by key, None for absent. ConflictError, and nothing is written, when one
    of these is another value by now; EntryRejectedError for a month that has not begun or is too long ago, a missing
    or overlong name, UnknownMetricError, InvalidValueError.
    """
    with db.rehearse() if rehearsal else db.begin() as connection:
        return enter_within(
            connection,
            db,
            month,
            values,
            released,
            by=by,
            note=note,
            key_name=key_name,
            now=now,
            expected=expected,
        )


def enter_within(
    connection: Connection,
    db: Database,
    month: Month,
    values: Mapping[str, Decimal],
    released: Collection[str] = (),
    *,
    by: str,
    note: str | None = None,
    key_name: str | None = None,
    now: datetime,
    expected: Mapping[str, Decimal | None] | None = None,
    payroll: Decimal | None = None,
    notes: Mapping[str, str] | None = None,
) -> Entered:
    """The same within a transaction of the caller's; of several months, the older comes first, for their locks.

    `payroll`: with the owner's pay in it; employee expense follows from it until somebody says that itself.
    `notes`: of single metrics, in the place of `note`.
    """
    _reject_month(db, month, now, is_set=bool(values))
    who, remark = _author(by), _remark(note)
    new = {
        key: NewValue(
            parse_value(value, _metric(key)),
            DataSource.MANUAL,
            entered_by=who,
            notes=_remark(notes[key]) if notes and key in notes else remark,
        )
        for key, value in values.items()
    }
    back = [_metric(key) for key in released]
    lock_quarter(connection, db, month.quarter)
    if expected:
        current = {key: kept.value for key, kept in read_values(connection, db, month).items()}
        require_unchanged(expected, current, {key: _metric(key).label for key in expected})
    before = _numbers(connection, db, month, now)
    origin = Origin(ValueChangeCause.ENTRY, clock(connection), by=who, note=remark, key_name=key_name)
    if payroll is not None:
        write_payroll(connection, db, month, payroll, origin)
    elif EXPENSE.key in {*values, *released}:
        forget_payroll(connection, db, month)
    changes = _write(connection, db, month, new, back, origin, now, has_more=payroll is not None)
    return Entered(changes, _moved(before, _numbers(connection, db, month, now)))


def _write(
    connection: Connection,
    db: Database,
    month: Month,
    new: Mapping[str, NewValue],
    back: Collection[Metric],
    origin: Origin,
    now: datetime,
    *,
    has_more: bool,
) -> tuple[ValueChange, ...]:
    handing_back = replace(origin, cause=ValueChangeCause.RELEASE)
    changes = write_values(connection, db, month, new, origin) if new else ()
    given_back = _given_back(connection, db, month, back) if back else {}
    changes += write_values(connection, db, month, given_back, handing_back) if given_back else ()
    if new or given_back or has_more:
        followed = origin if new or has_more else handing_back
        changes += refresh_month(connection, db, month, now, origin=followed)
    return changes


def _numbers(connection: Connection, db: Database, month: Month, now: datetime) -> _Numbers:
    """The SmartNumbers of the month and of its quarter, by period and key."""
    facts = [read_facts(connection, db, each, now) for each in month.quarter.months]
    [own] = [each for each in facts if each.month == month]
    computed: dict[Period, dict[str, SmartNumberValue]] = {
        month: monthly_smartnumbers(own),
        month.quarter: quarterly_smartnumbers(month.quarter, facts),
    }
    return {
        (period, key): number.value for period, numbers in computed.items() for key, number in numbers.items()
    }


def _moved(before: _Numbers, after: _Numbers) -> tuple[NumberMoved, ...]:
    return tuple(
        NumberMoved(period, key, before[period, key], value)
        for (period, key), value in after.items()
        if value != before[period, key]
    )


def _given_back(
    connection: Connection, db: Database, month: Month, metrics: Collection[Metric]
) -> dict[str, NewValue]:
    """What those of `metrics` that a person has set become when they are handed back."""
    values = read_values(connection, db, month)
    entered = manual(values)
    handed_back = [metric for metric in metrics if metric.key in entered]
    keys = {metric.key for metric in handed_back}
    others = {key: kept for key, kept in values.items() if key not in keys}
    computed = derive(present(others), entered - keys)
    return {metric.key: _origin_of(connection, db, month, metric, computed) for metric in handed_back}


def _origin_of(
    connection: Connection, db: Database, month: Month, metric: Metric, computed: Mapping[str, Decimal]
) -> NewValue:
    if metric.kind is MetricKind.DERIVED:
        return NewValue(computed.get(metric.key), DataSource.COLLECTED)
    last = current_publication(connection, db, metric.vendor, month)
    if last is None:
        return NewValue(None, DataSource.COLLECTED)
    found = last.found.get(metric.key)
    return NewValue(found, DataSource.COLLECTED, collected_at=last.published_at)


def _metric(key: str) -> Metric:
    if key not in METRICS:
        raise UnknownMetricError(f'"{key}" is not the key of a metric')
    return METRICS[key]


def _author(by: str) -> str:
    name = author(by)
    if name is None:
        raise EntryRejectedError(
            f"the name of who enters a value is needed, at most {MAX_AUTHOR_LENGTH} characters: "
            f"it is {quoted(by.strip())}"
        )
    return name


def _remark(note: str | None) -> str | None:
    """The note without what PostgreSQL's text cannot hold; a blank one is none."""
    return (note or "").replace("\0", "").strip() or None


def _reject_month(db: Database, month: Month, now: datetime, *, is_set: bool) -> None:
    if now < month.start(db.timezone):
        raise EntryRejectedError(f"{month} has not begun yet: values can be entered from its first day on")
    if is_set and month < FIRST_RECORDED_MONTH:
        raise EntryRejectedError(
            f"{month} is too long ago: values can be entered for {FIRST_RECORDED_MONTH} and later"
        )
