"""Devices from NinjaOne's API, which only knows now: night after night, with all that goes wrong in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from qbr_pipeline.demo.faults import Drop, Fault, Truncate
from qbr_pipeline.demo.ninja.faults import not_authenticated, wrong_region
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedNinja
from qbr_pipeline.demo.ninja.world import World
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.keys import asset_key
from qbr_pipeline.orchestration.run_cleanup import complete_the_log
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.device_snapshots import devices_of_day, snapshot_sizes
from qbr_pipeline.store.findings.decisions import Decision, FindingKey, accept
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline_tests.demo import ninja_replies
from qbr_pipeline_tests.demo.replies import html_page, unavailable

CHICAGO = ZoneInfo("America/Chicago")
APRIL, MAY, JUNE = Month(2025, 4), Month(2025, 5), Month(2025, 6)
DEVICES, ORGANIZATIONS, LOCATIONS, TOKEN = (
    "/v2/devices-detailed",
    "/v2/organizations",
    "/v2/locations",
    "/ws/oauth/token",
)
SUMMER_OF_2125 = date(2125, 7, 1)


@dataclass
class Fleet(World):
    """A fleet that a test shapes: workstations of four organizations in turn, by the ids that they have."""

    devices_before: int = 1
    first_night: date = date(2025, 1, 1)
    timezone: ZoneInfo = CHICAGO
    ids: Sequence[int] = ()
    changes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def devices(self, now: datetime) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "id": number,
                "organizationId": 1 + number % 4,
                "locationId": 1,
                "nodeClass": "WINDOWS_WORKSTATION",
                "systemName": f"PC-{number}",
                "approvalStatus": "APPROVED",
                "created": datetime(2025, 4, 15, tzinfo=UTC).timestamp() + 86_400 * number,
                "lastContact": now.timestamp(),
                **self.changes.get(number, {}),
            }
            for number in self.ids
        ]

    def organizations(self, _now: datetime) -> Sequence[Mapping[str, Any]]:
        return [{"id": number, "name": f"Firm {number}"} for number in range(1, 5)]

    def locations(self, _now: datetime) -> Sequence[Mapping[str, Any]]:
        return [{"id": 1, "name": "Main office", "organizationId": 1}]


@dataclass
class Firm:
    """A company that has nothing but NinjaOne's API for its devices."""

    company: Any
    server: SimulatedNinja
    fleet: Fleet

    def night(self, day: date, devices: int | None = None, *months: Month, hour: float = 22.5) -> None:
        """The night of a day, with so many devices: the months are collected, or that of the day alone."""
        self.company.now = datetime(day.year, day.month, day.day, tzinfo=CHICAGO) + timedelta(hours=hour)
        if devices is not None:
            self.fleet.ids = range(1, 1 + devices)
        self.outcomes = self.company.collect_in_foreground(
            *(months or [Month(day.year, day.month)]), rolling=True
        )

    def devices(self, month: Month = MAY) -> tuple[int, int] | None:
        values = self.company.values(month)
        if "endpoints_managed" not in values:
            return None
        return int(values["endpoints_managed"]), int(values["seats_managed"])

    def stored(self) -> dict[date, int]:
        return dict(self.company.database.fetch(snapshot_sizes, SUMMER_OF_2125))

    def fault(self) -> str:
        """The one sentence that the last night failed with, as the log has it."""
        (outcome,) = self.outcomes
        (sentence,) = outcome.faults
        (row,) = [
            row
            for row in self.company.log(outcome.period)
            if row.run_id == outcome.run_id and row.vendor is Vendor.NINJA
        ]
        assert (row.status, row.message) == (CollectionOutcome.FAILED, sentence)
        assert DEMO_CLIENT_SECRET not in sentence
        return sentence

    def snapshot_alone(self, day: date) -> dg.ExecuteInProcessResult:
        job = dg.define_asset_job("alone", dg.AssetSelection.assets(asset_key("ninja_snapshot")))
        ours = [each for each in self.company.definitions.assets if "ninja_snapshot" in str(each.key)]
        defs = dg.Definitions(assets=ours, jobs=[job], resources=self.company.resources)
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
        for month in (APRIL, MAY, JUNE):
            company.add_work(month, 5, hours="1")
        yield Firm(company, server, fleet)


