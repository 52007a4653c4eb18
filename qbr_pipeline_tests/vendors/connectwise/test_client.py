"""Pages, counts, conditions and look-ups: which requests a collection makes, and what it brings home."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.periods import Window
from qbr_pipeline.vendors.connectwise.fetched import Counted
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted

TICKETS = "/service/tickets"
ENTRIES = "/time/entries"
JANUARY = Window(datetime(2025, 1, 1, 6, tzinfo=UTC), datetime(2025, 2, 1, 6, tzinfo=UTC))
BOARD = ("Help Desk",)


def numbered(*numbers, **properties):
    return [{"id": number, "board": {"name": "Help Desk"}, **properties} for number in numbers]


def serve(server, path, *lists, counts=None):
    """`path` and its count, one list after the other as reads go by."""
    server.answer(path, *(server.paged(rows) for rows in lists))
    told = [len(rows) for rows in lists] if counts is None else counts
    server.answer(f"{path}/count", *(server.reply({"count": count}) for count in told))


def serve_tickets(server, entered, closed):
    server.answer(TICKETS, server.by_field(server.paged(entered), server.paged(closed)))
    told = [server.reply({"count": len(rows)}) for rows in (entered, closed)]
    server.answer(f"{TICKETS}/count", server.by_field(lambda _: told[0], lambda _: told[1]))


def test_tickets_are_asked_for_by_board_and_by_each_of_their_two_dates(client, server) -> None:
    serve_tickets(server, numbered(1), numbered(2))
    client.tickets(BOARD, JANUARY)
    bounds = "{0} >= [2025-01-01T06:00:00Z] and {0} < [2025-02-01T06:00:00Z]"
    wanted = [
        f'board/name = "Help Desk" and {bounds.format(field)}' for field in ("dateEntered", "closedDate")
    ]
    assert [seen.query["conditions"] for seen in server.asked(TICKETS)] == wanted
    assert [seen.query["conditions"] for seen in server.asked(f"{TICKETS}/count")] == wanted
    assert {seen.query["pageSize"] for seen in server.asked(TICKETS)} == {"1000"}
    assert {"_info/dateEntered", "board/name", "parentTicketId"} <= set(
        server.asked(TICKETS)[0].query["fields"].split(",")
    )


def test_a_ticket_without_the_date_that_it_was_found_by_says_which_one_that_was(client, server) -> None:
    serve_tickets(server, numbered(1), numbered(2))
    found = {
        ticket.id: (ticket.found_by_entry, ticket.found_by_closing)
        for ticket in client.tickets(BOARD, JANUARY).rows
        if ticket.entered_at is None and ticket.closed_at is None
    }
    assert found == {1: (True, False), 2: (False, True)}


def test_time_entries_are_asked_for_by_their_own_date_and_charge(client, server) -> None:
    serve(server, ENTRIES, [])
    client.time_entries(JANUARY)
    assert server.asked(ENTRIES)[0].query["conditions"] == (
        'chargeToType = "ServiceTicket" and dateEntered >= [2025-01-01T06:00:00Z]'
        " and dateEntered < [2025-02-01T06:00:00Z]"
    )


def test_spaces_are_never_sent_as_plus_signs(client, server) -> None:
    serve_tickets(server, [], [])
    client.tickets(("A+B & C",), JANUARY)
    target = server.asked(TICKETS)[0].target
    assert "+" not in target
    assert "A%2BB%20%26%20C" in target


def test_the_end_of_a_month_in_progress_is_cut_to_whole_seconds(client, server) -> None:
    serve(server, ENTRIES, [])
    client.time_entries(JANUARY.until(datetime(2025, 1, 15, 4, 30, 0, 999_999, UTC)))
    assert "dateEntered < [2025-01-15T04:30:00Z]" in server.asked(ENTRIES)[0].query["conditions"]


@pytest.mark.parametrize(
    ("rows", "pages"), [(0, 1), (1, 1), (999, 1), (1000, 2), (1001, 2), (2000, 3), (2500, 3)]
)
def test_pages_are_read_until_one_is_short(rows, pages, client, server) -> None:
    serve(server, ENTRIES, numbered(*range(7, 7 + 3 * rows, 3), ticketBoard="Help Desk"))
    fetched = client.time_entries(JANUARY)
    assert [row.id for row in fetched.rows] == list(range(7, 7 + 3 * rows, 3))
    assert fetched.counts == (Counted("time entries", rows, rows, 1),)
    assert fetched.requests == 1 + pages + 1
    asked = server.asked(ENTRIES)
    assert [int(seen.query.get("pageId", 0)) for seen in asked] == [
        0,
        *(7 + 3 * 1000 * n - 3 for n in range(1, pages)),
    ]
    assert all("page" not in seen.query and "orderBy" not in seen.query for seen in asked)


def test_a_month_takes_the_floor_of_page_requests_and_nine_more(client, server) -> None:
    server.answer("/service/boards", server.reply([{"id": 5, "name": "Help Desk"}]))
    server.answer("/service/boards/5/statuses", server.reply([{"id": 1, "name": "Closed"}]))
    serve_tickets(server, numbered(*range(1, 1501)), numbered(*range(1, 2501)))
    serve(server, ENTRIES, numbered(*range(1, 3501), ticketBoard="Help Desk"))
    (board,) = client.boards()
    assert [status.name for status in client.statuses(board)] == ["Closed"]
    client.tickets(BOARD, JANUARY)
    client.time_entries(JANUARY)
    assert client.requests == (2 + 3 + 4) + 6


def test_a_server_that_cuts_pages_shorter_is_read_on_while_it_names_a_next_page(client, server) -> None:
    rows = numbered(*range(1, 121), ticketBoard="Help Desk")
    more = {"Link": '<https://elsewhere.example/time/entries?pageId=50>; rel="next"'}
    server.answer(
        ENTRIES,
        server.reply(rows[:50], headers=more),
        server.reply(rows[50:100], headers=more),
        server.reply(rows[100:], headers=more),
        server.reply([], headers=more),
    )
    server.answer(f"{ENTRIES}/count", server.reply({"count": 120}))
    fetched = client.time_entries(JANUARY)
    assert [row.id for row in fetched.rows] == list(range(1, 121))
    assert [seen.query.get("pageId") for seen in server.asked(ENTRIES)] == [None, "50", "100", "120"]


def test_a_server_that_gives_the_same_page_for_ever_is_found_out(client, server) -> None:
    page = server.reply(numbered(*range(1, 1001)))
    server.answer(ENTRIES, page)
    with pytest.raises(PermanentError, match="do not go forward by id"):
        client.time_entries(JANUARY)
    assert len(server.asked(ENTRIES)) == 2


def test_a_full_page_in_another_order_is_found_out(client, server) -> None:
    server.answer(ENTRIES, server.reply(numbered(*range(1000, 0, -1))))
    with pytest.raises(PermanentError, match="do not go forward by id"):
        client.time_entries(JANUARY)


def test_a_last_page_that_repeats_a_row_is_found_out(client, server) -> None:
    server.answer(ENTRIES, server.reply(numbered(*range(1, 1001))), server.reply(numbered(1000, 1001)))
    with pytest.raises(PermanentError, match="do not go forward by id"):
        client.time_entries(JANUARY)


def test_a_single_short_page_may_come_in_any_order(client, server) -> None:
    server.answer(ENTRIES, server.reply(numbered(3, 1, 2, ticketBoard="Help Desk")))
    server.answer(f"{ENTRIES}/count", server.reply({"count": 3}))
    assert [row.id for row in client.time_entries(JANUARY).rows] == [1, 2, 3]


def test_a_ticket_that_was_entered_and_closed_in_the_month_comes_once(client, server) -> None:
    serve_tickets(server, numbered(1, 2), numbered(2, 3))
    fetched = client.tickets(BOARD, JANUARY)
    assert [ticket.id for ticket in fetched.rows] == [1, 2, 3]
    assert (fetched.fetched, fetched.source_count, fetched.reads) == (4, 4, 1)
    assert [part.what for part in fetched.counts] == ["tickets entered", "tickets closed"]


def test_a_ticket_that_changed_between_both_reads_is_taken_as_the_later_one_saw_it(client, server) -> None:
    serve_tickets(
        server, numbered(1, status={"name": "New"}), numbered(1, status={"name": "Closed"}, summary="done")
    )
    (ticket,) = client.tickets(BOARD, JANUARY).rows
    assert (ticket.status, ticket.summary) == ("Closed", "done")


def test_rows_that_come_while_one_reads_are_read_again(client, server) -> None:
    serve(server, ENTRIES, numbered(2, ticketBoard="A"), numbered(1, 2, ticketBoard="A"), counts=[2])
    fetched = client.time_entries(JANUARY)
    assert [row.id for row in fetched.rows] == [1, 2]
    assert fetched.counts == (Counted("time entries", 2, 2, 2),)
    assert fetched.disagreeing == ()


def test_rows_that_go_while_one_reads_are_read_again(client, server) -> None:
    many = numbered(*range(1, 1502), ticketBoard="A")

    def loses_one(seen):
        if "pageId" in seen.query:
            server.answer(ENTRIES, server.paged(many[1:]))
        return server.paged(many)(seen)

    server.answer(ENTRIES, loses_one)
    server.answer(f"{ENTRIES}/count", server.reply({"count": 1500}))
    fetched = client.time_entries(JANUARY)
    assert [row.id for row in fetched.rows] == list(range(2, 1502))
    assert fetched.reads == 2


def test_a_count_that_never_agrees_is_shown_after_four_reads(client, server) -> None:
    serve(server, ENTRIES, numbered(1, 2, ticketBoard="A"), counts=[3])
    fetched = client.time_entries(JANUARY)
    assert len(server.asked(ENTRIES)) == 4
    assert fetched.disagreeing == (Counted("time entries", 2, 3, 4),)


def test_two_differences_that_would_cancel_out_are_both_shown(client, server) -> None:
    serve_tickets(server, numbered(1), numbered(2))
    wrong = [server.reply({"count": count}) for count in (0, 2)]
    server.answer(f"{TICKETS}/count", server.by_field(lambda _: wrong[0], lambda _: wrong[1]))
    fetched = client.tickets(BOARD, JANUARY)
    assert fetched.fetched == fetched.source_count == 2
    assert len(fetched.disagreeing) == 2


def test_an_id_that_comes_twice_is_one_row_and_a_difference(client, server) -> None:
    server.answer(ENTRIES, server.reply(numbered(1, 1, ticketBoard="A")))
    server.answer(f"{ENTRIES}/count", server.reply({"count": 2}))
    assert client.time_entries(JANUARY).disagreeing == (Counted("time entries", 1, 2, 4),)


@pytest.mark.parametrize("body", [{"count": -1}, {"count": "3"}, {"count": True}, {}, [], 3, {"count": 3.0}])
def test_a_count_that_is_no_number_of_rows_is_a_passing_fault_and_in_the_end_no_count(
    body, client, server, fake_time
) -> None:
    server.answer(ENTRIES, server.reply([]))
    server.answer(f"{ENTRIES}/count", server.reply(body))
    (part,) = client.time_entries(JANUARY).uncounted
    assert (part.counted, part.fetched) == (None, 0)
    assert "GET /time/entries/count" in part.why_not
    assert 30 < sum(fake_time.pauses) < 40


def test_several_boards_are_asked_for_in_one_list(client, server) -> None:
    serve_tickets(server, [], [])
    client.tickets(("Help Desk", "On Site", "Help Desk"), JANUARY)
    assert (
        server.asked(TICKETS)[0].query["conditions"].startswith('board/name in ("Help Desk","On Site") and ')
    )
    assert len(server.asked(TICKETS)) == 2


def test_boards_too_many_for_one_address_are_asked_for_in_parts_that_fit(client, server) -> None:
    boards = [f"Board für Kunde {number:03}" for number in range(120)]
    serve_tickets(server, numbered(1), numbered(2))
    fetched = client.tickets(boards, JANUARY)
    parts = [
        seen.query["conditions"] for seen in server.asked(TICKETS) if "closedDate" in seen.query["conditions"]
    ]
    assert len(parts) > 1
    assert [name for name in boards if sum(f'"{name}"' in part for part in parts) != 1] == []
    assert max(len(server.url + seen.target) for seen in server.seen) < 2000
    assert len(fetched.counts) == 2 * len(parts)


@pytest.mark.parametrize("name", ['He said "no"', "back\\slash", "two\nlines", "nul\x00", "del\x7f", ""])
def test_a_board_that_cannot_be_quoted_is_refused_before_anything_is_asked(name, client, server) -> None:
    with pytest.raises(PermanentError, match="QBR_REACTIVE_BOARDS"):
        client.tickets((name,), JANUARY)
    assert server.asked(TICKETS) == []


@pytest.mark.parametrize("boards", [(), ("x" * 2000,)])
def test_no_board_or_one_too_long_to_ask_for_is_refused(boards, client, server) -> None:
    with pytest.raises(PermanentError, match="QBR_REACTIVE_BOARDS"):
        client.tickets(boards, JANUARY)


def test_an_apostrophe_in_a_board_is_no_obstacle(client, server) -> None:
    serve_tickets(server, [], [])
    client.tickets(("Owner's Desk",), JANUARY)
    assert """board/name = "Owner's Desk" and""" in server.asked(TICKETS)[0].query["conditions"]


def entry(number, ticket, **properties):
    return {
        "id": number,
        "chargeToId": ticket,
        "chargeToType": "ServiceTicket",
        "actualHours": 0.25,
        **properties,
    }


def serve_search(server, boards, at_most=1000):
    """A search by id over these tickets, of which an answer shows so many at most."""

    def answer(seen):
        conditions = json.loads(seen.body)["conditions"]
        ids = [int(number) for number in conditions.removeprefix("id in (").removesuffix(")").split(",")]
        assert len(ids) <= 1000
        found = [{"id": number, "board": {"name": boards[number]}} for number in ids if number in boards]
        return server.reply(found[:at_most])

    server.answer(f"{TICKETS}/search", answer)


def test_a_server_that_tells_the_board_costs_no_look_up(client, server) -> None:
    serve(server, ENTRIES, [entry(1, 10, ticketBoard="Help Desk")])
    assert client.time_entries(JANUARY).rows[0].board == "Help Desk"
    assert server.asked(f"{TICKETS}/search") == []


def test_tickets_of_entries_without_a_board_are_looked_up_once_each_in_batches(client, server) -> None:
    entries = [entry(number, 1 + number % 1100) for number in range(1, 2201)]
    serve(server, ENTRIES, entries)
    serve_search(server, {number: f"Board {number % 2}" for number in range(1, 1101)})
    fetched = client.time_entries(JANUARY)
    assert [row.board for row in fetched.rows] == [f"Board {row.ticket_id % 2}" for row in fetched.rows]
    assert len(server.asked(f"{TICKETS}/search")) == 2
    assert server.asked(f"{TICKETS}/search")[0].query == {"pageSize": "1000", "fields": "id,board/name"}


def test_only_the_entries_without_a_board_are_looked_up(client, server) -> None:
    serve(server, ENTRIES, [entry(1, 10, ticketBoard="Kept"), entry(2, 11, ticketBoard=None), entry(3, 12)])
    serve_search(server, {10: "Wrong", 11: "Help Desk", 12: "Projects"})
    assert [row.board for row in client.time_entries(JANUARY).rows] == ["Kept", "Help Desk", "Projects"]
    assert b"10" not in server.asked(f"{TICKETS}/search")[0].body


def test_an_entry_with_an_empty_text_for_a_board_is_looked_up_too(client, server) -> None:
    serve(server, ENTRIES, [entry(1, 10, ticketBoard="")])
    serve_search(server, {10: "Help Desk"})
    assert client.time_entries(JANUARY).rows[0].board == "Help Desk"


def test_a_deleted_ticket_leaves_its_entries_without_a_board(client, server) -> None:
    serve(server, ENTRIES, [entry(1, 10), entry(2, 11)])
    serve_search(server, {11: "Help Desk"})
    assert [row.board for row in client.time_entries(JANUARY).rows] == [None, "Help Desk"]


def test_a_search_that_shows_fewer_than_asked_for_is_asked_for_the_rest(client, server) -> None:
    serve(server, ENTRIES, [entry(number, number) for number in range(1, 71)])
    serve_search(server, dict.fromkeys(range(1, 71), "Help Desk"), at_most=25)
    assert {row.board for row in client.time_entries(JANUARY).rows} == {"Help Desk"}
    assert len(server.asked(f"{TICKETS}/search")) == 3


def test_an_entry_without_a_charge_is_looked_up_by_its_ticket(client, server) -> None:
    serve(server, ENTRIES, [{"id": 1, "ticket": {"id": 10, "summary": "Printer"}}])
    serve_search(server, {10: "Help Desk"})
    (row,) = client.time_entries(JANUARY).rows
    assert (row.ticket_id, row.ticket_summary, row.board) == (10, "Printer", "Help Desk")


def test_an_entry_without_any_ticket_is_looked_up_nowhere(client, server) -> None:
    serve(server, ENTRIES, [{"id": 1}])
    assert client.time_entries(JANUARY).rows[0].board is None


def test_every_property_of_a_ticket_is_read(client, server) -> None:
    row = {
        "id": 1,
        "summary": "Printer",
        "board": {"id": 5, "name": "Help Desk"},
        "status": {"id": 6, "name": ">Closed"},
        "company": {"id": 7, "identifier": "Globex", "name": "Globex Inc."},
        "parentTicketId": 9,
        "closedDate": "2025-01-31T23:59:59.7Z",
        "actualHours": 0.10,
        "type": {"name": "Issue"},
        "priority": {"name": "Low"},
        "owner": {"identifier": "jd", "name": "Jane Doe"},
        "_info": {"dateEntered": "2025-01-31T17:59:59.1234567-06:00"},
    }
    serve_tickets(server, [row], [])
    (ticket,) = client.tickets(BOARD, JANUARY).rows
    assert ticket.entered_at == datetime(2025, 1, 31, 23, 59, 59, 123456, UTC)
    assert ticket.closed_at == datetime(2025, 1, 31, 23, 59, 59, 700_000, UTC)
    assert ticket.actual_hours == Decimal("0.1")
    assert (ticket.parent_id, ticket.board, ticket.status, ticket.company) == (
        9,
        "Help Desk",
        ">Closed",
        "Globex Inc.",
    )
    assert (ticket.type, ticket.priority, ticket.owner, ticket.summary) == (
        "Issue",
        "Low",
        "Jane Doe",
        "Printer",
    )


@pytest.mark.parametrize("absent", ["left out", "null", "null inside"])
def test_a_missing_property_and_a_null_are_the_same(absent, client, server) -> None:
    names = (
        "summary",
        "board",
        "status",
        "company",
        "parentTicketId",
        "closedDate",
        "actualHours",
        "type",
        "_info",
    )
    row = {"id": 1}
    if absent == "null":
        row |= dict.fromkeys(names)
    if absent == "null inside":
        row |= {"board": {"name": None}, "_info": {"dateEntered": None}, "owner": {}}
    serve_tickets(server, [row], [])
    (ticket,) = client.tickets(BOARD, JANUARY).rows
    assert (ticket.board, ticket.parent_id, ticket.entered_at, ticket.actual_hours) == (
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("actualHours", b"NaN"),
        ("actualHours", b"-Infinity"),
        ("actualHours", b"1e400"),
        ("actualHours", b"1e-400"),
        ("actualHours", b'"0.25"'),
        ("actualHours", b"true"),
        ("dateEntered", b'"yesterday"'),
        ("dateEntered", b"1738000000"),
        ("chargeToId", b"10.5"),
        ("ticketBoard", b"{}"),
        ("ticket", b'"10"'),
    ],
)
def test_a_property_of_a_wrong_kind_is_never_taken_for_absent(name, held, client, server, fake_time) -> None:
    server.answer(ENTRIES, server.reply(b'[{"id": 1, "%s": %s}]' % (name.encode(), held)))
    with pytest.raises(RetriesExhausted):
        client.time_entries(JANUARY)
    assert sum(fake_time.pauses) == pytest.approx(300)


def test_hours_are_never_binary_floats(client, server) -> None:
    serve(server, ENTRIES, [entry(n, 10, ticketBoard="A", actualHours=0.1) for n in range(1, 11)])
    assert sum(row.hours for row in client.time_entries(JANUARY).rows) == Decimal("1.0")


def test_texts_that_no_database_takes_are_mended(client, server) -> None:
    server.answer(TICKETS, server.reply(rb'[{"id": 1, "summary": "a\u0000b\ud800c \u00e9"}]'))
    server.answer(f"{TICKETS}/count", server.reply({"count": 1}))
    assert client.tickets(BOARD, JANUARY).rows[0].summary == "a?b?c é"


def test_an_empty_window_brings_nothing(client, server) -> None:
    serve(server, ENTRIES, [])
    assert client.time_entries(JANUARY.until(JANUARY.start - timedelta(days=1))).rows == ()
