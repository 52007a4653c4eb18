"""The reviews of a quarter: thresholds, a sum held against its months used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rollup import roll_up
from qbr_pipeline.metrics.smartnumbers import SmartNumberValue, quarterly_smartnumbers
from qbr_pipeline.metrics.thresholds import Threshold, thresholds
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.review.causes import as_usual
from qbr_pipeline.review.checks import Check, CheckResults, Review, ReviewContext, everything
from qbr_pipeline.review.context import month_in_context
from qbr_pipeline.store.reading import QuarterlyValue, read_quarterly, read_smartnumbers
from qbr_pipeline.store.thresholds import read_limits


@dataclass(frozen=True, slots=True)
class QuarterFacts:
    """Values of a quarter by key, the months each was made of, and the month of it that is in progress, if any."""

    quarter: Quarter
    values: Mapping[str, Decimal | None]
    months_used: Mapping[str, Sequence[Month]]
    limits: Sequence[Threshold]
    in_progress: Month | None


def _metrics(context: ReviewContext) -> QuarterFacts:
    return _facts(context, read_quarterly(context.connection, context.database, context.quarter))


def _smartnumbers(context: ReviewContext) -> QuarterFacts:
    return _facts(context, read_smartnumbers(context.connection, context.database, context.quarter))


def _facts(
    context: ReviewContext, stored: Mapping[str, QuarterlyValue] | Mapping[str, SmartNumberValue]
) -> QuarterFacts:
    current = Month.of(context.now, context.database.timezone)
    return QuarterFacts(
        context.quarter,
        {key: each.value for key, each in stored.items()},
        {key: each.months_used for key, each in stored.items()},
        read_limits(context.connection, context.database),
        current if current in context.quarter.months else None,
    )


def _reached(facts: QuarterFacts, values: Mapping[str, Decimal | None]) -> list[Finding]:
    return thresholds(
        facts.quarter, values, facts.limits, months_used=facts.months_used, in_progress=facts.in_progress
    )


def _select(context: ReviewContext, facts: QuarterFacts, results: CheckResults) -> Sequence[Finding]:
    """What is reached also had the values that stand out been as usual: those are told with their months."""
    reached = everything(results)
    if not reached:
        return reached
    months = [as_usual(month_in_context(replace(context, period=month))) for month in facts.quarter.months]
    values: dict[str, Decimal | None] = {
        **{key: value.value for key, value in roll_up(facts.quarter, months).items()},
        **{key: number.value for key, number in quarterly_smartnumbers(facts.quarter, months).items()},
    }
    still = {each.subject for each in _reached(facts, values)}
    return [each for each in reached if each.subject in still]


_CHECKS = (Check[QuarterFacts]("thresholds_are_kept", lambda facts: _reached(facts, facts.values)),)

QUARTERLY_METRICS = Review("quarterly_metrics", _CHECKS, _metrics, _select)
QUARTERLY_SMARTNUMBERS = Review("quarterly_smartnumbers", _CHECKS, _smartnumbers, _select)
