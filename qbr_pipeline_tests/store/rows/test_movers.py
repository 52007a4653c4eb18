"""Who moved a value most, counted from the published rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import database_now
from qbr_pipeline.store.rows.contributors import Contributor, contributors

MARCH, APRIL = Month(2025, 3), Month(2025, 4)


def tickets(collector: Any, **by_company: int) -> list[Any]:
    wanted = [company for company, number in by_company.items() for _ in range(number)]
    return [replace(collector.ticket(n), company=company) for n, company in enumerate(wanted, start=1)]


def test_those_who_moved_most_come_first_and_those_who_did_not_move_are_left_out(collector: Any) -> None:
    march, april = collector, replace(collector, month=APRIL)
    march.connectwise(tickets(march, Alder=5, Bluff=2, Cedar=1, Dunmore=3))
    april.connectwise(tickets(april, Alder=1, Bluff=4, Eastwick=1, Dunmore=3), run_id="april")
    assert march.db.fetch(contributors, "reactive_tickets_created", APRIL, MARCH) == [
        Contributor("client", "Alder", Decimal(5), Decimal(1)),
        Contributor("client", "Bluff", Decimal(2), Decimal(4)),
        Contributor("client", "Cedar", Decimal(1), Decimal(0)),
    ]


def test_boards_are_among_them_where_there_is_more_than_one(collector: Any) -> None:
    march = collector
    rows = tickets(march, Alder=2)
    march.connectwise([rows[0], replace(rows[1], board="Alerts")])
    (first, second, third) = march.db.fetch(contributors, "reactive_tickets_created", MARCH, Month(2025, 2))
    assert (first.kind, second.kind, third.kind) == ("client", "board", "board")


def test_a_month_is_compared_with_itself_as_it_was(collector: Any) -> None:
    march = collector
    march.connectwise(tickets(march, Alder=2, Bluff=1))
    before = database_now(march.db)
    march.connectwise(tickets(march, Alder=1, Bluff=1))
    (only,) = march.db.fetch(contributors, "reactive_tickets_created", MARCH, MARCH, as_of=before)
    assert (only.name, only.change) == ("Alder", Decimal(-1))
    assert (
        march.db.fetch(
            contributors, "reactive_tickets_created", MARCH, MARCH, as_of=before + timedelta(days=9)
        )
        == []
    )