def test_the_first_night_alone_gives_the_month_in_progress_its_numbers_and_no_other(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60, APRIL, MAY)
    assert firm.outcomes == []
    assert firm.devices() == (60, 60)
    assert firm.devices(APRIL) is None
    assert "no device snapshot" in firm.company.failing(APRIL)["ninja_devices.snapshot_is_fresh_and_whole"]
    assert firm.stored() == {date(2025, 5, 20): 60}


def test_a_month_without_a_snapshot_says_how_many_of_todays_devices_were_there(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60, MAY)
    firm.night(date(2025, 5, 21), 60, APRIL)
    told = firm.company.failing(APRIL)["ninja_devices.snapshot_is_fresh_and_whole"]
    assert told.endswith(
        "endpoints and seats are unknown; 15 of the endpoints of today were there by its end"
    )


def test_a_closed_month_keeps_the_number_of_its_last_night(firm: Firm) -> None:
    for day, devices in ((date(2025, 5, 30), 58), (date(2025, 5, 31), 60), (date(2025, 6, 1), 70)):
        firm.night(day, devices, MAY, JUNE)
    assert (firm.devices(), firm.devices(JUNE)) == ((60, 60), (70, 70))
    assert firm.company.database.fetch(current_publication, Vendor.NINJA, MAY).snapshot_date == MAY.last_day


@pytest.mark.parametrize(
    ("hour", "day"), [(23.99, date(2025, 5, 31)), (24.01, date(2025, 6, 1))], ids=["before", "after"]
)
def test_a_night_at_the_border_of_two_days_is_dated_in_the_business_time_zone(
    hour: float, day: date, firm: Firm
) -> None:
    month = Month(day.year, day.month)
    firm.night(date(2025, 5, 31), 60, month, hour=hour)  # the 1st of June in UTC, both times
    assert firm.stored() == {day: 60}
    assert firm.devices(month) == (60, 60)


@pytest.mark.parametrize("devices", [1, 999, 1000, 1001, 2000])
def test_a_night_asks_for_few_pages_two_lists_and_one_token(devices: int, firm: Firm) -> None:
    firm.night(date(2025, 5, 20), devices, APRIL, MAY)
    assert firm.devices() == (devices, devices)
    asked = firm.server.requests.counts()
    assert asked.pop(DEVICES) <= -(-devices // 1000) + 1
    assert asked == {ORGANIZATIONS: 1, LOCATIONS: 1, TOKEN: 1}


def test_what_passes_does_no_harm(firm: Firm) -> None:
    for fault in (ninja_replies.too_many_requests(3), unavailable(), html_page(), Drop(), Truncate()):
        firm.server.faults.add(fault, matching=DEVICES)
    firm.server.faults.token_lasts = 2
    firm.night(date(2025, 5, 20), 2100)
    assert firm.devices() == (2100, 2100)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (not_authenticated(), "check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET"),
        (wrong_region(), "check NINJA_SERVER and NINJA_CLIENT_ID"),
        (ninja_replies.too_many_requests(3600), "NinjaOne asked to wait 3600 seconds"),
        (html_page(), "NINJA_SERVER"),
        (ninja_replies.wrapped(), "check NINJA_SERVER"),
        (Drop(), "NinjaOne gave no usable answer"),
    ],
)
@pytest.mark.parametrize("path", [DEVICES, LOCATIONS])
def test_a_night_that_fails_says_why_and_leaves_everything_as_it_was(
    path: str, fault: Fault, words: str, firm: Firm
) -> None:
    firm.night(date(2025, 5, 20), 60)
    firm.server.faults.add(fault, matching=path, times=None)
    firm.night(date(2025, 5, 21), 70)
    assert words in firm.fault()
    assert firm.stored() == {date(2025, 5, 20): 60}
    assert firm.devices() == (60, 60)
    firm.server.faults.clear()
    firm.night(date(2025, 5, 22), 70)
    assert firm.devices() == (70, 70)


