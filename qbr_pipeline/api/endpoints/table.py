"""All metrics and SmartNumbers, month by month: what a spreadsheet, a scorecard or a chart shows in one look."""

from __future__ import annotations

from collections.abc import Mapping

from qbr_pipeline.api.absence import AbsenceResponse
from qbr_pipeline.api.endpoints.series import MonthsQuery, requested_months
from qbr_pipeline.api.models import MonthText, NoParameters, Number, ResponseModel, described
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import roll_up_months, why_absent
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, explained
from qbr_pipeline.metrics.thresholds import ThresholdStatus, statuses
from qbr_pipeline.periods import Month
from qbr_pipeline.store.figures import StoredMetric, read_numbers_of, read_stored_months
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import ValueSource, present, source_of


class TableMonth(ResponseModel):
    """A column of the table."""

    period: MonthText
    is_over: bool


class MetricLine(ResponseModel):
    """One metric from month to month."""

    name: str
    values: list[Number | None] = described("One for each month; null where it is absent.")
    absent_because: list[AbsenceResponse | None] = described("Null where there is a value.")
    sources: list[ValueSource | None] = described("Null where it is absent.")
    statuses: list[ThresholdStatus] = described("How each value compares with today's thresholds.")
    together: Number | None = described(
        "All months taken together by the metric's own rule, its aggregation."
    )
    months_used: list[MonthText] = described("The months that went into `together`.")


class SmartNumberLine(ResponseModel):
    """One SmartNumber from month to month."""

    name: str
    values: list[Number | None] = described("One for each month; null where it could not be computed.")
    absent_because: list[AbsenceResponse | None] = described("Null where there is a value.")
    provisional: list[bool]


class MonthTable(ResponseModel):
    """Every metric and SmartNumber over some months."""

    months: list[TableMonth]
    metrics: list[MetricLine]
    smartnumbers: list[SmartNumberLine]


@routes.get("/metrics/table", query=MonthsQuery, data=MonthTable, tag="metrics", cacheable=True)
def month_table(call: Call[MonthsQuery, NoParameters]) -> MonthTable:
    """Every metric and SmartNumber over at most 120 months, both ends included; absent ones hold null."""
    moment = call.known_at(call.query.as_of)
    months = requested_months(call)
    is_over = {month: month.is_over(moment, call.database.timezone) for month in months}
    with call.database.read() as connection:
        kept = read_stored_months(connection, call.database, months, call.query.as_of)
        numbers = read_numbers_of(connection, call.database, months, call.query.as_of, moment)
        limits = read_limits(connection, call.database)
    values = {month: present(of_month) for month, of_month in kept.items()}
    in_progress = Month.of(moment, call.database.timezone)
    by_month = {
        month: statuses(month, of_month, limits, in_progress=in_progress)
        for month, of_month in values.items()
    }
    facts = {month: MonthFacts(month, of_month, is_over[month]) for month, of_month in values.items()}
    reasons = {month: explained(month, of_month, [facts[month]]) for month, of_month in numbers.items()}
    return MonthTable(
        months=[TableMonth(period=month, is_over=is_over[month]) for month in months],
        metrics=_metric_lines(kept, facts, by_month),
        smartnumbers=[
            SmartNumberLine(
                name=key,
                values=[reasons[month][key].value for month in months],
                absent_because=[reasons[month][key].absence for month in months],
                provisional=[not is_over[month] for month in months],
            )
            for key in SMARTNUMBERS
        ],
    )


def _metric_lines(
    kept: Mapping[Month, Mapping[str, StoredMetric]],
    facts: Mapping[Month, MonthFacts],
    statuses: Mapping[Month, Mapping[str, ThresholdStatus]],
) -> list[MetricLine]:
    together = roll_up_months(list(facts.values()))
    return [
        MetricLine(
            name=key,
            values=[of_month.values.get(key) for of_month in facts.values()],
            absent_because=[
                None if key in of_month.values else why_absent(key, [of_month]) for of_month in facts.values()
            ],
            sources=[
                source_of(metric, kept[month][key].source) if key in facts[month].values else None
                for month in kept
            ],
            statuses=[statuses[month].get(key, ThresholdStatus.UNKNOWN) for month in kept],
            together=together[key].value if key in together else None,
            months_used=list(together[key].months_used) if key in together else [],
        )
        for key, metric in METRICS.items()
    ]
