"""Quarters follow their months on the real daemon, however the months' changes fall between its looks."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from qbr_pipeline.periods import Month, Quarter

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Dagster, Installation

pytestmark = pytest.mark.slow

BURSTS, QUARTERS = 20, 4
PAUSE_SECONDS = (2.0, 9.0)  # between bursts: some fall into one look of the sensor, some between two
LOOKS = 2


@dataclass(frozen=True)
class Burst:
    """The months of some quarters were materialized, the last of them at `at`, in seconds since the epoch."""

    quarters: tuple[Quarter, ...]
    at: float


@pytest.fixture(scope="module")
def current() -> Month:
    return Month.of(datetime.now(UTC), ZoneInfo("America/Chicago"))


@pytest.fixture(scope="module")
def dagster(installation: Installation, current: Month) -> Dagster:
    """A daemon and a webserver over a database without any value."""
    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    assert installation.qbr("db", "upgrade").returncode == 0
    installation.environment["QBR_START_MONTH"] = str(quarters_of(current)[0].months[0])
    _, workspace = installation.start_code_server()
    return installation.start_dagster(workspace)


def quarters_of(current: Month) -> list[Quarter]:
    """The last quarters, oldest first."""
    found = [current.quarter]
    while len(found) < QUARTERS:
        found.insert(0, found[0].months[0].plus(-1).quarter)
    return found


def materialize(dagster: Dagster, months: list[Month]) -> None:
    """Report that the months were computed, as the UI's "Report materialization" does."""
    dagster.ask(
        _REPORT,
        event={
            "eventType": "ASSET_MATERIALIZATION",
            "assetKey": {"path": ["qbr", "monthly_metrics"]},
            "partitionKeys": [str(month) for month in months],
        },
    )


def materialized(dagster: Dagster) -> list[dict[str, Any]]:
    """The materializations of quarters, with their partition, moment and run."""
    told = dagster.ask(_QUARTERS, asset={"path": ["qbr", "quarterly_metrics"]})["assetNodeOrError"]
    return [
        {
            "quarter": Month.parse(each["partition"]).quarter,
            "at": float(each["timestamp"]) / 1000,
            "requested": each["runOrError"]["creationTime"],
            "ended": each["runOrError"]["endTime"] or time.time(),
        }
        for each in told["assetMaterializations"]
    ]


def test_after_each_of_twenty_bursts_of_months_every_quarter_is_newer_within_two_looks(
    installation: Installation, dagster: Dagster, current: Month
) -> None:
    chance = random.Random(20)
    bursts = []
    for _ in range(BURSTS):
        quarters = chance.sample(quarters_of(current), chance.randint(1, QUARTERS))
        for quarter in quarters:
            months = [month for month in quarter.months if month <= current]
            materialize(dagster, months)
            materialize(dagster, months[-1:])
        bursts.append(Burst(tuple(quarters), time.time()))
        time.sleep(chance.uniform(*PAUSE_SECONDS))
    last = {
        quarter: max(each.at for each in bursts if quarter in each.quarters)
        for quarter in quarters_of(current)
    }

    installation.wait_until(
        "every quarter is newer than its months",
        lambda: all(
            any(each["quarter"] == quarter and each["at"] > at for each in materialized(dagster))
            for quarter, at in last.items()
        ),
        every=1,
    )
    done = materialized(dagster)
    looks = [tick["timestamp"] for tick in dagster.ticks("quarter_refresh")]
    for burst in bursts:
        for quarter in burst.quarters:
            own = [each for each in done if each["quarter"] == quarter]
            followed = min(each["requested"] for each in own if each["at"] > burst.at)
            busy = [(each["requested"], each["ended"]) for each in own if each["requested"] < followed]
            free = [
                look
                for look in looks
                if burst.at < look < followed and not any(begin <= look <= end for begin, end in busy)
            ]
            assert len(free) <= LOOKS, (burst, followed, looks)


_REPORT = """mutation($event: ReportRunlessAssetEventsParams!) { reportRunlessAssetEvents(eventParams: $event) {
  __typename ... on PythonError { message } ... on UnauthorizedError { message } } }"""

_QUARTERS = """query($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) {
  ... on AssetNode { assetMaterializations(limit: 500) { partition timestamp
    runOrError { ... on Run { creationTime endTime } } } } } }"""
