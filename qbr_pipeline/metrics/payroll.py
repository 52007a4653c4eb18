"""Employee expense by what people know of it: payroll, less the owner's pay in it.

What belongs here: that one computation, and its words. What does not: keeping what was said (`store.payroll`), and
payroll that comes from accounts of the books (`accounts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from qbr_pipeline.metrics.accounts import OWNERS_FIGURES
from qbr_pipeline.metrics.books import exact_sum
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import in_words

EXPENSE = METRICS["employee_expense"]
"""What is computed."""

PAYROLL = replace(EXPENSE, key="payroll", label="Payroll with the owner's pay in it")
"""What people say instead, in the shape of a metric: it is none, and has no series of its own."""


def owners_pay_missing(values: Mapping[str, Decimal]) -> list[str]:
    """The labels of what must be known of the owner's pay and is not among the `values` of the month."""
    return [METRICS[key].label for key in OWNERS_FIGURES if key not in values]


def employee_expense(payroll: Decimal, values: Mapping[str, Decimal]) -> Decimal | None:
    """Payroll less the owner's pay among the `values` of the month, exactly; None where that is unknown, or more."""
    if owners_pay_missing(values):
        return None
    left = payroll - exact_sum(values[key] for key in OWNERS_FIGURES)
    return left if left >= 0 else None


def how(payroll: Decimal, values: Mapping[str, Decimal]) -> str:
    """How it is computed, as a note: `computed: payroll $50,000 less Owner Compensation $9,000 and ...`."""
    parts = (
        f"{METRICS[key].label} {in_words(values[key], METRICS[key].unit) if key in values else '(not known)'}"
        for key in OWNERS_FIGURES
    )
    return f"computed: payroll {in_words(payroll, PAYROLL.unit)} less {' and '.join(parts)}"
