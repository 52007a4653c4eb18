"""The metrics of a quarter, rolled up from its months: as stored, or from what was known at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from qbr_pipeline.api.absence import AbsenceResponse
from qbr_pipeline.api.models import (
    AsOf,
    MonthText,
    NoParameters,
    Number,
    QuarterField,
    QuarterText,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.api.threshold_status import require_stored, status_of_period
from qbr_pipeline.metrics.catalogue import METRICS, RollUp, Section, Unit
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import why_absent
from qbr_pipeline.metrics.thresholds import ThresholdStatus
from qbr_pipeline.periods import Quarter
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.figures import read_quarter
from qbr_pipeline.store.history import read_facts_as_of
from qbr_pipeline.store.reading import QuarterlyValue
from qbr_pipeline.store.values import read_facts_between


class QuarterlyQuery(AsOf):
    """Which quarter."""

    period: QuarterField


class QuarterlyMetric(ResponseModel):
    """One metric of a quarter."""

    name: str
    label: str
    section: Section
    value: Number | None = described("Exact; null when no month has all of its inputs.")
    absent_because: AbsenceResponse | None = described("Null where there is a value.")
    unit: Unit
    aggregation: RollUp
    months_used: list[MonthText]
    provisional: bool = described("The quarter is not over, or not every month of it is used.")
    status: ThresholdStatus


class QuarterlyMetrics(ResponseModel):
    """The metrics of a quarter, in the order of the catalogue."""

    period: QuarterText
    as_of: datetime | None
    monthly_periods: list[MonthText]
    is_over: bool
    metrics: list[QuarterlyMetric]


@routes.get("/metrics/quarterly", query=QuarterlyQuery, data=QuarterlyMetrics, tag="metrics", cacheable=True)
def quarterly_metrics(call: Call[QuarterlyQuery, NoParameters]) -> QuarterlyMetrics:
    """The metrics of a quarter, each by its own rule. 404 when nothing at all is kept of it."""
    quarter, as_of, db = call.query.period, call.query.as_of, call.database
    call.begun(quarter)
    moment = call.known_at(as_of)
    with db.read() as connection:
        facts = _facts(connection, db, quarter, as_of, moment)
        kept = read_quarter(connection, db, quarter, as_of)
        require_stored(connection, db, quarter, as_of, kept)
        statuses = status_of_period(connection, db, quarter, kept, moment)
    is_over = quarter.months[2].is_over(moment, db.timezone)
    return QuarterlyMetrics(
        period=quarter,
        as_of=as_of,
        monthly_periods=list(quarter.months),
        is_over=is_over,
        metrics=[_to_response(key, kept.get(key), facts, statuses, is_over=is_over) for key in METRICS],
    )


def _facts(
    connection: Connection, db: Database, quarter: Quarter, as_of: datetime | None, moment: datetime
) -> Sequence[MonthFacts]:
    if as_of is None:
        return read_facts_between(connection, db, quarter.months[0], quarter.months[-1], moment)
    return [read_facts_as_of(connection, db, month, as_of) for month in quarter.months]


def _to_response(
    key: str,
    kept: QuarterlyValue | None,
    facts: Sequence[MonthFacts],
    statuses: Mapping[str, ThresholdStatus],
    *,
    is_over: bool,
) -> QuarterlyMetric:
    metric = METRICS[key]
    kept = kept or QuarterlyValue(key, None, ())
    return QuarterlyMetric.of(
        metric,
        kept,
        name=key,
        absent_because=why_absent(key, facts) if kept.value is None else None,
        aggregation=metric.roll_up,
        provisional=not is_over or len(kept.months_used) < 3,
        status=statuses.get(key, ThresholdStatus.UNKNOWN),
    )
