"""The financial and sales inputs of a made-up MSP, as a person would enter them month by month.

What belongs here: invention, as a pure function of month and seed.
What does not: entering the values anywhere.
The books agree with themselves: MRR is last month's plus what was won less what was lost, agreements
likewise, and the average of the prior year's expenses is that of its twelve months.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from qbr_pipeline.periods import Month

FOUNDED = Month(2022, 1)
FIRST_MONTH = FOUNDED.plus(12)
"""The first month with inputs: the average of the prior year's expenses needs a prior year."""

_FIRST_MRR = Decimal(82_000)
_FIRST_AGREEMENTS = 28
_FIRST_CASH = 140_000
_GROWTH_A_MONTH = Decimal("0.005")
_STAFF = (
    # employees and technical employees, up to and including a month
    (Month(2023, 3), Decimal("7.5"), Decimal("4.5")),
    (Month(2024, 8), Decimal("8"), Decimal("5")),
    (Month(9999, 12), Decimal("8.5"), Decimal("5.5")),
)


@dataclass(frozen=True, slots=True)
class _Sales:
    """What a month's sales work won and lost; MRR in dollars."""

    dials: int
    appointments: int
    prospects: int
    agreements_won: int
    agreements_lost: int
    mrr_won: Decimal
    mrr_lost: Decimal


def demo_inputs(month: Month, seed: int = 1) -> dict[str, Decimal]:
    """A value for every input metric of the catalogue, by key; the same for the same month and seed.

    ValueError for a month before FIRST_MONTH.
    """
    if month < FIRST_MONTH:
        raise ValueError(
            f"the made-up company has no inputs for {month}: its first month with inputs is {FIRST_MONTH}"
        )
    history = [_sales(past, seed) for past in Month.span(FOUNDED, month)]
    sales = history[-1]
    prior_year = Month.span(Month(month.year - 1, 1), Month(month.year - 1, 12))
    prior_expenses = sum(
        (amount for past in prior_year for amount in _expenses(past, seed).values()), Decimal()
    )
    employees, technical = next((everybody, techs) for until, everybody, techs in _STAFF if month <= until)
    balances = _chance(month, seed, "balances")
    return {
        "mrr": _FIRST_MRR + sum((past.mrr_won - past.mrr_lost for past in history), Decimal()),
        **_other_revenue(month, seed),
        **_expenses(month, seed),
        "employees": employees,
        "technical_employees": technical,
        "agreements": Decimal(
            _FIRST_AGREEMENTS + sum(past.agreements_won - past.agreements_lost for past in history)
        ),
        "telemarketing_dials": Decimal(sales.dials),
        "first_time_appointments": Decimal(sales.appointments),
        "prospects_to_pbr": Decimal(sales.prospects),
        "new_agreements": Decimal(sales.agreements_won),
        "new_mrr": sales.mrr_won,
        "lost_mrr": sales.mrr_lost,
        "cash_reserve": _dollars(balances, _FIRST_CASH, 12_000) + 900 * len(history),
        "ar_over_90_days": _dollars(balances, 4_100, 3_000),
        "average_monthly_expenses": (prior_expenses / 12).quantize(Decimal("0.01")),
    }


def _sales(month: Month, seed: int) -> _Sales:
    chance = _chance(month, seed, "sales")
    appointments = chance.randint(4, 9)
    won = chance.choices((0, 1, 2), weights=(58, 37, 5))[0]
    lost = chance.choices((0, 1), weights=(67, 33))[0]
    return _Sales(
        dials=appointments * chance.randint(32, 48) + chance.randint(0, 30),
        appointments=appointments,
        prospects=chance.randint(won, won + 3),
        agreements_won=won,
        agreements_lost=lost,
        mrr_won=_dollars(chance, 350, 250)
        + sum((_dollars(chance, 2_150, 800) for _ in range(won)), Decimal()),
        mrr_lost=_dollars(chance, 200, 150)
        + sum((_dollars(chance, 2_050, 850) for _ in range(lost)), Decimal()),
    )


def _other_revenue(month: Month, seed: int) -> dict[str, Decimal]:
    chance = _chance(month, seed, "revenue")
    return {
        "nrr": _grown(_dollars(chance, 9_000, 3_200), month),
        "orr": _grown(_dollars(chance, 2_600, 300), month),
        "product_sales": _grown(_dollars(chance, 37_500, 11_000), month),
        "misc_revenue": _dollars(chance, 700, 600),
    }


def _expenses(month: Month, seed: int) -> dict[str, Decimal]:
    chance = _chance(month, seed, "expenses")
    return {
        "employee_expense": _grown(_dollars(chance, 57_500, 1_500), month),
        "owner_comp_taxes": _grown(_dollars(chance, 2_600, 0), month),
        "owner_comp": _grown(_dollars(chance, 13_500, 0), month),
        "product_cogs": _grown(_dollars(chance, 29_500, 5_000), month),
        "other_expenses": _grown(_dollars(chance, 26_000, 2_500), month),
    }


def _chance(month: Month, seed: int, subject: str) -> random.Random:
    return random.Random(f"{seed}:{subject}:{month}")  # noqa: S311


def _dollars(chance: random.Random, middle: int, spread: int) -> Decimal:
    """An amount in cents around `middle` dollars, at most `spread` dollars away."""
    return Decimal(chance.randint((middle - spread) * 100, (middle + spread) * 100)) / 100


def _grown(amount: Decimal, month: Month) -> Decimal:
    months = (month.year - FOUNDED.year) * 12 + month.month - FOUNDED.month
    return (amount * (1 + _GROWTH_A_MONTH * months)).quantize(Decimal("0.01"))
