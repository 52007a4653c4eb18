"""`qbr accept`: a loss that holds a closed month back is accepted by name and reason, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.rules.answers import rows_lost
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.rows.losses import acceptances
from qbr_pipeline.store.schema import publications
from qbr_pipeline.store.vendors import vendor_ids

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
Qbr = Callable[..., Any]


@pytest.fixture(autouse=True)
def _named(named_database: Database) -> None:
    pass


@pytest.fixture
def held_back(database: Database) -> Database:
    """March, published and closed, of whose 1,320 time entries none comes any more."""
    with database.begin() as connection:
        connection.execute(
            insert(publications).values(
                organization_id=database.organization_id,
                vendor_id=vendor_ids(connection)[Vendor.CONNECTWISE],
                period=str(MARCH),
                run_id="before",
                fetch_started_at=NOW,
                collected_as_of=NOW,
                published_at=NOW,
                closed=True,
                found={},
                snapshot_suspect=False,
                facts={},
            )
        )
        found = rows_lost(MARCH, "time entries", before=1320, lost=1320, now=0)
        record(connection, database, "connectwise_time_entries", MARCH, found, NOW)
    return database


def accepted(database: Database) -> list[tuple[Any, ...]]:
    table = acceptances
    with database.read() as connection:
        query = select(table.c.period, table.c.source, table.c.rows, table.c.accepted_by, table.c.reason)
        return [tuple(row) for row in connection.execute(query)]


def test_a_loss_is_accepted_with_name_and_reason_for_the_rows_that_were_seen(
    qbr: Qbr, held_back: Database
) -> None:
    said = qbr("accept", "2025-03", "time_entries", "--by", "Ann", "--why", "archived")
    assert said.code == 0, said
    assert "0 time entries are accepted by Ann; `qbr collect" in said.out
    assert accepted(held_back) == [("2025-03", "time_entries", 0, "Ann", "archived")]


@pytest.mark.usefixtures("held_back")
def test_control_sequences_of_a_name_never_reach_the_terminal(qbr: Qbr) -> None:
    said = qbr("accept", "2025-03", "time_entries", "--by", "An\x1b[2Jn\n✓ all", "--why", "archived")
    assert said.code == 0
    assert [line.isprintable() for line in said.out.splitlines()] == [True]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2025-03", "tickets", "--by", "Ann", "--why", "archived"), "there is no finding"),
        (("2025-03", "time_entries", "--by", "Ann", "--why", " "), "a reason is needed"),
        (("2025-03", "time_entries", "--by", " ", "--why", "archived"), "a name is needed"),
    ],
)
def test_what_is_not_held_back_and_a_missing_name_or_reason_are_refused(
    arguments: tuple[str, ...], sentence: str, qbr: Qbr, held_back: Database
) -> None:
    said = qbr("accept", *arguments)
    assert said.code == 1
    assert sentence in said.err
    assert accepted(held_back) == []
