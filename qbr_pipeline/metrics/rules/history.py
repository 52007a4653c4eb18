"""Rules that compare a month with the months before it: sudden changes, and values unusual for their history.

What belongs here: rules over several months. What does not: which months are read, and when a month must be
judged again because another one changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind, Watched
from qbr_pipeline.metrics.derived import DERIVATIONS, compute
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.limits import Limit
from qbr_pipeline.metrics.rules.progress import Progress
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import moved_by
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.metrics.words import about, month_name, percent, period_name, spoken
from qbr_pipeline.periods import Month

_CHANGE = {Watched.FLOW: limits.CHANGE_OF_FLOW, Watched.STOCK: limits.CHANGE_OF_STOCK}
_UNUSUAL = {Watched.FLOW: limits.UNUSUAL_FLOW, Watched.STOCK: limits.UNUSUAL_STOCK}


@dataclass(frozen=True, slots=True)
class _Shift:
    """A value beside what it is compared with."""

    now: Fraction
    usual: Fraction

    def is_at_least(self, share: Limit) -> bool:
        """Whether it moved by that share of the usual; against 0 every move is one."""
        return self.now != self.usual and abs(self.now - self.usual) >= share.exact * abs(self.usual)

    @property
    def in_percent(self) -> str:
        return f" ({percent((self.now - self.usual) / abs(self.usual))})" if self.usual else ""


@dataclass(frozen=True, slots=True)
class _NaturalLimits:
    """The natural process limits of some months, and the value of the last of them."""

    mean: Fraction
    low: Fraction
    high: Fraction
    last: Fraction
    months: int

    @classmethod
    def of(cls, values: Sequence[Fraction]) -> _NaturalLimits:
        mean = sum(values, Fraction(0)) / len(values)
        ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
        reach = limits.MOVING_RANGES.exact * sum(ranges, Fraction(0)) / len(ranges)
        return cls(mean, mean - reach, mean + reach, values[-1], len(values))


def changes(
    month: Month,
    values: Mapping[str, Decimal],
    before: Mapping[str, Decimal],
    progress: Progress,
    manual: Collection[str] = (),
) -> list[Finding]:
    """Flags watched metrics that moved by at least the limit of a change against the month before.

    Flows of the month in progress are held against what was to be expected by now, once that is testable. A
    total that moved only because a part moved adds no second finding.
    """
    shifts: dict[str, _Shift] = {}
    for metric, watched in _watched():
        now, then = values.get(metric.key), before.get(metric.key)
        if now is None or then is None:
            continue
        is_flow = watched is Watched.FLOW
        if is_flow and not progress.flows_are_testable(then):
            continue
        shift = _Shift(Fraction(now), progress.expected(then) if is_flow else Fraction(then))
        if shift.is_at_least(_CHANGE[watched]):
            shifts[metric.key] = shift

    def has_changed(key: str, value: Fraction) -> bool:
        limit = _CHANGE[METRICS[key].watched or Watched.FLOW]
        return _Shift(value, shifts[key].usual).is_at_least(limit)

    usual = {key: shift.usual for key, shift in shifts.items()}
    return [
        _changed(METRICS[key], month, values[key], before[key], shifts[key], progress=progress, manual=manual)
        for key in _by_themselves(usual, values, manual, has_changed)
    ]


def _changed(
    metric: Metric,
    month: Month,
    now: Decimal,
    then: Decimal,
    shift: _Shift,
    *,
    progress: Progress,
    manual: Collection[str],
) -> Finding:
    verb = "fell" if shift.now < shift.usual else "rose"
    now_text, then_text = in_words(now, metric.unit), in_words(then, metric.unit)
    sentence = f"{spoken(metric)} {verb} from {then_text} to {now_text}{shift.in_percent} against"
    sentence = f"{sentence} {month_name(month.previous)}"
    usual_text = then_text
    if metric.watched is Watched.FLOW and not progress.is_over:
        usual_text = about(shift.usual, metric)
        sentence = (
            f"{spoken(metric)}: {now_text} by {month_name(month)} {progress.day}, where about {usual_text} "
            f"were to be expected{shift.in_percent} after {then_text} in {month_name(month.previous)}"
        )
    limit = _CHANGE[metric.watched or Watched.FLOW]
    return found(
        Rule.CHANGE,
        metric.key,
        month,
        now,
        expected=f"within {limit} of {usual_text}",
        sentence=sentence,
        moves=moved_by([metric.key], manual),
    )


def unusual(
    month: Month,
    values: Mapping[str, Decimal],
    history: Sequence[MonthFacts],
    *,
    is_over: bool,
    manual: Collection[str] = (),
) -> list[Finding]:
    """Flags watched metrics outside the natural limits of their own history that moved by at least a share.

    The baseline: the months before `month` in `history` (any order) that are over and have the metric, as far
    back and at least as many as the limits say. Moved is meant against the last month of the baseline, so that
    a step to a new level is told once. Flows only when `month` is over.
    """
    outside: dict[str, _NaturalLimits] = {}
    for metric, watched in _watched():
        if metric.key not in values or (watched is Watched.FLOW and not is_over):
            continue
        natural = _baseline(metric.key, month, history)
        if natural is not None and _is_unusual(Fraction(values[metric.key]), natural, _UNUSUAL[watched]):
            outside[metric.key] = natural

    def is_unusual(key: str, value: Fraction) -> bool:
        return _is_unusual(value, outside[key], _UNUSUAL[METRICS[key].watched or Watched.FLOW])

    usual = {key: natural.mean for key, natural in outside.items()}
    return [
        _outside(METRICS[key], month, values[key], outside[key], manual)
        for key in _by_themselves(usual, values, manual, is_unusual)
    ]


def _is_unusual(value: Fraction, natural: _NaturalLimits, share: Limit) -> bool:
    is_outside = not natural.low <= value <= natural.high
    return is_outside and _Shift(value, natural.last).is_at_least(share)


def _baseline(key: str, month: Month, history: Iterable[MonthFacts]) -> _NaturalLimits | None:
    first = month.plus(-limits.BASELINE_MONTHS.whole)
    earlier = {
        facts.month: Fraction(facts.values[key])
        for facts in history
        if facts.is_over and first <= facts.month < month and key in facts.values
    }
    values = [earlier[each] for each in sorted(earlier)]
    return _NaturalLimits.of(values) if len(values) >= limits.LEAST_BASELINE.whole else None


def _outside(
    metric: Metric, month: Month, value: Decimal, natural: _NaturalLimits, manual: Collection[str]
) -> Finding:
    low = natural.low if metric.may_be_negative else max(natural.low, Fraction(0))
    expected = f"between {about(low, metric)} and {about(natural.high, metric)}"
    change = _Shift(Fraction(value), natural.mean).in_percent
    return found(
        Rule.UNUSUAL,
        metric.key,
        month,
        value,
        expected=expected,
        sentence=f"{spoken(metric)} of {period_name(month)}: {in_words(value, metric.unit)} is unusual{change}; the "
        f"{natural.months} months before let about {about(natural.mean, metric)} be expected, "
        f"{expected}",
        moves=moved_by([metric.key], manual),
    )


def _by_themselves(
    usual: Mapping[str, Fraction],
    values: Mapping[str, Decimal],
    manual: Collection[str],
    stands_out: Callable[[str, Fraction], bool],
) -> Iterator[str]:
    """Those of the flagged metrics, whose `usual` values these are, that stand out by themselves.

    A computed total does when it would also stand out had its flagged parts been as usual.
    """
    for key in usual:
        without_parts = _without_flagged_parts(key, values, usual, manual)
        if without_parts is None or stands_out(key, without_parts):
            yield key


def _without_flagged_parts(
    key: str, values: Mapping[str, Decimal], usual_parts: Mapping[str, Fraction], manual: Collection[str]
) -> Fraction | None:
    """What a computed total would be had its flagged parts been as usual; None when none of them is."""
    if METRICS[key].kind is not MetricKind.DERIVED or key in manual:
        return None
    flagged = {part: usual for part, usual in usual_parts.items() if part in DERIVATIONS[key].names}
    exact = {part: Fraction(value) for part, value in values.items()}
    return compute(key, exact | flagged) if flagged else None


def _watched() -> list[tuple[Metric, Watched]]:
    return [(metric, metric.watched) for metric in METRICS.values() if metric.watched is not None]