def test_a_cursor_that_does_not_move_fails_the_night(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60)
    firm.server.faults.cursor_stands = True
    firm.night(date(2025, 5, 21), 1500)
    assert "rows that it had sent before" in firm.fault()
    assert firm.devices() == (60, 60)


def test_half_an_access_is_told_by_its_settings(firm: Firm, environment: Callable[..., None]) -> None:
    environment(NINJA_CLIENT_SECRET="")
    firm.night(date(2025, 5, 20), 60)
    assert firm.fault() == "NINJA_CLIENT_SECRET is not set: expected the secret of the client app."


def test_unknown_node_classes_count_and_are_told(firm: Firm) -> None:
    firm.fleet.changes = {1: {"nodeClass": "QUANTUM_TOASTER"}, 2: {"nodeClass": None}}
    firm.night(date(2025, 5, 20), 60)
    assert firm.devices() == (60, 60)
    told = firm.company.failing(MAY)["ninja_devices.node_classes_are_known"]
    assert "2 of 60 devices" in told
    assert "QUANTUM_TOASTER (1)" in told


def test_devices_that_are_not_approved_or_not_seen_for_long(firm: Firm) -> None:
    firm.fleet.changes = {
        1: {"approvalStatus": "PENDING"},
        2: {"approvalStatus": "DECOMMISSIONED"},
        3: {"lastContact": datetime(2025, 3, 1, tzinfo=UTC).timestamp()},
    }
    firm.night(date(2025, 5, 20), 60)
    assert firm.devices() == (58, 58)
    told = firm.company.failing(MAY)["ninja_devices.devices_are_seen"]
    assert told.startswith("1 of the 58 devices of May 2025 that count had no contact")


@pytest.mark.parametrize("truncated", [(20, 20), (20, 20, 20), (15, 20, 28)], ids=["two", "three", "stairs"])
def test_answers_that_hold_too_little_change_no_month_however_many_nights_they_last(
    truncated: tuple[int, ...], firm: Firm
) -> None:
    firm.fleet.changes = {number: {"organizationId": 1} for number in range(1, 100)}
    firm.night(date(2025, 5, 28), 60)
    for number, devices in enumerate(truncated):
        firm.night(date(2025, 5, 29) + timedelta(number), devices, MAY)
        assert firm.devices() == (60, 60)
    firm.night(date(2025, 6, 5), 61, MAY, JUNE)
    assert (firm.devices(), firm.devices(JUNE)) == ((60, 60), (61, 61))


def test_a_fleet_that_shrinks_and_stays_is_taken_after_a_person_accepts_it(firm: Firm) -> None:
    firm.fleet.changes = {number: {"organizationId": 1} for number in range(1, 100)}
    firm.night(date(2025, 5, 28), 60)
    for day in (29, 30, 31):
        firm.night(date(2025, 5, day), 24)
    assert firm.devices() == (60, 60)
    (found,) = [each for each in firm.company.findings(MAY) if each.finding.rule is Rule.SNAPSHOT]
    assert "`qbr accept 2025-05 devices`" in found.finding.sentence
    decision = Decision("Ann", firm.company.now, "the hospital left us")
    accept(firm.company.database, FindingKey("devices", MAY, Rule.SNAPSHOT), decision)
    firm.night(date(2025, 6, 1), 24, MAY, JUNE)
    assert (firm.devices(), firm.devices(JUNE)) == ((24, 24), (24, 24))


