"""Checks of a quarter: thresholds, a sum held against its months used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.thresholds import Threshold, thresholds
from qbr_pipeline.orchestration.checks.rules import Check, Evidence, checks_of
from qbr_pipeline.orchestration.partitions import QUARTERS, quarter_of
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.settings import settings
from qbr_pipeline.store.reading import quarterly_metrics, stored_smartnumbers
from qbr_pipeline.store.thresholds import limits


@dataclass(frozen=True, slots=True)
class QuarterFacts:
    """Values of a quarter by key, the months each was made of, and the month of it that is in progress, if any."""

    quarter: Quarter
    values: Mapping[str, Decimal | None]
    months_used: Mapping[str, Sequence[Month]]
    limits: Sequence[Threshold]
    in_progress: Month | None


def _metrics(evidence: Evidence) -> QuarterFacts:
    quarter = quarter_of(evidence.context)
    stored = quarterly_metrics(evidence.database, quarter)
    return QuarterFacts(
        quarter,
        {key: value.value for key, value in stored.items()},
        {key: value.months_used for key, value in stored.items()},
        limits(evidence.database),
        _in_progress(evidence, quarter),
    )


def _smartnumbers(evidence: Evidence) -> QuarterFacts:
    quarter = quarter_of(evidence.context)
    stored = stored_smartnumbers(evidence.database, quarter)
    return QuarterFacts(
        quarter,
        {key: number.value for key, number in stored.items()},
        {key: number.months_used for key, number in stored.items()},
        limits(evidence.database),
        _in_progress(evidence, quarter),
    )


def _in_progress(evidence: Evidence, quarter: Quarter) -> Month | None:
    current = Month.of(evidence.now, settings().timezone)
    return current if current in quarter.months else None


def _kept(facts: QuarterFacts) -> list[Finding]:
    return thresholds(
        facts.quarter,
        facts.values,
        facts.limits,
        months_used=facts.months_used,
        in_progress=facts.in_progress,
    )


_CHECKS = [
    Check[QuarterFacts](
        "thresholds_are_kept", "Nothing has reached a threshold that somebody set for it.", _kept
    )
]

QUARTERLY_CHECKS = (
    checks_of("quarterly_metrics", QUARTERS, _CHECKS, _metrics),
    checks_of("quarterly_smartnumbers", QUARTERS, _CHECKS, _smartnumbers),
)
