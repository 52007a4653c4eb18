"""Facts about a source: one finding over all the months in which it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.decisions import Decision, FindingKey, acknowledge
from qbr_pipeline.store.findings.reading import FindingFilter, State, StoredFinding, events, find
from qbr_pipeline.store.findings.records import record

JANUARY, FEBRUARY, MARCH = Month.span(Month(2025, 1), Month(2025, 3))
MONDAY = datetime(2025, 6, 16, 3, 30, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def unknown_devices(month: Month, devices: int = 1) -> Finding:
    return Finding(
        rule=Rule.NODE_CLASS,
        severity=Severity.WARN,
        subject="devices",
        period=month,
        value=Decimal(devices),
        expected="a known node class",
        sentence=f"The node class of {devices} of 20 devices of {month} is unknown",
        moves=("rhem",),
    )


@pytest.fixture
def review(database: Database) -> Callable[..., list[StoredFinding]]:
    """Records what the review of a month finds, and gives all that is kept then."""

    def record_(month: Month, *found: Finding, now: datetime = MONDAY) -> list[StoredFinding]:
        with database.begin() as connection:
            record(connection, database, "ninja_devices", month, found, now)
        return kept(database, now)

    return record_


def kept(database: Database, now: datetime = MONDAY, **wanted: object) -> list[StoredFinding]:
    return database.fetch(find, FindingFilter(**wanted), now, limit=100, offset=0).findings  # type: ignore[arg-type]


def test_a_fact_of_many_months_is_one_finding_that_lists_them_and_says_what_the_newest_says(
    database, review
) -> None:
    for month in (FEBRUARY, JANUARY, MARCH):
        review(month, unknown_devices(month, month.month))
    [found] = kept(database)
    assert found.finding == unknown_devices(MARCH, 3)
    assert found.months == (JANUARY, FEBRUARY, MARCH)
    assert [each.new_state for each in database.fetch(events, found.id)] == [State.OPEN]


def test_the_order_in_which_months_are_reviewed_does_not_matter(database, review) -> None:
    for month in (MARCH, JANUARY, FEBRUARY):
        review(month, unknown_devices(month))
    [found] = kept(database)
    assert (found.finding, found.months) == (unknown_devices(MARCH), (JANUARY, FEBRUARY, MARCH))


def test_a_fact_loses_the_months_in_which_it_is_no_longer_found_and_is_resolved_with_the_last(
    database, review
) -> None:
    for month in (JANUARY, FEBRUARY, MARCH):
        review(month, unknown_devices(month))
    [found] = review(MARCH, now=TUESDAY)
    assert (found.finding, found.months, found.state) == (
        unknown_devices(FEBRUARY),
        (JANUARY, FEBRUARY),
        State.OPEN,
    )
    review(JANUARY, now=TUESDAY)
    [gone] = review(FEBRUARY, now=TUESDAY)
    assert (gone.state, gone.why) == (State.RESOLVED, "it is no longer found")
    [back] = review(JANUARY, unknown_devices(JANUARY), now=TUESDAY)
    assert (back.id, back.state, back.months) == (found.id, State.OPEN, (JANUARY,))


def test_an_acknowledged_fact_stays_so_until_its_newest_month_says_something_else(database, review) -> None:
    for month in (JANUARY, FEBRUARY):
        review(month, unknown_devices(month))
    key = FindingKey("devices", JANUARY, Rule.NODE_CLASS)
    acknowledge(database, key, Decision("Ann", MONDAY, "a toaster"))
    assert review(JANUARY, unknown_devices(JANUARY, 7))[0].state is State.ACKNOWLEDGED
    assert review(MARCH, unknown_devices(MARCH))[0].state is State.ACKNOWLEDGED
    [opened] = review(MARCH, unknown_devices(MARCH, 2))
    assert (opened.state, opened.why) == (State.OPEN, "its value has changed")


@pytest.mark.parametrize(
    ("wanted", "is_there"),
    [
        ({"period": JANUARY}, True),
        ({"period": FEBRUARY}, False),
        ({"period": MARCH}, True),
        ({"first": FEBRUARY, "last": FEBRUARY}, False),
        ({"first": JANUARY, "last": FEBRUARY}, True),
        ({"first": FEBRUARY}, True),
        ({"last": JANUARY}, True),
        ({"first": MARCH.next}, False),
        ({"last": JANUARY.previous}, False),
    ],
)
def test_a_fact_is_found_by_each_of_its_months(wanted, is_there, database, review) -> None:
    review(JANUARY, unknown_devices(JANUARY))
    review(MARCH, unknown_devices(MARCH))
    assert bool(kept(database, **wanted)) is is_there


def test_what_other_reviews_and_rules_find_in_the_same_month_is_kept_beside_it(database, review) -> None:
    change = replace(unknown_devices(MARCH), rule=Rule.SNAPSHOT, sentence="old")
    assert len(review(MARCH, unknown_devices(MARCH), change)) == 2
    [fact] = [each for each in review(MARCH, unknown_devices(MARCH)) if each.state is State.OPEN]
    assert fact.finding.rule is Rule.NODE_CLASS
