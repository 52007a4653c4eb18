"""One metric or SmartNumber from month to month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import (
    AsOf,
    MonthField,
    MonthText,
    NoParameters,
    Number,
    NumberNameField,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import Metric, Unit
from qbr_pipeline.metrics.smartnumbers import Shown, SmartNumber, monthly_smartnumbers
from qbr_pipeline.periods import EARLIEST_MONTH, Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import read_facts_as_of
from qbr_pipeline.store.reading import metric_series, smartnumber_series

USUAL_MONTHS, MOST_MONTHS = 13, 120


class MonthsQuery(AsOf):
    """From which month to which: the last 13 when nothing is said."""

    from_period: MonthField | None = None
    to_period: MonthField | None = None


class SeriesQuery(MonthsQuery):
    """Which number, and from which month to which."""

    name: NumberNameField


class Point(ResponseModel):
    """The number in one month."""

    period: MonthText
    value: Number | None = described("Null when it is absent in this month.")
    provisional: bool = described("The month is in progress.")


class Series(ResponseModel):
    """One number from month to month."""

    name: str
    label: str
    unit: Unit | Shown
    decimals: int
    as_of: datetime | None
    points: list[Point]


@routes.get("/metrics/series", query=SeriesQuery, data=Series, tag="metrics")
def metric_series_of_months(call: Call[SeriesQuery, NoParameters]) -> Series:
    """One metric or SmartNumber over at most 120 months, both ends included; absent months hold null."""
    which = call.query.name
    moment = call.known_at(call.query.as_of)
    months = requested_months(call)
    values = _values(call.database, which, months, call.query.as_of)
    return Series.of(
        which,
        call.query,
        name=which.key,
        decimals=which.unit.decimals if isinstance(which, Metric) else which.decimals,
        points=[
            Point(
                period=month,
                value=values.get(month),
                provisional=not month.is_over(moment, call.database.timezone),
            )
            for month in months
        ],
    )


def requested_months(
    call: Call[MonthsQuery, NoParameters] | Call[SeriesQuery, NoParameters],
) -> Sequence[Month]:
    """The months of a request, oldest first; ApiError when there are none of them, or more than 120."""
    current = Month.of(call.now, call.database.timezone)
    last = call.query.to_period or current
    call.begun(last, "to_period")
    first = call.query.from_period or max(EARLIEST_MONTH, last.plus(1 - USUAL_MONTHS))
    months = list(Month.span(first, min(last, first.plus(MOST_MONTHS))))
    if not 1 <= len(months) <= MOST_MONTHS:
        raise ApiError(
            Code.INVALID_PERIOD,
            f"from_period to to_period: expected 1 to {MOST_MONTHS} months, oldest first, not {first} to {last}",
            field="from_period",
        )
    return months


def _values(
    db: Database, which: Metric | SmartNumber, months: Sequence[Month], as_of: datetime | None
) -> Mapping[Month, Decimal | None]:
    with db.read() as connection:
        if as_of is None:
            read = metric_series if isinstance(which, Metric) else smartnumber_series
            return read(connection, db, which.key, months[0], months[-1])
        facts = [read_facts_as_of(connection, db, month, as_of) for month in months]
    if isinstance(which, Metric):
        return {each.month: each.values.get(which.key) for each in facts}
    return {each.month: monthly_smartnumbers(each)[which.key].value for each in facts}
