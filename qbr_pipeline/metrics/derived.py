"""Derived metrics: those that follow from other metrics of the same month.

What belongs here: their formulas, and what feeds what. What does not: formulas of the SmartNumbers, which
also depend on how many months are used (`smartnumbers`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.formula import Formula
from qbr_pipeline.metrics.values import fits, quantize

_EXPENSES = "employee_expense + owner_comp_taxes + owner_comp + product_cogs + other_expenses"

DERIVATIONS: Mapping[str, Formula] = MappingProxyType(
    {
        "total_revenue": Formula("nrr + mrr + orr + product_sales + misc_revenue"),
        "total_expenses": Formula(_EXPENSES),
        "net_profit": Formula("total_revenue - total_expenses"),
        "cash_reserve_ratio": Formula("cash_reserve / average_monthly_expenses"),
        "msp_turning_point": Formula("(nrr + mrr) / (employee_expense + owner_comp + other_expenses)"),
        "msp_turning_difference": Formula(
            "(nrr + mrr) - (employee_expense + owner_comp_taxes + owner_comp + other_expenses)"
        ),
        "labor_efficiency_ratio": Formula("(total_revenue - product_cogs) / (employee_expense + owner_comp)"),
        "gross_margin": Formula("(total_revenue - product_cogs) / total_revenue"),
        "gross_margin_per_employee": Formula("(total_revenue - product_cogs) / employees"),
    }
)
"""By key, totals before what is made of them."""


def derive(values: Mapping[str, Decimal], manual: Collection[str] = ()) -> dict[str, Decimal]:
    """Every derived metric that `values` of one month allow, rounded as storage keeps it.

    Keys in `manual` are left to the person who entered them; their values are parts like any other. Other
    derived values in `values` are ignored: they are what is computed anew. A result that the column cannot
    hold is absent. Formulas: the catalogue's table.
    """
    known = {key: value for key, value in values.items() if key not in DERIVATIONS or key in manual}
    computed: dict[str, Decimal] = {}
    for key in DERIVATIONS:
        exact = None if key in manual else compute(key, known)
        value = None if exact is None else quantize(exact, METRICS[key].unit)
        if value is not None and fits(value):
            known[key] = computed[key] = value
    return computed


def totals(keys: Collection[str]) -> set[str]:
    """Those of `keys` that are derived from other metrics: when a person enters one, it is no longer computed."""
    return {key for key in keys if key in DERIVATIONS}


def with_changes(
    values: Mapping[str, Decimal], changes: Mapping[str, Decimal | None], manual: Collection[str]
) -> dict[str, Decimal]:
    """The values of a month had some been as in `changes` (None: absent), with all that follows from them.

    `manual`: what a person entered; the totals among it stay, and so do those in `changes`.
    """
    kept = {*totals(manual), *changes}
    given = {
        key: value
        for key, value in {**values, **changes}.items()
        if value is not None and (key not in DERIVATIONS or key in kept)
    }
    return given | derive(given, [key for key in kept if key in given])


def compute(key: str, values: Mapping[str, Decimal] | Mapping[str, Fraction]) -> Fraction | None:
    """The derived metric `key` from its parts, exact; None when one is absent or the divisor is zero.

    An optional part that is absent counts as nothing.
    """
    if any(part not in values for part in required_parts(key)):
        return None
    parts = {
        part: Fraction(values[part]) if part in values else Fraction(0) for part in DERIVATIONS[key].names
    }
    try:
        return DERIVATIONS[key].of(parts)
    except ZeroDivisionError:
        return None


def required_parts(key: str) -> tuple[str, ...]:
    """The metrics in the formula of the derived metric `key` that must be present."""
    return tuple(part for part in DERIVATIONS[key].names if not METRICS[part].optional)


def required_inputs(key: str) -> tuple[str, ...]:
    """The inputs that the derived metric `key` needs in the end, in the catalogue's order."""
    needed: set[str] = set()
    for part in required_parts(key):
        needed.update(required_inputs(part) if part in DERIVATIONS else (part,))
    return tuple(each for each in METRICS if each in needed)


def follow(keys: Collection[str], manual: Collection[str] = ()) -> frozenset[str]:
    """`keys` and every derived metric that moves with one of them, except those entered by hand."""
    moved = set(keys)
    for key, formula in DERIVATIONS.items():
        if key not in manual and moved.intersection(formula.names):
            moved.add(key)
    return frozenset(moved)
