"""What people say: setting a value by hand, and handing it back to the collector.

What belongs here: the manual path, one transaction each, refreshed by the same code as collections.
What does not: understanding what a person typed; that is done at the edge, by `metrics.values.parse_value`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from qbr_pipeline.metrics.catalogue import METRICS, Kind, Metric, UnknownMetricError
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.values import parse_value
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, clock, lock_quarter
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.refresh import refresh_month
from qbr_pipeline.store.values import (
    Cause,
    DataSource,
    NewValue,
    Origin,
    StoredValue,
    ValueChange,
    present,
    read_values,
    write_values,
)

MAX_NAME_LENGTH = 100


class EntryRefusedError(ValueError):
    """An entry that cannot be accepted; its message is a sentence for a person."""


def set_value(
    db: Database,
    month: Month,
    metric: str,
    value: Decimal,
    *,
    by: str,
    note: str | None = None,
    now: datetime,
) -> tuple[ValueChange, ...]:
    """Set one metric of a month by hand; see `set_values`."""
    return set_values(db, month, {metric: value}, by=by, note=note, now=now)


def set_values(
    db: Database,
    month: Month,
    values: Mapping[str, Decimal],
    *,
    by: str,
    note: str | None = None,
    key_name: str | None = None,
    now: datetime,
) -> tuple[ValueChange, ...]:
    """Set metrics of a month, by key, in one transaction; what changed, derived metrics included.

    From then on they are a person's, and collections leave them alone. The same value and note again change
    nothing. `key_name`: whose API key it came with. `now` is aware. EntryRefusedError for a month that has not
    begun or a missing or overlong name, UnknownMetricError, InvalidValueError.
    """
    _refuse_future(db, month, now)
    author, remark = _author(by), _remark(note)
    new = {
        key: NewValue(parse_value(value, _metric(key)), DataSource.MANUAL, entered_by=author, notes=remark)
        for key, value in values.items()
    }
    with db.begin() as connection:
        lock_quarter(connection, db, month.quarter)
        origin = Origin(Cause.ENTRY, clock(connection), by=author, note=remark, key_name=key_name)
        changes = write_values(connection, db, month, new, origin)
        return changes + refresh_month(connection, db, month, now, origin=origin)


def release(
    db: Database,
    month: Month,
    metric: str,
    *,
    by: str,
    note: str | None = None,
    key_name: str | None = None,
    now: datetime,
) -> tuple[ValueChange, ...]:
    """Hand a metric that a person has set back to where it comes from; what changed, derived ones included.

    A collected one gets what the last publication found, or is absent until the next; a derived one is
    computed from its parts; an input becomes absent. Nothing changes when nobody had set it. Errors as for
    `set_values`.
    """
    _refuse_future(db, month, now)
    author, remark = _author(by), _remark(note)
    which = _metric(metric)
    with db.begin() as connection:
        lock_quarter(connection, db, month.quarter)
        values = read_values(connection, db, month)
        kept = values.get(metric)
        if kept is None or kept.source is not DataSource.MANUAL:
            return ()
        origin = Origin(Cause.RELEASE, clock(connection), by=author, note=remark, key_name=key_name)
        given_back = _given_back(connection, db, month, which, values)
        changes = write_values(connection, db, month, {metric: given_back}, origin)
        return changes + refresh_month(connection, db, month, now, origin=origin)


def _given_back(
    connection: Connection, db: Database, month: Month, metric: Metric, values: Mapping[str, StoredValue]
) -> NewValue:
    match metric.kind:
        case Kind.COLLECTED:
            last = current_publication(connection, db, metric.owner, month)
            if last is not None:
                found = last.found.get(metric.key)
                return NewValue(found, DataSource.COLLECTED, collected_at=last.published_at)
        case Kind.DERIVED:
            others = {key: kept for key, kept in values.items() if key != metric.key}
            by_hand = {key for key, kept in others.items() if kept.source is DataSource.MANUAL}
            return NewValue(derive(present(others), by_hand).get(metric.key), DataSource.COLLECTED)
        case Kind.INPUT:
            pass
    return NewValue(None, DataSource.COLLECTED)


def _metric(key: str) -> Metric:
    if key not in METRICS:
        raise UnknownMetricError(f'"{key}" is not the key of a metric')
    return METRICS[key]


def _author(by: str) -> str:
    name = by.strip()
    if not name or len(name) > MAX_NAME_LENGTH or "\0" in name:
        raise EntryRefusedError(
            f"the name of who enters a value is needed, at most {MAX_NAME_LENGTH} characters: "
            f'it is "{name[:MAX_NAME_LENGTH]}"'
        )
    return name


def _remark(note: str | None) -> str | None:
    """The note without what PostgreSQL's text cannot hold; a blank one is none."""
    return (note or "").replace("\0", "").strip() or None


def _refuse_future(db: Database, month: Month, now: datetime) -> None:
    if now < month.start(db.timezone):
        raise EntryRefusedError(f"{month} has not begun yet: values can be entered from its first day on")
