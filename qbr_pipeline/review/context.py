"""A month in its context: what the rules about its values and SmartNumbers look at.

What belongs here: the shapes, and reading them from the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS, PUBLISHED_VENDORS, Vendor
from qbr_pipeline.metrics.derived import follow, totals
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.limits import BASELINE_MONTHS
from qbr_pipeline.metrics.rules.progress import Progress, progress
from qbr_pipeline.metrics.thresholds import Threshold, thresholds
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import ReviewContext
from qbr_pipeline.store.findings.reading import expected_points
from qbr_pipeline.store.foreign_rows import ForeignRow, foreign_rows
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import manual, present, read_facts_between, read_values


@dataclass(frozen=True, slots=True)
class MonthInContext:
    """A month's values and the months before it.

    `manual`: what people entered of it; `found`: what the collections of its vendors found last; `exceptions`: the
    metrics of earlier months that people expect to stand out; `inputs_due_day`: the day of the next month by which they
    are entered; `foreign`: rows under a vendor that does not own their metric. `now` is aware, `timezone` the business
    one.
    """

    month: Month
    values: Mapping[str, Decimal]
    earlier: Sequence[MonthFacts]
    exceptions: Collection[tuple[Month, str]]
    manual: Mapping[str, Decimal]
    found: Mapping[str, Decimal]
    limits: Sequence[Threshold]
    now: datetime
    timezone: ZoneInfo
    inputs_due_day: int
    foreign: Sequence[ForeignRow] = ()

    @property
    def before(self) -> Mapping[str, Decimal]:
        """The values of the month before."""
        return self.earlier[-1].values

    @property
    def baseline(self) -> Sequence[MonthFacts]:
        """The months before, without their exceptions."""
        return [
            replace(
                facts,
                values={key: value for key, value in facts.values.items() if not self._excepted(facts, key)},
            )
            for facts in self.earlier
        ]

    def _excepted(self, facts: MonthFacts, key: str) -> bool:
        return (facts.month, key) in self.exceptions

    @property
    def comparable(self) -> Mapping[str, Decimal]:
        """The values that may be held against the months before.

        Books of a month in progress may not: they fill up by invoices and payrolls, not day by day.
        """
        if self.progress.is_over:
            return self.values
        booked = {key for key, metric in METRICS.items() if metric.vendor is Vendor.QUICKBOOKS}
        unfinished = follow((booked & self.found.keys()) - self.manual.keys(), self.manual_totals)
        return {key: value for key, value in self.values.items() if key not in unfinished}

    @property
    def manual_totals(self) -> Collection[str]:
        """The derived metrics that a person entered."""
        return totals(self.manual)

    @property
    def progress(self) -> Progress:
        """How much of the month has passed."""
        return progress(self.month, self.now, self.timezone)

    @property
    def in_progress(self) -> Month | None:
        """The month itself while it is not over."""
        return None if self.progress.is_over else self.month


def month_in_context(context: ReviewContext) -> MonthInContext:
    """The facts of an occasion to review a month."""
    connection, database, month = context.connection, context.database, context.month
    first = month.plus(-BASELINE_MONTHS.whole)
    stored = read_values(connection, database, month)
    entered = manual(stored)
    publications = [current_publication(connection, database, vendor, month) for vendor in PUBLISHED_VENDORS]
    return MonthInContext(
        month,
        present(stored),
        earlier=read_facts_between(connection, database, first, month.previous, context.now),
        exceptions=expected_points(connection, database, first, month.previous),
        manual={key: value for key, value in present(stored).items() if key in entered},
        found={key: value for each in publications if each for key, value in each.found.items()},
        limits=read_limits(connection, database),
        now=context.now,
        timezone=database.timezone,
        inputs_due_day=context.settings.inputs_due_day,
        foreign=foreign_rows(connection, database, month),
    )


@dataclass(frozen=True, slots=True)
class SmartNumbersOfMonth:
    """A month's SmartNumbers and the limits they are held against. `in_progress`: the month, while it is not over."""

    month: Month
    values: Mapping[str, Decimal | None]
    limits: Sequence[Threshold]
    in_progress: Month | None


def reached(facts: MonthInContext | SmartNumbersOfMonth) -> list[Finding]:
    """What of a month has reached a threshold."""
    return thresholds(facts.month, facts.values, facts.limits, in_progress=facts.in_progress)


def smartnumbers_of_month(context: ReviewContext) -> SmartNumbersOfMonth:
    """The facts of an occasion to review a month's SmartNumbers."""
    connection, database, month = context.connection, context.database, context.month
    numbers = read_smartnumbers(connection, database, month)
    return SmartNumbersOfMonth(
        month,
        {key: number.value for key, number in numbers.items()},
        read_limits(connection, database),
        None if month.is_over(context.now, database.timezone) else month,
    )
