"""Values entered and released straight in the store: what a test needs to be there before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.entries import enter
from qbr_pipeline.store.values import ValueChange


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
    """Set one metric of a month by hand; what changed."""
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
    """Set metrics of a month, by key; what changed, derived metrics included."""
    return enter(db, month, values, by=by, note=note, key_name=key_name, now=now).changes


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
    """Hand a metric back to where it comes from; what changed."""
    return enter(db, month, {}, [metric], by=by, note=note, key_name=key_name, now=now).changes
