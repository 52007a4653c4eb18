"""Closings and hours beside the tickets of their own month."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.metrics.rules.kin import implausible
from qbr_pipeline.metrics.rules.progress import progress
from qbr_pipeline.periods import Month

MAY = Month(2025, 5)
CHICAGO = ZoneInfo("America/Chicago")
OVER = progress(MAY, datetime(2025, 6, 15, tzinfo=UTC), CHICAGO)


def subjects(created, closed, hours, how_far=OVER):
    values = {
        "reactive_tickets_created": created,
        "reactive_tickets_closed": closed,
        "reactive_time_spent": hours,
    }
    present = {key: Decimal(value) for key, value in values.items() if value is not None}
    found = implausible(MAY, present, how_far)
    assert all(each.rule is Rule.IMPLAUSIBLE for each in found)
    return [each.subject for each in found]


@pytest.mark.parametrize(
    ("created", "closed", "hours", "expected"),
    [
        (350, 350, 0, ["reactive_time_spent"]),
        (350, 0, 100, ["reactive_tickets_closed"]),
        (30, 5, 100, ["reactive_tickets_closed"]),
        (30, 6, 100, []),
        (29, 0, 0, []),
        (100, 100, "4.99", ["reactive_time_spent"]),
        (100, 100, 5, []),
        (100, None, 0, []),
        (100, 100, None, []),
        (None, 0, 0, []),
        (100, 10, 0, ["reactive_tickets_closed", "reactive_time_spent"]),
    ],
)
def test_a_month_with_tickets_has_closings_and_hours(created, closed, hours, expected) -> None:
    assert subjects(created, closed, hours) == expected


@pytest.mark.parametrize(("day", "expected"), [(6, []), (7, ["reactive_time_spent"])])
def test_the_month_in_progress_is_tested_from_day_7(day, expected) -> None:
    how_far = progress(MAY, datetime(2025, 5, day, 18, tzinfo=UTC), CHICAGO)
    assert subjects(40, 40, 0, how_far) == expected


def test_the_sentence_says_beside_what_and_how_much_was_to_be_expected() -> None:
    values = {
        "reactive_tickets_created": Decimal(350),
        "reactive_tickets_closed": Decimal(340),
        "reactive_time_spent": Decimal(0),
    }
    (finding,) = implausible(MAY, values, OVER)
    assert finding.sentence.startswith("Time on reactive tickets of May 2025: 0")
    assert (
        "is implausible beside reactive tickets created 350, reactive tickets closed 340" in finding.sentence
    )
    assert "3 minutes for each ticket closed" in finding.sentence
    assert "rhem" in finding.moves


@given(
    created=st.integers(30, 5000),
    share=st.fractions(0, 1),
    minutes=st.integers(3, 600),
)
def test_what_reaches_both_limits_is_never_flagged(created, share, minutes) -> None:
    closed = max(-(-created // 5), int(created * share))
    assert subjects(created, closed, Decimal(closed * minutes) / 60 + 1) == []
