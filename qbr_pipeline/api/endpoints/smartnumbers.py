"""The SmartNumbers of a month or quarter: as stored, or recomputed from what was known at an earlier moment."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from qbr_pipeline.api.absence import AbsenceResponse
from qbr_pipeline.api.endpoints.definitions import NOTE
from qbr_pipeline.api.models import (
    AsOf,
    MonthText,
    NoParameters,
    Number,
    PeriodField,
    PeriodText,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.api.threshold_status import months_of, require_stored, status_of_period
from qbr_pipeline.metrics.catalogue import Better
from qbr_pipeline.metrics.smartnumbers import (
    SMARTNUMBERS,
    Group,
    Shown,
    SmartNumberValue,
)
from qbr_pipeline.metrics.thresholds import ThresholdStatus
from qbr_pipeline.periods import Month
from qbr_pipeline.store.figures import read_numbers
from qbr_pipeline.store.reading import explain


class SmartNumbersQuery(AsOf):
    """Which month or quarter."""

    period: PeriodField


class SmartNumberResponse(ResponseModel):
    """One SmartNumber of a period."""

    number: int
    name: str
    label: str
    group: Group
    value: Number | None = described("With 4 decimals, percentages as fractions; null when not computable.")
    unit: Shown
    decimals: int = described("How many decimals of the value are shown.")
    better: Better
    note: str | None = described(NOTE)
    formula: str
    inputs: dict[str, Number | None] = described("Sums and averages it was made of; null for an unused one.")
    months_used: list[MonthText]
    provisional: bool
    method: str = described("The receipt: formula, inputs with their values, months used.")
    absent_because: AbsenceResponse | None = described("Null where there is a value.")
    status: ThresholdStatus


class SmartNumbersResponse(ResponseModel):
    """The 18 SmartNumbers of a period."""

    period: PeriodText
    period_type: Literal["monthly", "quarterly"]
    as_of: datetime | None
    is_over: bool
    smartnumbers: list[SmartNumberResponse]


@routes.get(
    "/smartnumbers", query=SmartNumbersQuery, data=SmartNumbersResponse, tag="smartnumbers", cacheable=True
)
def smartnumbers(call: Call[SmartNumbersQuery, NoParameters]) -> SmartNumbersResponse:
    """The 18 SmartNumbers of a month or quarter. 404 when nothing at all is kept of it."""
    period, as_of, db = call.query.period, call.query.as_of, call.database
    call.begun(period)
    moment = call.known_at(as_of)
    with db.read() as connection:
        numbers = explain(connection, db, period, read_numbers(connection, db, period, as_of, moment), moment)
        require_stored(connection, db, period, as_of, numbers)
        statuses = status_of_period(connection, db, period, numbers, moment)
    return SmartNumbersResponse(
        period=period,
        period_type="monthly" if isinstance(period, Month) else "quarterly",
        as_of=as_of,
        is_over=months_of(period)[-1].is_over(moment, db.timezone),
        smartnumbers=[_to_response(key, numbers[key], statuses[key]) for key in SMARTNUMBERS],
    )


def _to_response(key: str, number: SmartNumberValue, status: ThresholdStatus) -> SmartNumberResponse:
    which = SMARTNUMBERS[key]
    return SmartNumberResponse.of(
        which,
        number,
        name=key,
        formula=which.formula.text,
        inputs={name: number.inputs.get(name) for name in which.inputs},
        absent_because=number.absence,
        status=status,
    )