class TestAnAnswerThatLiesByOmission:
    """Everything is answered with 200, and something is missing in it."""

    def test_no_device_at_all_is_no_fleet(self, firm: Firm) -> None:
        firm.night(date(2025, 5, 20), 0)
        assert "no device at all" in firm.fault()
        assert firm.stored() == {}
        assert firm.devices() is None

    @pytest.mark.parametrize("path", [ORGANIZATIONS, LOCATIONS])
    def test_a_list_of_names_that_is_empty_fails_the_night(self, path: str, firm: Firm) -> None:
        firm.night(date(2025, 5, 20), 60)
        firm.server.faults.add(ninja_replies.rows([]), matching=path, times=None)
        firm.night(date(2025, 5, 21), 60)
        assert f"NinjaOne's answer to GET {path} has no name for 60 of 60 devices" in firm.fault()
        assert firm.stored() == {date(2025, 5, 20): 60}

    @pytest.mark.parametrize(("before", "ends"), [(1115, 1000), (2000, 1000), (600, 550)])
    def test_a_list_that_ends_too_early_fails_the_night_although_it_holds_more_than_half(
        self, before: int, ends: int, firm: Firm
    ) -> None:
        firm.night(date(2025, 5, 20), before)
        firm.night(date(2025, 5, 21), ends)
        said = firm.fault()
        assert f"ends before {before - ends:,} devices that were there on 2025-05-20" in said
        assert "`qbr collect --month 2025-05` takes the answer as it is" in said
        assert firm.devices() == (before, before)
        firm.company.collect_in_foreground(MAY)
        assert firm.devices() == (ends, ends)

    def test_a_client_that_left_is_not_taken_for_one(self, firm: Firm) -> None:
        firm.fleet.changes = {number: {"organizationId": 4} for number in range(560, 601)}
        firm.night(date(2025, 5, 20), 600)
        firm.night(date(2025, 5, 21), 559)
        assert firm.outcomes == []
        assert firm.devices() == (559, 559)

    def test_old_devices_that_were_tidied_up_are_not_taken_for_one(self, firm: Firm) -> None:
        firm.night(date(2025, 5, 20), 600)
        firm.fleet.ids = range(51, 601)
        firm.night(date(2025, 5, 21))
        assert firm.devices() == (550, 550)

    def test_a_second_answer_of_a_day_does_not_replace_a_much_fuller_one(self, firm: Firm) -> None:
        firm.fleet.changes = {number: {"organizationId": 1} for number in range(1, 100)}
        firm.night(date(2025, 5, 20), 60)
        firm.night(date(2025, 5, 20), 20, hour=23)
        assert "less than half of the 60 that are stored of 2025-05-20 already" in firm.fault()
        assert firm.stored() == {date(2025, 5, 20): 60}
        firm.night(date(2025, 5, 20), 45, hour=23.5)
        assert firm.stored() == {date(2025, 5, 20): 45}


def test_the_asset_of_a_day_is_in_the_catalogue_with_what_it_cost(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60)
    wanted = dg.AssetRecordsFilter(asset_key("ninja_snapshot"), asset_partitions=["2025-05-20"])
    (record,) = firm.company.instance.fetch_materializations(wanted, limit=5).records
    metadata = record.asset_materialization.metadata
    assert (metadata["dagster/row_count"].value, metadata["devices that changed"].value) == (60, 60)
    assert metadata["requests"].value == 5


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


def test_a_clock_that_went_back_stores_nothing(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60)
    firm.night(date(2025, 5, 19), 50)
    assert "the snapshot of 2025-05-20 is stored already" in firm.fault()
    assert firm.stored() == {date(2025, 5, 20): 60}


