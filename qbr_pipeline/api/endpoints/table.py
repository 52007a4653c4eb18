"""All metrics and SmartNumbers, month by month: what a spreadsheet, a scorecard or a chart shows in one look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from qbr_pipeline.api.endpoints.monthly import Kept, Source, read_kept, source_of
from qbr_pipeline.api.endpoints.series import MonthsAsked, asked_months
from qbr_pipeline.api.endpoints.smartnumbers import read_numbers
from qbr_pipeline.api.models import MonthText, Nothing, Number, Told, described
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import roll_up_months
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month


class TableMonth(Told):
    """A column of the table."""

    period: MonthText
    is_over: bool


class MetricLine(Told):
    """One metric from month to month."""

    name: str
    values: list[Number | None] = described("One for each month; null where it is absent.")
    sources: list[Source | None] = described("Null where it is absent.")
    together: Number | None = described(
        "All months taken together by the metric's own rule, its aggregation."
    )
    months_used: list[MonthText] = described("The months that went into `together`.")


class SmartNumberLine(Told):
    """One SmartNumber from month to month."""

    name: str
    values: list[Number | None] = described("One for each month; null where it could not be computed.")
    provisional: list[bool]


class MonthTable(Told):
    """Every metric and SmartNumber over some months."""

    months: list[TableMonth]
    metrics: list[MetricLine]
    smartnumbers: list[SmartNumberLine]


@routes.get("/metrics/table", query=MonthsAsked, data=MonthTable, tag="metrics", repeats=True)
def month_table(call: Call[MonthsAsked, Nothing]) -> MonthTable:
    """Every metric and SmartNumber over at most 120 months, both ends included; absent ones hold null."""
    moment = call.known_at(call.query.as_of)
    months = asked_months(call)
    is_over = {month: month.is_over(moment, call.database.timezone) for month in months}
    with call.database.read() as connection:
        kept = {month: read_kept(connection, call.database, month, call.query.as_of) for month in months}
        numbers = {month: _numbers(call, connection, month, moment) for month in months}
    return MonthTable(
        months=[TableMonth(period=month, is_over=is_over[month]) for month in months],
        metrics=_metric_lines(kept, is_over),
        smartnumbers=[
            SmartNumberLine(
                name=key,
                values=[numbers[month].get(key) for month in months],
                provisional=[not is_over[month] for month in months],
            )
            for key in SMARTNUMBERS
        ],
    )


def _numbers(
    call: Call[MonthsAsked, Nothing], connection: Connection, month: Month, moment: datetime
) -> Mapping[str, Decimal | None]:
    read = read_numbers(connection, call.database, month, call.query.as_of, moment)
    return {key: number.value for key, number in read.items()}


def _metric_lines(
    kept: Mapping[Month, Mapping[str, Kept]], is_over: Mapping[Month, bool]
) -> list[MetricLine]:
    values = {
        month: {
            key: each.value for key, each in of_month.items() if key in METRICS and each.value is not None
        }
        for month, of_month in kept.items()
    }
    together = roll_up_months([MonthFacts(month, values[month], is_over[month]) for month in kept])
    return [
        MetricLine(
            name=key,
            values=[values[month].get(key) for month in kept],
            sources=[
                source_of(metric, kept[month][key].source) if key in values[month] else None for month in kept
            ],
            together=together[key].value if key in together else None,
            months_used=list(together[key].months_used) if key in together else [],
        )
        for key, metric in METRICS.items()
    ]
