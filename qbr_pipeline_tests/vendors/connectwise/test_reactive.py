"""Which rows count, and why the others do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.rules.answers import LeftOut
from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.connectwise.models import Ticket, TimeEntry
from qbr_pipeline.vendors.connectwise.reactive import (
    classify_tickets,
    classify_time_entries,
    entries_left_out,
    ticket_values,
    tickets_left_out,
    time_values,
)

CHICAGO = ZoneInfo("America/Chicago")
WINDOW = Month(2025, 1).window(CHICAGO)
BOARDS = ("Help Desk", "On Site")
CLOSED = dict.fromkeys(BOARDS, (">Closed", "Closed"))
INSIDE = datetime(2025, 1, 15, 12, tzinfo=UTC)

GOOD = Ticket(
    id=1,
    summary="Printer",
    board="Help Desk",
    status="Closed",
    company="Globex",
    parent_id=None,
    type=None,
    priority=None,
    owner=None,
    entered_at=INSIDE,
    closed_at=INSIDE,
    actual_hours=None,
)
WORK = TimeEntry(
    id=1,
    charged_to="ServiceTicket",
    ticket_id=10,
    ticket_summary="Printer",
    board="On Site",
    company="Globex",
    member="Jane",
    hours=Decimal("0.25"),
    entered_at=INSIDE,
)


def judged(**changes):
    (row,) = classify_tickets([replace(GOOD, **changes)], BOARDS, CLOSED, WINDOW)
    assert row.counts_as_created == (row.created_reason == "counts")
    assert row.counts_as_closed == (row.closed_reason == "counts")
    return row.created_reason, row.closed_reason


def spent(**changes):
    (row,) = classify_time_entries([replace(WORK, **changes)], BOARDS, WINDOW)
    return row.counts, row.reason


def test_a_ticket_entered_and_closed_in_the_month_counts_twice() -> None:
    assert judged() == ("counts", "counts")


def test_a_ticket_of_another_board_counts_as_nothing() -> None:
    assert judged(board="Projects") == ("board is Projects", "board is Projects")
    assert judged(board="help desk") == ("board is help desk", "board is help desk")
    assert judged(board=None) == ("is on no board", "is on no board")


def test_a_child_counts_as_nothing() -> None:
    assert judged(parent_id=123) == ("child of ticket 123", "child of ticket 123")


def test_a_ticket_closed_in_the_month_counts_as_closed_only_with_a_closed_status() -> None:
    assert judged(status="In Progress") == ("counts", "status is In Progress")
    assert judged(status="closed") == ("counts", "status is closed")
    assert judged(status=None) == ("counts", "has no status")


def test_a_ticket_with_a_closed_status_counts_as_closed_only_when_it_was_closed_in_the_month() -> None:
    assert judged(closed_at=None) == ("counts", "has no closing date")
    assert judged(closed_at=WINDOW.end) == ("counts", "closed outside the month")


def test_an_open_ticket_says_its_status() -> None:
    assert judged(status="New", closed_at=None) == ("counts", "status is New")


def test_a_ticket_that_was_entered_before_the_month_and_closed_in_it_counts_as_closed() -> None:
    assert judged(entered_at=WINDOW.start - timedelta(days=40)) == ("entered outside the month", "counts")
    assert judged(entered_at=None) == ("has no date of entry", "counts")


def test_a_ticket_counts_by_the_date_it_was_found_by_when_the_server_did_not_send_that_date() -> None:
    assert judged(entered_at=None, found_by_entry=True) == ("counts", "counts")
    assert judged(closed_at=None, found_by_closing=True) == ("counts", "counts")
    assert judged(closed_at=None, found_by_closing=True, status="New") == ("counts", "status is New")


@pytest.mark.parametrize(
    "month", [Month(2025, 1), Month(2025, 3), Month(2025, 11), Month(2024, 2), Month(2024, 12)]
)
def test_the_borders_of_a_month_are_kept_to_the_fraction_of_a_second(month) -> None:
    window = month.window(CHICAGO)
    moments = {
        window.start - timedelta(seconds=0.3): False,
        window.start: True,
        window.end - timedelta(seconds=0.3): True,
        window.end: False,
    }
    for moment, counts in moments.items():
        tickets = [replace(GOOD, entered_at=moment, closed_at=moment)]
        (row,) = classify_tickets(tickets, BOARDS, CLOSED, window)
        (entry,) = classify_time_entries([replace(WORK, entered_at=moment)], BOARDS, window)
        assert (row.counts_as_created, row.counts_as_closed, entry.counts) == (counts, counts, counts), moment


def test_a_row_keeps_everything_of_its_ticket() -> None:
    (row,) = classify_tickets(
        [replace(GOOD, actual_hours=Decimal("1.5"), owner="Jane")], BOARDS, CLOSED, WINDOW
    )
    kept = (
        "summary",
        "board",
        "status",
        "company",
        "parent_id",
        "owner",
        "entered_at",
        "closed_at",
        "actual_hours",
    )
    assert row.source_id == 1
    assert [getattr(row, name) for name in kept] == [
        *("Printer", "Help Desk", "Closed", "Globex", None, "Jane", INSIDE, INSIDE, Decimal("1.5"))
    ]


def test_work_on_a_reactive_board_counts_whatever_ticket_it_was() -> None:
    assert spent() == (True, "counts")


def test_an_entry_without_hours_counts_as_no_hours() -> None:
    assert spent(hours=None) == (True, "counts, but has no hours")
    assert time_values(classify_time_entries([replace(WORK, hours=None)], BOARDS, WINDOW)) == {
        "reactive_time_spent": Decimal(0)
    }


def test_an_entry_whose_date_was_not_sent_counts_because_it_was_found_by_that_date() -> None:
    assert spent(entered_at=None) == (True, "counts")


def test_entries_that_do_not_count_say_why() -> None:
    assert spent(board="Projects") == (False, "board is Projects")
    assert spent(board=None) == (False, "ticket 10 was not found")
    assert spent(board=None, ticket_id=None) == (False, "is on no board")
    assert spent(entered_at=WINDOW.end) == (False, "entered outside the month")
    assert spent(charged_to="ProjectTicket") == (False, "charged to ProjectTicket")


def test_what_was_read_by_condition_needs_no_second_proof_of_its_charge() -> None:
    assert spent(charged_to=None) == (True, "counts")


def test_a_month_without_rows_is_a_real_zero() -> None:
    assert ticket_values([]) == {
        "reactive_tickets_created": Decimal(0),
        "reactive_tickets_closed": Decimal(0),
    }
    assert time_values([]) == {"reactive_time_spent": Decimal(0)}


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans())))
def test_the_values_are_the_number_of_rows_that_count(kinds) -> None:
    tickets = [
        replace(
            GOOD,
            id=number,
            parent_id=99 if child else None,
            entered_at=INSIDE if entered else WINDOW.end,
            status="Closed" if closed else "New",
        )
        for number, (child, entered, closed) in enumerate(kinds)
    ]
    rows = classify_tickets(tickets, BOARDS, CLOSED, WINDOW)
    assert [row.source_id for row in rows] == list(range(len(kinds)))
    assert ticket_values(rows) == {
        "reactive_tickets_created": sum(entered and not child for child, entered, _ in kinds),
        "reactive_tickets_closed": sum(closed and not child for child, _, closed in kinds),
    }


@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=17), max_size=40))
def test_the_sum_of_hours_is_exact(hours) -> None:
    rows = classify_time_entries([replace(WORK, hours=some) for some in hours], BOARDS, WINDOW)
    assert Fraction(time_values(rows)["reactive_time_spent"]) == sum(map(Fraction, hours), Fraction(0))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"board": None}, LeftOut.NO_BOARD),
        ({"board": "help desk"}, LeftOut.OTHER_BOARD),
        ({"status": None}, LeftOut.NO_STATUS),
        ({"status": None, "closed_at": None, "found_by_closing": True}, LeftOut.NO_STATUS),
        ({"status": "closed"}, LeftOut.UNKNOWN_STATUS),
        ({"status": "Waiting"}, None),
        ({"status": "Merged", "parent_id": 7}, None),
        ({"status": "Anything", "closed_at": None}, None),
        ({"status": "Anything", "closed_at": INSIDE - timedelta(days=60)}, None),
    ],
)
def test_a_ticket_that_was_asked_for_and_does_not_say_what_decides_is_left_out(changes, reason) -> None:
    listed = dict.fromkeys(BOARDS, (">Closed", "Closed", "Waiting"))
    left_out = tickets_left_out([replace(GOOD, **changes)], BOARDS, CLOSED, listed, WINDOW)
    assert {each: count for each, count in left_out.items() if count} == ({reason: 1} if reason else {})


def test_where_a_board_lists_no_status_none_is_unknown() -> None:
    assert not any(tickets_left_out([replace(GOOD, status="Odd")], BOARDS, {}, {}, WINDOW).values())


def entries(count, **changes):
    return classify_time_entries(
        [replace(WORK, id=n, **changes) for n in range(1, count + 1)], BOARDS, WINDOW
    )


@pytest.mark.parametrize(("without", "told"), [(20, 0), (21, 21)])
def test_entries_without_hours_are_told_when_they_are_many(without, told) -> None:
    rows = [*entries(100 - without), *entries(without, hours=None)]
    assert entries_left_out(rows, {"On Site"})[LeftOut.NO_HOURS] == told


def test_entries_that_are_charged_to_nothing_are_told() -> None:
    rows = [*entries(2, board=None, ticket_id=None), *entries(1, board=None), *entries(1, ticket_id=None)]
    assert entries_left_out(rows, None)[LeftOut.NO_TICKET] == 2


@pytest.mark.parametrize(
    ("count", "boards", "told"),
    [(30, {"Help Desk"}, 30), (29, {"Help Desk"}, 0), (30, {"On Site"}, 0), (30, None, 0), (30, set(), 30)],
)
def test_much_work_on_a_board_of_which_no_ticket_came_is_told(count, boards, told) -> None:
    rows = [*entries(count), *entries(40, board="Projects")]
    assert entries_left_out(rows, boards)[LeftOut.SILENT_BOARD] == told
