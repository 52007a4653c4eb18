"""What thresholds mark over the last months: those that are set, or others before they are set.

What belongs here: months and their statuses, for a person who chooses a threshold. What does not: the rule
(`metrics.thresholds`), setting one (`thresholds`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from qbr_pipeline.api.endpoints.definitions import ACCRUES
from qbr_pipeline.api.endpoints.series import USUAL_MONTHS
from qbr_pipeline.api.endpoints.thresholds import NumberParameter
from qbr_pipeline.api.errors import ApiError, Code, rejection
from qbr_pipeline.api.models import (
    MonthText,
    NoParameters,
    Number,
    NumberNameField,
    OfOrganization,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS, Better, Metric, Unit
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, Shown, SmartNumber, monthly_smartnumbers
from qbr_pipeline.metrics.thresholds import (
    Threshold,
    ThresholdError,
    ThresholdStatus,
    accrues,
    require_direction,
    statuses,
)
from qbr_pipeline.periods import Month
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import read_facts_between


class PreviewQuery(OfOrganization):
    """Which metric or SmartNumber, and the thresholds to try; without a name all of them, by those that are set."""

    metric_name: NumberNameField | None = None
    warning: NumberParameter | None = None
    critical: NumberParameter | None = None

    @model_validator(mode="after")
    def _of_something(self) -> PreviewQuery:
        if self.metric_name is None and (self.warning is not None or self.critical is not None):
            raise rejection(Code.INVALID_THRESHOLD, "metric_name: expected beside warning or critical")
        return self


class PreviewMonth(ResponseModel):
    """A month, and how its value stands to the thresholds."""

    period: MonthText
    is_over: bool
    value: Number | None = described("Null when it is absent.")
    status: ThresholdStatus = described(
        "`unknown`: no value, no threshold, or a month whose value still grows."
    )


class PreviewLimits(ResponseModel):
    """The thresholds of a preview, in the unit of their subject; null is none."""

    warning: Number | None
    critical: Number | None


class PreviewSubject(ResponseModel):
    """A metric or SmartNumber that takes thresholds, month by month, oldest first."""

    name: str
    label: str
    kind: Literal["smartnumber", "metric"]
    heading: str = described("Its group or section.")
    unit: Unit | Shown
    decimals: int = described("How many decimals of a value are shown.")
    better: Better
    accrues: bool = described(ACCRUES)
    limits: PreviewLimits
    months: list[PreviewMonth]


class ThresholdPreview(ResponseModel):
    """What thresholds mark."""

    subjects: list[PreviewSubject]


@routes.get("/thresholds/preview", query=PreviewQuery, data=ThresholdPreview, tag="thresholds")
def threshold_preview(call: Call[PreviewQuery, NoParameters]) -> ThresholdPreview:
    """What thresholds mark in the last 13 months: those that are set, or of one metric those that the request names."""
    current = Month.of(call.now, call.database.timezone)
    with call.database.read() as connection:
        limits = read_limits(connection, call.database)
        facts = read_facts_between(
            connection, call.database, current.plus(1 - USUAL_MONTHS), current, call.now
        )
    subject = call.query.metric_name
    if subject is None:
        known: Sequence[Metric | SmartNumber] = [*SMARTNUMBERS.values(), *METRICS.values()]
        subjects = [each for each in known if each.better is not Better.NEITHER]
    else:
        subjects = [_with_direction(subject)]
        limits = _wanted(subject.key, call.query)
    values = {each.month: {**each.values, **_numbers(each)} for each in facts}
    found = {
        month: statuses(month, of_month, limits, in_progress=current) for month, of_month in values.items()
    }
    is_over = {each.month: each.is_over for each in facts}
    return ThresholdPreview(subjects=[_subject(each, limits, values, found, is_over) for each in subjects])


def _with_direction(subject: Metric | SmartNumber) -> Metric | SmartNumber:
    try:
        require_direction(subject)
    except ThresholdError as error:
        raise ApiError(Code.INVALID_THRESHOLD, str(error), field="metric_name") from error
    return subject


def _wanted(key: str, query: PreviewQuery) -> list[Threshold]:
    values = {ThresholdType.WARNING: query.warning, ThresholdType.CRITICAL: query.critical}
    return [Threshold(key, type_, value) for type_, value in values.items() if value is not None]


def _numbers(facts: MonthFacts) -> dict[str, Decimal | None]:
    return {key: each.value for key, each in monthly_smartnumbers(facts).items()}


def _subject(
    subject: Metric | SmartNumber,
    limits: Iterable[Threshold],
    values: Mapping[Month, Mapping[str, Decimal | None]],
    found: Mapping[Month, Mapping[str, ThresholdStatus]],
    is_over: Mapping[Month, bool],
) -> PreviewSubject:
    key = subject.key
    limit = {each.type: each.value for each in limits if each.metric_name == key}
    return PreviewSubject.of(
        subject,
        name=key,
        kind="metric" if isinstance(subject, Metric) else "smartnumber",
        heading=subject.section if isinstance(subject, Metric) else subject.group,
        decimals=subject.unit.decimals if isinstance(subject, Metric) else subject.decimals,
        accrues=accrues(key),
        limits=PreviewLimits(
            warning=limit.get(ThresholdType.WARNING), critical=limit.get(ThresholdType.CRITICAL)
        ),
        months=[
            PreviewMonth(
                period=month,
                is_over=is_over[month],
                value=of_month.get(key),
                status=found[month].get(key, ThresholdStatus.UNKNOWN),
            )
            for month, of_month in values.items()
        ],
    )
