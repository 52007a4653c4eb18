"""Rules that look at one month: are its values possible, whole, and as people entered them.

What belongs here: rules over the values of one month. What does not: comparisons with other months
(`history`), device snapshots (`snapshots`), limits that people set (`thresholds`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind, Unit, Vendor, Watched
from qbr_pipeline.metrics.derived import DERIVATIONS, compute, required_inputs, required_parts
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.names import did_you_mean, quoted
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.progress import Progress
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, moved_by
from qbr_pipeline.metrics.values import fault, in_words, number
from qbr_pipeline.metrics.words import labels, month_name, percent, period_name, spoken
from qbr_pipeline.periods import Month

NEVER_ZERO = tuple(key for key, metric in METRICS.items() if metric.kind is MetricKind.COLLECTED)


def invalid_values(
    month: Month, values: Mapping[str, Decimal | None], manual: Collection[str] = ()
) -> list[Finding]:
    """Blocks what is not a number, infinite, beyond the column, or negative where none is allowed.

    A computed total may be negative when its parts are; one entered `manual` only where the catalogue says
    so.
    """
    findings = []
    for key, value in values.items():
        metric = METRICS[key]
        computed = metric.kind is MetricKind.DERIVED and key not in manual
        reason = None
        if value is not None:
            reason = fault(value, may_be_negative=metric.may_be_negative or computed)
        if reason is not None:
            findings.append(
                found(
                    Rule.INVALID_VALUE,
                    key,
                    month,
                    value,
                    expected="a number that fits the column"
                    + ("" if metric.may_be_negative else ", not negative"),
                    sentence=f"{spoken(metric)} of {period_name(month)} {reason}: {value}. "
                    "Nothing was published.",
                    moves=moved_by([key], manual),
                )
            )
    return findings


def count_mismatch(month: Month, source: str, fetched: int, counted: int, reads: int) -> list[Finding]:
    """Blocks a collection whose rows still differ from the source's own count after `reads` reads."""
    if fetched == counted:
        return []
    sentence = (
        f"{source} of {period_name(month)}: {fetched:,} rows were fetched, the source counts {counted:,}, "
        f"also after {reads} reads. Nothing was published."
    )
    return [
        found(
            Rule.COUNT_MISMATCH,
            source,
            month,
            Decimal(fetched),
            expected=f"{counted:,} rows",
            sentence=sentence,
        )
    ]


def recount_differs(
    month: Month, values: Mapping[str, Decimal], recounted: Mapping[str, Decimal]
) -> list[Finding]:
    """Blocks values that counting the same rows another way does not confirm."""
    return [
        found(
            Rule.COUNT_MISMATCH,
            key,
            month,
            value,
            expected=in_words(recounted[key], METRICS[key].unit) if key in recounted else "a value",
            sentence=f"{spoken(METRICS[key])} of {period_name(month)}: {in_words(value, METRICS[key].unit)} was "
            "computed, but counting the stored rows again does not confirm it. Nothing was published.",
            moves=moved_by([key]),
        )
        for key, value in values.items()
        if recounted.get(key) != value
    ]


def unknown_boards(month: Month, wanted: Iterable[str], existing: Collection[str]) -> list[Finding]:
    """Blocks a configured board that does not exist: it would give a year of silent zeros."""
    return [
        _unknown(
            month, "QBR_REACTIVE_BOARDS", f"the board {quoted(name)}, which does not exist", name, existing
        )
        for name in wanted
        if name not in existing
    ]


def unknown_statuses(month: Month, wanted: Iterable[str], existing: Collection[str]) -> list[Finding]:
    """Blocks a configured closed status that none of the reactive boards has, for the same reason."""
    return [
        _unknown(
            month,
            "QBR_CLOSED_STATUSES",
            f"the status {quoted(name)}, which none of the reactive boards has",
            name,
            existing,
        )
        for name in wanted
        if name not in existing
    ]


def _unknown(month: Month, setting: str, fault_in_it: str, name: str, existing: Collection[str]) -> Finding:
    return found(
        Rule.UNKNOWN_BOARD,
        setting,
        month,
        None,
        expected="one of " + ", ".join(quoted(each) for each in sorted(existing))
        if existing
        else "an existing name",
        sentence=f"{setting} names {fault_in_it}{did_you_mean(name, existing) or '.'} Nothing was published.",
        moves=moved_by([key for key, metric in METRICS.items() if metric.vendor is Vendor.CONNECTWISE]),
        listed=(name,),
    )


def zeros(
    month: Month,
    values: Mapping[str, Decimal],
    before: Mapping[str, Decimal],
    progress: Progress,
) -> list[Finding]:
    """Flags a collected value of nothing at all; a flow of the month in progress only once that is testable.

    `before`: the values of the month before, from which it is known how many those are.
    """
    findings = []
    for key in NEVER_ZERO:
        is_flow = METRICS[key].watched is Watched.FLOW
        if values.get(key) != 0 or (is_flow and not progress.flows_are_testable(before.get(key))):
            continue
        what = "count" if METRICS[key].unit is Unit.COUNT else "total"
        sentence = f"{spoken(METRICS[key])}: the {what} for {period_name(month)} is 0"
        moves = moved_by([key])
        findings.append(
            found(Rule.ZERO, key, month, Decimal(0), expected="more than 0", sentence=sentence, moves=moves)
        )
    return findings


