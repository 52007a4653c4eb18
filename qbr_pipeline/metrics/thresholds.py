"""Thresholds: limits that people set on a metric or SmartNumber, and which of them a period has reached.

What belongs here: which direction is bad, what may be set, what is compared, the status that follows. What
does not: where they are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from qbr_pipeline.metrics.catalogue import (
    METRICS,
    Better,
    Metric,
    RollUp,
    UnknownMetricError,
    Watched,
    find_metric,
)
from qbr_pipeline.metrics.findings import Finding, Rule, ThresholdType
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, Shown, SmartNumber, find_smartnumber, moved_by
from qbr_pipeline.metrics.values import fits, in_words, round_half_up
from qbr_pipeline.metrics.words import period_name, spoken
from qbr_pipeline.periods import Month, Period, Quarter

THRESHOLD_INTEGER_DIGITS = 8
THRESHOLD_DECIMALS = 4
"""What the column numeric(12, 4) holds."""


class ThresholdError(ValueError):
    """A threshold that cannot be set, in a sentence for a person.

    `metric_name` and `type` name the one at fault; without a type its metric takes none at all.
    """

    def __init__(
        self, sentence: str, metric_name: str | None = None, type_: ThresholdType | None = None
    ) -> None:
        self.metric_name = metric_name
        self.type = type_
        super().__init__(sentence)


class ThresholdStatus(StrEnum):
    """How a value stands to its thresholds."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on a metric or SmartNumber, in its unit; `metric_name` is a key (percentages are fractions)."""

    metric_name: str
    type: ThresholdType
    value: Decimal


def check_threshold(threshold: Threshold, others: Iterable[Threshold] = ()) -> Threshold:
    """`threshold` under the key that its name (key or label, any case) stands for.

    `others` are those that are set or being set beside it. Raises ThresholdError for an unknown name, a
    metric of which neither direction is better, a value that the column cannot hold, a warning worse than
    the critical.
    """
    try:
        subject = _find(threshold.metric_name)
    except UnknownMetricError as error:
        raise ThresholdError(str(error)) from error
    require_direction(subject)
    value = threshold.value
    if not fits(value, THRESHOLD_INTEGER_DIGITS) or (
        value != 0
        and (value.adjusted() < -THRESHOLD_DECIMALS or round_half_up(value, THRESHOLD_DECIMALS) != value)
    ):
        raise ThresholdError(
            f"{subject.label}: a threshold is a {_digits(subject)} after the decimal point, "
            f"not {_as_set(subject, value)[:40]}",
            subject.key,
            threshold.type,
        )
    limits = {other.type: other.value for other in others if other.metric_name == subject.key}
    limits[threshold.type] = value
    warning, critical = limits.get(ThresholdType.WARNING), limits.get(ThresholdType.CRITICAL)
    if warning is not None and critical is not None and _is_worse(warning, critical, subject.better):
        raise ThresholdError(
            f"{subject.label}: the warning at {_as_set(subject, warning)} is worse than the critical threshold "
            f"at {_as_set(subject, critical)}; {subject.better} is better here, so the warning must be reached first",
            subject.key,
            ThresholdType.WARNING,
        )
    return Threshold(subject.key, threshold.type, value)


def require_direction(subject: Metric | SmartNumber) -> None:
    """ThresholdError for what takes no threshold: neither more nor less of it is better."""
    if subject.better is Better.NEITHER:
        raise ThresholdError(
            f"{subject.label}: neither more nor less of it is better, so it cannot have a threshold",
            subject.key,
        )


def thresholds(
    period: Period,
    values: Mapping[str, Decimal | None],
    limits: Iterable[Threshold],
    *,
    months_used: Mapping[str, Sequence[Month]] | None = None,
    in_progress: Month | None = None,
) -> list[Finding]:
    """Flags metrics and SmartNumbers of `period` at or beyond a threshold, in the bad direction.

    One finding for each, the critical one before the warning. Quarterly sums are divided by their
    `months_used` (by key; a month uses itself). What depends on a flow is left out while it uses the month
    `in_progress`.
    """
    findings = []
    for key, limits_of_key in _by_name(limits).items():
        value = values.get(key)
        compared = _compared(period, key, value, months_used, in_progress)
        if value is None or compared is None:
            continue
        subject = _find(key)
        type_ = _worst_reached(limits_of_key, compared, subject.better)
        if type_ is not None:
            findings.append(
                _reached(period, subject, value, compared, type_=type_, limit=limits_of_key[type_])
            )
    return findings


def statuses(
    period: Period,
    values: Mapping[str, Decimal | None],
    limits: Iterable[Threshold],
    *,
    months_used: Mapping[str, Sequence[Month]] | None = None,
    in_progress: Month | None = None,
) -> dict[str, ThresholdStatus]:
    """The status of each of `values`, by key; compared as `thresholds` does, with the same arguments.

    Unknown: no value, no threshold, or nothing that could be compared yet.
    """
    by_name = _by_name(limits)
    by_key = {}
    for key, value in values.items():
        by_key[key] = ThresholdStatus.UNKNOWN
        if key not in by_name:
            continue
        compared = _compared(period, key, value, months_used, in_progress)
        if compared is not None:
            type_ = _worst_reached(by_name[key], compared, _find(key).better)
            by_key[key] = ThresholdStatus.OK if type_ is None else ThresholdStatus(type_)
    return by_key


