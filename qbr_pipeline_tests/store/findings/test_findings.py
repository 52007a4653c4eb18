"""Findings that are kept: found, found again, gone, and what people say of them in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.decisions import (
    Decision,
    FindingError,
    FindingKey,
    FindingResolvedError,
    UnknownFindingError,
    acknowledge,
    expect,
    reopen,
)
from qbr_pipeline.store.findings.reading import (
    FindingFilter,
    State,
    StoredFinding,
    events,
    expected_points,
    find,
)
from qbr_pipeline.store.findings.records import record

MARCH = Month(2025, 3)
MONDAY = datetime(2025, 6, 16, 3, 30, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
INSTANT = timedelta(microseconds=1)
ENDPOINTS = Finding(
    rule=Rule.CHANGE,
    severity=Severity.WARN,
    subject="endpoints_managed",
    period=MARCH,
    value=Decimal(288),
    expected="within 25 % of 594",
    sentence="Endpoints fell from 594 to 288 (-52 %) against February",
    moves=("tickets_per_endpoint_per_month", "rhem"),
)
SEATS = replace(ENDPOINTS, subject="seats_managed", sentence="Seats fell", moves=("avg_aisp",))

Review = Callable[..., list[StoredFinding]]


@pytest.fixture
def review(database: Database) -> Review:
    """Records what a review finds, and tells all that is kept then."""

    def record_(
        now: datetime, *found: Finding, scope: str = "monthly_metrics", period: Period = MARCH
    ) -> list[StoredFinding]:
        with database.begin() as connection:
            record(connection, database, scope, period, found, now)
        return kept(database, now)

    return record_


def kept(database: Database, now: datetime, **wanted: object) -> list[StoredFinding]:
    return database.fetch(find, FindingFilter(**wanted), now, limit=100, offset=0).findings  # type: ignore[arg-type]


def said(at: datetime, by: str = "Ann", why: str | None = "two sites closed") -> Decision:
    return Decision(by, at, why)


def states(database: Database, finding: StoredFinding) -> list[tuple[State | None, State, str | None]]:
    return [(each.old_state, each.new_state, each.changed_by) for each in database.fetch(events, finding.id)]


def test_what_is_found_is_kept_open_and_as_it_was_found(review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    assert found.finding == ENDPOINTS
    assert (found.scope, found.state) == ("monthly_metrics", State.OPEN)
    assert found.first_seen == found.last_seen == found.changed_at == MONDAY
    assert (found.changed_by, found.why, found.until) == (None, None, None)


def test_what_is_found_again_keeps_when_it_was_first_seen(database, review) -> None:
    [first] = review(MONDAY, ENDPOINTS)
    [again] = review(TUESDAY, ENDPOINTS)
    assert again == replace(first, last_seen=TUESDAY)
    assert states(database, again) == [(None, State.OPEN, None)]


def test_recording_the_same_at_the_same_moment_again_changes_nothing(database, review) -> None:
    once = review(MONDAY, ENDPOINTS, SEATS)
    assert review(MONDAY, ENDPOINTS, SEATS) == once
    assert [len(database.fetch(events, each.id)) for each in once] == [1, 1]


def test_what_is_no_longer_found_resolves_itself_and_tells_when_it_was_last_seen(database, review) -> None:
    review(MONDAY, ENDPOINTS)
    [gone] = review(TUESDAY)
    assert (gone.state, gone.last_seen, gone.changed_at) == (State.RESOLVED, MONDAY, TUESDAY)
    assert gone.why == "it is no longer found"
    assert review(WEDNESDAY) == [gone]
    assert states(database, gone) == [(None, State.OPEN, None), (State.OPEN, State.RESOLVED, None)]


def test_what_had_resolved_and_is_back_is_open_and_as_old_as_it_was(review) -> None:
    review(MONDAY, ENDPOINTS)
    review(TUESDAY)
    [back] = review(WEDNESDAY, ENDPOINTS)
    assert (back.state, back.why) == (State.OPEN, "it was found again")
    assert (back.first_seen, back.last_seen, back.changed_at) == (MONDAY, WEDNESDAY, WEDNESDAY)


def test_a_review_resolves_only_what_it_has_found_itself_in_that_period(review) -> None:
    review(MONDAY, ENDPOINTS)
    review(MONDAY, replace(SEATS, rule=Rule.SNAPSHOT), scope="ninja_devices")
    review(MONDAY, replace(ENDPOINTS, period=MARCH.next), period=MARCH.next)
    found = review(TUESDAY)
    assert {(str(each.finding.period), each.scope): each.state for each in found} == {
        ("2025-03", "monthly_metrics"): State.RESOLVED,
        ("2025-03", "ninja_devices"): State.OPEN,
        ("2025-04", "monthly_metrics"): State.OPEN,
    }


def test_a_finding_that_another_review_takes_over_is_not_resolved_by_the_first(review) -> None:
    review(MONDAY, ENDPOINTS, scope="before")
    review(TUESDAY, ENDPOINTS, scope="after")
    [found] = review(WEDNESDAY, scope="before")
    assert (found.scope, found.state) == ("after", State.OPEN)


def test_several_findings_of_one_fingerprint_are_kept_as_one_with_all_that_they_say(review) -> None:
    other = replace(
        ENDPOINTS,
        severity=Severity.ERROR,
        sentence="Another snapshot",
        expected="more",
        value=Decimal(1),
        moves=("avg_aisp", "rhem"),
    )
    [found] = review(MONDAY, ENDPOINTS, other)
    assert found.finding.sentence.splitlines() == [ENDPOINTS.sentence, "Another snapshot"]
    assert (found.finding.severity, found.finding.value) == (Severity.ERROR, Decimal(288))
    assert found.finding.expected == "within 25 % of 594; more"
    assert found.finding.moves == ("tickets_per_endpoint_per_month", "rhem", "avg_aisp")


@pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_a_value_that_is_no_number_is_the_same_when_it_is_found_again(database, review, value) -> None:
    odd = replace(ENDPOINTS, rule=Rule.INVALID_VALUE, severity=Severity.ERROR, value=value)
    [found] = review(MONDAY, odd)
    acknowledge(database, found.id, said(MONDAY))
    [again] = review(TUESDAY, odd)
    assert again.state is State.ACKNOWLEDGED


def test_an_acknowledgement_holds_while_value_and_severity_are_the_same(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(database, found.id, said(MONDAY))
    [again] = review(TUESDAY, replace(ENDPOINTS, value=Decimal("288.00"), sentence="said otherwise"))
    assert (again.state, again.changed_by, again.why) == (State.ACKNOWLEDGED, "Ann", "two sites closed")
    assert (again.changed_at, again.last_seen) == (MONDAY, TUESDAY)
    assert again.finding.sentence == "said otherwise"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(ENDPOINTS, value=Decimal(287)), "its value has changed"),
        (replace(ENDPOINTS, value=None), "its value has changed"),
        (replace(ENDPOINTS, severity=Severity.ERROR), "its severity has changed"),
    ],
)
def test_an_acknowledgement_lapses_with_another_value_or_severity(database, review, other, why) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(database, found.id, said(MONDAY))
    [again] = review(TUESDAY, other)
    assert (again.state, again.why, again.changed_by) == (State.OPEN, why, None)
    assert states(database, again) == [
        (None, State.OPEN, None),
        (State.OPEN, State.ACKNOWLEDGED, "Ann"),
        (State.ACKNOWLEDGED, State.OPEN, None),
    ]


@pytest.mark.parametrize("rule", [Rule.ABSENT, Rule.UNKNOWN_BOARD])
def test_an_acknowledged_list_is_open_again_when_it_names_something_else(database, review, rule) -> None:
    listed = replace(ENDPOINTS, rule=rule, value=None, listed=("mrr", "nrr"))
    [found] = review(MONDAY, listed)
    acknowledge(database, found.id, said(MONDAY))
    assert review(TUESDAY, listed)[0].state is State.ACKNOWLEDGED
    [again] = review(WEDNESDAY, replace(listed, listed=("mrr", "employees")))
    assert (again.state, again.why) == (State.OPEN, "what it lists has changed")


def test_an_acknowledgement_lasts_until_the_instant_before_its_end(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(database, found.id, said(MONDAY), until=TUESDAY)
    assert kept(database, TUESDAY - INSTANT)[0].state is State.ACKNOWLEDGED
    assert kept(database, TUESDAY)[0].state is State.OPEN
    [before] = review(TUESDAY - INSTANT, ENDPOINTS)
    assert (before.state, before.until) == (State.ACKNOWLEDGED, TUESDAY)
    [after] = review(TUESDAY, ENDPOINTS)
    assert (after.state, after.until, after.why) == (State.OPEN, None, "the acknowledgement has ended")


def test_an_acknowledgement_that_has_ended_is_found_among_the_open_ones_at_once(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(database, found.id, said(MONDAY), until=TUESDAY)
    page = database.fetch(find, FindingFilter(states=[State.OPEN]), TUESDAY, limit=10, offset=0)
    assert ([each.id for each in page.findings], page.total, page.open) == ([found.id], 1, 1)
    assert kept(database, TUESDAY, states=[State.ACKNOWLEDGED]) == []


def test_an_acknowledgement_can_be_given_again_with_another_end(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(database, found.id, said(MONDAY), until=TUESDAY)
    again = acknowledge(database, found.id, said(TUESDAY, "Kim", "still waiting"), until=WEDNESDAY)
    assert (again.changed_by, again.why, again.until) == ("Kim", "still waiting", WEDNESDAY)
    assert len(database.fetch(events, found.id)) == 3


def test_an_acknowledged_finding_that_goes_and_comes_back_is_open(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(database, found.id, said(MONDAY), until=WEDNESDAY)
    [gone] = review(TUESDAY)
    assert (gone.state, gone.changed_by, gone.until) == (State.RESOLVED, None, None)
    [back] = review(TUESDAY, ENDPOINTS)
    assert back.state is State.OPEN


def test_what_is_expected_stays_so_whatever_its_value(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    expect(database, found.id, said(MONDAY))
    [again] = review(TUESDAY, replace(ENDPOINTS, value=Decimal(100)))
    assert (again.state, again.finding.value) == (State.EXPECTED, Decimal(100))


def test_what_was_said_can_be_taken_back(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    expect(database, found.id, said(MONDAY))
    taken_back = reopen(database, found.id, said(TUESDAY, "Kim", why=None))
    assert (taken_back.state, taken_back.changed_by, taken_back.why) == (State.OPEN, "Kim", None)
    assert reopen(database, found.id, said(WEDNESDAY)) == taken_back
    assert len(database.fetch(events, found.id)) == 3


def test_who_why_and_with_whose_key_is_kept_for_good(database, review) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    acknowledge(
        database, found.id, Decision(" Ann ", TUESDAY, " two sites closed ", "office"), until=WEDNESDAY
    )
    event = database.fetch(events, found.id)[-1]
    assert (event.changed_by, event.why, event.key_name) == ("Ann", "two sites closed", "office")
    assert (event.changed_at, event.until, event.value) == (TUESDAY, WEDNESDAY, Decimal(288))


@pytest.mark.parametrize("say", [acknowledge, expect])
@pytest.mark.parametrize(
    ("by", "why", "names"),
    [("", "why", "name"), (" ", "why", "name"), ("x" * 101, "why", "name"), ("Ann", "", "reason")],
)
def test_a_name_and_a_reason_are_needed(database, review, say, by, why, names) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    with pytest.raises(FindingError, match=names):
        say(database, found.id, said(MONDAY, by, why))
    assert kept(database, MONDAY) == [found]


@pytest.mark.parametrize("until", [MONDAY, MONDAY - INSTANT])
def test_an_acknowledgement_that_would_have_ended_already_is_refused(database, review, until) -> None:
    [found] = review(MONDAY, ENDPOINTS)
    with pytest.raises(FindingError, match="in the future"):
        acknowledge(database, found.id, said(MONDAY), until=until)


@pytest.mark.parametrize("say", [acknowledge, expect, reopen])
def test_nothing_can_be_said_of_what_has_resolved_itself(database, review, say) -> None:
    review(MONDAY, ENDPOINTS)
    [gone] = review(TUESDAY)
    with pytest.raises(FindingResolvedError, match="change of endpoints_managed, 2025-03"):
        say(database, gone.id, said(WEDNESDAY))


def test_a_finding_goes_by_its_fingerprint_too(database, review) -> None:
    review(MONDAY, ENDPOINTS, SEATS)
    which = FindingKey("seats_managed", MARCH, Rule.CHANGE)
    assert acknowledge(database, which, said(MONDAY)).finding == SEATS
    with pytest.raises(UnknownFindingError, match="of the rule zero about seats_managed in 2025-03"):
        acknowledge(database, replace(which, rule=Rule.ZERO), said(MONDAY))


def test_two_organizations_do_not_see_or_touch_each_others_findings(database, review) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("INSERT INTO organization (id, name) VALUES (2, 'Other MSP')")
    other = replace(database, organization_id=2)
    [mine] = review(MONDAY, ENDPOINTS)
    with other.begin() as connection:
        [theirs] = record(connection, other, "monthly_metrics", MARCH, [ENDPOINTS], TUESDAY)
    assert theirs.id != mine.id
    with other.begin() as connection:
        record(connection, other, "monthly_metrics", MARCH, [], TUESDAY)
    assert kept(database, TUESDAY) == [mine]
    assert [each.state for each in kept(other, TUESDAY)] == [State.RESOLVED]
    assert other.fetch(events, mine.id) == []
    with pytest.raises(UnknownFindingError):
        expect(other, mine.id, said(TUESDAY))


def test_expected_points_are_those_of_rules_that_compare_values(database, review) -> None:
    def expected(*found: Finding) -> set[tuple[Month, str]]:
        for each in review(MONDAY, *found):
            expect(database, each.id, said(MONDAY))
        with database.read() as connection:
            return expected_points(connection, database, MARCH.previous, MARCH.next)

    others = [
        replace(ENDPOINTS, subject="mrr", rule=rule)
        for rule in (Rule.THRESHOLD, Rule.MANUAL_DIFFERS, Rule.RESTATED)
    ]
    assert expected(ENDPOINTS, *others) == {(MARCH, "endpoints_managed")}


def test_errors_come_first_and_then_the_newest_period(database, review) -> None:
    review(MONDAY, ENDPOINTS, SEATS)
    review(MONDAY, replace(SEATS, period=MARCH.next), period=MARCH.next)
    review(MONDAY, replace(SEATS, severity=Severity.ERROR, period=MARCH.previous), period=MARCH.previous)
    found = kept(database, MONDAY)
    assert [(str(each.finding.period), each.finding.subject) for each in found] == [
        ("2025-02", "seats_managed"),
        ("2025-04", "seats_managed"),
        ("2025-03", "endpoints_managed"),
        ("2025-03", "seats_managed"),
    ]


def test_findings_come_in_pages_that_know_how_many_there_are(database, review) -> None:
    review(MONDAY, ENDPOINTS, SEATS, replace(SEATS, subject="employees"))
    page = database.fetch(find, FindingFilter(rule=Rule.CHANGE), MONDAY, limit=1, offset=1)
    assert ([each.finding.subject for each in page.findings], page.total, page.open) == (
        ["endpoints_managed"],
        3,
        3,
    )


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, ["2025-Q1", "2025-04", "2025-03"]),
        (MARCH, MARCH, ["2025-Q1", "2025-03"]),
        (MARCH.next, None, ["2025-04"]),
        (None, Month(2025, 1), ["2025-Q1"]),
        (None, Month(2024, 12), []),
        (Month(2025, 5), None, []),
    ],
)
def test_a_quarter_is_between_two_months_when_one_of_its_own_is(
    database, review, first: Month | None, last: Month | None, expected: Sequence[str]
) -> None:
    quarter = Quarter(2025, 1)
    review(MONDAY, ENDPOINTS)
    review(MONDAY, replace(ENDPOINTS, period=MARCH.next), period=MARCH.next)
    review(MONDAY, replace(ENDPOINTS, period=quarter, rule=Rule.THRESHOLD), period=quarter)
    found = kept(database, MONDAY, first=first, last=last)
    assert [str(each.finding.period) for each in found] == expected


def test_a_filter_by_subject_severity_and_period(database, review) -> None:
    review(MONDAY, ENDPOINTS, replace(SEATS, severity=Severity.ERROR))
    assert [each.finding.subject for each in kept(database, MONDAY, severity=Severity.ERROR)] == [
        "seats_managed"
    ]
    assert [each.finding.subject for each in kept(database, MONDAY, subject="endpoints_managed")] == [
        "endpoints_managed"
    ]
    assert kept(database, MONDAY, period=MARCH.next) == []
