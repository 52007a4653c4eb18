"""Databases of released versions: upgraded, they hold what they held, and the next night changes nothing of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from qbr_pipeline.demo.connectwise.rows import Board, Ticket
from qbr_pipeline.demo.connectwise.server import SimulatedConnectWise
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.programs import programs
from qbr_pipeline.store import migrating
from qbr_pipeline.store.approvals import last_approval
from qbr_pipeline.store.database import open_database
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.orchestration.conftest import Company

RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
MONTHS = APRIL, MAY, JUNE = Month(2025, 4), Month(2025, 5), Month(2025, 6)
NEXT_NIGHT = datetime(2025, 7, 4, 4, tzinfo=UTC)
KEPT = (
    "qbr_metrics_history",
    "qbr_metrics_monthly",
    "qbr_metrics_quarterly",
    "qbr_smartnumbers",
    "qbr_thresholds",
    "qbr_publications",
    "qbr_collection_log",
    "qbr_restatements",
    "qbr_restatement_rows",
    "qbr_tickets",
    "qbr_time_entries",
    "qbr_devices",
)


def load(file: Path, url: str) -> None:
    """Read a dump into an empty database."""
    address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    words = [
        str(programs() / "psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "-f",
        str(file),
        address,
    ]
    subprocess.run(words, check=True, capture_output=True, env=dict(os.environ))


def rows(url: str, columns: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Every row of the tables that are kept, by id, with the columns that are named or all; and which those are."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        known = columns or {
            table: [each["name"] for each in sa.inspect(connection).get_columns(table)] for table in KEPT
        }
        found = {
            table: connection.exec_driver_sql(
                f"SELECT {', '.join(known[table])} FROM {table} ORDER BY id"
            ).all()
            for table in KEPT
        }
    return {"columns": known, "rows": found}


def same_world(company: Company) -> None:
    """What the vendors of the firm hold; its devices are in the dump."""
    for n, month in enumerate(MONTHS):
        company.add_work(month, 12 + n, 11 + n, ["0.5", "1.25", "3"])
    late = datetime(2025, 5, 9, tzinfo=UTC)
    company.world.tickets.put(
        Ticket(202525040, late.replace(hour=15)), Ticket(202525041, late.replace(hour=16))
    )


@pytest.fixture(params=RELEASED, ids=lambda file: file.stem)
def released(request: pytest.FixtureRequest, empty_database: Callable[[], str]) -> str:
    """The database of a release, as it was left; its address."""
    url = empty_database()
    load(request.param, url)
    return url


@pytest.fixture
def company(released: str) -> Iterator[Company]:
    """The firm whose database it is, upgraded, on the next night."""
    migrating.upgrade(released, "Test MSP")
    simulator = SimulatedConnectWise(World([Board(1, "Help Desk"), Board(2, "Projects")]))
    database = open_database(released, timezone=CHICAGO)
    founded = Company(database, simulator.start(), dg.DagsterInstance.ephemeral(), NEXT_NIGHT)
    simulator.clock = lambda: founded.now
    same_world(founded)
    yield founded
    founded.close()


def test_every_release_is_there() -> None:
    assert [file.stem for file in RELEASED] == ["0.1.0", "0.2.0"]


def test_an_upgrade_leaves_every_row_as_it_was(released: str) -> None:
    before = rows(released)
    assert migrating.pending(released)
    migrating.upgrade(released, "Test MSP")
    assert migrating.pending(released) == {}
    assert rows(released, before["columns"]) == before
    assert all(before["rows"].values())


def test_the_next_night_collects_and_nothing_that_was_changes(released: str, company: Company) -> None:
    values = {month: company.values(month) for month in MONTHS}
    before = rows(released)
    assert company.reactive(MAY) == company.truth(MAY)
    for month in MONTHS:
        assert company.collect(month).success
    after = rows(released)
    assert {month: company.values(month) for month in MONTHS} == values
    unchanged = ("qbr_metrics_history", "qbr_restatements", "qbr_tickets", "qbr_time_entries", "qbr_devices")
    assert {table: after["rows"][table] for table in unchanged} == {
        table: before["rows"][table] for table in unchanged
    }
    assert company.values(APRIL)["reactive_tickets_closed"] == 9  # what a person had entered


def test_who_collected_before_is_not_asked_to_approve(company: Company) -> None:
    approval = company.database.fetch(last_approval)
    assert approval is not None
    assert approval.approved_by == "qbr db upgrade"
