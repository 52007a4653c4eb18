"""Snapshots of NinjaOne's API night after night: what is stored, what is not, and what a month is counted from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr

from qbr_pipeline.demo.faults import Drop, Fault, Truncate
from qbr_pipeline.demo.ninja.faults import not_authenticated, wrong_region
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedNinja
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import NinjaAccess
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.device_snapshots import snapshot_sizes
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.rules import ClassifiedDevices, classify_devices
from qbr_pipeline.vendors.ninja.snapshot import KnownSizes, Snapshot
from qbr_pipeline.vendors.ninja.stored import StoredSnapshots
from qbr_pipeline_tests.demo import ninja_replies
from qbr_pipeline_tests.demo.replies import html_page, unavailable
from qbr_pipeline_tests.vendors.ninja.fleets import CHICAGO, Fleet

MAY, JUNE = Month(2025, 5), Month(2025, 6)
DEVICES, ORGANIZATIONS, LOCATIONS, TOKEN = (
    "/v2/devices-detailed",
    "/v2/organizations",
    "/v2/locations",
    "/ws/oauth/token",
)
ONE_CLIENT = {number: {"organizationId": 1} for number in range(1, 100)}


@dataclass
class Nights:
    """A firm's nights: NinjaOne is asked on each, and its answer stored."""

    database: Database
    server: SimulatedNinja
    fleet: Fleet
    now: datetime = datetime(2025, 5, 20, 22, 30, tzinfo=CHICAGO)
    pauses: list[float] = field(default_factory=list)

    def take(
        self, day: date, devices: int | Iterable[int], *, hour: float = 22.5, as_it_is: bool = False
    ) -> None:
        self.now = datetime(day.year, day.month, day.day, tzinfo=CHICAGO) + timedelta(hours=hour)
        self.fleet.ids = range(1, 1 + devices) if isinstance(devices, int) else list(devices)
        access = NinjaAccess(self.server.url, SecretStr(DEMO_CLIENT_ID), SecretStr(DEMO_CLIENT_SECRET))
        policy = RetryPolicy(total=20.0, read=5.0)
        with NinjaOne(access, policy, sleep=self.pauses.append) as ninja:
            StoredSnapshots(self.database).take(ninja, self.now, run_id="run", as_it_is=as_it_is)

    def fails(self, day: date, devices: int | Iterable[int], **more: float) -> str:
        before = self.stored()
        with pytest.raises(VendorError) as caught:
            self.take(day, devices, **more)  # type: ignore[arg-type]
        assert self.stored() == before
        assert DEMO_CLIENT_SECRET not in str(caught.value)
        return str(caught.value)

    def stored(self) -> dict[date, int]:
        return dict(self.database.fetch(snapshot_sizes, date(2125, 1, 1)))

    def snapshot(self, month: Month, accepted: dict[date, int] | None = None) -> Snapshot | None:
        today = self.now.astimezone(CHICAGO).date()
        return StoredSnapshots(self.database).snapshot(month, today, KnownSizes({}, accepted or {}))

    def counted(self, month: Month = MAY, accepted: dict[date, int] | None = None) -> ClassifiedDevices:
        snapshot = self.snapshot(month, accepted)
        assert snapshot is not None
        return classify_devices(snapshot.devices)

    def endpoints(self, month: Month = MAY, accepted: dict[date, int] | None = None) -> int:
        return int(self.counted(month, accepted).values["endpoints_managed"])


@pytest.fixture
def nights(database: Database) -> Iterator[Nights]:
    fleet = Fleet()
    with SimulatedNinja(fleet) as server:
        made = Nights(database, server, fleet)
        server.clock = lambda: made.now
        yield made


def may(day: int) -> date:
    return date(2025, 5, day)


def test_a_month_is_counted_from_its_last_night_whatever_comes_after(nights: Nights) -> None:
    for day, devices in ((may(30), 58), (may(31), 60), (date(2025, 6, 1), 70)):
        nights.take(day, devices)
    assert (nights.endpoints(), nights.endpoints(JUNE)) == (60, 70)
    assert nights.snapshot(Month(2025, 4)) is None


