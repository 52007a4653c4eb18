"""The 18 SmartNumbers: what they are, and how a month or a quarter makes them.

What belongs here: their formulas, the rule of the months used, the receipt that explains a value.
What does not: how single metrics roll up to a quarter (`rollup`), thresholds (`thresholds`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from qbr_pipeline.metrics.absence import Absence, AbsenceCode, missing_inputs
from qbr_pipeline.metrics.catalogue import (
    METRICS,
    Better,
    Metric,
    RollUp,
    UnknownMetricError,
    find_metric,
    known_metric,
    plain_label,
)
from qbr_pipeline.metrics.derived import follow
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.formula import Formula
from qbr_pipeline.metrics.names import did_you_mean, normalise_name, quoted
from qbr_pipeline.metrics.values import number, round_half_up
from qbr_pipeline.periods import Month, Period, Quarter

STORED_DECIMALS = 4


class Group(StrEnum):
    """The headings under which the SmartNumbers are shown."""

    OPERATIONS = "Operations"
    PROFIT = "Profit"
    REVENUE = "Revenue"
    LEVERAGE = "Leverage"
    SALES = "Sales"


class Shown(StrEnum):
    """What a SmartNumber is shown as. A percentage is stored as a fraction: 0.9991 is shown as 99.91 %."""

    NUMBER = "number"
    HOURS = "hours"
    DOLLARS = "dollars"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class SmartNumber:
    """One SmartNumber. `decimals` are those of the stored number that are shown; `note`: what its label leaves open.

    The names in `formula` stand for sums of flows and plain averages of headcounts and device counts over the
    months used; `months` is how many those are.
    """

    number: int
    key: str
    label: str
    group: Group
    formula: Formula
    better: Better
    decimals: int
    unit: Shown
    note: str | None = None

    @property
    def plain_label(self) -> str:
        """The label without the sign of a number before it: in a spreadsheet # begins an error."""
        return plain_label(self.label)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The keys of the metrics that it is made of."""
        return tuple(name for name in self.formula.names if name != "months")

    def display(self, value: Decimal) -> str:
        """`value` as a person reads it: `99.91 %`, `$155,647.06`, `0.2537`."""
        if self.unit is Shown.PERCENT:
            return f"{round_half_up(Fraction(value) * 100, self.decimals - 2):,f} %"
        text = f"{abs(round_half_up(value, self.decimals)):,f}"
        sign = "-" if value < 0 else ""
        return f"{sign}${text}" if self.unit is Shown.DOLLARS else f"{sign}{text}"


@dataclass(frozen=True, slots=True)
class SmartNumberValue:
    """A SmartNumber of a month or quarter. `value` has 4 decimals, or is None when it cannot be computed.

    `inputs`: the sums and averages it was made of; `method`: the receipt, kept as `calculation_method`. `absence`: why
    there is no value; None when there is one, and of what was read from storage, which does not keep it.
    """

    key: str
    value: Decimal | None
    inputs: Mapping[str, Decimal]
    months_used: tuple[Month, ...]
    provisional: bool
    method: str
    absence: Absence | None = None


_OPERATIONS, _PROFIT, _REVENUE, _LEVERAGE, _SALES = Group
_HIGHER, _LOWER, _ = Better
_NUMBER, _IN_HOURS, _DOLLARS, _PERCENT = Shown

# 167 are the assumed working hours per technician and month.
# fmt: off
_TABLE = (
    (1, "tickets_per_tech_per_month", "Reactive Tickets / Tech / Month (closed)", _OPERATIONS,
     "reactive_tickets_closed / technical_employees / months", _LOWER, 2, _NUMBER),
    (2, "total_close_pct", "Total Close %", _OPERATIONS,
     "reactive_tickets_closed / reactive_tickets_created", _HIGHER, 4, _PERCENT),
    (3, "tickets_per_endpoint_per_month", "Reactive Tickets / Endpoint / Month (new)", _OPERATIONS,
     "reactive_tickets_created / endpoints_managed / months", _LOWER, 4, _NUMBER),
    (4, "rhem", "RHEM (Reactive Hours / Endpoint / Month)", _OPERATIONS,
     "reactive_time_spent / endpoints_managed / months", _LOWER, 4, _IN_HOURS),
    (5, "avg_resolution_time", "Average Resolution Time", _OPERATIONS,
     "reactive_time_spent / reactive_tickets_closed", _LOWER, 4, _IN_HOURS),
    (6, "reactive_service_pct", "Reactive Service %", _OPERATIONS,
     "(reactive_time_spent / months) / (technical_employees * 167)", _LOWER, 4, _PERCENT),
    (7, "net_profit_pct", "Net Profit %", _PROFIT,
     "net_profit / total_revenue", _HIGHER, 4, _PERCENT),
    (8, "revenue_from_services_pct", "% of Revenue from Services", _REVENUE,
     "(nrr + mrr) / total_revenue", _HIGHER, 4, _PERCENT),
    (9, "services_from_mrr_pct", "% of Services from MRR", _REVENUE,
     "mrr / (nrr + mrr)", _HIGHER, 4, _PERCENT),
    (10, "annual_service_rev_per_employee", "Annualized Service Revenue / Employee", _LEVERAGE,
     "(nrr + mrr) / employees * 12 / months", _HIGHER, 2, _DOLLARS),
    (11, "annual_service_rev_per_tech", "Annualized Service Revenue / Technical Employee", _LEVERAGE,
     "(nrr + mrr) / technical_employees * 12 / months", _HIGHER, 2, _DOLLARS),
    (12, "avg_aisp", "Average AISP (all-in seat price)", _LEVERAGE,
     "mrr / seats_managed / months", _HIGHER, 2, _DOLLARS),
    (13, "avg_mrr_per_agreement", "Average MRR", _LEVERAGE,
     "mrr / agreements / months", _HIGHER, 2, _DOLLARS),
    (14, "new_mrr_added", "New MRR added", _SALES,
     "new_mrr", _HIGHER, 2, _DOLLARS),
    (15, "lost_mrr_churn", "Lost MRR (churn)", _SALES,
     "lost_mrr", _LOWER, 2, _DOLLARS),
    (16, "net_mrr_gain", "Net MRR gain", _SALES,
     "new_mrr - lost_mrr", _HIGHER, 2, _DOLLARS),
    (17, "dials_per_appointment", "# of dials / appointment", _SALES,
     "telemarketing_dials / first_time_appointments", _LOWER, 2, _NUMBER),
    (18, "sales_call_close_pct", "Sales Call Close %", _SALES,
     "new_agreements / first_time_appointments", _HIGHER, 4, _PERCENT),
)
# fmt: on

_NOTES = {
    "avg_resolution_time": "hours worked per closed ticket",
    "avg_mrr_per_agreement": "per agreement",
}

SMARTNUMBERS: Mapping[str, SmartNumber] = MappingProxyType(
    {
        key: SmartNumber(
            position, key, label, group, Formula(formula), better, decimals, unit, _NOTES.get(key)
        )
        for position, key, label, group, formula, better, decimals, unit in _TABLE
    }
)


def find_smartnumber(text: str) -> SmartNumber:
    """The SmartNumber whose key or label is `text`, in any case; UnknownMetricError names what comes near."""
    found = _by_name().get(normalise_name(text))
    if found is None:
        raise UnknownMetricError(f"{quoted(text)} is not a SmartNumber{did_you_mean(text, _by_name())}")
    return found


def find_number(text: str) -> Metric | SmartNumber:
    """The metric or SmartNumber of that key or label, in any case; UnknownMetricError names what comes near."""
    return known_number(text) or find_metric(text)


def known_number(text: str) -> Metric | SmartNumber | None:
    """The same, or None: a name of a source or a setting, or of a version whose catalogue had it."""
    return known_metric(text) or _by_name().get(normalise_name(text))


@cache
def _by_name() -> dict[str, SmartNumber]:
    return {normalise_name(name): each for each in SMARTNUMBERS.values() for name in (each.key, each.label)}


def moved_by(keys: Collection[str], manual: Collection[str] = ()) -> tuple[str, ...]:
    """The SmartNumbers that move with one of the metrics `keys`, also through what derives from them."""
    moved = follow(keys, manual)
    return tuple(each.key for each in SMARTNUMBERS.values() if moved.intersection(each.inputs))


def monthly_smartnumbers(facts: MonthFacts) -> dict[str, SmartNumberValue]:
    """All 18 of one month, by key. Those of a month in progress are provisional."""
    values = {}
    for each in SMARTNUMBERS.values():
        used = _with_inputs(each, [facts])
        values[each.key] = _value(each, used, (facts,), provisional=not facts.is_over)
    return values


def quarterly_smartnumbers(quarter: Quarter, facts: Sequence[MonthFacts]) -> dict[str, SmartNumberValue]:
    """All 18 of `quarter`, by key, from what is known of its months. Months in any order; others are ignored.

    Months used: those that are over and have every input; only if there is none, the month in progress when
    it has them all. With fewer than three the value is provisional.
    """
    months = sorted((each for each in facts if each.month in quarter.months), key=lambda each: each.month)
    over = [each for each in months if each.is_over]
    in_progress = [each for each in months if not each.is_over][:1]
    known = tuple(months) or tuple(MonthFacts(month, {}, is_over=False) for month in quarter.months)
    values = {}
    for each in SMARTNUMBERS.values():
        used = _with_inputs(each, over) or _with_inputs(each, in_progress)
        provisional = len(used) < len(quarter.months) or not all(month.is_over for month in used)
        values[each.key] = _value(each, used, known, provisional=provisional)
    return values


def smartnumbers_of(period: Period, facts: Sequence[MonthFacts]) -> dict[str, SmartNumberValue]:
    """All 18 of a month, whose facts come first, or of a quarter; by key."""
    return (
        monthly_smartnumbers(facts[0]) if isinstance(period, Month) else quarterly_smartnumbers(period, facts)
    )


def explained(
    period: Period, numbers: Mapping[str, SmartNumberValue], facts: Sequence[MonthFacts]
) -> Mapping[str, SmartNumberValue]:
    """`numbers` of a period as they were stored, with the reason beside each that has no value."""
    if all(each.value is not None or each.absence is not None for each in numbers.values()):
        return numbers
    computed = smartnumbers_of(period, facts)
    return {
        key: replace(each, absence=computed[key].absence) if each.value is None else each
        for key, each in numbers.items()
    }


def _with_inputs(smartnumber: SmartNumber, months: Iterable[MonthFacts]) -> tuple[MonthFacts, ...]:
    return tuple(each for each in months if each.values.keys() >= set(smartnumber.inputs))


def _value(
    smartnumber: SmartNumber,
    used: tuple[MonthFacts, ...],
    known: tuple[MonthFacts, ...],
    *,
    provisional: bool,
) -> SmartNumberValue:
    months = tuple(each.month for each in used)
    inputs: dict[str, Fraction] = {key: _over_months(key, used) for key in smartnumber.inputs if used}
    value: Decimal | None = None
    absence = None if used else missing_inputs(smartnumber.inputs, known)
    if used:
        try:
            exact = smartnumber.formula.of({**inputs, "months": Fraction(len(used))})
            value = round_half_up(exact, STORED_DECIMALS)
        except ZeroDivisionError:
            absence = Absence(AbsenceCode.ZERO_DIVISOR)
    parts = [smartnumber.formula.text, *_outcome(absence)]
    if used:
        parts += [_input_in_words(key, exact) for key, exact in inputs.items()]
        parts.append(f"months used: {', '.join(map(str, months))}")
        parts += _remarks(inputs, used)
    return SmartNumberValue(
        key=smartnumber.key,
        value=value,
        inputs={key: round_half_up(exact, STORED_DECIMALS) for key, exact in inputs.items()},
        months_used=months,
        provisional=provisional,
        method="; ".join([*parts, *(["provisional"] if provisional and used else [])]),
        absence=absence,
    )


def _over_months(key: str, used: Sequence[MonthFacts]) -> Fraction:
    total = sum((Fraction(each.values[key]) for each in used), Fraction(0))
    return total / len(used) if METRICS[key].roll_up is RollUp.AVERAGE else total


def _input_in_words(key: str, value: Fraction) -> str:
    how = "average" if METRICS[key].roll_up is RollUp.AVERAGE else "sum"
    return f"{key} = {number(value)} ({how})"


def _remarks(keys: Iterable[str], used: Sequence[MonthFacts]) -> list[str]:
    """How inputs were counted, each remark once with its months."""
    months: dict[str, list[str]] = {}
    for key in keys:
        for each in used:
            if key in each.remarks:
                months.setdefault(f"{key} {each.remarks[key]}", []).append(str(each.month))
    return [f"{remark} ({', '.join(which)})" for remark, which in months.items()]


def _outcome(absence: Absence | None) -> list[str]:
    """What the receipt says where there is no value."""
    if absence is None:
        return []
    lacking = "; ".join(f"{each.period} lacks {', '.join(each.names)}" for each in absence.missing)
    return [f"no value: {lacking or 'the divisor is zero'}"]
