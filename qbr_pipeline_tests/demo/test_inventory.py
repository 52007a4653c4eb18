from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qbr_pipeline.demo.fleet import OWN_ORGANIZATION, clients, fleet
from qbr_pipeline.demo.inventory import Filling, fill_inventory, snapshot_days
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer, start_embedded
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.ninja.rules import classify_devices

FIRST = Month(2024, 1)
TODAY = date(2025, 3, 20)
MONTHS = list(Month.span(FIRST, Month(2025, 3)))
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    home = Path(tempfile.mkdtemp(prefix="qbr-demo-"))
    running = start_embedded(home, keep_running=False)
    yield running
    running.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def url(server: EmbeddedServer) -> str:
    return server.ensure_database(f"inventory_{next(_numbers)}")


@pytest.fixture(scope="module")
def filled(server: EmbeddedServer) -> str:
    """An inventory of fifteen months with a snapshot each night."""
    address = server.ensure_database("inventory_filled")
    fill_inventory(address, first_month=FIRST, today=TODAY)
    return address


def fill(url: str, today: date = TODAY, **more: Any) -> Filling:
    return fill_inventory(url, first_month=Month(2024, 10), today=today, devices=120, **more)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


CONTENT = (
    "SELECT snapshot_date, vendor_device_key, site_id, device_type_id, hostname, display_name,"
    " organization_name, location_name, node_class, device_snapshot.created_at FROM device_snapshot"
    " JOIN device_identity ON device_identity.id = device_identity_id ORDER BY 1, 2"
)


def test_every_month_has_about_six_hundred_endpoints_and_546_seats(filled: str) -> None:
    for month in MONTHS:
        snapshot = Inventory(filled).snapshot(month, TODAY)
        assert snapshot is not None
        assert snapshot.day == min(month.last_day, TODAY)
        assert (snapshot.suspect, snapshot.node_class_fallback) == (False, False)
        judged = classify_devices(snapshot.devices, [OWN_ORGANIZATION.removesuffix(" LLC").upper()])
        assert 560 < judged.values["endpoints_managed"] < 640
        assert 510 < judged.values["seats_managed"] < 580
        assert (judged.unknown_classes, judged.organizations_not_found) == ({"": 1}, ())
        assert judged.by_reason["spare"] > 5
        assert judged.by_reason["organization is excluded"] > 5
        assert "VM guest" not in judged.by_reason


def test_the_fleet_grows_and_some_devices_leave(filled: str) -> None:
    ((first, last),) = rows(
        filled,
        "SELECT count(*) FILTER (WHERE snapshot_date = '2024-01-01'),"
        " count(*) FILTER (WHERE snapshot_date = '2025-03-20') FROM device_snapshot",
    )
    assert first < last
    ((gone,),) = rows(filled, "SELECT count(*) FROM device_identity WHERE last_seen_date < '2025-03-20'")
    assert gone > 20


def test_one_snapshot_is_half_done_and_its_month_is_counted_from_another(filled: str) -> None:
    suspect = [
        (month, size.day)
        for month in MONTHS
        if (snapshot := Inventory(filled).snapshot(month, TODAY)) is not None
        for size in snapshot.sizes
        if size.suspect
    ]
    assert suspect == [(Month(2024, 4), date(2024, 4, 2))]


def test_some_devices_name_their_organization_by_their_site_only(filled: str) -> None:
    ((unnamed, siteless),) = rows(
        filled,
        "SELECT count(*) FILTER (WHERE organization_name IS NULL), count(*) FILTER (WHERE site_id IS NULL)"
        " FROM device_snapshot WHERE snapshot_date = '2025-03-20'",
    )
    assert unnamed > 3
    assert siteless == 0


