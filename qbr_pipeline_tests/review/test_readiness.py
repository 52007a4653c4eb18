"""Whether nine nights can be trusted: each reason against it is named, with its night or month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline.review.readiness import Answer, NightState, Question, Readiness, readiness
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.collection_log import CollectionOutcome, record
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.nights import BEFORE_NOON, FINDING, NINE, fail, good_nights, log_rows, run_of
from qbr_pipeline_tests.store.conftest import Collector

REVIEW = Settings.read({}).review


def look(database: Database, now: datetime = BEFORE_NOON) -> Readiness:
    with database.read() as connection:
        return readiness(connection, database, REVIEW, now)


def answer(found: Readiness, question: Question) -> Answer:
    (only,) = (each for each in found.answers if each.question is question)
    return only


def failing(found: Readiness) -> dict[Question, tuple[str, ...]]:
    return {each.question: each.missing for each in found.answers if not each.holds}


def test_nine_good_nights_are_enough(database: Database) -> None:
    good_nights(database)
    found = look(database)
    assert failing(found) == {}
    assert found.is_ready
    assert [night.day for night in found.nights] == list(NINE)
    assert {(night.state, night.months) for night in found.nights} == {(NightState.GOOD, 13)}
    assert answer(found, Question.NIGHTS).sentence == "9 nights in a row ran at 22:30 America/Chicago."
    assert answer(found, Question.PROGRESS).sentence == "The month in progress moved in 9 of 9 nights."


def test_nothing_at_all_is_nine_missing_nights(database: Database) -> None:
    found = look(database)
    assert failing(found)[Question.NIGHTS][0] == "The night of 2025-06-06 did not run."
    assert len(failing(found)[Question.NIGHTS]) == 9
    assert not found.is_ready


def test_a_night_that_is_missing_is_named(database: Database) -> None:
    good_nights(database, [day for day in NINE if day != date(2025, 6, 10)])
    found = look(database)
    assert failing(found) == {Question.NIGHTS: ("The night of 2025-06-10 did not run.",)}
    assert [night.day for night in found.nights if night.state is NightState.MISSING] == [date(2025, 6, 10)]


def test_a_collection_by_hand_is_no_night(database: Database) -> None:
    good_nights(database, NINE[1:])
    for row in log_rows(database, NINE[0]):
        record(database, replace(row, scheduled_at=None))
    assert failing(look(database)) == {Question.NIGHTS: ("The night of 2025-06-06 did not run.",)}


def test_a_night_that_failed_is_named_with_its_reason(database: Database) -> None:
    good_nights(database)
    fail(database, date(2025, 6, 12), Month(2025, 3), "ConnectWise answered 500")
    found = look(database)
    assert failing(found) == {
        Question.ERRORS: ("In the night of 2025-06-12 ConnectWise 2025-03 failed: ConnectWise answered 500",)
    }
    assert [night.state for night in found.nights].count(NightState.FAILED) == 1


def test_a_month_that_a_night_left_out_is_named(database: Database) -> None:
    good_nights(database, NINE[:-1])
    for row in log_rows(database, NINE[-1])[1:]:
        record(database, row)
    late = BEFORE_NOON + timedelta(hours=8)
    assert failing(look(database, late))[Question.NIGHTS] == (
        "The night of 2025-06-14 did not collect 2024-06.",
    )


def test_a_night_that_began_too_late_is_named(database: Database) -> None:
    good_nights(database, NINE[:-1])
    for row in log_rows(database, NINE[-1]):
        record(database, replace(row, started_at=row.started_at + timedelta(hours=3)))
    assert failing(look(database))[Question.NIGHTS] == (
        "The night of 2025-06-14 began at 2025-06-15 01:30, too late.",
    )


def test_a_night_at_another_time_of_day_is_named(database: Database) -> None:
    good_nights(database, NINE[:-1])
    for row in log_rows(database, NINE[-1], time(21, 0)):
        record(database, row)
    assert failing(look(database))[Question.NIGHTS][0] == "The night of 2025-06-14 was scheduled for 21:00."


def test_a_night_that_ran_at_its_time_and_at_another_one_as_well_is_judged_by_its_time(
    database: Database,
) -> None:
    good_nights(database)
    for row in log_rows(database, NINE[-1], time(21, 0)):
        record(database, replace(row, run_id=f"before-{row.month}"))
    assert failing(look(database)) == {}
    row = log_rows(database, NINE[-1], time(23, 0))[0]
    failed = replace(row, run_id="after", status=CollectionOutcome.FAILED, message="ConnectWise answered 500")
    record(database, failed)
    assert failing(look(database)) == {
        Question.ERRORS: ("In the night of 2025-06-14 ConnectWise 2024-06 failed: ConnectWise answered 500",)
    }


def test_a_night_under_way_is_not_looked_at_yet(database: Database) -> None:
    good_nights(database)
    for row in log_rows(database, date(2025, 6, 15))[:6]:
        record(database, row)
    found = look(database, datetime(2025, 6, 16, 4, tzinfo=BEFORE_NOON.tzinfo))
    assert found.is_ready
    assert [night.day for night in found.nights] == list(NINE)


def test_a_month_in_progress_that_stands_still_is_named(database: Database) -> None:
    for day in NINE:
        for row in log_rows(database, day):
            record(database, row)
    assert failing(look(database)) == {
        Question.PROGRESS: ("The values of the month in progress were the same after each night.",)
    }


def test_a_closed_month_that_changed_is_named_with_what_changed(database: Database) -> None:
    good_nights(database)
    collector = Collector(database)
    collector.connectwise([Collector.ticket(1)], run_id="before")
    night = date(2025, 6, 13)
    collector.connectwise([Collector.ticket(1), Collector.ticket(2)], run_id=run_of(night, Month(2025, 3)))
    assert failing(look(database)) == {
        Question.CLOSED_MONTHS: (
            "2025-03 # of Reactive Tickets Created changed from 1.00 to 2.00 in the night of 2025-06-13.",
        )
    }


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        ("open", ("Not reviewed: MRR has doubled. (2025-05)",)),
        ("acknowledged", ()),
        ("expected", ()),
        ("resolved", ()),
    ],
)
def test_a_finding_must_have_been_reviewed(database: Database, state: str, missing: tuple[str, ...]) -> None:
    good_nights(database)
    with database.begin() as connection:
        connection.exec_driver_sql(FINDING.format(state=state))
    assert answer(look(database), Question.FINDINGS).missing == missing


def test_a_schedule_that_is_not_once_a_day_cannot_show_nights_in_a_row(database: Database) -> None:
    good_nights(database)
    review = Settings.read({"QBR_SCHEDULE_CRON": "*/5 * * * *"}).review
    with database.read() as connection:
        found = readiness(connection, database, review, BEFORE_NOON)
    assert answer(found, Question.NIGHTS).missing == (
        "QBR_SCHEDULE_CRON is not one time of each day: nights in a row cannot be told by it.",
    )


def test_the_evidence_names_nights_and_answers(database: Database) -> None:
    good_nights(database)
    evidence = look(database).evidence
    assert evidence["nights"][0] == {
        "day": "2025-06-06",
        "state": "good",
        "began_at": "2025-06-07T03:30:05+00:00",
        "ended_at": "2025-06-07T03:32:15+00:00",
        "months": 13,
    }
    assert all(each["holds"] for each in evidence["answers"].values())
