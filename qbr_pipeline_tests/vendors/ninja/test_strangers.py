"""The client against a server that was written apart from the simulated one, with the habits that servers have."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from qbr_pipeline.settings import NinjaAccess
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.rules import classify_devices
from qbr_pipeline_tests.vendors.ninja.stranger import CLIENT, Habits, running

HABITS = {
    "none": Habits(),
    "ids are texts": Habits(text_ids=True),
    "never more than a hundred": Habits(most=100),
    "the life of a token is a text": Habits(expires="3600"),
    "a token lasts seconds": Habits(expires=2),
    "a token says no life": Habits(expires=None),
    "a byte order mark": Habits(bom=True),
    "compressed": Habits(zipped=True),
    "in pieces": Habits(chunked=True),
    "JSON by another name": Habits(content_type="text/html;charset=ISO-8859-1"),
    "every connection is closed": Habits(closes=True),
    "a new token ends the old one": Habits(one_token_each=True, expires=1),
    "what is not set is null": Habits(nulls=True),
}


@pytest.mark.parametrize("habits", HABITS.values(), ids=HABITS)
def test_numbers_are_right_whatever_a_server_is_used_to(habits: Habits) -> None:
    seconds = 0.0

    def sleep(pause: float) -> None:
        nonlocal seconds
        seconds += pause

    with running(1230, habits) as stranger:
        access = NinjaAccess(stranger.url, SecretStr(CLIENT[0]), SecretStr(CLIENT[1]))
        policy = RetryPolicy(total=5.0, read=5.0, strict=True)
        with NinjaOne(access, policy, sleep=sleep, clock=lambda: seconds) as ninja:
            devices = ninja.devices(ZoneInfo("America/Chicago"))
    counted = classify_devices(devices, ["DREI, Inc."])
    assert counted.values == {"endpoints_managed": 1107, "seats_managed": 1107}
    assert counted.by_reason == {"workstation": 1107, "organization is excluded": 123}
    assert {device.organization for device in devices} == {"Ärzte & Söhne", "Zwei", "Drei"}
    assert (devices[0].hostname, devices[0].location) == ("höst-1", "Haupthaus")
