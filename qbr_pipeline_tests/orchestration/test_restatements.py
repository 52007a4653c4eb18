"""Closed months that ConnectWise changes afterwards: what the ledger tells of it, by id and to the hundredth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.demo.connectwise.demo_world import demo_world
from qbr_pipeline.demo.connectwise.generator import Scale
from qbr_pipeline.demo.connectwise.rows import Ticket, TimeEntry
from qbr_pipeline.periods import Month
from qbr_pipeline.store.restatements.causes import ChangeKind
from qbr_pipeline.store.restatements.ledger import RestatementFilter, explanation, restatements_page

MAY, JANUARY = Month(2025, 5), Month(2025, 1)
HOURS, CREATED, CLOSED = "reactive_time_spent", "reactive_tickets_created", "reactive_tickets_closed"
CHECK = "connectwise_metrics.closed_month_is_unchanged"


def ledger(company, metric):
    found, _ = company.database.fetch(restatements_page, RestatementFilter(metric=metric), limit=100)
    return found


def causes(company, metric):
    """The one restatement of a metric: by the vendor's id, what happened and what it did."""
    [restatement] = ledger(company, metric)
    rows = company.database.fetch(explanation, restatement.id)
    assert sum(row.effect for row in rows) == restatement.change
    assert len({row.source_id for row in rows}) == len(rows)
    return restatement, {int(row.source_id): (row.cause, row.effect) for row in rows}


def metadata(result, asset="connectwise_metrics"):
    (event,) = result.asset_materializations_for_node(f"qbr__{asset}")
    return {name: value.value for name, value in event.metadata.items()}


def tenth(company, month=MAY):
    return datetime(month.year, month.month, 10, 15, tzinfo=company.database.timezone)


@pytest.mark.parametrize("names_boards", [True, False], ids=["boards are sent", "boards are looked up"])
def test_37_entries_that_are_edited_deleted_or_move_with_their_ticket_explain_the_change(
    company, names_boards
):
    company.simulator.faults.without_ticket_board = not names_boards
    at = tenth(company)
    tickets = [Ticket(number, at, summary=f"Printer {number}") for number in range(1, 21)]
    entries = [
        TimeEntry(1000 + n, at + timedelta(minutes=n), 1 + n % 20, Decimal(25 + 7 * n) / 100, member="Kim")
        for n in range(200)
    ]
    company.world.tickets.put(*tickets)
    company.world.entries.put(*entries)
    assert company.collect(MAY).success
    before = company.truth(MAY)[2]

    moved = [entry for entry in entries if entry.charge_to_id in (3, 4)][:12]
    assert {entry.charge_to_id for entry in moved} == {3, 4}
    stays_with = [entry for entry in entries if entry.charge_to_id in (3, 4) and entry not in moved]
    for entry in stays_with:  # the moved tickets have these twelve entries and no others
        company.world.entries.put(replace(entry, charge_to_id=5))
    assert company.collect(MAY).success
    assert ledger(company, HOURS) == []  # on other tickets of the board they count as before

    others = [entry for entry in entries if entry.charge_to_id not in (3, 4)]
    edited, deleted = others[:13], others[40:52]
    company.world.tickets.put(*(replace(ticket, board="Projects") for ticket in tickets[2:4]))
    company.world.entries.put(*(replace(entry, hours=entry.hours + Decimal("0.07")) for entry in edited))
    for entry in deleted:
        company.world.entries.remove(entry.id)
    after = company.truth(MAY)[2]
    assert company.collect(MAY).success

    restatement, found = causes(company, HOURS)
    assert (restatement.month, restatement.old, restatement.new) == (MAY, before, after)
    assert found == {
        **{
            each.id: (
                f"edited (hours {each.hours:.2f} → {each.hours + Decimal('0.07'):.2f})",
                Decimal("0.07"),
            )
            for each in edited
        },
        **{each.id: ("deleted", -each.hours) for each in deleted},
        **{
            each.id: (f"moved with ticket {each.charge_to_id} to board Projects", -each.hours)
            for each in moved
        },
    }
    assert len(found) == restatement.rows == 37
    _, of_tickets = causes(company, CREATED)
    assert of_tickets == {3: ("moved to board Projects", -1), 4: ("moved to board Projects", -1)}


def test_whatever_becomes_of_a_ticket_is_told_also_when_the_month_does_not_hold_it_any_more(company):
    at = tenth(company)
    closed = {"status": "Closed", "closed_at": at + timedelta(hours=1)}
    old = at - timedelta(days=30)  # entered before the month: only its closing date puts it among the rows
    company.world.tickets.put(
        Ticket(1, at, **closed),
        Ticket(2, at, **closed),
        Ticket(3, at),
        Ticket(4, at, **closed),
        Ticket(5, old, **closed),
        Ticket(6, old, **closed),
        Ticket(7, at, board="Projects", **closed),
        Ticket(8, at),
        Ticket(9, at, **closed),
    )
    assert company.collect(MAY).success
    assert company.reactive(MAY)[:2] == (6, 6)

    june = at + timedelta(days=30)
    company.world.tickets.remove(1)
    company.world.tickets.put(
        Ticket(2, at, board="Projects", status="New"),
        Ticket(3, at, parent_id=9, status=">Closed", closed_at=june),
        Ticket(4, at, status="Re-opened", closed_at=at + timedelta(hours=1)),
        Ticket(5, old, status="Re-opened"),
        Ticket(6, old, status="Closed", closed_at=june),
        Ticket(7, at, **closed),
        Ticket(8, at, parent_id=9),
    )
    assert company.collect(MAY).success
    assert (*company.reactive(MAY)[:2], Decimal(0)) == company.truth(MAY)
    assert causes(company, CREATED)[1] == {
        1: ("deleted", -1),
        2: ("moved to board Projects", -1),
        3: ("merged into ticket 9", -1),
        7: ("added, on board Help Desk", 1),
        8: ("given a parent, ticket 9", -1),
    }
    assert causes(company, CLOSED)[1] == {
        1: ("deleted", -1),
        2: ("moved to board Projects", -1),
        4: ("reopened (status Closed → Re-opened)", -1),
        5: ("reopened (status Closed → Re-opened); no longer has a closing date", -1),
        6: ("closing date changed (2025-05-10 16:00 → 2025-06-09 15:00)", -1),
        7: ("added, on board Help Desk", 1),
    }


