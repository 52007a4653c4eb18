"""Devices from NinjaOne's API in whole collections: first nights, nights that fail, and two sources at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from qbr_pipeline.demo.ninja.faults import not_authenticated
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedNinja
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.keys import asset_key
from qbr_pipeline.orchestration.partitions import DAYS, add_day
from qbr_pipeline.orchestration.run_cleanup import complete_the_log
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.device_snapshots import snapshot_sizes
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline_tests.vendors.ninja.fleets import Fleet

CHICAGO = ZoneInfo("America/Chicago")
APRIL, MAY = Month(2025, 4), Month(2025, 5)
SUMMER_OF_2125 = date(2125, 7, 1)


@dataclass
class Firm:
    """A company that has nothing but NinjaOne's API for its devices."""

    company: Any
    server: SimulatedNinja
    fleet: Fleet

    def night(self, day: date, devices: int, *months: Month) -> dg.ExecuteInProcessResult:
        """The night of a day, with so many devices: the months are collected, or that of the day alone."""
        self.company.now = datetime(day.year, day.month, day.day, tzinfo=CHICAGO) + timedelta(hours=22.5)
        self.fleet.ids = range(1, 1 + devices)
        for month in months or [Month(day.year, day.month)]:
            self.result = self.company.run("collection", month, tags={"qbr/rolling": "month"})
        return self.result

    def devices(self, month: Month = MAY) -> tuple[int, int] | None:
        values = self.company.values(month)
        if "endpoints_managed" not in values:
            return None
        return int(values["endpoints_managed"]), int(values["seats_managed"])

    def stored(self) -> dict[date, int]:
        return dict(self.company.database.fetch(snapshot_sizes, SUMMER_OF_2125))

    def fault(self) -> str:
        """The sentence that the last night failed with, as the log has it."""
        complete_the_log(self.company.instance, self.company.database)
        (row,) = [
            row
            for row in self.company.log(MAY)
            if row.run_id == self.result.run_id and row.vendor is Vendor.NINJA
        ]
        assert row.status is CollectionOutcome.FAILED
        assert DEMO_CLIENT_SECRET not in row.message
        return str(row.message)

    def snapshot_alone(self, day: date) -> dg.ExecuteInProcessResult:
        alone = dg.define_asset_job("alone", dg.AssetSelection.assets(asset_key("ninja_snapshot")))
        assets = [each for each in self.company.definitions.assets if "ninja_snapshot" in str(each.keys)]
        defs = dg.Definitions(assets=assets[:1], jobs=[alone], resources=self.company.resources)
        add_day(self.company.instance, day)  # as "Add a partition" in the UI does
        return defs.resolve_job_def("alone").execute_in_process(
            instance=self.company.instance, partition_key=str(day), raise_on_error=False, tags=dict(OURS)
        )


@pytest.fixture
def firm(company: Any, environment: Callable[..., None]) -> Iterator[Firm]:
    fleet = Fleet()
    company.patience = RetryPolicy(total=20.0, read=5.0)
    with SimulatedNinja(fleet, clock=lambda: company.now) as server:
        environment(
            NINJA_SERVER=server.url, NINJA_CLIENT_ID=DEMO_CLIENT_ID, NINJA_CLIENT_SECRET=DEMO_CLIENT_SECRET
        )
        yield Firm(company, server, fleet)


def test_the_first_night_alone_gives_the_month_in_progress_its_numbers_and_no_other(firm: Firm) -> None:
    assert firm.night(date(2025, 5, 20), 60).success
    assert firm.devices() == (60, 60)
    assert firm.stored() == {date(2025, 5, 20): 60}
    assert firm.night(date(2025, 5, 20), 60, APRIL).success
    assert firm.devices(APRIL) is None
    told = firm.company.failing(APRIL)["ninja_devices.snapshot_is_fresh_and_whole"]
    assert told.endswith(
        "endpoints and seats are unknown; 16 of the endpoints of today were there by its end"
    )

    wanted = dg.AssetRecordsFilter(asset_key("ninja_snapshot"), asset_partitions=["2025-05-20"])
    (record,) = firm.company.instance.fetch_materializations(wanted, limit=5).records
    metadata = record.asset_materialization.metadata
    assert (metadata["dagster/row_count"].value, metadata["devices that changed"].value) == (60, 60)
    assert metadata["requests"].value == 5
    assert DAYS.get_partition_keys(dynamic_partitions_store=firm.company.instance) == ["2025-05-20"]


