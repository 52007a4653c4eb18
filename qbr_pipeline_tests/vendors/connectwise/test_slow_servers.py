"""Servers that cannot bear large pages, or do not count in time: asked for less, and every row is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qbr_pipeline.periods import Window
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.connectwise.fetched import Counted
from qbr_pipeline.vendors.http.errors import RetriesExhausted
from qbr_pipeline.vendors.http.retries import RetryPolicy

ENTRIES = "/time/entries"
JANUARY = Window(datetime(2025, 1, 1, 6, tzinfo=UTC), datetime(2025, 2, 1, 6, tzinfo=UTC))


def rows(count):
    return [{"id": number, "ticketBoard": "Help Desk"} for number in range(1, count + 1)]


def bearing(server, most, count, failing=None):
    """Time entries, of which a page may have so many at most."""
    failing = failing or server.reply({"code": "Oops"}, 500)
    page = server.paged(rows(count))
    server.answer(ENTRIES, lambda seen: page(seen) if int(seen.query["pageSize"]) <= most else failing)
    server.answer(f"{ENTRIES}/count", server.reply({"count": count}))


def sizes(server):
    return [int(seen.query["pageSize"]) for seen in server.asked(ENTRIES)]


@pytest.mark.parametrize(("most", "borne"), [(1000, 1000), (999, 500), (500, 500), (260, 250), (50, 50)])
def test_a_page_that_fails_is_asked_for_again_with_half_as_many_rows(most, borne, client, server) -> None:
    bearing(server, most, 1700)
    fetched = client.time_entries(JANUARY)
    assert [row.id for row in fetched.rows] == list(range(1, 1701))
    assert fetched.counts == (Counted("time entries", 1700, 1700, 1),)
    assert sizes(server)[-1] == borne
    assert (client.remarks == ()) == (borne == 1000)


@pytest.mark.parametrize(
    "failure",
    [
        {"body": b"<html>Bad Gateway</html>", "status": 502},
        {"body": b'[{"id": 1, "tick'},
        {"body": b'[{"id": 1, "tick', "promised": 90_000},
        {"raw": b""},
    ],
    ids=["the server behind a gateway broke down", "half of JSON", "half of a body", "nothing at all"],
)
def test_a_page_that_breaks_off_is_asked_for_again_with_half_as_many_rows_too(
    failure, client, server
) -> None:
    bearing(server, 500, 1700, server.reply(**failure))
    assert len(client.time_entries(JANUARY).rows) == 1700
    assert sizes(server)[:2] == [1000, 500]


def test_what_a_server_can_bear_holds_for_all_that_follows(client, server) -> None:
    bearing(server, 250, 600)
    client.time_entries(JANUARY)
    client.time_entries(JANUARY)
    assert sizes(server) == [1000, 500, 250, 250, 250, 250, 250, 250]
    assert client.remarks == ("pages of 250 rows, because a larger one failed",)


def test_a_page_never_has_fewer_than_fifty_rows(client, server) -> None:
    bearing(server, 0, 10)
    with pytest.raises(RetriesExhausted):
        client.time_entries(JANUARY)
    assert sizes(server)[:7] == [1000, 500, 250, 125, 62, 50, 50]


def test_a_full_row_of_pages_that_fails_half_way_goes_on_where_it_was(client, server) -> None:
    page, failure = server.paged(rows(2300)), server.reply(b"", 504)
    server.answer(ENTRIES, page, failure, page)
    server.answer(f"{ENTRIES}/count", server.reply({"count": 2300}))
    assert len(client.time_entries(JANUARY).rows) == 2300
    asked = [(seen.query["pageSize"], seen.query.get("pageId")) for seen in server.asked(ENTRIES)]
    assert asked[:3] == [("1000", None), ("1000", "1000"), ("500", "1000")]


def test_pages_that_do_not_come_in_time_become_smaller(access, server, fake_time) -> None:
    page = server.paged(rows(300))

    def slow(seen):
        if int(seen.query["pageSize"]) > 250:
            server.over.wait(0.3)
        return page(seen)

    server.answer(ENTRIES, slow)
    server.answer(f"{ENTRIES}/count", server.reply({"count": 300}))
    with ConnectWise(access, RetryPolicy(read=0.1), sleep=fake_time.sleep) as client:
        assert len(client.time_entries(JANUARY).rows) == 300
    assert sizes(server) == [1000, 500, 250, 250]


def test_a_setting_caps_the_pages_from_the_start(access, server) -> None:
    bearing(server, 1000, 90)
    with ConnectWise(replace(access, page_size=40)) as client:
        assert len(client.time_entries(JANUARY).rows) == 90
        assert client.remarks == ()
    assert sizes(server) == [40, 40, 40]


def test_a_busy_server_that_asks_for_a_pause_is_not_asked_for_less(client, server) -> None:
    server.answer(ENTRIES, server.reply({}, 429, {"Retry-After": "5"}), server.paged(rows(3)))
    server.answer(f"{ENTRIES}/count", server.reply({"count": 3}))
    client.time_entries(JANUARY)
    assert sizes(server) == [1000, 1000]


def test_tickets_looked_up_by_id_are_asked_for_in_smaller_batches_too(client, server) -> None:
    entries = [{"id": number, "chargeToId": number} for number in range(1, 401)]
    server.answer(ENTRIES, server.paged(entries))
    server.answer(f"{ENTRIES}/count", server.reply({"count": 400}))

    def search(seen):
        if int(seen.query["pageSize"]) > 100:
            return server.reply(b"", 500)
        ids = json.loads(seen.body)["conditions"].removeprefix("id in (").removesuffix(")").split(",")
        found = [{"id": int(number), "board": {"name": "Help Desk"}} for number in ids]
        return server.reply(found[: int(seen.query["pageSize"])])

    server.answer("/service/tickets/search", search)
    assert {row.board for row in client.time_entries(JANUARY).rows} == {"Help Desk"}


@pytest.mark.parametrize(
    "failure", [(500, b""), (403, {"code": "SecurityDenied"}), (404, {"code": "NotFound"})]
)
def test_rows_stay_when_the_source_does_not_count_them(failure, client, server, fake_time) -> None:
    status, body = failure
    server.answer(ENTRIES, server.paged(rows(7)))
    server.answer(f"{ENTRIES}/count", server.reply(body, status))
    fetched = client.time_entries(JANUARY)
    assert len(fetched.rows) == 7
    assert fetched.source_count is None
    assert fetched.disagreeing == ()
    assert fetched.uncounted[0].why_not.startswith("ConnectWise ")
    assert sum(fake_time.pauses) <= 40


def test_a_count_that_hangs_costs_forty_seconds_and_none_of_the_patience_for_rows(
    access, server, fake_time
) -> None:
    server.answer(ENTRIES, server.paged(rows(7)))
    server.answer(f"{ENTRIES}/count", server.reply(b"", 503))
    with ConnectWise(access, RetryPolicy(total=10), sleep=fake_time.sleep, clock=fake_time.clock) as client:
        client.time_entries(JANUARY)
        waited = fake_time.seconds
        server.answer("/service/boards", server.reply(b"", 503), server.reply([{"id": 1, "name": "A"}]))
        assert len(client.boards()) == 1
    assert 30 < waited < 40