def restated(
    month: Month, old: Mapping[str, Decimal], new: Mapping[str, Decimal], *, was_closed: bool
) -> list[Finding]:
    """Flags published values of a closed month that changed by at least a share and a unit.

    A unit is a ticket, an hour, a dollar. A value that was 0 has no percent: one unit is enough. Derived
    metrics are left out, they follow their inputs.
    """
    findings = []
    for key in METRICS if was_closed else ():
        if key not in old or key not in new or METRICS[key].kind is MetricKind.DERIVED:
            continue
        metric, was, now = METRICS[key], Fraction(old[key]), Fraction(new[key])
        if abs(now - was) < max(limits.RESTATED_UNITS.exact, limits.RESTATED_SHARE.exact * abs(was)):
            continue
        change = f" ({percent((now - was) / abs(was))})" if was else ""
        findings.append(
            found(
                Rule.RESTATED,
                key,
                month,
                new[key],
                expected=in_words(was, metric.unit),
                sentence=f"{spoken(metric)} of {period_name(month)} changed from {in_words(was, metric.unit)} to "
                f"{in_words(now, metric.unit)}{change} after the month was closed",
                moves=moved_by([key]),
            )
        )
    return findings


def manual_differs(
    month: Month, manual: Mapping[str, Decimal], collected: Mapping[str, Decimal]
) -> list[Finding]:
    """Flags values entered by hand that the collector now finds to be different; the manual value stays."""
    return [
        found(
            Rule.MANUAL_DIFFERS,
            key,
            month,
            entered,
            expected=in_words(collected[key], METRICS[key].unit),
            sentence=f"{_entered(METRICS[key], month, entered)}; "
            f"the collection finds {in_words(collected[key], METRICS[key].unit)}. The entered value stays.",
            moves=moved_by([key]),
        )
        for key, entered in manual.items()
        if key in collected and collected[key] != entered
    ]


def _entered(metric: Metric, month: Month, value: Decimal) -> str:
    return f"{spoken(metric)} of {period_name(month)}: {in_words(value, metric.unit)} was entered by hand"


def parts_differ(month: Month, values: Mapping[str, Decimal], manual: Collection[str]) -> list[Finding]:
    """Flags derived metrics entered by hand that differ from what their parts give.

    By more than the tolerance of a total, or of a ratio.
    """
    findings = []
    for key in DERIVATIONS:
        computed = compute(key, values) if key in manual and key in values else None
        metric = METRICS[key]
        tolerance = limits.RATIO_TOLERANCE if metric.unit is Unit.RATIO else limits.TOTAL_TOLERANCE
        if computed is None or abs(Fraction(values[key]) - computed) <= tolerance.exact:
            continue
        findings.append(
            found(
                Rule.PARTS_DIFFER,
                key,
                month,
                values[key],
                expected=in_words(computed, metric.unit),
                sentence=f"{_entered(metric, month, values[key])}; "
                f"its parts give {in_words(computed, metric.unit)} ({DERIVATIONS[key].text})",
                moves=moved_by([key], manual),
            )
        )
    return findings


def absent(
    month: Month,
    values: Collection[str],
    now: datetime,
    due_day: int,
    timezone: ZoneInfo,
    *,
    manual: Collection[str] = (),
) -> list[Finding]:
    """One finding that lists the expected inputs of `month` missing after `due_day` of the next month.

    Expected are inputs that people give and that are not optional; not those that only serve totals which
    were entered `manual`. Days are those of `timezone`; a due day that a month lacks is its last one.
    """
    due = month.next.first_day.replace(day=min(due_day, month.next.last_day.day))
    missing = [key for key in expected_inputs(manual) if key not in values]
    if not missing or now.astimezone(timezone).date() <= due:
        return []
    sentence = (
        f"{number(Decimal(len(missing)))} inputs of {period_name(month)} are missing; they were due by "
        f"{month_name(month.next)} {due.day}: {labels(missing)}"
        if len(missing) > 1
        else f"{labels(missing)} of {period_name(month)} is missing; it was due by "
        f"{month_name(month.next)} {due.day}"
    )
    return [
        found(
            Rule.ABSENT,
            missing[0] if len(missing) == 1 else "inputs",
            month,
            None,
            expected=f"every input by {due.isoformat()}",
            sentence=sentence,
            moves=moved_by(missing, manual),
            listed=missing,
        )
    ]


def expected_inputs(manual: Collection[str] = ()) -> tuple[str, ...]:
    """The inputs that a month is incomplete without, given the derived metrics entered `manual`.

    All that are not optional, except the parts of a total entered by hand that no SmartNumber asks for.
    """
    spared = {part for key in manual if key in DERIVATIONS for part in required_inputs(key)}
    asked_for = {key for each in SMARTNUMBERS.values() for key in each.inputs}
    for key in reversed(list(DERIVATIONS)):
        if key in asked_for and key not in manual:
            asked_for.update(required_parts(key))
    return tuple(
        key
        for key, metric in METRICS.items()
        if metric.kind is MetricKind.INPUT and not metric.optional and (key in asked_for or key not in spared)
    )
