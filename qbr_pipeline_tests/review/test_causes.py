"""What stands out in a month, by the values in their context: no database is needed to ask."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.periods import Month
from qbr_pipeline.review.causes import changes_of, unusual_of
from qbr_pipeline.review.context import MonthInContext

OCTOBER = Month(2025, 10)
CHICAGO = ZoneInfo("America/Chicago")
USUAL = {"mrr": Decimal(100_000), "total_revenue": Decimal(150_000), "endpoints_managed": Decimal(600)}
EARLY, OVER = datetime(2025, 10, 9, 22, 30, tzinfo=CHICAGO), datetime(2025, 11, 9, 22, 30, tzinfo=CHICAGO)
NOW = {"mrr": Decimal(33_000), "total_revenue": Decimal(120_000), "endpoints_managed": Decimal(200)}
BOOKS = {"mrr": NOW["mrr"], "nrr": Decimal(9_000)}
TYPED = {"mrr": NOW["mrr"]}


@pytest.mark.parametrize(
    ("found", "manual", "now", "expected"),
    [
        (BOOKS, {}, EARLY, {"endpoints_managed"}),
        (BOOKS, {}, OVER, {"endpoints_managed", "mrr"}),
        (BOOKS, TYPED, EARLY, {"endpoints_managed", "mrr"}),
        ({}, TYPED, EARLY, {"endpoints_managed", "mrr", "total_revenue"}),
    ],
    ids=["books so far", "books of a whole month", "a person against the books", "a person without books"],
)
def test_books_of_a_month_in_progress_are_not_held_against_whole_months(
    found: dict[str, Decimal], manual: dict[str, Decimal], now: datetime, expected: set[str]
) -> None:
    earlier = [
        MonthFacts(OCTOBER.plus(-n), {key: value + n for key, value in USUAL.items()}, is_over=True)
        for n in range(8, 0, -1)
    ]
    facts = MonthInContext(OCTOBER, NOW, earlier, (), manual, found, (), now, CHICAGO, 10)
    assert {each.subject for each in (*changes_of(facts), *unusual_of(facts))} == expected
