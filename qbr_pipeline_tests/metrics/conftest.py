"""Months to reason about: a steady business, and the moments from which rules look at it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.periods import Month


@pytest.fixture
def chicago() -> ZoneInfo:
    return ZoneInfo("America/Chicago")


@pytest.fixture
def long_after(chicago: ZoneInfo) -> datetime:
    return datetime(2026, 6, 1, 12, tzinfo=chicago)


@pytest.fixture
def steady() -> Mapping[str, Decimal]:
    """Every collected metric and input of an ordinary month, and a total revenue of 175,000."""
    values = {
        "reactive_tickets_created": "350",
        "reactive_tickets_closed": "348",
        "reactive_time_spent": "150.25",
        "endpoints_managed": "594",
        "seats_managed": "546",
        "nrr": "10000",
        "mrr": "110000",
        "orr": "5000",
        "product_sales": "50000",
        "employee_expense": "60000",
        "owner_comp_taxes": "2000",
        "owner_comp": "10000",
        "product_cogs": "40000",
        "other_expenses": "30000",
        "employees": "8.5",
        "technical_employees": "5.5",
        "agreements": "37",
        "telemarketing_dials": "400",
        "first_time_appointments": "8",
        "prospects_to_pbr": "3",
        "new_agreements": "2",
        "new_mrr": "3000",
        "lost_mrr": "500",
        "cash_reserve": "250000",
        "ar_over_90_days": "4000",
        "average_monthly_expenses": "120000",
    }
    return {key: Decimal(text) for key, text in values.items()}


@pytest.fixture
def year_before(steady: Mapping[str, Decimal]) -> list[MonthFacts]:
    """The twelve months before October 2025, all over, each a little different from the one before."""
    return [
        MonthFacts(
            Month(2025, 10).plus(-n),
            {key: value * (100 + n % 3 - 1) / 100 for key, value in steady.items()},
            is_over=True,
        )
        for n in range(12, 0, -1)
    ]
