"""The outbox: every alert to every destination, at least once, and not again while it says the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.store.alerts.outbox import (
    FIRST_WAIT,
    LONGEST_WAIT,
    Alert,
    Outgoing,
    claim,
    forget_superseded,
    mark,
    notified,
    put,
    release,
    wait_after,
    withdraw,
)
from qbr_pipeline.store.database import Database

NOW = datetime(2025, 6, 15, 4, tzinfo=UTC)
MAIL, CHAT = "mailtos-0123456789ab", "json-ba9876543210"
HALVED = Alert("finding:1", "error 288", True, "Endpoints fell", "from 594 to 288")
ABSENT = Alert("finding:2", "warn", False, "Inputs are missing", "MRR")


def due(database: Database, destination: str, now: datetime = NOW, *, urgent: bool = True) -> list[Outgoing]:
    return list(claim(database, destination, now, urgent=urgent, limit=10))


def test_an_alert_is_due_for_every_destination(database: Database) -> None:
    assert put(database, [HALVED], [MAIL, CHAT], NOW) == 2
    for destination in (MAIL, CHAT):
        (outgoing,) = due(database, destination)
        assert (outgoing.alert, outgoing.attempts) == (HALVED, 1)


def test_the_same_is_not_told_again_and_another_value_is(database: Database) -> None:
    put(database, [HALVED], [MAIL], NOW)
    mark(database, due(database, MAIL), NOW)
    assert put(database, [HALVED], [MAIL], NOW) == 0
    assert database.fetch(notified, [MAIL]) == {"finding:1": "error 288"}
    assert put(database, [replace(HALVED, content="error 290")], [MAIL], NOW) == 1
    assert [each.alert.content for each in due(database, MAIL)] == ["error 290"]


def test_a_value_that_comes_back_to_what_was_told_first_is_told(database: Database) -> None:
    for content in ("error 288", "error 290", "error 288"):
        assert put(database, [replace(HALVED, content=content)], [MAIL], NOW) == 1
        mark(database, due(database, MAIL), NOW)


def test_a_new_destination_is_told_what_the_old_ones_know(database: Database) -> None:
    put(database, [HALVED], [MAIL], NOW)
    assert database.fetch(notified, [MAIL, CHAT]) == {}
    assert put(database, [HALVED], [MAIL, CHAT], NOW) == 1
    assert len(due(database, CHAT)) == 1


def test_what_has_not_arrived_yet_is_brought_up_to_date(database: Database) -> None:
    put(database, [HALVED], [MAIL], NOW)
    put(database, [replace(HALVED, content="error 290")], [MAIL], NOW)
    assert [each.alert.content for each in due(database, MAIL)] == ["error 290"]


def test_what_changed_while_it_was_being_sent_stays_due(database: Database) -> None:
    put(database, [HALVED], [MAIL], NOW)
    sent = due(database, MAIL)
    put(database, [replace(HALVED, content="error 290")], [MAIL], NOW)
    mark(database, sent, NOW)
    assert [each.alert.content for each in due(database, MAIL)] == ["error 290"]


def test_what_is_being_sent_is_not_claimed_by_another(database: Database) -> None:
    put(database, [HALVED], [MAIL], NOW)
    assert due(database, MAIL)
    assert not due(database, MAIL)


def test_what_was_claimed_and_never_marked_is_due_again_for_that_destination_alone(
    database: Database,
) -> None:
    put(database, [HALVED], [MAIL, CHAT], NOW)
    mark(database, due(database, CHAT), NOW)
    due(database, MAIL)  # and then killed
    later = NOW + FIRST_WAIT
    (again,) = due(database, MAIL, later)
    assert again.attempts == 2
    mark(database, [again], later)
    assert not due(database, MAIL, NOW + timedelta(days=9))
    assert not due(database, CHAT, NOW + timedelta(days=9))


def test_a_warning_waits_for_the_digest(database: Database) -> None:
    put(database, [ABSENT], [MAIL], NOW)
    assert not due(database, MAIL, NOW + timedelta(days=9), urgent=False)
    assert release(database, NOW) == 1
    assert [each.alert for each in due(database, MAIL, urgent=False)] == [ABSENT]
    assert not due(database, MAIL)


def test_a_warning_that_becomes_an_error_goes_at_once(database: Database) -> None:
    put(database, [ABSENT], [MAIL], NOW)
    put(database, [replace(ABSENT, content="error", urgent=True)], [MAIL], NOW)
    assert len(due(database, MAIL)) == 1


def test_what_is_gone_before_the_digest_is_taken_back(database: Database) -> None:
    put(database, [ABSENT, replace(ABSENT, subject="finding:3"), HALVED], [MAIL], NOW)
    assert withdraw(database, "finding:", {"finding:3"}) == 1
    release(database, NOW)
    assert [each.alert.subject for each in due(database, MAIL, urgent=False)] == ["finding:3"]
    assert len(due(database, MAIL)) == 1


def test_what_a_digest_has_released_comes_to_a_destination_that_was_out_though_it_is_gone(
    database: Database,
) -> None:
    put(database, [ABSENT], [MAIL, CHAT], NOW)
    release(database, NOW)
    mark(database, due(database, MAIL, urgent=False), NOW)
    assert len(due(database, CHAT, urgent=False)) == 1  # and it is not marked: the destination was out
    assert withdraw(database, "finding:", ()) == 0
    assert len(due(database, CHAT, NOW + FIRST_WAIT, urgent=False)) == 1


def test_the_oldest_go_first_and_no_more_than_asked_for(database: Database) -> None:
    many = [replace(HALVED, subject=f"finding:{n}") for n in range(5)]
    put(database, many, [MAIL], NOW)
    first = claim(database, MAIL, NOW, urgent=True, limit=3)
    assert [each.alert.subject for each in first] == ["finding:0", "finding:1", "finding:2"]
    assert len(due(database, MAIL)) == 2


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (1_000, 60)])
def test_waits_double_up_to_an_hour(attempts: int, minutes: int) -> None:
    assert wait_after(attempts) == timedelta(minutes=minutes)


@given(st.integers(1, 10_000))
def test_no_wait_is_longer_than_the_longest(attempts: int) -> None:
    assert FIRST_WAIT <= wait_after(attempts) <= LONGEST_WAIT


def test_of_what_arrived_long_ago_only_the_last_of_each_subject_and_destination_is_kept(
    database: Database,
) -> None:
    for night, content in enumerate(("error 288", "error 290", "error 292")):
        put(database, [replace(HALVED, content=content)], [MAIL, CHAT], NOW)
        mark(database, due(database, MAIL, NOW + timedelta(days=night)), NOW + timedelta(days=night))
    put(database, [ABSENT], [MAIL], NOW)

    assert forget_superseded(database, NOW + timedelta(days=1)) == 1
    assert forget_superseded(database, NOW + timedelta(days=90)) == 1

    assert database.fetch(notified, [MAIL]) == {"finding:1": "error 292", "finding:2": "warn"}
    (waiting,) = due(database, CHAT)
    assert waiting.alert.content == "error 292"
