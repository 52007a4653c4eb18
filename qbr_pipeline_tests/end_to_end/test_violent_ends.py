"""A worker that is killed, and a PostgreSQL that stops, both in the middle of a run."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psutil
import pytest
import sqlalchemy as sa

from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import stop_embedded

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Dagster, Installation

pytestmark = pytest.mark.slow

_CURRENT = Month.of(datetime.now(UTC), ZoneInfo("America/Chicago"))
KILLED, CUT = _CURRENT.plus(-3), _CURRENT.plus(-2)
_VALUES = "SELECT metric_name, metric_value FROM qbr_metrics_monthly WHERE period = :month ORDER BY 1"
_HISTORY = "SELECT count(*) FROM qbr_metrics_history WHERE period = :month"
_LOG = (
    "SELECT vendor.name, log.status, log.run_id, log.error_message FROM qbr_collection_log log"
    " JOIN vendor ON vendor.id = log.vendor_id WHERE log.period = :month ORDER BY log.id"
)
_OF_CONNECTWISE = "SELECT count(*) FROM qbr_{} WHERE period = :month"


@pytest.fixture(scope="module")
def dagster(installation: Installation) -> Dagster:
    """Daemon and webserver over a ConnectWise that is slow enough for a run to have a middle."""
    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    options = ("--created", "60", "--closed", "60", "--entries", "120", "--prepare", "--latency", "0.4")
    installation.simulate_vendors(*options)
    return installation.start_dagster()


def test_a_killed_worker_leaves_nothing_half_written_and_the_next_run_is_complete(
    installation: Installation, dagster: Dagster
) -> None:
    launched = dagster.ask(
        _LAUNCH,
        selector={
            "repositoryLocationName": "qbr_pipeline",
            "repositoryName": "__repository__",
            "pipelineName": "collection",
        },
        tags=[{"key": "dagster/partition", "value": str(KILLED)}],
    )["launchRun"]
    first = launched["run"]["runId"]
    _wait_for_the_middle(installation, first)
    _worker_of(dagster, first).kill()
    killed = time.monotonic()

    assert _connectwise_values(installation, KILLED) == {}

    installation.wait_until(
        "the killed run is seen to be over",
        lambda: _collections(dagster, KILLED)[0]["status"] == "FAILURE",
    )
    print(f"a killed run was seen to be over after {time.monotonic() - killed:.1f} s")  # noqa: T201
    installation.wait_until(
        "another run has gone on where the killed one was",
        lambda: _has_gone_on(dagster, first),
    )
    print(f"the run after it succeeded after {time.monotonic() - killed:.1f} s")  # noqa: T201
    installation.wait_until(
        "the log tells of the killed run",
        lambda: any(
            run == first and status == "failed"
            for _, status, run, _ in installation.query(_LOG, month=str(KILLED))
        ),
    )

    _assert_complete(installation, KILLED, died=first)


def test_a_postgresql_that_stops_leaves_nothing_half_written_and_the_next_run_is_complete(
    installation: Installation, dagster: Dagster
) -> None:
    cut = installation.start("collect", installation.program("qbr"), "collect", "--month", str(CUT))
    first = installation.wait_until(
        "a collection of the month begins",
        lambda: _collections(dagster, CUT),
    )[0]["runId"]
    _wait_for_the_middle(installation, first)

    assert stop_embedded(installation.home)  # in this process: a command might begin after the end of the run
    assert cut.wait() == 1
    assert "Traceback" not in cut.said(), cut.said()
    assert "database" in cut.said()

    assert installation.qbr("db", "start").returncode == 0
    assert _connectwise_values(installation, CUT) == {}

    again = installation.qbr("collect", "--month", str(CUT))

    assert again.returncode == 0, again
    _assert_complete(installation, CUT, died=first)


def test_daemon_and_webserver_work_on_after_a_postgresql_that_stopped(
    installation: Installation, dagster: Dagster
) -> None:
    installation.wait_until("daemon and webserver are well again", dagster.is_well)

    assert dagster.daemon.process.poll() is None
    assert dagster.server.process.poll() is None


def _wait_for_the_middle(installation: Installation, run: str) -> None:
    """Wait until the run reads tickets: boards are done, nothing is published."""
    installation.wait_until(
        "the run reads tickets",
        lambda: _events(installation, run, "STEP_START", "qbr__connectwise_tickets"),
        every=0.05,
    )


def _events(installation: Installation, run: str, kind: str, step: str) -> list[Any]:
    engine = sa.create_engine(installation.environment["DAGSTER_POSTGRES_URL"], poolclass=sa.NullPool)
    events = sa.text(
        "SELECT id FROM event_logs WHERE run_id = :run AND dagster_event_type = :kind AND step_key = :step"
    )
    with engine.connect() as connection:
        return list(connection.execute(events, {"run": run, "kind": kind, "step": step}))


def _collections(dagster: Dagster, month: Month) -> list[dict[str, Any]]:
    return [run for run in dagster.runs(dagster__partition=str(month)) if run["jobName"] == "collection"]


def _worker_of(dagster: Dagster, run: str) -> psutil.Process:
    events = dagster.ask(_EVENTS, run=run)["logsForRun"]["events"]
    told = [re.search(r"\(pid: (\d+)\)", event.get("message") or "") for event in events]
    return psutil.Process(next(int(found[1]) for found in told if found))


def _has_gone_on(dagster: Dagster, first: str) -> bool:
    runs = {run["runId"]: run for run in _collections(dagster, KILLED)}
    others = [run for identity, run in runs.items() if identity != first]
    return runs[first]["status"] == "FAILURE" and any(run["status"] == "SUCCESS" for run in others)


def _connectwise_values(installation: Installation, month: Month) -> dict[str, Any]:
    values = dict(installation.query(_VALUES, month=str(month)))
    for table in ("tickets", "time_entries"):
        assert installation.query(_OF_CONNECTWISE.format(table), month=str(month)) == [(0,)]
    return {name: value for name, value in values.items() if name.startswith("reactive")}


def _assert_complete(installation: Installation, month: Month, *, died: str) -> None:
    """The month is as whole as one that is collected in peace, and its log tells of the run that died."""
    values = installation.query(_VALUES, month=str(month))
    changes = installation.query(_HISTORY, month=str(month))
    log = installation.query(_LOG, month=str(month))
    messages = {name: message for name, status, run, message in log if (status, run) == ("failed", died)}

    assert "ConnectWise" in messages, log
    assert all(messages.values()), log
    assert {name for name, status, *_ in log if status == "success"} == {"ConnectWise", "Ninja"}
    assert {"reactive_tickets_created", "reactive_time_spent", "seats_managed"} <= dict(values).keys()

    assert installation.qbr("collect", "--month", str(month)).returncode == 0
    assert installation.query(_VALUES, month=str(month)) == values
    assert installation.query(_HISTORY, month=str(month)) == changes


_LAUNCH = """mutation($selector: JobOrPipelineSelector!, $tags: [ExecutionTag!]) {
  launchRun(executionParams: {selector: $selector, executionMetadata: {tags: $tags}}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""

_EVENTS = """query($run: ID!) { logsForRun(runId: $run, limit: 1000) {
  ... on EventConnection { events { ... on MessageEvent { message } } } } }"""
