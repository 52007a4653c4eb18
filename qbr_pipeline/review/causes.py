"""One bad input, one finding: which of the findings of a month people are told of.

What belongs here: telling a cause from what follows from it. A value that stands out is told once, by the first rule
that says so, with the SmartNumbers it moves inside; a threshold of a SmartNumber or total that is reached only because
of such a value is not told beside it. The checks themselves show all that their rules find.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from qbr_pipeline.metrics.derived import with_changes
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.rules import history, kin, validation
from qbr_pipeline.metrics.rules.table import POINT_RULES
from qbr_pipeline.metrics.smartnumbers import monthly_smartnumbers
from qbr_pipeline.metrics.thresholds import Threshold, thresholds
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import CheckResults, ReviewContext, everything
from qbr_pipeline.review.context import MonthInContext, SmartNumbersOfMonth, month_in_context


def findings_of_month(
    _context: ReviewContext, facts: MonthInContext, results: CheckResults
) -> Sequence[Finding]:
    """The findings about a month's metrics that people are told of."""
    found = everything(results)
    outstanding = {each.subject: each for each in reversed(found) if each.rule in POINT_RULES}
    reached = [each for each in found if each.rule is Rule.THRESHOLD]
    if reached and outstanding:
        usual = _values_as_usual(facts, outstanding)
        still = _reached(facts.month, usual, facts.limits, facts.in_progress) | outstanding.keys()
        reached = [each for each in reached if each.subject in still]
    others = [each for each in found if each.rule not in (*POINT_RULES, Rule.THRESHOLD)]
    return [*outstanding.values(), *others, *reached]


def findings_of_smartnumbers(
    context: ReviewContext, facts: SmartNumbersOfMonth, results: CheckResults
) -> Sequence[Finding]:
    """The findings about a month's SmartNumbers that people are told of."""
    reached = everything(results)
    if not reached:
        return reached
    numbers = monthly_smartnumbers(as_usual(month_in_context(context)))
    values = {key: number.value for key, number in numbers.items()}
    still = _reached(facts.month, values, facts.limits, facts.in_progress)
    return [each for each in reached if each.subject in still]


def as_usual(facts: MonthInContext) -> MonthFacts:
    """The month had its values that stand out been as in the month before; what is then unknown is absent."""
    found = [*zeros_of(facts), *implausible_of(facts), *changes_of(facts), *unusual_of(facts)]
    outstanding = {each.subject for each in found}
    values = _values_as_usual(facts, outstanding) if outstanding else facts.values
    return MonthFacts(facts.month, values, is_over=facts.progress.is_over)


def _values_as_usual(facts: MonthInContext, outstanding: Collection[str]) -> Mapping[str, Decimal]:
    before = facts.baseline[-1].values
    return with_changes(facts.values, {key: before.get(key) for key in outstanding}, facts.manual_totals)


def zeros_of(facts: MonthInContext) -> list[Finding]:
    """No ticket, no hour, no endpoint, no seat at all."""
    return validation.zeros(facts.month, facts.values, facts.before, facts.progress)


def implausible_of(facts: MonthInContext) -> list[Finding]:
    """Closings and hours that are too few for the tickets of the month."""
    return kin.implausible(facts.month, facts.values, facts.progress)


def changes_of(facts: MonthInContext) -> list[Finding]:
    """Sudden changes against the month before, where that was no exception."""
    before = facts.baseline[-1].values
    return history.changes(facts.month, facts.comparable, before, facts.progress, facts.manual_totals)


def unusual_of(facts: MonthInContext) -> list[Finding]:
    """Values outside the limits of their own history without its exceptions."""
    is_over = facts.progress.is_over
    return history.unusual(
        facts.month, facts.comparable, facts.baseline, is_over=is_over, manual=facts.manual_totals
    )


def _reached(
    month: Month,
    values: Mapping[str, Decimal | None],
    limits: Sequence[Threshold],
    in_progress: Month | None,
) -> set[str]:
    return {each.subject for each in thresholds(month, values, limits, in_progress=in_progress)}