def test_filling_again_adds_only_the_missing_days(url: str) -> None:
    fill(url, date(2025, 3, 18))
    before = rows(url, CONTENT)
    assert fill(url, date(2025, 3, 18)).days == ()
    assert rows(url, CONTENT) == before
    added = fill(url, TODAY)
    assert added.days == (date(2025, 3, 19), date(2025, 3, 20))
    after = rows(url, CONTENT)
    assert after[: len(before)] == before
    assert added.rows == len(after) - len(before)


def test_filling_in_two_calls_gives_what_one_call_gives(server: EmbeddedServer) -> None:
    once, twice = (server.ensure_database(f"inventory_{name}") for name in ("once", "twice"))
    fill(once)
    fill(twice, date(2025, 1, 31))
    fill(twice)
    assert rows(once, CONTENT) == rows(twice, CONTENT)


def test_a_later_first_month_adds_to_the_fleet_that_is_there(url: str) -> None:
    fill(url, date(2025, 3, 19))
    before = rows(url, CONTENT)
    fill_inventory(url, first_month=Month(2025, 1), today=TODAY, devices=120)
    assert rows(url, CONTENT)[: len(before)] == before


def test_another_seed_makes_another_fleet() -> None:
    def named(seed: int) -> list[str]:
        return [device.hostname for device in fleet(seed, 50, FIRST.first_day, TODAY)]

    assert named(1) == named(1)
    assert named(1) != named(2)


def test_the_vendor_is_number_2_and_the_next_one_gets_a_free_number(url: str) -> None:
    fill(url)
    assert rows(url, "SELECT id, name FROM vendor") == [(2, "Ninja")]
    assert rows(url, "INSERT INTO vendor (name) VALUES ('Sophos') RETURNING id") == [(3,)]


def test_in_a_database_that_has_vendors_they_stay_as_they_are(url: str) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE vendor (id serial PRIMARY KEY, name varchar UNIQUE NOT NULL);"
            "INSERT INTO vendor (name) VALUES ('Sophos'), ('Datto'), ('ConnectWise')"
        )
    fill(url)
    names = [(1, "Sophos"), (2, "Datto"), (3, "ConnectWise"), (4, "Ninja")]
    assert rows(url, "SELECT id, name FROM vendor ORDER BY id") == names
    assert rows(url, "INSERT INTO vendor (name) VALUES ('QuickBooks') RETURNING id") == [(5,)]
    assert Inventory(url).latest_snapshot_date(TODAY) == TODAY


def test_an_existing_row_named_ninja_is_used(url: str) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE vendor (id serial PRIMARY KEY, name varchar UNIQUE NOT NULL);"
            "INSERT INTO vendor VALUES (9, 'Ninja')"
        )
    fill(url)
    assert rows(url, "SELECT DISTINCT vendor_id FROM device_snapshot") == [(9,)]


@pytest.mark.parametrize("per_month", [1, 4])
def test_so_many_snapshots_a_month_the_last_on_its_last_day_and_one_of_today(per_month: int) -> None:
    days = snapshot_days(Month(2025, 1), TODAY, per_month)
    assert days == sorted(set(days))
    assert days[-1] == TODAY
    for month in (Month(2025, 1), Month(2025, 2)):
        of_month = [day for day in days if month.first_day <= day <= month.last_day]
        assert len(of_month) == per_month
        assert of_month[-1] == month.last_day


def test_without_a_number_every_day_has_a_snapshot() -> None:
    days = snapshot_days(Month(2024, 2), date(2024, 3, 1), None)
    assert (len(days), days[0], days[-1]) == (30, date(2024, 2, 1), date(2024, 3, 1))


def test_a_large_fleet_is_as_large_as_was_asked(url: str) -> None:
    filling = fill_inventory(
        url, first_month=Month(2025, 3), today=TODAY, devices=20_000, snapshots_per_month=4
    )
    assert len(filling.days) == 3
    assert filling.rows == pytest.approx(60_000, rel=0.02)


def test_every_client_has_a_name_of_its_own() -> None:
    for devices in (10, 610, 20_000):
        names = [*clients(devices), OWN_ORGANIZATION]
        assert len(set(names)) == len(names)