def test_an_entry_that_is_charged_elsewhere_is_not_called_deleted(company):
    at = tenth(company)
    company.world.tickets.put(Ticket(1, at), Ticket(2, at, board="Projects"))
    company.world.entries.put(*(TimeEntry(n, at, 1, Decimal(n)) for n in (1, 2, 4)))
    assert company.collect(MAY).success
    company.world.entries.put(
        TimeEntry(1, at, 77, Decimal(1), charge_to_type="ProjectTicket"), TimeEntry(2, at, 2, Decimal(2))
    )
    assert company.collect(MAY).success
    assert causes(company, HOURS)[1] == {
        1: ("no longer counts: charged to ProjectTicket", -1),
        2: ("moved to ticket 2; moved to board Projects", -2),
    }


def test_a_quiet_night_asks_for_nothing_by_id_and_restates_nothing(company):
    company.add_work(MAY, 4, hours=["1.25", "2"])
    assert company.collect(MAY).success
    before = company.simulator.requests.total
    result = company.collect(MAY)
    assert company.simulator.requests.total - before <= 3 + 12
    assert metadata(result)["restated"] == "nothing"
    assert ledger(company, HOURS) == []


def test_what_is_gone_from_the_month_in_progress_is_not_looked_up(company):
    june = Month(2025, 6)
    company.now = datetime(2025, 6, 20, 12, tzinfo=company.database.timezone)
    company.add_work(june, 4, hours=["1.25", "2"])
    assert company.collect(june).success
    company.world.tickets.remove(202530000)
    assert company.collect(june).success
    assert ledger(company, CREATED) == []


def test_january_is_restated_from_its_closing_on_and_less_than_a_percent_is_no_finding(company):
    zone = company.database.timezone
    company.now = datetime(2025, 1, 31, 22, 30, tzinfo=zone)
    company.add_work(JANUARY, 300, hours=["40.00", "60.00", "100.00"])
    assert company.collect(JANUARY).success
    late = datetime(2025, 1, 31, 23, 0, tzinfo=zone)
    company.world.entries.put(TimeEntry(9, late, 202505000, Decimal(50)))
    company.now = datetime(2025, 2, 1, 22, 30, tzinfo=zone)
    assert company.collect(JANUARY).success
    assert company.reactive(JANUARY)[2] == 250
    assert ledger(company, HOURS) == []
    assert CHECK not in company.failing(JANUARY)

    company.now = datetime(2025, 2, 3, 22, 30, tzinfo=zone)
    company.world.entries.put(TimeEntry(9, late, 202505000, Decimal("51.50")))
    result = company.collect(JANUARY)
    assert result.success
    assert causes(company, HOURS)[1] == {9: ("edited (hours 50.00 → 51.50)", Decimal("1.5"))}
    assert CHECK not in company.failing(JANUARY)
    assert metadata(result)["restated"] == "Total Time on Reactive Tickets: 250.00 → 251.50, by 1 row"


def test_a_closed_month_of_the_demo_is_explained_by_what_really_became_of_its_tickets(companies):
    """There tickets are moved, merged, given a parent, reopened and deleted for weeks after they were entered."""
    world = demo_world(seed=5, scale=Scale(created=200, closed=198, entries=500))
    company = companies(world, now=datetime(2025, 6, 1, 22, 30, tzinfo=UTC))
    assert company.collect(MAY).success
    first = company.now
    company.now = first + timedelta(days=40)
    assert company.collect(MAY).success
    assert company.reactive(MAY) == company.truth(MAY)
    lives = {life.id: life for life in world.tickets.lives(company.now)}
    kinds = set()
    for metric in (CREATED, CLOSED, HOURS):
        restatement, found = causes(company, metric)
        assert restatement.change == sum(effect for _, effect in found.values())
        kinds |= {each.kind for each in restatement.causes}
    for number, (cause, _) in causes(company, CREATED)[1].items():
        was, now = lives[number].at(first), lives[number].at(company.now)
        if cause == "deleted":
            assert now is None
        elif cause.startswith("moved to board"):
            assert cause == f"moved to board {now.board}" != f"moved to board {was.board}"
        elif cause.startswith("added, on board"):
            assert now.board == "Help Desk" != was.board
        else:
            assert cause in (f"merged into ticket {now.parent_id}", f"given a parent, ticket {now.parent_id}")
    assert {ChangeKind.MOVED_BOARD, ChangeKind.DELETED} <= kinds
    assert kinds & {ChangeKind.MERGED, ChangeKind.GIVEN_PARENT, ChangeKind.REOPENED}
    assert not kinds & {ChangeKind.GONE, ChangeKind.ROUNDING, ChangeKind.UNEXPLAINED, ChangeKind.RECLASSIFIED}