class TestBothSources:
    """The inventory database and the API are configured: one counts, the other one is compared."""

    @pytest.fixture
    def both(self, firm: Firm, environment: Callable[..., None]) -> Firm:
        environment(QBR_INVENTORY_DATABASE_URL=str(firm.company.database.engine.url))
        firm.company.add_snapshot(date(2025, 5, 20), 60, organization="Firm 1")
        firm.company.execute("UPDATE device_identity SET vendor_device_key = ltrim(vendor_device_key, 'N-')")
        return firm

    def told(self, firm: Firm) -> str | None:
        return firm.company.failing(MAY).get("ninja_devices.sources_agree")

    def test_sources_that_agree_are_not_told(self, both: Firm) -> None:
        both.night(date(2025, 5, 20), 60)
        assert self.told(both) is None

    def test_devices_that_differ_are_named_and_the_api_counts(self, both: Firm) -> None:
        both.fleet.changes = {7: {"nodeClass": "LINUX_SERVER"}}
        both.night(date(2025, 5, 20), 61)
        assert both.devices() == (61, 60)
        assert self.told(both) == (
            "2 devices count otherwise by the inventory of 2025-05-20 than by the snapshot of 2025-05-20 that May 2025 "
            'is counted from: "PC-7" of Firm 4: seat (workstation) there, endpoint (server) here; "PC-61" of Firm 2: '
            "missing there, seat (workstation) here"
        )

    def test_a_setting_lets_the_inventory_count(self, both: Firm, environment: Callable[..., None]) -> None:
        environment(QBR_DEVICE_SOURCE="inventory")
        both.night(date(2025, 5, 20), 61)
        assert both.devices() == (60, 60)
        assert "by NinjaOne's API of 2025-05-20" in (self.told(both) or "")
        assert both.stored() == {date(2025, 5, 20): 61}

    def test_a_compared_source_that_fails_holds_nothing_up(
        self, both: Firm, environment: Callable[..., None]
    ) -> None:
        environment(QBR_DEVICE_SOURCE="inventory")
        both.server.faults.add(not_authenticated(), times=None)
        both.night(date(2025, 5, 20), 61)
        assert both.devices() == (60, 60)
        assert "could not be compared with those of NinjaOne's API" in (self.told(both) or "")
        environment(QBR_DEVICE_SOURCE="ninja", QBR_INVENTORY_DATABASE_URL="postgresql://127.0.0.1:1/none")
        both.server.faults.clear()
        both.night(date(2025, 5, 21), 61)
        assert both.devices() == (61, 61)


def test_the_rows_of_a_day_can_be_read_back_device_by_device(firm: Firm) -> None:
    firm.night(date(2025, 5, 20), 60)
    firm.fleet.changes = {3: {"displayName": "Front desk"}}
    firm.night(date(2025, 5, 21), 59)
    with firm.company.database.read() as connection:
        days = {
            day: {each.source_id: each for each in devices_of_day(connection, firm.company.database, day)}
            for day in firm.stored()
        }
    assert [len(devices) for devices in days.values()] == [60, 59]
    assert [devices["3"].display_name for devices in days.values()] == [None, "Front desk"]


def test_nothing_but_what_counting_and_showing_need_is_stored(firm: Firm) -> None:
    firm.fleet.changes = {
        1: {"publicIP": "192.0.2.77", "lastLoggedInUser": "Anna Privata", "notes": "secret"}
    }
    firm.night(date(2025, 5, 20), 2)
    with firm.company.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT to_jsonb(v) FROM qbr_device_versions v").scalars().all()
    assert "192.0.2.77" not in json.dumps(rows)
    assert "Privata" not in json.dumps(rows)


def test_closed_months_keep_their_rule_until_a_person_names_them(
    firm: Firm, environment: Callable[..., None]
) -> None:
    firm.fleet.changes = {1: {"nodeClass": "NMS_SWITCH"}}
    firm.night(date(2025, 5, 31), 60)
    firm.night(date(2025, 6, 1), 60, MAY, JUNE)
    environment(QBR_DEVICE_CLASSES='{"NMS_SWITCH": "endpoint"}')
    firm.night(date(2025, 6, 2), 60, MAY, JUNE)
    assert (firm.devices(), firm.devices(JUNE)) == ((59, 59), (60, 59))
    firm.company.collect_in_foreground(MAY)
    assert firm.devices() == (60, 59)
    assert Decimal(60) == firm.company.values(MAY)["endpoints_managed"]
