"""The reviews of a month as a whole: collected, entered and derived, beside its neighbours; and of its SmartNumbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics import history, thresholds, validation
from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, METRICS, Kind
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.progress import Progress, progress
from qbr_pipeline.metrics.thresholds import Threshold
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import Check, Occasion, Review
from qbr_pipeline.settings import settings
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import DataSource, present, read_facts, read_values


@dataclass(frozen=True, slots=True)
class MonthInContext:
    """A month's values and the months before it.

    `manual`: what people entered of it; `found`: what the collections of its vendors found last. `now` is aware,
    `timezone` the business one.
    """

    month: Month
    values: Mapping[str, Decimal]
    earlier: Sequence[MonthFacts]
    manual: Mapping[str, Decimal]
    found: Mapping[str, Decimal]
    limits: Sequence[Threshold]
    now: datetime
    timezone: ZoneInfo

    @property
    def before(self) -> Mapping[str, Decimal]:
        """The values of the month before."""
        return self.earlier[-1].values

    @property
    def by_hand(self) -> Collection[str]:
        """The derived metrics that a person entered."""
        return {key for key in self.manual if METRICS[key].kind is Kind.DERIVED}

    @property
    def progress(self) -> Progress:
        """How much of the month has passed."""
        return progress(self.month, self.now, self.timezone)

    @property
    def in_progress(self) -> Month | None:
        """The month itself while it is not over."""
        return None if self.progress.is_over else self.month


def _in_context(occasion: Occasion) -> MonthInContext:
    connection, database, month = occasion.connection, occasion.database, occasion.month
    stored = read_values(connection, database, month)
    publications = [current_publication(connection, database, owner, month) for owner in COLLECTED_VENDORS]
    return MonthInContext(
        month,
        present(stored),
        earlier=[
            read_facts(connection, database, each, occasion.now)
            for each in Month.span(month.plus(-history.BASELINE_MONTHS), month.previous)
        ],
        manual=present({key: value for key, value in stored.items() if value.source is DataSource.MANUAL}),
        found={key: value for each in publications if each for key, value in each.found.items()},
        limits=read_limits(connection, database),
        now=occasion.now,
        timezone=database.timezone,
    )


@dataclass(frozen=True, slots=True)
class SmartNumbersOfMonth:
    """A month's SmartNumbers and the limits they are held against. `in_progress`: the month, while it is not over."""

    month: Month
    values: Mapping[str, Decimal | None]
    limits: Sequence[Threshold]
    in_progress: Month | None


def _smartnumbers(occasion: Occasion) -> SmartNumbersOfMonth:
    month, database = occasion.month, occasion.database
    numbers = read_smartnumbers(occasion.connection, database, month)
    is_over = month.is_over(occasion.now, database.timezone)
    return SmartNumbersOfMonth(
        month,
        {key: number.value for key, number in numbers.items()},
        read_limits(occasion.connection, database),
        None if is_over else month,
    )


MONTHLY_METRICS = Review(
    "monthly_metrics",
    (
        Check[MonthInContext](
            "not_zero",
            "No ticket, no endpoint or no seat at all is hardly ever true.",
            lambda facts: validation.zeros(facts.month, facts.values, facts.before, facts.progress),
        ),
        Check[MonthInContext](
            "change_is_plausible",
            "No watched metric moved by 50 % (a stock by 25 %) against the month before.",
            lambda facts: history.changes(
                facts.month, facts.values, facts.before, facts.progress, facts.by_hand
            ),
        ),
        Check[MonthInContext](
            "value_is_usual",
            "Every watched metric lies within the natural limits of its own last 12 months.",
            lambda facts: history.unusual(
                facts.month,
                facts.values,
                facts.earlier,
                is_over=facts.progress.is_over,
                by_hand=facts.by_hand,
            ),
        ),
        Check[MonthInContext](
            "totals_match_their_parts",
            "A total that was entered by hand equals what its parts give.",
            lambda facts: validation.parts_differ(facts.month, facts.values, facts.by_hand),
        ),
        Check[MonthInContext](
            "entries_by_hand_agree",
            "What a person entered in place of a collected value equals what the collector finds.",
            lambda facts: validation.manual_differs(facts.month, facts.manual, facts.found),
        ),
        Check[MonthInContext](
            "inputs_are_entered",
            "Every expected input is there by QBR_INPUTS_DUE_DAY of the next month.",
            lambda facts: validation.absent(
                facts.month,
                facts.values,
                facts.now,
                settings().inputs_due_day,
                facts.timezone,
                by_hand=facts.by_hand,
            ),
        ),
        Check[MonthInContext](
            "thresholds_are_kept",
            "No metric has reached a threshold that somebody set for it.",
            lambda facts: thresholds.thresholds(
                facts.month, facts.values, facts.limits, in_progress=facts.in_progress
            ),
        ),
    ),
    _in_context,
)
MONTHLY_SMARTNUMBERS = Review(
    "monthly_smartnumbers",
    (
        Check[SmartNumbersOfMonth](
            "thresholds_are_kept",
            "No SmartNumber has reached a threshold that somebody set for it.",
            lambda facts: thresholds.thresholds(
                facts.month, facts.values, facts.limits, in_progress=facts.in_progress
            ),
        ),
    ),
    _smartnumbers,
)
