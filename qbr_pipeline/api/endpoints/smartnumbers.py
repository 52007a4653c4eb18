"""The SmartNumbers of a month or quarter: as stored, or recomputed from what was known at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import AsOf, MonthText, Nothing, Number, PeriodField, PeriodText, Told, described
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import Better
from qbr_pipeline.metrics.smartnumbers import (
    SMARTNUMBERS,
    Group,
    Shown,
    SmartNumberValue,
    monthly_smartnumbers,
    quarterly_smartnumbers,
)
from qbr_pipeline.metrics.thresholds import Status, statuses
from qbr_pipeline.periods import Month, Period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import read_facts_as_of
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.thresholds import read_limits


class SmartNumbersQuery(AsOf):
    """Which month or quarter."""

    period: PeriodField


class SmartNumberTold(Told):
    """One SmartNumber of a period."""

    number: int
    name: str
    label: str
    group: Group
    value: Number | None = described("With 4 decimals, percentages as fractions; null when not computable.")
    unit: Shown
    decimals: int = described("How many decimals of the value are shown.")
    better: Better
    formula: str
    inputs: dict[str, Number | None] = described("Sums and averages it was made of; null for an unused one.")
    months_used: list[MonthText]
    provisional: bool
    method: str = described("The receipt: formula, inputs with their values, months used.")
    status: Status


class SmartNumbersTold(Told):
    """The 18 SmartNumbers of a period."""

    period: PeriodText
    period_type: Literal["monthly", "quarterly"]
    as_of: datetime | None
    is_over: bool
    smartnumbers: list[SmartNumberTold]


@routes.get("/smartnumbers", query=SmartNumbersQuery, data=SmartNumbersTold, tag="smartnumbers", repeats=True)
def smartnumbers(call: Call[SmartNumbersQuery, Nothing]) -> SmartNumbersTold:
    """The 18 SmartNumbers of a month or quarter. 404 when nothing at all is kept of it."""
    period, as_of = call.query.period, call.query.as_of
    call.begun(period)
    moment = call.known_at(as_of)
    with call.database.read() as connection:
        limits = read_limits(connection, call.database)
        kept = read_numbers(connection, call.database, period, as_of)
    if not kept:
        raise ApiError(Code.PERIOD_NOT_FOUND, f"nothing is kept of {period}")
    standing = statuses(
        period,
        {key: each.value for key, each in kept.items()},
        limits,
        months_used={key: each.months_used for key, each in kept.items()},
        in_progress=Month.of(moment, call.database.timezone),
    )
    last = period if isinstance(period, Month) else period.months[2]
    return SmartNumbersTold(
        period=period,
        period_type="monthly" if isinstance(period, Month) else "quarterly",
        as_of=as_of,
        is_over=last.is_over(moment, call.database.timezone),
        smartnumbers=[_tell(key, kept.get(key), standing) for key in SMARTNUMBERS],
    )


def read_numbers(
    connection: Connection, db: Database, period: Period, as_of: datetime | None
) -> Mapping[str, SmartNumberValue]:
    """The SmartNumbers of a period by key, as stored or as of a moment; none when nothing is kept of it."""
    if as_of is None:
        return read_smartnumbers(connection, db, period)
    months = (period,) if isinstance(period, Month) else period.months
    facts = [read_facts_as_of(connection, db, month, as_of) for month in months]
    if not any(each.values for each in facts):
        return {}
    return (
        monthly_smartnumbers(facts[0]) if isinstance(period, Month) else quarterly_smartnumbers(period, facts)
    )


def _tell(key: str, kept: SmartNumberValue | None, standing: Mapping[str, Status]) -> SmartNumberTold:
    which = SMARTNUMBERS[key]
    return SmartNumberTold(
        number=which.number,
        name=key,
        label=which.label,
        group=which.group,
        value=kept.value if kept else None,
        unit=which.unit,
        decimals=which.decimals,
        better=which.better,
        formula=which.formula.text,
        inputs={name: kept.inputs.get(name) if kept else None for name in which.inputs},
        months_used=list(kept.months_used) if kept else [],
        provisional=kept.provisional if kept else True,
        method=kept.method if kept else "no value: not computed yet",
        status=standing.get(key, Status.UNKNOWN),
    )
