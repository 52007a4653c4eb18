"""The simulated NinjaOne answers as chapter and vendor say: tokens, pages, and what it does not know it ignores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedNinja
from qbr_pipeline.demo.ninja.world import World

NOW = datetime(2025, 10, 15, 3, 30, tzinfo=UTC)


class Asker:
    """Asks a simulated server by hand."""

    def __init__(self, server: SimulatedNinja) -> None:
        self.server = server
        self.now = NOW
        server.clock = lambda: self.now

    def token(self, **changes: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": DEMO_CLIENT_ID,
            "client_secret": DEMO_CLIENT_SECRET,
            "scope": "monitoring",
        }
        return requests.post(f"{self.server.url}/ws/oauth/token", data={**form, **changes}, timeout=10)

    def get(self, path: str, token: str | None = None, **parameters: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(f"{self.server.url}{path}", params=parameters, headers=headers, timeout=10)


@pytest.fixture
def asker() -> Iterator[Asker]:
    world = World(130, date(2025, 10, 1), ZoneInfo("America/Chicago"))
    with SimulatedNinja(world) as server:
        yield Asker(server)


def test_a_token_lasts_an_hour_and_its_refusal_is_that_of_the_vendor(asker: Asker) -> None:
    granted = asker.token().json()
    assert (granted["expires_in"], granted["token_type"]) == (3600, "Bearer")
    assert asker.get("/v2/organizations", granted["access_token"]).status_code == 200
    asker.now += timedelta(seconds=3600)
    refused = asker.get("/v2/organizations", granted["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (401, "not_authenticated")
    assert asker.get("/v2/organizations").status_code == 400


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "someone"}, 404),
        ({"client_secret": "wrong"}, 401),
        ({"scope": "control"}, 400),
        ({"grant_type": "password"}, 400),
    ],
)
def test_who_is_not_let_in(changes: dict[str, str], status: int, asker: Asker) -> None:
    assert asker.token(**changes).status_code == status


def test_pages_are_of_fifty_unless_asked_for_more_and_filters_are_ignored(asker: Asker) -> None:
    token = asker.token().json()["access_token"]
    everything = asker.get("/v2/devices-detailed", token, pageSize=1000, organizationId=5).json()
    assert len(asker.get("/v2/devices-detailed", token).json()) == 50
    assert len({row["organizationId"] for row in everything}) > 1
    assert [row["id"] for row in everything] == sorted(row["id"] for row in everything)
    after = asker.get("/v2/devices-detailed", token, pageSize=1000, after=everything[99]["id"]).json()
    assert after == everything[100:]
    assert asker.get("/v2/devices-detailed", token, pageSize=1000, after=everything[-1]["id"]).json() == []


def test_devices_carry_more_than_anybody_needs_and_leave_out_what_is_not_set(asker: Asker) -> None:
    token = asker.token().json()["access_token"]
    answer = asker.get("/v2/devices-detailed", token, pageSize=1000)
    assert answer.headers["Content-Type"] == "text/plain"
    rows = answer.json()
    assert all("publicIP" in row and "displayName" not in row for row in rows[:5])
    assert any("nodeClass" not in row for row in rows)
    assert any(row["created"] % 1 for row in rows)
