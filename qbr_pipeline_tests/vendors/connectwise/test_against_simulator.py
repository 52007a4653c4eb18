"""The client and the definitions together, against the simulated server over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from qbr_pipeline.demo.connectwise.demo_world import demo_world
from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.demo.faults import Drop, Happen, Truncate
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.connectwise.reactive import (
    classify_tickets,
    classify_time_entries,
    ticket_values,
    time_values,
)
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted
from qbr_pipeline_tests.demo import replies
from qbr_pipeline_tests.demo.truth import expected

CHICAGO = ZoneInfo("America/Chicago")
MONTH = Month(2025, 1)
WINDOW = MONTH.window(CHICAGO)
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
INSIDE = WINDOW.start + timedelta(days=9)
BOARDS = ("Help Desk",)
CLOSED = (">Closed", ">Closed - No response", "Closed")
HELP_DESK, PROJECTS = Board(1, "Help Desk"), Board(2, "Projects")


def entry(number, ticket, hours="0.25", at=INSIDE, **changes):
    return TimeEntry(number, at, ticket, None if hours is None else Decimal(hours), **changes)


@pytest.fixture
def simulator() -> Iterator[SimulatedConnectWise]:
    with SimulatedConnectWise(World([HELP_DESK, PROJECTS]), clock=lambda: NOW) as running:
        yield running


def access_to(simulator):
    return ConnectWiseAccess(
        simulator.url,
        DEMO_COMPANY_ID,
        SecretStr(DEMO_PUBLIC_KEY),
        SecretStr(DEMO_PRIVATE_KEY),
        SecretStr(DEMO_CLIENT_ID),
    )


@pytest.fixture
def client(simulator, fake_time):
    with ConnectWise(access_to(simulator), sleep=fake_time.sleep) as opened:
        yield opened


def collected(client, month=MONTH, boards=BOARDS):
    """The three values of a month, the way a collection gets them; every count must agree."""
    window = month.window(CHICAGO)
    tickets, entries = client.tickets(boards, window), client.time_entries(window)
    assert tickets.disagreeing == entries.disagreeing == ()
    values = ticket_values(classify_tickets(tickets.rows, boards, dict.fromkeys(boards, CLOSED), window))
    values |= time_values(classify_time_entries(entries.rows, boards, window))
    return tuple(values.values())


def truth(simulator, month=MONTH, boards=BOARDS):
    found = expected(simulator.world, month, boards, CLOSED, CHICAGO, simulator.clock())
    return found.created, found.closed, found.hours


@pytest.mark.parametrize(
    "month", [Month(2025, 1), Month(2025, 3), Month(2024, 11), Month(2024, 2), Month(2024, 12)]
)
def test_rows_three_tenths_before_and_exactly_at_each_border_fall_into_the_right_month(
    month, simulator, client
) -> None:
    window = month.window(CHICAGO)
    borders = (
        window.start - timedelta(seconds=0.3),
        window.start,
        window.end - timedelta(seconds=0.3),
        window.end,
    )
    for number, moment in enumerate(borders, start=1):
        simulator.world.tickets.put(Ticket(number, moment, status="Closed", closed_at=moment))
        simulator.world.entries.put(entry(number, number, at=moment))
    assert collected(client, month) == (2, 2, Decimal("0.5"))
    assert collected(client, month.previous) == collected(client, month.next) == (1, 1, Decimal("0.25"))


def test_2500_tickets_with_children_and_other_boards_come_out_exactly(simulator, client) -> None:
    tickets = [
        Ticket(n, INSIDE + timedelta(seconds=n), status="Closed", closed_at=INSIDE) for n in range(1, 2501)
    ]
    tickets[4] = replace(tickets[4], parent_id=1)
    tickets[5] = replace(tickets[5], board="Projects")
    tickets[6] = replace(tickets[6], status="Re-opened")
    simulator.world.tickets.put(*tickets)
    simulator.world.entries.put(*(entry(n, n) for n in range(1, 11)), entry(11, 1, hours=None))
    assert collected(client) == (2498, 2497, Decimal("2.25"))
    assert client.requests <= 3 + 3 + 1 + 12


@pytest.mark.parametrize("without_ticket_board", [False, True])
def test_a_server_without_ticket_board_gives_the_same_hours(without_ticket_board, simulator, client) -> None:
    simulator.faults.without_ticket_board = without_ticket_board
    simulator.world.tickets.put(
        *(
            Ticket(n, INSIDE - timedelta(days=50), board="Projects" if n % 3 else "Help Desk")
            for n in range(1, 1301)
        )
    )
    simulator.world.entries.put(
        *(entry(n, n, hours="0.1") for n in range(1, 1301)), entry(1301, 9999, hours="7")
    )
    assert collected(client) == (0, 0, Decimal("43.3"))


def test_tickets_are_found_by_id_wherever_they_are_now(simulator, client) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    simulator.world.tickets.put(
        *(Ticket(number, INSIDE) for number in range(1, 1501)),
        Ticket(7, long_ago, board="Projects", parent_id=3),
    )
    found = client.tickets_with_ids([*range(1, 1400), 9_999_999])
    assert [ticket.id for ticket in found] == list(range(1, 1400))
    assert (found[6].board, found[6].parent_id, found[6].entered_at) == ("Projects", 3, long_ago)


@pytest.mark.parametrize("without_ticket_board", [False, True])
def test_time_entries_are_found_by_id_whatever_they_are_charged_to(
    without_ticket_board, simulator, client
) -> None:
    simulator.faults.without_ticket_board = without_ticket_board
    simulator.world.tickets.put(Ticket(1, INSIDE), Ticket(2, INSIDE, board="Projects"))
    simulator.world.entries.put(
        *(entry(number, 1 + number % 2) for number in range(1, 151)),
        entry(7, 1, charge_to_type="ProjectTicket"),
    )
    found = {each.id: each for each in client.time_entries_with_ids([*range(1, 141), 10**18 - 1])}
    assert found.keys() == set(range(1, 141))
    assert (found[2].board, found[3].board) == ("Help Desk", "Projects")
    assert found[7].charged_to == "ProjectTicket"


def test_nothing_is_asked_for_when_no_id_is(simulator, client) -> None:
    assert client.tickets_with_ids([]) == client.time_entries_with_ids(()) == ()
    assert simulator.requests.total == 0


def test_sixty_of_the_longest_ids_fit_into_an_address(simulator, client) -> None:
    assert client.time_entries_with_ids(range(10**18 - 61, 10**18 - 1)) == ()
    assert simulator.requests.total == 2  # where the company is, and one page


def test_rows_added_and_removed_between_two_pages_are_neither_lost_nor_counted_twice(
    simulator, client
) -> None:
    tickets = simulator.world.tickets
    tickets.put(*(Ticket(n, INSIDE) for n in range(10, 2510)))

    def changes():
        tickets.remove(10)
        tickets.remove(11)
        tickets.put(Ticket(5, INSIDE))

    simulator.faults.add(Happen(changes), matching=r"pageId=\d+", times=1)
    assert collected(client) == truth(simulator) == (2499, 0, 0)


def test_a_month_that_changes_under_every_read_is_shown_to_disagree(simulator, client) -> None:
    tickets = simulator.world.tickets
    tickets.put(*(Ticket(n, INSIDE) for n in range(100, 110)))
    numbers = iter(range(1, 10))
    arrival = Happen(lambda: tickets.put(Ticket(next(numbers), INSIDE)))
    simulator.faults.add(arrival, matching=r"tickets/count.*dateEntered", times=None)
    fetched = client.tickets(BOARDS, WINDOW)
    assert [(part.fetched, part.counted, part.reads) for part in fetched.disagreeing] == [(13, 14, 4)]


@pytest.mark.parametrize(
    "fault",
    [
        replies.too_many_requests(7),
        replies.server_error(),
        replies.unavailable(),
        replies.html_page(),
        Drop(),
        Truncate(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_the_numbers_are_right_after_faults_that_pass(fault, simulator, client) -> None:
    simulator.world.tickets.put(*(Ticket(n, INSIDE) for n in range(1, 1501)))
    simulator.world.entries.put(entry(1, 1))
    for path in ("companyinfo", "tickets.*pageId", "tickets/count", "time/entries"):
        simulator.faults.add(fault, matching=path, times=2)
    assert collected(client) == (1500, 0, Decimal("0.25"))


def test_a_server_that_stays_broken_fails_with_a_sentence(simulator, client) -> None:
    simulator.faults.add(replies.server_error(), matching="time/entries", times=None)
    with pytest.raises(RetriesExhausted, match=r"GET /time/entries in 1\d tries, .*: it answered 500"):
        client.time_entries(WINDOW)


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"private_key": SecretStr("wrong")}, "CONNECTWISE_PRIVATE_KEY"),
        ({"client_id": SecretStr("11111111-0000-4000-8000-000000000000")}, "CONNECTWISE_CLIENT_ID"),
        ({"company_id": "nobody"}, "CONNECTWISE_COMPANY_ID"),
    ],
)
def test_wrong_access_fails_at_once_and_names_the_setting(changes, setting, simulator, fake_time) -> None:
    with ConnectWise(replace(access_to(simulator), **changes), sleep=fake_time.sleep) as client:
        with pytest.raises(PermanentError) as caught:
            client.boards()
        assert setting in caught.value.settings
        assert client.requests <= 2
    assert fake_time.pauses == []


def test_an_upgrade_of_the_server_in_the_middle_is_followed(simulator, client) -> None:
    assert len(client.boards()) == 2
    simulator.codebase = "v2025_2/"
    assert client.statuses(client.boards()[0])[0].name == "New"


def test_boards_and_statuses_are_told_by_name(client) -> None:
    help_desk, projects = client.boards()
    assert (help_desk.name, projects.name) == ("Help Desk", "Projects")
    assert set(CLOSED) <= {status.name for status in client.statuses(help_desk)}


@pytest.mark.parametrize("boards", [("Help Desk",), ("Help Desk", "Onboarding Projects")])
def test_months_of_the_demo_come_out_as_its_own_truth(boards, fake_time) -> None:
    with SimulatedConnectWise(demo_world(), clock=lambda: NOW) as simulator:
        assert set(boards) <= set(simulator.world.boards)
        for month in (Month(2024, 11), Month(2025, 3)):
            with ConnectWise(access_to(simulator), sleep=fake_time.sleep) as client:
                found = collected(client, month, boards)
            assert found == truth(simulator, month, boards)
            assert min(found) > 100
