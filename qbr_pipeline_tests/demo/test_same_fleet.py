"""The made-up fleet through both sources: what the inventory holds and what NinjaOne's API says is the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from qbr_pipeline.demo.connectwise.names import COMPANIES
from qbr_pipeline.demo.fleet import OWN_ORGANIZATION
from qbr_pipeline.demo.inventory import fill_inventory
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedNinja
from qbr_pipeline.demo.ninja.world import World
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import NinjaAccess
from qbr_pipeline.store.database import Database
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.ninja.rules import ClassifiedDevices, classify_devices, organization_key
from qbr_pipeline.vendors.ninja.snapshot import SnapshotSource
from qbr_pipeline.vendors.ninja.stored import StoredSnapshots

CHICAGO = ZoneInfo("America/Chicago")
MONTHS = list(Month.span(Month(2024, 3), Month(2025, 3)))
TODAY = date(2025, 3, 31)
MIDNIGHT_IN_UTC = datetime(2025, 3, 31, 22, 30, tzinfo=CHICAGO)


def classified(source: SnapshotSource, month: Month) -> ClassifiedDevices:
    snapshot = source.snapshot(month, TODAY)
    assert snapshot is not None
    assert snapshot.day == month.last_day
    return classify_devices(snapshot.devices, [OWN_ORGANIZATION])


@pytest.mark.parametrize("devices", [1, 999, 1000, 1001, 2000])
def test_thirteen_months_are_the_same_device_by_device(
    devices: int, database: Database, empty_database: Callable[[], str]
) -> None:
    url = empty_database()
    fill_inventory(url, first_month=MONTHS[0], today=TODAY, devices=devices, snapshots_per_month=1)
    world = World(devices, MONTHS[0].first_day, CHICAGO, guests=7)
    now = MIDNIGHT_IN_UTC
    stored = StoredSnapshots(database)
    with SimulatedNinja(world, clock=lambda: now) as server:
        access = NinjaAccess(server.url, SecretStr(DEMO_CLIENT_ID), SecretStr(DEMO_CLIENT_SECRET))
        for month in MONTHS:
            now = datetime.combine(month.last_day, time(22, 30), CHICAGO)
            with NinjaOne(access, sleep=lambda _: None) as ninja:
                stored.take(ninja, now, run_id=str(month))
    for month in MONTHS:
        inventory, api = classified(Inventory(url), month), classified(stored, month)
        assert api.values == inventory.values
        rows = {row.source_id: row for row in api.rows}
        assert [rows.pop(row.source_id) for row in inventory.rows] == list(inventory.rows)
        assert {row.reason for row in rows.values()} == {"VM guest", "approval status is PENDING"}


def test_the_organizations_of_the_fleet_are_the_companies_of_connectwise_spelt_as_people_do() -> None:
    world = World(610, MONTHS[0].first_day, CHICAGO)
    names = [row["name"] for row in world.organizations(MIDNIGHT_IN_UTC)]
    assert names.pop() == OWN_ORGANIZATION
    assert len(names) == len(COMPANIES)
    same = {name for name in names if name in COMPANIES}
    by_key = {organization_key(name) for name in names} & {organization_key(name) for name in COMPANIES}
    assert 3 <= len(same) < len(by_key) < len(names)