def _by_name(limits: Iterable[Threshold]) -> dict[str, dict[ThresholdType, Decimal]]:
    by_name: dict[str, dict[ThresholdType, Decimal]] = {}
    for limit in limits:
        by_name.setdefault(limit.metric_name, {})[limit.type] = limit.value
    return by_name


def _compared(
    period: Period,
    key: str,
    value: Decimal | None,
    months_used: Mapping[str, Sequence[Month]] | None,
    in_progress: Month | None,
) -> Fraction | None:
    """What of a value is compared with its thresholds: quarterly sums by the month; None when nothing is yet."""
    used = (period,) if isinstance(period, Month) else tuple((months_used or {}).get(key, ()))
    if value is None or (in_progress in used and accrues(key)):
        return None
    if isinstance(period, Quarter) and _is_sum(key):
        return Fraction(value) / len(used) if used else None
    return Fraction(value)


def _worst_reached(
    limits: Mapping[ThresholdType, Decimal], compared: Fraction, better: Better
) -> ThresholdType | None:
    worst_first = (ThresholdType.CRITICAL, ThresholdType.WARNING)
    return next(
        (
            type_
            for type_ in worst_first
            if type_ in limits and not _is_worse(limits[type_], compared, better)
        ),
        None,
    )


def _find(name: str) -> Metric | SmartNumber:
    known = METRICS.get(name) or SMARTNUMBERS.get(name)
    if known is not None:
        return known
    try:
        return find_metric(name)
    except UnknownMetricError as error:
        try:
            return find_smartnumber(name)
        except UnknownMetricError:
            raise error from None


def _is_worse(one: Decimal, other: Decimal | Fraction, better: Better) -> bool:
    return one < other if better is Better.HIGHER else one > other


def _is_sum(key: str) -> bool:
    return METRICS[key].roll_up is RollUp.SUM if key in METRICS else not SMARTNUMBERS[key].formula.divides


def accrues(key: str) -> bool:
    """Whether the metric or SmartNumber `key` grows through its month: one in progress is not compared yet."""
    if key in SMARTNUMBERS:
        return any(accrues(each) for each in SMARTNUMBERS[key].inputs)
    metric = METRICS[key]
    is_stock = metric.watched is Watched.STOCK or metric.roll_up in (RollUp.AVERAGE, RollUp.LAST)
    return not is_stock


def _digits(subject: Metric | SmartNumber) -> str:
    if _is_percentage(subject):
        before, after = THRESHOLD_INTEGER_DIGITS + 2, THRESHOLD_DECIMALS - 2
        return f"percentage with at most {before} digits before and {after}"
    return f"number with at most {THRESHOLD_INTEGER_DIGITS} digits before and {THRESHOLD_DECIMALS}"


def _as_set(subject: Metric | SmartNumber, value: Decimal) -> str:
    """`value` with all its digits, a percentage as people read it."""
    if (
        not _is_percentage(subject)
        or not value.is_finite()
        or abs(value.adjusted()) > THRESHOLD_INTEGER_DIGITS
    ):
        return str(value)
    text = f"{value.scaleb(2):f}"
    return f"{text.rstrip('0').removesuffix('.') if '.' in text else text} %"


def _is_percentage(subject: Metric | SmartNumber) -> bool:
    return isinstance(subject, SmartNumber) and subject.unit is Shown.PERCENT


def _reached(
    period: Period,
    subject: Metric | SmartNumber,
    value: Decimal,
    compared: Fraction,
    *,
    type_: ThresholdType,
    limit: Decimal,
) -> Finding:
    side = "below" if subject.better is Better.HIGHER else "above"
    name = subject.label if isinstance(subject, SmartNumber) else spoken(subject)
    monthly = " a month" if compared != value else ""
    relation = "at" if compared == limit else side
    return found(
        Rule.THRESHOLD,
        subject.key,
        period,
        value,
        expected=f"{'above' if side == 'below' else 'below'} {_display(subject, Fraction(limit))}",
        sentence=f"{name} of {period_name(period)} is {_display(subject, compared)}{monthly}, {relation} "
        f"the {type_} threshold of {_display(subject, Fraction(limit))}",
        moves=(subject.key,) if isinstance(subject, SmartNumber) else moved_by([subject.key]),
        threshold_type=type_,
    )


def _display(subject: Metric | SmartNumber, value: Fraction) -> str:
    rounded = round_half_up(value, THRESHOLD_DECIMALS)
    if isinstance(subject, SmartNumber):
        return subject.display(rounded)
    return in_words(rounded, subject.unit)
