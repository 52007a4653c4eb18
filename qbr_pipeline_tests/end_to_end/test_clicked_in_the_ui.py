"""What people click in Dagster's UI, sent as the UI sends it, while the night goes on: daemon, webserver, vendors."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline_tests.end_to_end.conftest import LOCATION

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Dagster, Installation

pytestmark = pytest.mark.slow

COLLECTING = {"connectwise_boards", "connectwise_tickets", "connectwise_time_entries", "ninja_devices"}
QUARTERLY = {"quarterly_metrics", "quarterly_smartnumbers"}
MONTHLY = {
    *COLLECTING,
    "connectwise_metrics",
    "ninja_metrics",
    "monthly_metrics",
    "monthly_smartnumbers",
}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
MONTHS, NIGHTLY = 6, 3


@dataclass
class Clicked:
    """An installation after a backfill of everything during which a night came due; on a busy machine, another."""

    installation: Installation
    dagster: Dagster
    months: list[Month]
    backfill: str
    nights: int
    runs: list[dict[str, Any]]
    """Those of the moment when all had ended: later ones are the daemon's, whose quarters follow months again."""

    def quarters(self) -> set[str]:
        """The partitions of the quarters of the months."""
        return {str(month.quarter.months[0]) for month in self.months}


def path_of(name: str) -> dict[str, list[str]]:
    return {"path": ["qbr", name]}


def all_ended(runs: list[dict[str, Any]]) -> bool:
    return all(run["status"] in ENDED for run in runs)


@pytest.fixture(scope="module")
def clicked(installation: Installation) -> Clicked:
    """A backfill of all months and quarters is launched, and the schedule ticks while it is under way."""
    current = Month.of(datetime.now(UTC), ZoneInfo("America/Chicago"))
    months = list(Month.span(current.plus(1 - MONTHS), current))
    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    assert installation.qbr("db", "upgrade").returncode == 0
    installation.simulate_vendors("--created", "60", "--closed", "60", "--entries", "120", "--prepare")
    installation.environment |= {
        "QBR_START_MONTH": str(months[0]),
        "QBR_MONTHS_TO_COLLECT": str(NIGHTLY),
        "QBR_SCHEDULE_CRON": "* * * * *",
        "QBR_COLLECTION_ENABLED": "true",
    }
    installation.let_nights_run()
    _, workspace = installation.start_code_server()
    dagster = installation.start_dagster(workspace)
    began = time.monotonic()
    launched = dagster.ask(
        _BACKFILL,
        backfill={
            "assetSelection": [path_of(name) for name in sorted(MONTHLY | QUARTERLY)],
            "partitionNames": [str(month) for month in months],
            "fromFailure": False,
            "tags": [],
        },
    )["launchPartitionBackfill"]
    backfill = launched["backfillId"]
    schedule = dagster.turn_on("nightly_collection")
    installation.wait_until(
        "a night comes due",
        lambda: any(tick["status"] == "SUCCESS" for tick in dagster.ticks("nightly_collection")),
    )
    dagster.turn_off(schedule)
    status = dagster.ask(_STATUS, id=backfill)["partitionBackfillOrError"]["status"]
    assert status == "REQUESTED", "the backfill was over before the night came due"
    installation.wait_until(
        "the backfill ends",
        lambda: dagster.ask(_STATUS, id=backfill)["partitionBackfillOrError"]["status"] != "REQUESTED",
        every=0.5,
    )
    runs = installation.wait_until(
        "the night ends", lambda: runs if all_ended(runs := dagster.runs()) else None, every=0.5
    )
    nights = sum(tick["status"] == "SUCCESS" for tick in dagster.ticks("nightly_collection"))
    print(f"backfill and night: {time.monotonic() - began:.0f} s, {len(runs)} runs")  # noqa: T201
    return Clicked(installation, dagster, months, backfill, nights, runs)


def test_a_backfill_of_everything_during_a_night_ends_green(clicked: Clicked) -> None:
    assert {run["status"] for run in clicked.runs} == {"SUCCESS"}
    backfill = clicked.dagster.ask(_STATUS, id=clicked.backfill)["partitionBackfillOrError"]
    assert backfill["status"] == "COMPLETED_SUCCESS"
    assert clicked.nights
    assert (
        sum(run["tags"].get("qbr/collection") == "month" for run in clicked.runs) == NIGHTLY * clicked.nights
    )


def test_never_two_collections_at_once_however_they_were_started(clicked: Clicked) -> None:
    runs = sorted(
        (run for run in clicked.runs if run["assets"] & COLLECTING or "qbr/collection" in run["tags"]),
        key=lambda run: run["startTime"],
    )
    assert len(runs) == MONTHS + NIGHTLY * clicked.nights
    assert all(earlier["endTime"] <= later["startTime"] for earlier, later in itertools.pairwise(runs))


def test_every_partition_of_every_asset_is_there_and_no_log_row_failed(clicked: Clicked) -> None:
    months = {str(month) for month in clicked.months}
    for node in clicked.dagster.ask(_MATERIALIZED)["assetNodes"]:
        name = node["assetKey"]["path"][-1]
        done = {each["partition"] for each in node["assetMaterializations"]}
        if name == "ninja_snapshot":  # nothing is asked of NinjaOne where an inventory is the source
            assert done == set()
            continue
        assert done == (clicked.quarters() if name in QUARTERLY else months), name
    assert clicked.installation.query("SELECT DISTINCT status FROM qbr_collection_log") == [("success",)]


def test_materialize_on_each_single_asset_of_a_green_month_is_green(clicked: Clicked) -> None:
    clicked_runs = set()
    month = clicked.months[-2]
    chosen = [
        *((name,) for name in sorted(MONTHLY)),
        sorted(QUARTERLY),
    ]  # the UI launches what one step makes
    for names in chosen:
        partition = month.quarter.months[0] if QUARTERLY.issuperset(names) else month
        launched = clicked.dagster.ask(
            _MATERIALIZE,
            execution={
                "mode": "default",
                "runConfigData": {},
                "selector": {
                    **LOCATION,
                    "pipelineName": "__ASSET_JOB",
                    "assetSelection": [path_of(name) for name in names],
                    "assetCheckSelection": [],
                },
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": str(partition)}]},
            },
        )["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        clicked_runs.add(launched["run"]["runId"])
    runs = clicked.installation.wait_until(
        "what was clicked ends",
        lambda: (
            runs
            if all_ended(runs := [run for run in clicked.dagster.runs() if run["runId"] in clicked_runs])
            else None
        ),
    )
    assert {name for run in runs for name in run["assets"]} >= MONTHLY | QUARTERLY
    assert {
        (tuple(sorted(run["assets"])), run["status"]) for run in runs if run["status"] != "SUCCESS"
    } == set()
    assert clicked.installation.query("SELECT DISTINCT status FROM qbr_collection_log") == [("success",)]


_BACKFILL = """mutation($backfill: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $backfill) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""

_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }"""

_MATERIALIZED = """{ assetNodes { assetKey { path } assetMaterializations(limit: 200) { partition } } }"""

_MATERIALIZE = """mutation($execution: ExecutionParams!) { launchPipelineExecution(executionParams: $execution) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
