"""Reviews from the database alone: what is found, recorded and told when a value changes and no Dagster runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.findings import Rule, ThresholdType
from qbr_pipeline.metrics.smartnumbers import moved_by
from qbr_pipeline.metrics.thresholds import Threshold
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.review.checks import Check, ReviewContext
from qbr_pipeline.review.months import MONTHLY_METRICS
from qbr_pipeline.review.reviewing import carry_out, review_after, review_month
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database, lock_findings
from qbr_pipeline.store.findings.decisions import Decision, FindingKey, acknowledge, expect
from qbr_pipeline.store.findings.reading import FindingFilter, State, StoredFinding, events, find
from qbr_pipeline.store.thresholds import set_thresholds
from qbr_pipeline_tests.entries import release, set_values

NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
RULES = Settings.read({}).review
APRIL, MAY, JUNE = Month.span(Month(2025, 4), Month(2025, 6))

Enter = Callable[..., None]
ResponseModel = Callable[..., list[StoredFinding]]


@pytest.fixture
def enter(database: Database) -> Enter:
    """Enters values of a month as the API and the command line do, and has reviewed what that concerns."""

    def enter_(month: Month, **values: str) -> None:
        numbers = {key: Decimal(value) for key, value in values.items()}
        set_values(database, month, numbers, by="Ann", now=NOW)
        review_after(database, RULES, month, values, NOW)

    return enter_


@pytest.fixture
def told(database: Database) -> ResponseModel:
    """The findings that hold now, missing inputs left aside."""

    def told_(period: Period | None = None, states: Collection[State] | None = None) -> list[StoredFinding]:
        wanted = FindingFilter(states=states or set(State) - {State.RESOLVED}, period=period)
        found = database.fetch(find, wanted, NOW, limit=1000, offset=0).findings
        return [each for each in found if each.finding.rule is not Rule.ABSENT]

    return told_


def summary(found: list[StoredFinding]) -> list[tuple[str, str, str]]:
    return [(str(each.finding.period), each.finding.rule, each.finding.subject) for each in found]


def history_of(enter: Enter, last: Month, months: int, **values: str) -> None:
    for month in Month.span(last.plus(1 - months), last):
        enter(month, **values)


def test_a_sudden_change_is_found_at_once_and_resolves_when_it_is_corrected(enter, told) -> None:
    enter(APRIL, employees="8")
    enter(MAY, employees="12")
    [found] = told()
    assert found.finding.sentence == "Employees rose from 8 to 12 (+50 %) against April"
    assert found.finding.moves == moved_by(["employees"])
    enter(MAY, employees="9")
    assert told() == []
    [gone] = told(MAY, [State.RESOLVED])
    assert gone.id == found.id


def test_a_change_of_the_month_before_is_found_in_the_month_after(enter, told) -> None:
    enter(APRIL, employees="8")
    enter(MAY, employees="8")
    enter(APRIL, employees="4")
    assert summary(told()) == [("2025-05", "change", "employees")]


def test_a_value_handed_back_is_reviewed_as_well(database, enter, told) -> None:
    enter(APRIL, employees="8")
    enter(MAY, employees="12")
    changes = release(database, APRIL, "employees", by="Ann", now=NOW)
    review_after(database, RULES, APRIL, [each.metric for each in changes], NOW)
    assert told() == []


def test_the_months_whose_baseline_it_is_in_are_reviewed_at_once_too(enter, told) -> None:
    history_of(enter, APRIL, 8, employees="20")
    enter(MAY, employees="17")
    assert summary(told()) == [("2025-05", "unusual", "employees")]
    enter(Month(2024, 10), employees="16.5")
    assert summary(told()) == []


MONTH = {
    "nrr": "10000",
    "mrr": "100000",
    "orr": "0",
    "product_sales": "5000",
    "employees": "8",
    "technical_employees": "5",
    "agreements": "37",
    "seats_managed": "546",
}


def limit(database: Database, **limits: str) -> None:
    set_thresholds(
        database, [Threshold(key, ThresholdType.CRITICAL, Decimal(value)) for key, value in limits.items()]
    )


def test_one_bad_input_is_one_finding_with_the_smartnumbers_it_moves_inside(database, enter, told) -> None:
    limit(database, avg_mrr_per_agreement="2000", avg_aisp="150", services_from_mrr_pct="0.8")
    history_of(enter, APRIL, 8, **MONTH)
    assert told() == []
    enter(MAY, **MONTH | {"mrr": "10000"})
    [found] = told()
    assert summary([found]) == [("2025-05", "change", "mrr")]
    assert {"avg_mrr_per_agreement", "avg_aisp", "services_from_mrr_pct"} <= set(found.finding.moves)
    assert found.finding.moves == moved_by(["mrr"])


def test_a_threshold_that_is_reached_without_the_bad_input_too_is_told(database, enter, told) -> None:
    limit(database, avg_mrr_per_agreement="4000")
    history_of(enter, APRIL, 3, **MONTH)
    enter(MAY, **MONTH | {"mrr": "10000"})
    assert summary(told(MAY)) == [
        ("2025-05", "threshold", "avg_mrr_per_agreement"),
        ("2025-05", "change", "mrr"),
    ]
    assert summary(told(Quarter(2025, 2))) == [("2025-Q2", "threshold", "avg_mrr_per_agreement")]


def test_a_threshold_of_the_input_itself_is_told_beside_its_change(database, enter, told) -> None:
    limit(database, mrr="50000", total_revenue="60000")
    history_of(enter, APRIL, 3, **MONTH)
    enter(MAY, **MONTH | {"mrr": "10000"})
    assert summary(told(MAY)) == [("2025-05", "change", "mrr"), ("2025-05", "threshold", "mrr")]


def test_zero_endpoints_are_told_once_and_not_as_a_change_and_as_unusual_too(enter, told) -> None:
    history_of(enter, APRIL, 8, endpoints_managed="100")
    enter(MAY, endpoints_managed="0")
    assert summary(told()) == [("2025-05", "zero", "endpoints_managed")]


def test_the_checks_show_all_that_their_rules_find(database, enter) -> None:
    history_of(enter, APRIL, 8, endpoints_managed="100")
    enter(MAY, endpoints_managed="0")
    results = carry_out(database, RULES, MONTHLY_METRICS, MAY, NOW)
    failing = {name for name, found in results.items() if found}
    assert failing == {"not_zero", "change_is_plausible", "value_is_usual", "inputs_are_entered"}


def say(database: Database, month: Month, rule: Rule, subject: str, how: Callable[..., object]) -> None:
    """What somebody says of a finding, and the review of what that concerns."""
    how(database, FindingKey(subject, month, rule), Decision("Ann", NOW, "a one-off"))
    review_after(database, RULES, month, [subject], NOW)


def test_the_month_after_an_expected_exception_is_not_held_against_it(database, enter, told) -> None:
    history_of(enter, APRIL, 3, employees="8")
    enter(MAY, employees="16")
    enter(JUNE, employees="8")
    assert summary(told()) == [("2025-06", "change", "employees"), ("2025-05", "change", "employees")]
    say(database, MAY, Rule.CHANGE, "employees", expect)
    [left] = told()
    assert (summary([left])[0][0], left.state) == ("2025-05", State.EXPECTED)


def test_an_expected_exception_is_left_out_of_the_baseline_and_an_acknowledged_one_is_not(
    database, enter, told
) -> None:
    history_of(enter, MAY, 9, employees="20")
    enter(Month(2025, 2), employees="26")
    enter(JUNE, employees="23")
    detected = ("2025-06", "unusual", "employees")
    assert detected not in summary(told())
    say(database, Month(2025, 2), Rule.CHANGE, "employees", acknowledge)
    assert detected not in summary(told())
    say(database, Month(2025, 2), Rule.CHANGE, "employees", expect)
    assert detected in summary(told())


def test_reviewing_again_changes_nothing_but_when_it_was_last_seen(database, enter, told) -> None:
    enter(APRIL, employees="8")
    enter(MAY, employees="12")
    [found] = told()
    later = NOW + timedelta(hours=1)
    review_month(database, RULES, MAY, later)
    assert told() == [replace(found, last_seen=later)]
    assert len(database.fetch(events, found.id)) == 1


def test_months_that_have_not_begun_or_lie_before_the_start_are_not_reviewed(database, enter) -> None:
    enter(Month(2023, 12), employees="8")
    enter(MAY, employees="8")
    periods = {
        str(each.finding.period)
        for each in database.fetch(find, FindingFilter(), NOW, limit=99, offset=0).findings
    }
    assert periods == {"2025-05"}


def test_a_month_without_values_is_not_reviewed_because_of_the_one_before(database, enter) -> None:
    enter(Month(2025, 3), employees="8")
    found = database.fetch(find, FindingFilter(), NOW, limit=99, offset=0).findings
    assert {str(each.finding.period) for each in found} == {"2025-03"}


def test_a_quarter_is_reviewed_with_its_months(database, enter, told) -> None:
    limit(database, avg_mrr_per_agreement="4000")
    enter(APRIL, mrr="100000", agreements="37")
    assert summary(told(Quarter(2025, 2))) == [("2025-Q2", "threshold", "avg_mrr_per_agreement")]
    enter(APRIL, mrr="200000")
    assert told(Quarter(2025, 2)) == []


def test_a_review_that_waited_for_another_has_seen_what_was_written_meanwhile(database, enter, told) -> None:
    enter(APRIL, employees="8")
    enter(MAY, employees="8")
    began = threading.Event()

    def review() -> None:
        began.set()
        review_month(database, RULES, MAY, NOW)

    waiting = threading.Thread(target=review)
    with database.begin() as connection:
        lock_findings(connection, database, MAY)
        waiting.start()
        assert began.wait(10)
        set_values(database, MAY, {"employees": Decimal(12)}, by="Ann", now=NOW)
    waiting.join(10)
    assert summary(told()) == [("2025-05", "change", "employees")]


def test_a_rule_that_crashes_lets_its_review_crash_and_leaves_what_was_known(database, enter, told) -> None:
    enter(APRIL, employees="8")
    enter(MAY, employees="12")
    before = told()

    def crash(_facts: object) -> list[object]:
        raise ZeroDivisionError

    broken = replace(MONTHLY_METRICS, checks=[Check("not_zero", crash)])
    with pytest.raises(ZeroDivisionError):
        review_month(database, RULES, MAY, NOW + timedelta(hours=1), [MONTHLY_METRICS, broken])
    assert told() == before


def test_a_review_of_a_month_is_not_one_of_a_quarter(database) -> None:
    with database.read() as connection:
        month = ReviewContext(connection, database, RULES, MAY, NOW)
        quarter = ReviewContext(connection, database, RULES, Quarter(2025, 2), NOW)
    with pytest.raises(ValueError, match="2025-05 is reviewed as a quarter"):
        _ = month.quarter
    with pytest.raises(ValueError, match="2025-Q2 is reviewed as a month"):
        _ = quarter.month


def test_entries_at_once_end_in_the_findings_that_a_later_review_confirms(database, enter, told) -> None:
    months = list(Month.span(Month(2024, 9), JUNE))
    history_of(enter, JUNE, len(months), employees="8")

    def change(number: int) -> None:
        for step in range(3):
            enter(months[(number + 4 * step) % len(months)], employees=str(4 + 3 * ((number + step) % 4)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(8)))
    found = [each.finding for each in told()]
    assert found
    for month in months:
        review_month(database, RULES, month, NOW)
    assert [each.finding for each in told()] == found
