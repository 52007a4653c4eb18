"""The demo's made-up world: always the same, on a clock, and counted alike over HTTP and from its lives."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from qbr_pipeline.demo.connectwise import names
from qbr_pipeline.demo.connectwise.demo_world import DEMO_START, demo_world
from qbr_pipeline.demo.connectwise.generator import Scale, delicate_moments
from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.periods import Month
from qbr_pipeline_tests.demo.truth import Expected, expected

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2025, 4, 20, 17, tzinfo=UTC)
REACTIVE, CLOSED = [names.REACTIVE_BOARD], names.CLOSED_STATUSES
SMALL = Scale(created=80, closed=79, entries=300)


@pytest.fixture(scope="module")
def demo() -> World:
    """The world of the demo as it is by default; only for tests that change nothing in it."""
    return demo_world()


def truth(world: World, month: Month, now: datetime = NOW) -> Expected:
    return expected(world, month, REACTIVE, CLOSED, CHICAGO, now)


def test_a_month_is_the_same_whatever_was_asked_before_and_whatever_the_time_is() -> None:
    forward, backward = demo_world(7, scale=SMALL), demo_world(7, scale=SMALL)
    months = list(Month.span(DEMO_START, Month(2025, 4)))
    later = NOW + timedelta(days=400)
    backward.tickets.at(later)
    backward.entries.at(later)
    ahead = [truth(forward, month) for month in months]
    back = [truth(backward, month) for month in reversed(months)]
    assert ahead == back[::-1]
    assert forward.tickets.at(NOW) == backward.tickets.at(NOW)
    assert forward.entries.at(NOW) == backward.entries.at(NOW)


def test_a_world_that_begins_later_has_the_same_months_from_there_on() -> None:
    early, late = demo_world(7, scale=SMALL), demo_world(7, start=Month(2024, 9), scale=SMALL)
    assert truth(early, Month(2025, 1)) == truth(late, Month(2025, 1))
    assert truth(early, Month(2024, 10)) == truth(late, Month(2024, 10))


def test_another_seed_makes_another_world() -> None:
    assert truth(demo_world(1, scale=SMALL), Month(2025, 1)) != truth(
        demo_world(2, scale=SMALL), Month(2025, 1)
    )


def test_ids_ascend_with_the_moment_of_entry() -> None:
    world = demo_world(scale=SMALL)
    tickets = [ticket for rows in world.tickets.at(NOW) for ticket in rows]
    entries = [entry for rows in world.entries.at(NOW) for entry in rows]
    for rows in (tickets, entries):
        assert [row.id for row in rows] == sorted({row.id for row in rows})
        moments = [row.entered_at for row in rows]
        assert moments == sorted(moments)


def test_nothing_is_there_before_it_happens() -> None:
    world = demo_world(scale=SMALL)
    tickets = [ticket for rows in world.tickets.at(NOW) for ticket in rows]
    assert all(ticket.entered_at <= NOW for ticket in tickets)
    assert all(ticket.closed_at is None or ticket.closed_at <= NOW for ticket in tickets)
    assert all(entry.entered_at <= NOW for rows in world.entries.at(NOW) for entry in rows)


def test_a_month_grows_while_it_lasts_and_still_moves_a_little_afterwards(demo: World) -> None:
    world, month = demo, Month(2025, 3)
    days = [datetime(2025, 3, 10, tzinfo=UTC), datetime(2025, 3, 20, tzinfo=UTC), month.end(CHICAGO)]
    created = [truth(world, month, now).created for now in days]
    assert 0 < created[0] < created[1] < created[2]
    weeks_later = truth(world, month, month.end(CHICAGO) + timedelta(days=45))
    at_its_end = truth(world, month, month.end(CHICAGO))
    assert weeks_later != at_its_end
    assert abs(weeks_later.created - at_its_end.created) < 0.05 * at_its_end.created


def test_the_default_scale_is_that_of_a_plausible_small_msp(demo: World) -> None:
    facts = [truth(demo, month) for month in Month.span(Month(2024, 4), Month(2025, 3))]
    assert all(300 <= fact.created <= 450 for fact in facts)
    assert all(0.85 <= fact.closed / fact.created <= 1.15 for fact in facts)
    assert all(Decimal("0.3") <= fact.hours / fact.closed <= Decimal("0.55") for fact in facts)


def test_every_sort_of_trouble_occurs_in_the_demo(demo: World) -> None:
    world = demo
    lives = world.tickets.lives(NOW)
    boards = [[row.board for _, row in life.versions] for life in lives]
    assert any(life.gone_at is not None and life.gone_at < NOW for life in lives)
    assert any(len(set(of_one)) > 1 for of_one in boards)
    assert any(board != names.REACTIVE_BOARD for of_one in boards for board in of_one)
    tickets = [ticket for rows in world.tickets.at(NOW) for ticket in rows]
    assert any(ticket.status == "Re-opened" and ticket.closed_at is None for ticket in tickets)
    assert any(ticket.status == "Re-opened" and ticket.closed_at is not None for ticket in tickets)
    assert any(ticket.parent_id is not None for ticket in tickets)
    assert any(life.versions[0][1].parent_id is None and life.versions[-1][1].parent_id for life in lives)
    assert any(ticket.entered_at.microsecond for ticket in tickets)
    entries = [entry for rows in world.entries.at(NOW) for entry in rows]
    assert any(entry.hours is None for entry in entries)
    assert {entry.charge_to_type for entry in entries} >= {"ServiceTicket", "ProjectTicket", "ChargeCode"}
    assert any(len(life.versions) > 1 for life in world.entries.lives(NOW))
    assert any(life.gone_at is not None for life in world.entries.lives(NOW))


@pytest.mark.parametrize(
    ("month", "moment"),
    [
        (Month(2025, 1), datetime(2025, 1, 1, 6, tzinfo=UTC)),
        (Month(2025, 1), datetime(2025, 2, 1, 5, 59, 59, 700_000, tzinfo=UTC)),
        (Month(2025, 3), datetime(2025, 3, 9, 8, tzinfo=UTC)),
        (Month(2025, 3), datetime(2025, 4, 1, 4, 59, 59, tzinfo=UTC)),
        (Month(2024, 11), datetime(2024, 11, 3, 7, tzinfo=UTC)),
        (Month(2024, 11), datetime(2024, 11, 3, 6, 59, 59, 700_000, tzinfo=UTC)),
    ],
)
def test_something_is_entered_and_closed_and_worked_at_each_delicate_moment(
    month: Month, moment: datetime
) -> None:
    assert moment in delicate_moments(month, CHICAGO)
    world = demo_world(scale=SMALL)
    tickets = [ticket for rows in world.tickets.at(NOW) for ticket in rows if ticket.parent_id is None]
    assert [ticket.board for ticket in tickets if ticket.entered_at == moment] == [names.REACTIVE_BOARD]
    assert any(ticket.closed_at == moment for ticket in tickets)
    assert any(entry.entered_at == moment for rows in world.entries.at(NOW) for entry in rows)


def test_the_truth_of_a_month_built_by_hand() -> None:
    start, end = Month(2025, 1).start(CHICAGO), Month(2025, 1).end(CHICAGO)
    almost = end - timedelta(milliseconds=300)
    world = World(
        [Board(1, "Help Desk"), Board(2, "Projects")],
        [
            Ticket(1, start, status=">Closed", closed_at=almost),
            Ticket(2, almost, status="Closed", closed_at=end),
            Ticket(3, end),
            Ticket(4, start, parent_id=1, status=">Closed", closed_at=start),
            Ticket(5, start, board="Projects", status=">Closed", closed_at=start),
            Ticket(6, start - timedelta(milliseconds=300), status="Re-opened", closed_at=start),
        ],
        [
            TimeEntry(1, start, charge_to_id=1, hours=Decimal("0.10")),
            TimeEntry(2, almost, charge_to_id=4, hours=Decimal("0.20")),
            TimeEntry(3, end, charge_to_id=1, hours=Decimal(1)),
            TimeEntry(4, start, charge_to_id=5, hours=Decimal(2)),
            TimeEntry(5, start, charge_to_id=1, hours=None),
            TimeEntry(6, start, charge_to_id=1, hours=Decimal(4), charge_to_type="ProjectTicket"),
            TimeEntry(7, start, charge_to_id=99, hours=Decimal(8)),
        ],
    )
    assert truth(world, Month(2025, 1)) == Expected(created=2, closed=1, hours=Decimal("0.30"))


class Counter:
    """The plainest possible client: it pages by number, keeps everything, and counts by hand."""

    def __init__(self, server: SimulatedConnectWise) -> None:
        self.base = f"{server.url}/v2025_1/apis/3.0"
        self.session = requests.Session()
        self.session.auth = (f"{DEMO_COMPANY_ID}+{DEMO_PUBLIC_KEY}", DEMO_PRIVATE_KEY)
        self.session.headers["clientId"] = DEMO_CLIENT_ID

    def all(self, path: str, conditions: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, 1000):
            parameters = {"conditions": conditions, "page": str(page), "pageSize": "500"}
            found = self.session.get(self.base + path, params=parameters, timeout=30).json()
            rows += found
            if not found:
                break
        return rows

    def month(self, month: Month) -> Expected:
        start, end = (
            f"[{moment:%Y-%m-%dT%H:%M:%SZ}]" for moment in (month.start(CHICAGO), month.end(CHICAGO))
        )
        parents = f'board/name = "{REACTIVE[0]}" and parentTicketId = null'
        created = self.all(
            "/service/tickets", f"{parents} and dateEntered >= {start} and dateEntered < {end}"
        )
        closed = self.all("/service/tickets", f"{parents} and closedDate >= {start} and closedDate < {end}")
        entries = self.all(
            "/time/entries",
            f'chargeToType = "ServiceTicket" and dateEntered >= {start} and dateEntered < {end}',
        )
        return Expected(
            len(created),
            sum(ticket["status"]["name"] in CLOSED for ticket in closed),
            sum(
                (
                    Decimal(str(e.get("actualHours", 0)))
                    for e in entries
                    if e.get("ticketBoard") == REACTIVE[0]
                ),
                Decimal(0),
            ),
        )


@pytest.mark.parametrize("month", [Month(2024, 1), Month(2024, 11), Month(2025, 3), Month(2025, 4)])
def test_a_plain_count_over_http_finds_the_truth(demo: World, month: Month) -> None:
    with SimulatedConnectWise(demo, clock=lambda: NOW) as server:
        counter = Counter(server)
        with counter.session:
            assert counter.month(month) == truth(demo, month)


def test_many_who_ask_at_once_while_months_are_made_up_get_the_same_answer() -> None:
    with SimulatedConnectWise(demo_world(scale=SMALL), clock=lambda: NOW) as server:

        def ask(_: int) -> Expected:
            counter = Counter(server)
            with counter.session:
                return counter.month(Month(2025, 2))

        with ThreadPoolExecutor(8) as askers:
            answers = set(askers.map(ask, range(8)))
        assert answers == {truth(server.world, Month(2025, 2))}


def test_rows_put_in_and_taken_out_by_hand_win_over_the_made_up_ones() -> None:
    world, month = demo_world(scale=SMALL), Month(2025, 2)
    before = truth(world, month)
    moment = datetime(2025, 2, 5, tzinfo=UTC)
    victim = next(
        ticket
        for rows in world.tickets.at(NOW)
        for ticket in rows
        if ticket.entered_at in month.window(CHICAGO)
        and ticket.board == "Help Desk"
        and ticket.parent_id is None
    )
    world.tickets.put(Ticket(1, moment), Ticket(2, moment))
    assert truth(world, month).created == before.created + 2
    assert world.tickets.remove(victim.id)
    assert truth(world, month).created == before.created + 1
    assert world.tickets.get(victim.id, NOW) is None


@pytest.mark.parametrize("scale", [(0, 0, 1), (10, 11, 1), (10, 10, -1), (10, 10, 10, 2.0)])
def test_an_impossible_scale_is_refused(scale: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Scale(*scale)


def start_process(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "qbr_pipeline.demo.connectwise", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_its_address_serves_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    ready = tmp_path / "ready"
    words = [
        "--seed",
        "3",
        "--created",
        "60",
        "--closed",
        "60",
        "--entries",
        "200",
        "--now",
        "2025-02-01T04:30Z",
    ]
    with start_process(*words, "--prepare", "--ready-file", str(ready)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert ready.read_text(encoding="utf-8").strip() == url
        answer = requests.get(f"{url}/login/companyinfo/{DEMO_COMPANY_ID}", timeout=10)
        assert answer.json()["CompanyID"] == DEMO_COMPANY_ID
        process.send_signal(number)
        assert process.wait(timeout=20) == 0


def test_a_taken_port_is_said_in_one_sentence() -> None:
    with SimulatedConnectWise(World()) as server:
        port = server.url.rpartition(":")[2]
        with start_process("--port", port) as process:
            _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said == f"port {port} cannot be used: Address already in use; choose another --port\n"
