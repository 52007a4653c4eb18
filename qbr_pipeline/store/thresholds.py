"""The thresholds that people have set: reading, setting, deleting. What they mean is said by `metrics.thresholds`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.thresholds import Threshold, ThresholdError, check_threshold
from qbr_pipeline.store.conflicts import require_unchanged
from qbr_pipeline.store.database import Database, lock_thresholds
from qbr_pipeline.store.schema import thresholds

_LIMITS = (
    select(thresholds.c.metric_name, thresholds.c.threshold_type, thresholds.c.threshold_value)
    .where(thresholds.c.organization_id == bindparam("organization"))
    .order_by(thresholds.c.metric_name, thresholds.c.threshold_type)
)


def read_limits(connection: Connection, db: Database) -> list[Threshold]:
    """Every threshold of the organization, by metric, the critical one before the warning one.

    One of a metric or SmartNumber that was retired limits nothing.
    """
    found = connection.execute(_LIMITS, {"organization": db.organization_id}).all()
    return [
        Threshold(name, ThresholdType(type_), value)
        for name, type_, value in found
        if name in METRICS or name in SMARTNUMBERS
    ]


ThresholdKey = tuple[str, ThresholdType]
"""The key of a metric or SmartNumber, and which of its thresholds."""


def set_thresholds(
    db: Database, wanted: Iterable[Threshold], expected: Mapping[ThresholdKey, Decimal | None] | None = None
) -> list[Threshold]:
    """Set thresholds, under a key or label, in one transaction: all of them or none; as they are stored now.

    Each is checked against those that are set and those being set beside it. The same value again changes
    nothing. `expected`: what their author saw of some, None for none. ConflictError, and nothing is set, when one of
    these is another by now; ThresholdError as for `metrics.thresholds.check_threshold`, and for one that is given
    twice.
    """
    with db.begin() as connection:
        return write_thresholds(connection, db, wanted, expected or {})


def write_thresholds(
    connection: Connection,
    db: Database,
    wanted: Iterable[Threshold],
    expected: Mapping[ThresholdKey, Decimal | None] = MappingProxyType({}),
) -> list[Threshold]:
    """As `set_thresholds`, within a transaction."""
    named = [check_threshold(each) for each in wanted]
    new = {(each.metric_name, each.type): each for each in named}
    if len(new) < len(named):
        twice = next(each for each in named if new[each.metric_name, each.type] is not each)
        sentence = f"the {twice.type} threshold of {twice.metric_name} is given twice"
        raise ThresholdError(sentence, twice.metric_name, twice.type)
    lock_thresholds(connection, db)
    kept = _require_unchanged(connection, db, expected)
    for each in named:
        check_threshold(each, (kept | new).values())
    for each in named:
        _write(connection, db, each)
    return [each for each in read_limits(connection, db) if (each.metric_name, each.type) in new]


def delete_thresholds(
    db: Database, metric_name: str, type_: ThresholdType | None = None, expected: Decimal | None = None
) -> list[Threshold]:
    """Delete a metric's threshold of a type, or all of them, by its key; those that were there.

    `expected`: what the one of that type was when it was looked at. ConflictError, and nothing is deleted, when it is
    another by now, or gone.
    """
    table = thresholds
    gone = delete(table).where(
        table.c.organization_id == db.organization_id, table.c.metric_name == metric_name
    )
    if type_ is not None:
        gone = gone.where(table.c.threshold_type == type_.value)
    with db.begin() as connection:
        lock_thresholds(connection, db)
        if type_ is not None and expected is not None:
            _require_unchanged(connection, db, {(metric_name, type_): expected})
        found = connection.execute(gone.returning(table.c.threshold_type, table.c.threshold_value))
        deleted = [Threshold(metric_name, ThresholdType(kind), value) for kind, value in found]
    return sorted(deleted, key=lambda each: each.type)


def _require_unchanged(
    connection: Connection, db: Database, expected: Mapping[ThresholdKey, Decimal | None]
) -> dict[ThresholdKey, Threshold]:
    """The thresholds that are kept; ConflictError when one is another than somebody saw."""
    kept = {(each.metric_name, each.type): each for each in read_limits(connection, db)}
    require_unchanged(
        expected,
        {key: each.value for key, each in kept.items()},
        {(name, type_): f"the {type_} threshold of {name}" for name, type_ in expected},
    )
    return kept


def _write(connection: Connection, db: Database, threshold: Threshold) -> None:
    new = insert(thresholds).values(
        organization_id=db.organization_id,
        metric_name=threshold.metric_name,
        threshold_type=threshold.type.value,
        threshold_value=threshold.value,
    )
    connection.execute(
        new.on_conflict_do_update(
            constraint="uq_thresholds_metric_type_org",
            set_={"threshold_value": new.excluded.threshold_value, "updated_at": func.clock_timestamp()},
            where=thresholds.c.threshold_value != new.excluded.threshold_value,
        )
    )