def test_a_night_that_fails_says_why_and_leaves_everything_as_it_was(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60)
    firm.server.faults.add(not_authenticated(), times=None)
    assert not firm.night(date(2025, 5, 21), 70).success
    assert "check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET" in firm.fault()
    assert firm.stored() == {date(2025, 5, 20): 60}
    assert firm.devices() == (60, 60)
    firm.server.faults.clear()
    assert firm.night(date(2025, 5, 22), 70).success
    assert firm.devices() == (70, 70)


def test_a_list_that_ended_early_is_taken_when_a_person_names_the_month(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 115)
    firm.night(date(2025, 5, 21), 100)
    assert "`qbr collect --month 2025-05` takes the answer as it is" in firm.fault()
    assert firm.devices() == (115, 115)
    assert firm.company.collect(MAY).success
    assert firm.devices() == (100, 100)


def test_half_an_access_is_told_by_its_settings(firm: Firm, environment: Callable[..., None]) -> None:
    environment(NINJA_CLIENT_SECRET="")
    firm.night(date(2025, 5, 20), 60)
    assert firm.fault() == "NINJA_CLIENT_SECRET is not set: expected the secret of the client app."


def test_a_snapshot_may_be_taken_by_itself_today_and_of_no_other_day(firm: Firm) -> None:
    firm.company.now = datetime(2025, 5, 20, 12, tzinfo=CHICAGO)
    firm.fleet.ids = range(60)
    assert firm.snapshot_alone(date(2025, 5, 20)).success
    assert firm.stored() == {date(2025, 5, 20): 60}
    assert not firm.snapshot_alone(date(2025, 5, 19)).success
    assert complete_the_log(firm.company.instance, firm.company.database) == 1
    (row,) = firm.company.log(MAY)
    assert row.message == (
        "NinjaOne only knows its devices of now: a snapshot can be taken of 2025-05-20, not of 2025-05-19."
    )


class TestBothSources:
    """The inventory database and the API are configured: one counts, the other one is compared."""

    @pytest.fixture
    def both(self, firm: Firm, environment: Callable[..., None]) -> Firm:
        url = firm.company.database.engine.url.render_as_string(hide_password=False)
        environment(QBR_INVENTORY_DATABASE_URL=url)
        firm.company.add_snapshot(date(2025, 5, 20), 60, organization="Firm 1")
        firm.company.execute("UPDATE device_identity SET vendor_device_key = ltrim(vendor_device_key, 'N-')")
        return firm

    def told(self, firm: Firm) -> str | None:
        return firm.company.failing(MAY).get("ninja_devices.sources_agree")

    def test_devices_that_differ_are_named_and_the_api_counts(self, both: Firm) -> None:
        both.night(date(2025, 5, 20), 60)
        assert self.told(both) is None
        both.fleet.changes = {7: {"nodeClass": "LINUX_SERVER"}}
        both.night(date(2025, 5, 20), 61)
        assert both.devices() == (61, 60)
        assert self.told(both) == (
            "2 devices count otherwise by the inventory of 2025-05-20 than by the snapshot of 2025-05-20 that May 2025 "
            'is counted from: "PC-7" of Firm 4: seat (workstation) there, endpoint (server) here; "PC-61" of Firm 2: '
            "missing there, seat (workstation) here"
        )

    def test_a_setting_lets_the_inventory_count_and_what_is_compared_holds_nothing_up(
        self, both: Firm, environment: Callable[..., None]
    ) -> None:
        environment(QBR_DEVICE_SOURCE="inventory")
        both.night(date(2025, 5, 20), 61)
        assert both.devices() == (60, 60)
        assert "1 device counts otherwise by NinjaOne's API of 2025-05-20" in (self.told(both) or "")
        assert both.stored() == {date(2025, 5, 20): 61}
        both.server.faults.add(not_authenticated(), times=None)
        assert both.night(date(2025, 5, 20), 61).success
        assert both.devices() == (60, 60)
        assert "could not be compared with those of NinjaOne's API" in (self.told(both) or "")


def test_a_device_that_was_not_seen_for_more_than_sixty_days_is_told_and_counts(firm: Firm) -> None:
    night = datetime(2025, 5, 20, 22, 30, tzinfo=CHICAGO)
    firm.fleet.changes = {
        number: {"lastContact": (night - timedelta(days=days)).timestamp()}
        for number, days in {1: 61, 2: 60}.items()
    }
    assert firm.night(night.date(), 60).success
    assert firm.devices() == (60, 60)
    assert firm.company.failing(MAY)["ninja_devices.devices_are_seen"] == (
        "1 of the 60 devices of May 2025 that count had no contact with NinjaOne for more than 60 days; "
        "remove those that are gone there"
    )
