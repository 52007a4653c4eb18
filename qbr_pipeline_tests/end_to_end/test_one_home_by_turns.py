"""One home under `dagster dev`, the two services, and `dg dev` by turns: its schedule and its queue stay the same."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline_tests.conftest import unused_port
from qbr_pipeline_tests.end_to_end.conftest import LOCATION, Dagster

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Installation, Running

pytestmark = pytest.mark.slow

ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
MONTHS = 5


@pytest.fixture(scope="module")
def months(installation: Installation) -> list[Month]:
    """The months of an installation with simulated vendors; its schedule never comes due by itself."""
    current = Month.of(datetime.now(UTC), ZoneInfo("America/Chicago"))
    months = list(Month.span(current.plus(1 - MONTHS), current))
    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    assert installation.qbr("db", "upgrade").returncode == 0
    installation.simulate_vendors("--created", "20", "--closed", "20", "--entries", "40", "--prepare")
    installation.environment |= {
        "QBR_START_MONTH": str(months[0]),
        "QBR_SCHEDULE_CRON": "0 0 29 2 *",
        "QBR_COLLECTION_ENABLED": "true",
    }
    return months


@contextmanager
def developing(installation: Installation, program: str) -> Iterator[Dagster]:
    """`dagster dev` or `dg dev`, until its block ends as by Ctrl-C."""
    port = unused_port()
    running = installation.start(program, installation.program(program), "dev", "-p", str(port))
    dagster = Dagster(f"http://127.0.0.1:{port}", running, running)
    installation.wait_until(f"{program} dev works", dagster.is_well)
    yield dagster
    end(running)


@contextmanager
def serving(installation: Installation) -> Iterator[Dagster]:
    """The daemon and the webserver as two services."""
    dagster = installation.start_dagster()
    yield dagster
    end(dagster.daemon, dagster.server)


def end(*running: Running) -> None:
    for each in running:
        each.send(signal.SIGINT)
    for each in running:
        each.wait()


def schedule_is_on(dagster: Dagster) -> bool:
    told = dagster.ask(_SCHEDULE, selector={**LOCATION, "scheduleName": "nightly_collection"})
    return bool(told["scheduleOrError"]["scheduleState"]["status"] == "RUNNING")


def collect(dagster: Dagster, month: Month) -> str:
    """Launch a collection as the UI's launchpad does; the id of its run."""
    launched = dagster.ask(
        _LAUNCH,
        execution={
            "mode": "default",
            "runConfigData": {},
            "selector": {**LOCATION, "pipelineName": "collection"},
            "executionMetadata": {
                "tags": [
                    {"key": "dagster/partition", "value": str(month)},
                    {"key": "qbr/collection", "value": "month"},
                ]
            },
        },
    )["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    return str(launched["run"]["runId"])


def test_the_schedule_stays_on_and_what_is_queued_is_carried_over_from_one_to_the_next(
    installation: Installation, months: list[Month]
) -> None:
    def status_of(dagster: Dagster) -> dict[str, str]:
        return {run["runId"]: run["status"] for run in dagster.runs()}

    def ended(dagster: Dagster, run: str) -> Callable[[], bool]:
        return lambda: status_of(dagster)[run] in ENDED

    with developing(installation, "dagster") as dagster:
        dagster.turn_on("nightly_collection")
        runs = [collect(dagster, month) for month in months[:3]]
        installation.wait_until("the first has begun", lambda: status_of(dagster)[runs[0]] != "QUEUED")
        assert status_of(dagster)[runs[2]] == "QUEUED"
    with serving(installation) as dagster:
        assert schedule_is_on(dagster)
        installation.wait_until("what was queued ends", ended(dagster, runs[2]), every=0.5)
        assert status_of(dagster)[runs[2]] == "SUCCESS"
        later = [collect(dagster, month) for month in months[2:]]
        installation.wait_until("the first has begun", lambda: status_of(dagster)[later[0]] != "QUEUED")
        assert status_of(dagster)[later[-1]] == "QUEUED"
    with developing(installation, "dg") as dagster:
        assert schedule_is_on(dagster)
        installation.wait_until("what was queued ends", ended(dagster, later[-1]), every=0.5)
        assert status_of(dagster)[later[-1]] == "SUCCESS"
        assert schedule_is_on(dagster)
    launched = installation.run(
        *(installation.program("dg"), "launch", "--assets", "qbr/monthly_metrics"),
        *("--partition", str(months[2])),
    )
    assert launched.returncode == 0, launched


_SCHEDULE = """query($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) {
  ... on Schedule { scheduleState { status } } } }"""

_LAUNCH = """mutation($execution: ExecutionParams!) { launchPipelineExecution(executionParams: $execution) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
