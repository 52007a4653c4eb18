"""The client against the simulated NinjaOne, over real HTTP: every fault of the dialect ends well or in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from qbr_pipeline.demo.faults import Answer, Delay, Drop, Reply, Truncate
from qbr_pipeline.demo.ninja.faults import wrong_region
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedNinja
from qbr_pipeline.demo.ninja.world import World
from qbr_pipeline.settings import NinjaAccess
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.errors import (
    PermanentError,
    RetriesExhausted,
    UnknownAddressError,
)
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.snapshot import Device
from qbr_pipeline_tests.demo import ninja_replies
from qbr_pipeline_tests.demo.replies import html_page, redirect, unavailable

CHICAGO = ZoneInfo("America/Chicago")
NIGHT = datetime(2025, 10, 15, 3, 30, tzinfo=UTC)
FIRST_NIGHT = date(2025, 10, 1)
DEVICES, TOKEN = "/v2/devices-detailed", "/ws/oauth/token"


@dataclass
class Bench:
    """A simulated server, and a client whose clock moves only by sleeping."""

    server: SimulatedNinja
    pauses: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def access(self, **changes: Any) -> NinjaAccess:
        usual = {"server": self.server.url, "client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET}
        given = {**usual, **changes}
        return NinjaAccess(given["server"], SecretStr(given["client_id"]), SecretStr(given["client_secret"]))

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def client(self, policy: RetryPolicy | None = None, **changes: Any) -> NinjaOne:
        return NinjaOne(
            self.access(**changes),
            policy or RetryPolicy(read=5.0),
            sleep=self.sleep,
            clock=lambda: self.seconds,
            now=lambda: NIGHT,
        )

    def devices(self, policy: RetryPolicy | None = None, **changes: Any) -> tuple[Device, ...]:
        with self.client(policy, **changes) as client:
            return client.devices(CHICAGO)

    def truth(self) -> list[str]:
        return [str(row["id"]) for row in self.server.world.devices(NIGHT)]

    def fails(self, kind: type[VendorError], **changes: Any) -> str:
        with pytest.raises(kind) as caught:
            self.devices(**changes)
        said = str(caught.value)
        assert DEMO_CLIENT_SECRET not in said
        assert "made-up-token" not in said
        return said

    def asked(self, path: str) -> int:
        return self.server.requests.counts().get(path, 0)


@pytest.fixture
def benches() -> Iterator[Callable[..., Bench]]:
    running: list[SimulatedNinja] = []

    def start(devices: int = 40, **world: Any) -> Bench:
        made = World(devices, FIRST_NIGHT, CHICAGO, **world)
        server = SimulatedNinja(made, clock=lambda: NIGHT).start()
        running.append(server)
        return Bench(server)

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def bench(benches: Callable[..., Bench]) -> Bench:
    return benches()


@pytest.mark.parametrize("devices", [0, 1, 999, 1000, 1001, 2000])
def test_every_device_is_read_whatever_their_number_with_few_requests(
    devices: int, benches: Callable[..., Bench]
) -> None:
    rows = [{"id": 10 + n, "organizationId": 1, "locationId": 1} for n in range(devices)]
    bench = benches(1)
    bench.server.world.devices = lambda now: rows  # type: ignore[method-assign, assignment, misc]
    assert [device.source_id for device in bench.devices()] == [str(row["id"]) for row in rows]
    assert bench.asked(DEVICES) <= -(-devices // 1000) + 1
    assert (bench.asked("/v2/organizations"), bench.asked("/v2/locations"), bench.asked(TOKEN)) == (1, 1, 1)


def test_a_device_has_the_names_of_its_organization_and_location_and_the_days_of_the_business(
    bench: Bench,
) -> None:
    world = bench.server.world
    world.others.append(
        {
            "id": 5_000, "organizationId": 2, "locationId": 5, "nodeClass": "MAC", "displayName": " Front desk ",
            "systemName": "mac-1", "approvalStatus": "APPROVED", "created": 1_759_291_200.75,
            "lastContact": 1_760_500_000, "publicIP": "192.0.2.7", "newField": {"of": ["the", "future"]},
        }
    )  # fmt: skip
    names = {row["id"]: row["name"] for row in world.organizations(NIGHT)}
    device = bench.devices()[-1]
    assert device == Device(
        source_id="5000",
        display_name="Front desk",
        hostname="mac-1",
        organization=names[2],
        location="Main office",
        node_class="MAC",
        approval_status="APPROVED",
        created=date(2025, 9, 30),  # 11 in the evening in Chicago, the 1st in UTC
        last_contact=date(2025, 10, 14),
    )


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {
            "organizationId": None,
            "locationId": "7",
            "nodeClass": 7,
            "displayName": None,
            "approvalStatus": [],
        },
        {"organizationId": 99_999, "created": "yesterday", "lastContact": -5, "systemName": "  "},
        {"created": True, "lastContact": 10**18, "organizationId": True},
    ],
)
def test_fields_that_are_missing_or_of_another_type_are_unknown(odd: dict[str, Any], bench: Bench) -> None:
    bench.server.world.others.append({"id": 5_000, **odd})
    device = bench.devices()[-1]
    assert device.source_id == "5000"
    assert (device.organization, device.node_class, device.hostname, device.created, device.last_contact) == (
        None, None, None, None, None,
    )  # fmt: skip


def test_a_token_that_ends_in_mid_paging_is_renewed(benches: Callable[..., Bench]) -> None:
    bench = benches(2500)
    bench.server.faults.token_lasts = 2
    assert [device.source_id for device in bench.devices()] == bench.truth()
    assert bench.asked(TOKEN) == 3


def test_a_token_is_renewed_before_it_ends(bench: Bench) -> None:
    with bench.client() as client:
        client.devices(CHICAGO)
        bench.seconds += 3_500
        client.devices(CHICAGO)
        assert bench.asked(TOKEN) == 1
        bench.seconds += 3_600
        client.devices(CHICAGO)
    assert bench.asked(TOKEN) == 2


def test_a_token_that_was_never_good_is_a_matter_of_settings(bench: Bench) -> None:
    bench.server.faults.token_lasts = 0
    said = bench.fails(PermanentError)
    assert "401 (not_authenticated" in said
    assert "check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET" in said
    assert bench.asked(TOKEN) == 1


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({"client_id": "someone-else"}, "check NINJA_SERVER and NINJA_CLIENT_ID; a region also answers"),
        ({"client_secret": "wrong"}, "check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET"),
    ],
)
def test_a_client_that_the_region_does_not_know_is_told_with_its_settings(
    changes: dict[str, str], settings: str, bench: Bench
) -> None:
    assert settings in bench.fails(PermanentError, **changes)
    assert bench.server.requests.total == 1


def test_the_404_of_another_region_is_told_as_such_by_the_lists_too(bench: Bench) -> None:
    bench.server.faults.add(wrong_region(), matching=DEVICES)
    said = bench.fails(UnknownAddressError)
    assert "404 (Client app not exist)" in said
    assert "NINJA_SERVER" in said


@pytest.mark.parametrize("path", [TOKEN, DEVICES, "/v2/organizations", "/v2/locations"])
def test_what_passes_is_outlasted(path: str, bench: Bench) -> None:
    for passing in (
        ninja_replies.too_many_requests(7), ninja_replies.too_many_requests(None), unavailable(), html_page(),
        Drop(), Truncate(),
        Reply(Answer(500, "{}")), Reply(Answer(408, "")), Reply(Answer(200, "[{]")),
    ):  # fmt: skip
        bench.server.faults.add(passing, matching=path)
    assert [device.source_id for device in bench.devices()] == bench.truth()


def test_the_pause_that_the_server_asks_for_is_kept(bench: Bench) -> None:
    bench.server.faults.add(ninja_replies.too_many_requests(47), matching=DEVICES)
    bench.devices()
    assert max(bench.pauses) == 47


def test_it_stays_below_five_requests_a_second(benches: Callable[..., Bench]) -> None:
    bench = benches(2000)
    bench.devices()
    assert bench.server.requests.total / bench.seconds < 5


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (html_page(), "a page of HTML; either the server in NINJA_SERVER is not a NinjaOne server"),
        (ninja_replies.wrapped(), "something other than a list; check NINJA_SERVER"),
        (Reply(Answer(200, '[{"name": "no id"}]')), "a row without an id; check NINJA_SERVER"),
        (Reply(Answer(200, '["a", "b"]')), "a row without an id; check NINJA_SERVER"),
        (ninja_replies.too_many_requests(2), "it answered 429 (Too many requests)"),
    ],
)
def test_what_never_passes_ends_with_a_sentence(reply: Reply, words: str, bench: Bench) -> None:
    bench.server.faults.add(reply, matching=DEVICES, times=None)
    assert words in bench.fails(RetriesExhausted)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (ninja_replies.forbidden(), "check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET; its client app needs"),
        (redirect("https://eu.ninjarmm.com/"), "set NINJA_SERVER to the server's own address"),
        (Reply(Answer(418, "teapot")), "check NINJA_SERVER, which may not be a NinjaOne server"),
    ],
)
def test_a_refusal_that_does_not_pass_is_told_at_once(reply: Reply, words: str, bench: Bench) -> None:
    bench.server.faults.add(reply, matching=DEVICES, times=None)
    assert words in bench.fails(PermanentError)
    assert bench.asked(DEVICES) == 1


@pytest.mark.parametrize("page", [0, 1])
def test_a_short_page_in_the_middle_loses_nothing(page: int, benches: Callable[..., Bench]) -> None:
    bench = benches(2500)
    bench.server.faults.short_pages = frozenset({page})
    assert [device.source_id for device in bench.devices()] == bench.truth()


def test_a_server_that_never_answers_as_many_as_were_asked_for_is_read_to_its_end(
    benches: Callable[..., Bench],
) -> None:
    bench = benches(130)
    bench.server.faults.largest_page = 50
    devices = bench.devices()
    assert [device.source_id for device in devices] == bench.truth()
    assert all(device.organization and device.location for device in devices)


def test_devices_that_come_twice_are_one(benches: Callable[..., Bench]) -> None:
    bench = benches(2500)
    bench.server.faults.repeats = True
    assert [device.source_id for device in bench.devices()] == bench.truth()


@pytest.mark.parametrize("devices", [40, 1500])
def test_a_cursor_that_does_not_move_fails_the_night(devices: int, benches: Callable[..., Bench]) -> None:
    bench = benches(devices)
    bench.server.faults.cursor_stands = True
    said = bench.fails(PermanentError)
    assert "rows that it had sent before" in said
    assert "NINJA_SERVER" in said
    assert bench.asked(DEVICES) == 2


def test_a_device_of_an_organization_that_is_in_no_list_has_none(bench: Bench) -> None:
    bench.server.world.others.append({"id": 5_000, "organizationId": 777, "locationId": 888})
    device = bench.devices()[-1]
    assert (device.organization, device.location) == (None, None)
    assert bench.asked("/v2/organizations") == 2


def test_nothing_is_filtered_at_the_server(bench: Bench) -> None:
    bench.devices()
    for request in bench.server.requests.last:
        assert set(request.parameters) <= {"pageSize", "after"}
        assert request.parameters.get("pageSize", "1000") == "1000"


def test_a_server_that_cannot_be_reached_is_named_by_its_setting(bench: Bench) -> None:
    policy = RetryPolicy(total=1.0, strict=True)
    said = bench.fails(RetriesExhausted, server="http://127.0.0.1:1", policy=policy)
    assert "the server in NINJA_SERVER could not be connected to" in said


def test_a_slow_server_ends_with_a_sentence(bench: Bench) -> None:
    bench.server.faults.add(Delay(1.0), matching=DEVICES, times=None)
    said = bench.fails(RetriesExhausted, policy=RetryPolicy(total=1.0, read=0.2, strict=True))
    assert "the answer did not come in time" in said


def test_who_asks_whether_it_is_let_in_reads_the_organizations_alone(bench: Bench) -> None:
    with bench.client() as client:
        names = client.organizations()
    assert "Northbarrow Managed IT LLC" in names
    assert bench.server.requests.counts() == {TOKEN: 1, "/v2/organizations": 1}
