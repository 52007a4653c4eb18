"""One bad input, one finding: which of the findings of a month people are told of.

What belongs here: telling a cause from what follows from it. A value that stands out is told once, by the first rule
that says so, with the SmartNumbers it moves inside; a threshold of a SmartNumber or total that is reached only because
of such a value is not told beside it. The checks themselves show all that their rules find.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from qbr_pipeline.metrics import history, validation
from qbr_pipeline.metrics.catalogue import METRICS, Kind
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.smartnumbers import monthly_smartnumbers
from qbr_pipeline.metrics.thresholds import thresholds
from qbr_pipeline.review.checks import Verdicts, everything
from qbr_pipeline.review.context import MonthInContext, SmartNumbersOfMonth
from qbr_pipeline.store.findings import POINT_RULES


def told_of_month(facts: MonthInContext, verdicts: Verdicts) -> Sequence[Finding]:
    """The findings about a month's metrics that people are told of."""
    found = everything(facts, verdicts)
    standing_out = _first_of_each([each for each in found if each.rule in POINT_RULES])
    usual = _values_as_usual(facts, standing_out.keys()) if standing_out else facts.values
    reached_anyway = _reached(facts, usual) | standing_out.keys()
    others = (each for each in found if each.rule not in POINT_RULES)
    return [
        *standing_out.values(),
        *(each for each in others if each.rule is not Rule.THRESHOLD or each.subject in reached_anyway),
    ]


def told_of_smartnumbers(facts: SmartNumbersOfMonth, verdicts: Verdicts) -> Sequence[Finding]:
    """The findings about a month's SmartNumbers that people are told of."""
    found, context = everything(facts, verdicts), facts.context
    if not found:
        return found
    numbers = monthly_smartnumbers(as_usual(context))
    reached_anyway = _reached(context, {key: number.value for key, number in numbers.items()})
    return [each for each in found if each.subject in reached_anyway]


def as_usual(facts: MonthInContext) -> MonthFacts:
    """The month had its values that stand out been as in the month before; what is then unknown is absent."""
    standing_out = {each.subject for each in [*zeros_of(facts), *changes_of(facts), *unusual_of(facts)]}
    values = _values_as_usual(facts, standing_out) if standing_out else facts.values
    return MonthFacts(facts.month, values, is_over=facts.progress.is_over)


def zeros_of(facts: MonthInContext) -> list[Finding]:
    """No ticket, no endpoint, no seat at all."""
    return validation.zeros(facts.month, facts.values, facts.before, facts.progress)


def changes_of(facts: MonthInContext) -> list[Finding]:
    """Sudden changes against the month before, where that was no exception."""
    before = facts.baseline[-1].values
    return history.changes(facts.month, facts.values, before, facts.progress, facts.by_hand)


def unusual_of(facts: MonthInContext) -> list[Finding]:
    """Values outside the limits of their own history without its exceptions."""
    is_over = facts.progress.is_over
    return history.unusual(facts.month, facts.values, facts.baseline, is_over=is_over, by_hand=facts.by_hand)


def _first_of_each(found: Sequence[Finding]) -> dict[str, Finding]:
    return {each.subject: each for each in reversed(found)}


def _values_as_usual(facts: MonthInContext, standing_out: Collection[str]) -> Mapping[str, Decimal]:
    before = facts.baseline[-1].values
    values = {key: value for key, value in facts.values.items() if key not in standing_out}
    values |= {key: before[key] for key in standing_out if key in before}
    kept = {*facts.by_hand, *standing_out}
    given = {
        key: value for key, value in values.items() if METRICS[key].kind is not Kind.DERIVED or key in kept
    }
    return given | derive(given, [key for key in kept if key in given])


def _reached(facts: MonthInContext, values: Mapping[str, Decimal | None]) -> set[str]:
    found = thresholds(facts.month, values, facts.limits, in_progress=facts.in_progress)
    return {each.subject for each in found}