@pytest.mark.parametrize(
    ("hour", "day"), [(23.99, may(31)), (24.01, date(2025, 6, 1))], ids=["before", "after"]
)
def test_a_night_at_the_border_of_two_days_is_dated_in_the_business_time_zone(
    hour: float, day: date, nights: Nights
) -> None:
    nights.take(may(31), 60, hour=hour)  # the 1st of June in UTC, both times
    assert nights.stored() == {day: 60}
    assert nights.endpoints(Month(day.year, day.month)) == 60


@pytest.mark.parametrize("devices", [1, 999, 1000, 1001, 2000])
def test_a_night_asks_for_few_pages_two_lists_and_one_token(devices: int, nights: Nights) -> None:
    nights.take(may(20), devices)
    assert nights.endpoints() == devices
    asked = nights.server.requests.counts()
    assert asked.pop(DEVICES) <= -(-devices // 1000) + 1
    assert asked == {ORGANIZATIONS: 1, LOCATIONS: 1, TOKEN: 1}


def test_what_passes_does_no_harm(nights: Nights) -> None:
    for fault in (ninja_replies.too_many_requests(3), unavailable(), html_page(), Drop(), Truncate()):
        nights.server.faults.add(fault, matching=DEVICES)
    nights.server.faults.token_lasts = 2
    nights.server.faults.repeats = True
    nights.server.faults.short_pages = frozenset({1})
    nights.take(may(20), 2100)
    assert nights.endpoints() == 2100


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
@pytest.mark.parametrize("path", [DEVICES, LOCATIONS, TOKEN])
def test_a_night_that_fails_names_the_setting_and_leaves_yesterday_as_it_was(
    path: str, fault: Fault, words: str, nights: Nights
) -> None:
    nights.take(may(20), 60)
    if path != TOKEN or fault != ninja_replies.wrapped():
        nights.server.faults.add(fault, matching=path, times=None)
        assert words in nights.fails(may(21), 70)
    assert nights.endpoints() == 60


def test_a_cursor_that_does_not_move_fails_the_night(nights: Nights) -> None:
    nights.take(may(20), 60)
    nights.server.faults.cursor_stands = True
    assert "rows that it had sent before" in nights.fails(may(21), 1500)


def test_unknown_node_classes_count_and_are_told(nights: Nights) -> None:
    nights.fleet.changes = {1: {"nodeClass": "QUANTUM_TOASTER"}, 2: {"nodeClass": None}}
    nights.take(may(20), 60)
    assert nights.endpoints() == 60
    assert nights.counted().unknown_classes == {"QUANTUM_TOASTER": 1, "": 1}


def test_devices_that_are_not_approved_count_for_nothing(nights: Nights) -> None:
    statuses = ("PENDING", "STAGED", "DECOMMISSIONED", "APPROVED", "approved", None)
    nights.fleet.changes = {number: {"approvalStatus": each} for number, each in enumerate(statuses, 1)}
    nights.take(may(20), 60)
    assert nights.endpoints() == 57


def test_the_last_contact_of_a_device_is_kept_once_it_is_long_ago(nights: Nights) -> None:
    long_ago, lately = (datetime(2025, month, 1, 12, tzinfo=UTC).timestamp() for month in (3, 5))
    nights.fleet.changes = {1: {"lastContact": long_ago}, 2: {"lastContact": lately}}
    nights.take(may(20), 3)
    snapshot = nights.snapshot(MAY)
    assert snapshot is not None
    assert [device.last_contact for device in snapshot.devices] == [date(2025, 3, 1), None, None]


@pytest.mark.parametrize("truncated", [(20, 20), (20, 20, 20), (15, 20, 28)], ids=["two", "three", "stairs"])
def test_answers_that_hold_too_little_change_no_month_however_many_nights_they_last(
    truncated: tuple[int, ...], nights: Nights
) -> None:
    nights.fleet.changes = ONE_CLIENT
    nights.take(may(28), 60)
    for number, devices in enumerate(truncated):
        nights.take(may(29) + timedelta(number), devices)
        assert nights.endpoints() == 60
    nights.take(date(2025, 6, 5), 61)
    assert (nights.endpoints(), nights.endpoints(JUNE)) == (60, 61)


def test_a_fleet_that_shrinks_and_stays_is_counted_once_a_person_has_accepted_it(nights: Nights) -> None:
    nights.fleet.changes = ONE_CLIENT
    for day, devices in ((28, 60), (29, 24), (30, 24), (31, 24)):
        nights.take(may(day), devices)
    assert nights.endpoints() == 60
    assert nights.endpoints(accepted={may(31): 24}) == 24


def test_a_clock_that_went_back_stores_nothing(nights: Nights) -> None:
    nights.take(may(20), 60)
    assert "the snapshot of 2025-05-20 is stored already" in nights.fails(may(19), 50)


def test_of_todays_devices_those_that_were_there_by_a_day_are_known(nights: Nights) -> None:
    nights.take(may(20), 60)
    stored = StoredSnapshots(nights.database)
    assert len(stored.existed_by(date(2025, 4, 30), may(20))) == 16
    assert stored.existed_by(date(2025, 4, 30), may(19)) == ()


def test_nothing_but_what_counting_and_showing_need_is_stored(nights: Nights) -> None:
    nights.fleet.changes = {1: {"publicIP": "192.0.2.77", "lastLoggedInUser": "Anna Privata"}}
    nights.take(may(20), 2)
    with nights.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT to_jsonb(v) FROM qbr_device_versions v").scalars().all()
    kept = json.dumps(rows)
    assert "192.0.2.77" not in kept
    assert "Privata" not in kept


class TestAnAnswerThatLiesByOmission:
    """Everything is answered with 200, and something is missing in it."""

    def test_no_device_at_all_is_no_fleet(self, nights: Nights) -> None:
        assert "no device at all: check that the client app of NINJA_CLIENT_ID" in nights.fails(may(20), 0)

    @pytest.mark.parametrize("path", [ORGANIZATIONS, LOCATIONS])
    def test_a_list_of_names_that_is_empty_fails_the_night(self, path: str, nights: Nights) -> None:
        nights.server.faults.add(ninja_replies.rows([]), matching=path, times=None)
        said = nights.fails(may(21), 60)
        assert f"NinjaOne's answer to GET {path} has no name for 60 of 60 devices" in said

    def test_names_that_are_left_out_fail_the_night(self, nights: Nights) -> None:
        unnamed = [{"id": number} for number in range(1, 5)]
        nights.server.faults.add(ninja_replies.rows(unnamed), matching=ORGANIZATIONS, times=None)
        assert "has no name for 60 of 60 devices" in nights.fails(may(21), 60)

    @pytest.mark.parametrize(("before", "ends"), [(1115, 1000), (2000, 1000), (600, 550), (30, 20)])
    def test_a_list_that_ends_too_early_fails_the_night_although_it_holds_half_or_more(
        self, before: int, ends: int, nights: Nights
    ) -> None:
        nights.take(may(20), before)
        said = nights.fails(may(21), ends)
        assert f"ends before {before - ends:,} devices that were there on 2025-05-20" in said
        nights.take(may(21), ends, as_it_is=True)
        assert nights.endpoints() == ends

    @pytest.mark.parametrize("nights_later", [1, 2, 3])
    def test_it_stays_so_however_many_nights_it_lasts(self, nights_later: int, nights: Nights) -> None:
        nights.take(may(20), 1115)
        for number in range(nights_later):
            nights.fails(may(21 + number), 1000)
        assert nights.endpoints() == 1115

    def test_a_list_that_goes_on_beyond_what_is_missing_is_not_taken_for_one(self, nights: Nights) -> None:
        nights.take(may(20), 600)
        nights.take(may(21), [*range(1, 551), 700, 701])
        assert nights.endpoints() == 552

    def test_a_client_that_left_is_not_taken_for_one(self, nights: Nights) -> None:
        nights.fleet.changes = {number: {"organizationId": 4} for number in range(560, 601)}
        nights.take(may(20), 600)
        nights.take(may(21), 559)
        assert nights.endpoints() == 559

    def test_old_devices_that_were_tidied_up_are_not_taken_for_one(self, nights: Nights) -> None:
        nights.take(may(20), 600)
        nights.take(may(21), range(51, 601))
        assert nights.endpoints() == 550

    def test_a_second_answer_of_a_day_does_not_replace_a_much_fuller_one(self, nights: Nights) -> None:
        nights.fleet.changes = ONE_CLIENT
        nights.take(may(20), 60)
        said = nights.fails(may(20), 20, hour=23)
        assert "less than half of the 60 that are stored of 2025-05-20 already" in said
        nights.take(may(20), 45, hour=23.5)
        assert nights.stored() == {may(20): 45}
