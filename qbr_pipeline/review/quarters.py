"""The reviews of a quarter: thresholds, a sum held against its months used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qbr_pipeline.metrics.thresholds import Threshold, thresholds
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.review.checks import Check, Occasion, Review
from qbr_pipeline.store.reading import read_quarterly, read_smartnumbers
from qbr_pipeline.store.thresholds import read_limits


@dataclass(frozen=True, slots=True)
class QuarterFacts:
    """Values of a quarter by key, the months each was made of, and the month of it that is in progress, if any."""

    quarter: Quarter
    values: Mapping[str, Decimal | None]
    months_used: Mapping[str, Sequence[Month]]
    limits: Sequence[Threshold]
    in_progress: Month | None


def _metrics(occasion: Occasion) -> QuarterFacts:
    stored = read_quarterly(occasion.connection, occasion.database, occasion.quarter)
    return _facts(
        occasion,
        {key: value.value for key, value in stored.items()},
        {key: value.months_used for key, value in stored.items()},
    )


def _smartnumbers(occasion: Occasion) -> QuarterFacts:
    stored = read_smartnumbers(occasion.connection, occasion.database, occasion.quarter)
    return _facts(
        occasion,
        {key: number.value for key, number in stored.items()},
        {key: number.months_used for key, number in stored.items()},
    )


def _facts(
    occasion: Occasion, values: Mapping[str, Decimal | None], months_used: Mapping[str, Sequence[Month]]
) -> QuarterFacts:
    current = Month.of(occasion.now, occasion.database.timezone)
    return QuarterFacts(
        occasion.quarter,
        values,
        months_used,
        read_limits(occasion.connection, occasion.database),
        current if current in occasion.quarter.months else None,
    )


_CHECKS = (
    Check[QuarterFacts](
        "thresholds_are_kept",
        "Nothing has reached a threshold that somebody set for it.",
        lambda facts: thresholds(
            facts.quarter,
            facts.values,
            facts.limits,
            months_used=facts.months_used,
            in_progress=facts.in_progress,
        ),
    ),
)

QUARTERLY_METRICS = Review("quarterly_metrics", _CHECKS, _metrics)
QUARTERLY_SMARTNUMBERS = Review("quarterly_smartnumbers", _CHECKS, _smartnumbers)
