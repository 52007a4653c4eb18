"""Exact counts and hours at the edges: borders of months, changes of the clocks, pages, and what servers leave out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.demo.connectwise.demo_world import demo_world
from qbr_pipeline.demo.connectwise.rows import Ticket, TimeEntry
from qbr_pipeline.demo.faults import Happen
from qbr_pipeline.periods import Month

MAY = Month(2025, 5)
JUST_BEFORE = timedelta(seconds=0.3)


def put_at(company, *moments):
    """At each moment a ticket that is closed at once, with a quarter of an hour."""
    for number, moment in enumerate(moments, start=1):
        company.world.tickets.put(Ticket(number, moment, status="Closed", closed_at=moment))
        company.world.entries.put(TimeEntry(number, moment, number, Decimal("0.25")))


@pytest.mark.parametrize(
    "month",
    [
        pytest.param(Month(2025, 3), id="clocks go forward"),
        pytest.param(Month(2024, 11), id="clocks go back"),
        pytest.param(Month(2024, 2), id="leap February"),
        pytest.param(Month(2024, 12), id="turn of the year"),
    ],
)
def test_the_first_instant_of_a_month_counts_and_the_last_fraction_before_it_does_not(month, company) -> None:
    window = month.window(company.database.timezone)
    put_at(company, window.start - JUST_BEFORE, window.start, window.end - JUST_BEFORE, window.end)
    assert company.collect(month).success
    assert company.reactive(month) == company.truth(month) == (2, 2, Decimal("0.5"))
    for neighbour in (month.previous, month.next):
        assert company.collect(neighbour).success
        assert company.reactive(neighbour) == company.truth(neighbour) == (1, 1, Decimal("0.25"))


@pytest.mark.parametrize(
    ("month", "change"),
    [
        pytest.param(Month(2025, 3), datetime(2025, 3, 9, 8, tzinfo=UTC), id="02:00 becomes 03:00"),
        pytest.param(Month(2024, 11), datetime(2024, 11, 3, 7, tzinfo=UTC), id="02:00 becomes 01:00"),
    ],
)
def test_nothing_is_lost_or_doubled_where_the_clocks_change(month, change, company) -> None:
    hour = timedelta(hours=1)
    put_at(company, change - hour, change - JUST_BEFORE, change, change + JUST_BEFORE, change + hour)
    assert company.collect(month).success
    assert company.reactive(month) == company.truth(month) == (5, 5, Decimal("1.25"))


INSIDE = datetime(2025, 5, 10, 12, 0, 0, 123456, tzinfo=UTC)


def put_all_kinds(company):
    """Of everything that may and may not count, with what servers leave out left out."""
    done = {"status": "Closed", "closed_at": INSIDE}
    company.world.tickets.put(
        Ticket(1, INSIDE),
        Ticket(2, INSIDE, **done, company="Alder Creek Dental", owner="kim", type="Incident"),
        Ticket(3, INSIDE, parent_id=2, **done),
        Ticket(4, INSIDE, board="Projects", **done),
        Ticket(5, INSIDE, status=">Cancelled", closed_at=INSIDE),
        Ticket(6, INSIDE, status="Re-opened", closed_at=INSIDE),
        Ticket(7, INSIDE - timedelta(days=90), status=">Closed - No response", closed_at=INSIDE),
        Ticket(8, INSIDE, status="Closed", closed_at=INSIDE + timedelta(days=40)),
    )
    entry = TimeEntry(1, INSIDE, 1, Decimal("0.33"))
    company.world.entries.put(
        entry,
        replace(entry, id=2, charge_to_id=3, hours=Decimal("1.1")),
        replace(entry, id=3, charge_to_id=4, hours=Decimal(8)),
        replace(entry, id=4, hours=None),
        replace(entry, id=5, charge_to_id=77, hours=Decimal(9)),
        replace(entry, id=6, charge_to_type="ProjectTicket", hours=Decimal(5)),
        replace(entry, id=7, charge_to_type="Activity", charge_to_id=None, hours=Decimal(2)),
        replace(entry, id=8, hours=Decimal(0)),
        replace(entry, id=9, charge_to_id=7, hours=Decimal("0.1")),
    )


EVERYTHING = (5, 2, Decimal("1.53"))


def test_children_other_boards_statuses_and_entries_without_hours(company) -> None:
    put_all_kinds(company)
    assert company.collect(MAY).success
    assert company.reactive(MAY) == company.truth(MAY) == EVERYTHING


def test_a_server_that_sends_null_instead_of_leaving_out_gives_the_same(company, monkeypatch) -> None:
    monkeypatch.setattr("qbr_pipeline.demo.connectwise.server._version", lambda _headers: (2020, 1))
    put_all_kinds(company)
    assert company.collect(MAY).success
    assert company.reactive(MAY) == company.truth(MAY) == EVERYTHING


def test_a_server_that_does_not_tell_an_entrys_board_gives_the_same(company) -> None:
    company.simulator.faults.without_ticket_board = True
    put_all_kinds(company)
    assert company.collect(MAY).success
    assert company.reactive(MAY) == company.truth(MAY) == EVERYTHING
    assert company.simulator.requests.counts()["/service/tickets/search"] <= 2


def put_2500(company):
    company.world.tickets.put(
        *(
            Ticket(n, INSIDE + timedelta(seconds=n), status="Closed", closed_at=INSIDE + timedelta(days=1))
            for n in range(100, 2600)
        )
    )


def test_2500_tickets_in_a_month(company) -> None:
    put_2500(company)
    assert company.collect(MAY).success
    assert company.reactive(MAY) == company.truth(MAY) == (2500, 2500, 0)
    assert company.simulator.requests.total <= 3 + 3 + 1 + 12


def test_rows_that_come_and_go_between_two_pages(company) -> None:
    put_2500(company)

    def change():
        company.world.tickets.remove(100)
        company.world.tickets.remove(2599)
        company.world.tickets.put(Ticket(1, INSIDE), Ticket(3000, INSIDE))

    company.simulator.faults.add(Happen(change), matching=r"dateEntered.*pageId=\d+", times=1)
    assert company.collect(MAY).success
    assert company.reactive(MAY) == company.truth(MAY) == (2500, 2498, 0)


def test_a_month_that_never_holds_still_is_not_published(company) -> None:
    company.add_work(MAY, 10)
    assert company.collect(MAY).success
    numbers = iter(range(1, 100))
    arrival = Happen(lambda: company.world.tickets.put(Ticket(next(numbers), INSIDE)))
    company.simulator.faults.add(arrival, matching=r"tickets/count.*dateEntered", times=None)
    result = company.collect(MAY)
    assert not result.success
    assert company.reactive(MAY) == (10, 10, 0)
    assert company.failing(MAY)["connectwise_tickets.rows_are_complete"] == (
        "tickets of May 2025: 13 rows were fetched, the source counts 14, also after 4 reads. "
        "Nothing was published."
    )


def test_months_of_the_demo_come_out_as_its_own_truth(companies) -> None:
    company = companies(demo_world())
    for month in (Month(2024, 11), Month(2025, 3)):
        assert company.collect(month).success
        assert company.reactive(month) == company.truth(month)
        assert min(company.reactive(month)) > 100
