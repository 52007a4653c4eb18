"""The simulator's faults, acted out over real HTTP, and its journal of requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import requests

from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.demo.faults import Delay, Drop, Fault, Happen, Truncate
from qbr_pipeline.demo.wire import Incoming
from qbr_pipeline_tests.demo import replies

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ENTERED = datetime(2025, 1, 10, 15, tzinfo=UTC)


@dataclass
class Bench:
    server: SimulatedConnectWise
    session: requests.Session

    def get(self, path: str, **parameters: str) -> requests.Response:
        url = f"{self.server.url}/v2025_1/apis/3.0{path}"
        return self.session.get(
            url, params=parameters, headers={"pagination-type": "forward-only"}, timeout=10
        )


@pytest.fixture
def bench() -> Iterator[Bench]:
    world = World(
        [Board(1, "Help Desk")],
        [Ticket(number, ENTERED) for number in range(1, 11)],
        [TimeEntry(1, ENTERED, charge_to_id=1)],
    )
    with SimulatedConnectWise(world, clock=lambda: NOW) as server, requests.Session() as session:
        session.auth = (f"{DEMO_COMPANY_ID}+{DEMO_PUBLIC_KEY}", DEMO_PRIVATE_KEY)
        session.headers["clientId"] = DEMO_CLIENT_ID
        yield Bench(server, session)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (replies.too_many_requests(7), 429),
        (replies.server_error(), 500),
        (replies.unavailable(), 503),
        (replies.unauthorized(), 401),
        (replies.forbidden(), 403),
        (replies.not_found(), 404),
    ],
)
def test_a_planned_answer_comes_once_and_then_the_real_one(bench: Bench, fault: Fault, status: int) -> None:
    bench.server.faults.add(fault)
    assert [bench.get("/service/tickets").status_code for _ in range(2)] == [status, 200]


def test_too_many_requests_tell_when_to_come_again(bench: Bench) -> None:
    bench.server.faults.add(replies.too_many_requests(7))
    answer = bench.get("/service/tickets")
    assert answer.headers["Retry-After"] == "7"
    assert answer.json()["message"] == "Too many requests. Please try again in 7 seconds."


def test_a_page_of_html_looks_like_success(bench: Bench) -> None:
    bench.server.faults.add(replies.html_page())
    answer = bench.get("/service/tickets")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")


def test_a_redirect_names_another_place(bench: Bench) -> None:
    bench.server.faults.add(replies.redirect("https://elsewhere.invalid/"))
    url = f"{bench.server.url}/v2025_1/apis/3.0/service/tickets"
    answer = bench.session.get(url, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://elsewhere.invalid/")


def test_a_dropped_connection_is_felt_once(bench: Bench) -> None:
    bench.server.faults.add(Drop())
    with pytest.raises(requests.ConnectionError):
        bench.get("/service/tickets")
    assert bench.get("/service/tickets").status_code == 200
    assert [request.status for request in bench.server.requests.last] == [None, 200]


def test_a_truncated_answer_breaks_off_before_its_promised_length(bench: Bench) -> None:
    bench.server.faults.add(Truncate())
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        bench.get("/service/tickets")
    assert len(bench.get("/service/tickets").json()) == 10


def test_a_delayed_answer_is_longer_than_the_patience_of_its_asker(bench: Bench) -> None:
    bench.server.faults.add(Delay(0.3))
    with pytest.raises(requests.ReadTimeout):
        bench.session.get(f"{bench.server.url}/v2025_1/apis/3.0/service/tickets", timeout=0.05)


def test_latency_strikes_every_request(bench: Bench) -> None:
    bench.server.faults.latency = 0.05
    assert all(bench.get("/service/tickets").elapsed.total_seconds() >= 0.05 for _ in range(2))


def test_a_fault_waits_for_its_path_and_its_turn(bench: Bench) -> None:
    bench.server.faults.add(replies.server_error(), matching=r"GET /time/entries\?", times=2, after=1)
    paths = ["/service/tickets", *["/time/entries"] * 4]
    assert [bench.get(path).status_code for path in paths] == [200, 200, 500, 500, 200]


def test_a_fault_for_good_ends_when_faults_are_cleared(bench: Bench) -> None:
    bench.server.faults.add(replies.server_error(), times=None)
    assert [bench.get("/service/tickets").status_code for _ in range(3)] == [500, 500, 500]
    bench.server.faults.clear()
    assert bench.get("/service/tickets").status_code == 200


def test_faults_of_one_request_strike_one_after_the_other(bench: Bench) -> None:
    bench.server.faults.add(replies.server_error())
    bench.server.faults.add(replies.forbidden())
    assert [bench.get("/service/tickets").status_code for _ in range(3)] == [500, 403, 200]


def test_an_older_server_does_not_name_the_board_of_a_time_entry(bench: Bench) -> None:
    bench.server.faults.without_ticket_board = True
    (entry,) = bench.get("/time/entries").json()
    assert not {"ticketBoard", "ticketStatus", "ticketType"} & set(entry)
    assert entry["ticket"] == {"id": 1}


def test_rows_come_and_go_between_two_pages(bench: Bench) -> None:
    world = bench.server.world

    def meanwhile() -> None:
        world.tickets.remove(2)
        world.tickets.remove(6)
        world.tickets.put(Ticket(11, ENTERED))

    bench.server.faults.add(Happen(meanwhile), matching="/service/tickets", after=1)
    first = [row["id"] for row in bench.get("/service/tickets", pageSize="4").json()]
    rest = [row["id"] for row in bench.get("/service/tickets", pageSize="40", pageId=str(first[-1])).json()]
    assert (first, rest) == ([1, 2, 3, 4], [5, 7, 8, 9, 10, 11])


def test_the_journal_counts_requests_by_path(bench: Bench) -> None:
    bench.get("/service/tickets", conditions="id = 1")
    bench.get("/service/tickets/count")
    bench.get("/service/tickets")
    journal = bench.server.requests
    assert journal.counts() == {"/service/tickets": 2, "/service/tickets/count": 1}
    assert journal.total == 3
    assert journal.last[0].parameters == {"conditions": "id = 1"}
    assert all(request.headers["pagination-type"] == "forward-only" for request in journal.last)
    assert requests.get(f"{bench.server.url}/simulator/requests", timeout=10).json() == journal.counts()


def test_a_request_that_is_being_answered_when_the_server_stops_is_answered_to_its_end(bench):
    bench.server.stop()
    assert (
        bench.server.answer(Incoming("GET", f"/login/companyinfo/{DEMO_COMPANY_ID}", {}, b"")).status == 200
    )
