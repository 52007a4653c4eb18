"""Our own code server: its runs are forked from a process that has imported everything, and outlive whatever dies."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from qbr_pipeline.periods import Month

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Dagster, Installation, Running

pytestmark = pytest.mark.slow

MONTH = Month(2025, 3)


@pytest.fixture(scope="module")
def code(installation: Installation) -> tuple[Running, str]:
    """The code server over a ConnectWise that is slow enough for a run to have a middle, and its workspace."""
    assert installation.qbr("db", "start").returncode == 0
    installation.adopt_exports()
    options = ("--created", "60", "--closed", "60", "--entries", "120", "--prepare", "--latency", "0.4")
    installation.simulate_vendors(*options)
    return installation.start_code_server()


@pytest.fixture(scope="module")
def dagster(installation: Installation, code: tuple[Running, str]) -> Dagster:
    """A daemon and a webserver that both have their code from it."""
    return installation.start_dagster(code[1])


def test_a_run_is_forked_from_a_process_that_a_reload_makes_anew(
    installation: Installation, dagster: Dagster, code: tuple[Running, str]
) -> None:
    before = fork_server(installation, code)
    run = launch(dagster)
    assert worker(installation, dagster, run).parent() == before
    assert outcome(installation, dagster, run) == "SUCCESS"

    reloaded = dagster.ask(_RELOAD, location="qbr_pipeline")["reloadRepositoryLocation"]
    assert reloaded["loadStatus"] == "LOADED"
    after = fork_server(installation, code)
    assert after != before
    run = launch(dagster)
    assert worker(installation, dagster, run).parent() == after
    assert outcome(installation, dagster, run) == "SUCCESS"
    installation.wait_until("the process from before the reload has ended", lambda: not before.is_running())


@pytest.mark.parametrize("dies", ["the fork server", "the server behind the proxy"])
def test_a_run_in_progress_outlives_what_started_it_and_the_next_run_starts(
    dies: str, installation: Installation, dagster: Dagster, code: tuple[Running, str]
) -> None:
    run = launch(dagster)
    process = worker(installation, dagster, run)
    fork = process.parent()
    server = fork.parent() if fork else None
    assert fork
    assert server
    (fork if dies == "the fork server" else server).send_signal(signal.SIGKILL)
    assert outcome(installation, dagster, run) == "SUCCESS"
    assert attempts(dagster) == []

    again = installation.wait_until("the code is served again, and a run taken", lambda: launched(dagster))
    assert outcome(installation, dagster, again) == "SUCCESS"


def fork_server(installation: Installation, code: tuple[Running, str]) -> psutil.Process:
    """The one process that runs are forked from."""

    def only() -> psutil.Process | None:
        try:
            servers = psutil.Process(code[0].process.pid).children()
            forks = [child for server in servers for child in server.children() if is_fork_server(child)]
        except psutil.NoSuchProcess:  # a reload ends one while this looks
            return None
        return forks[0] if len(servers) == len(forks) == 1 else None

    return installation.wait_until("there is one server with one fork server", only)


def is_fork_server(process: psutil.Process) -> bool:
    try:
        return "multiprocessing.forkserver" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def launched(dagster: Dagster) -> str | None:
    """Ask for a collection as the UI does; its run, None when it was not taken."""
    selector = {
        "repositoryLocationName": "qbr_pipeline",
        "repositoryName": "__repository__",
        "pipelineName": "collection",
    }
    tags = [{"key": "dagster/partition", "value": str(MONTH)}]
    answer: dict[str, Any] = dagster.ask(_LAUNCH, selector=selector, tags=tags)["launchRun"]
    return str(answer["run"]["runId"]) if "run" in answer else None


def launch(dagster: Dagster) -> str:
    run = launched(dagster)
    assert run
    return run


def worker(installation: Installation, dagster: Dagster, run: str) -> psutil.Process:
    """The process of a run, once it reads from ConnectWise."""

    def reading() -> psutil.Process | None:
        events = dagster.ask(_EVENTS, run=run)["logsForRun"]["events"]
        steps = {event.get("stepKey") for event in events}
        pids = [
            entry["text"] for event in events for entry in event.get("metadataEntries", []) if "text" in entry
        ]
        return psutil.Process(int(pids[0])) if pids and "qbr__connectwise_tickets" in steps else None

    return installation.wait_until("the run reads tickets", reading, every=0.05)


def outcome(installation: Installation, dagster: Dagster, run: str) -> str:
    def ended() -> str | None:
        status = dagster.ask(
            "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }", run=run
        )
        found = str(status["runOrError"]["status"])
        return found if found in {"SUCCESS", "FAILURE", "CANCELED"} else None

    return installation.wait_until("the run has ended", ended)


def attempts(dagster: Dagster) -> list[str]:
    """The runs that were started in place of another."""
    return [
        run["runId"]
        for run in dagster.runs(dagster__partition=str(MONTH))
        if "dagster/retry_number" in run["tags"]
    ]


_LAUNCH = """mutation($selector: JobOrPipelineSelector!, $tags: [ExecutionTag!]) {
  launchRun(executionParams: {selector: $selector, executionMetadata: {tags: $tags}}) {
    ... on LaunchRunSuccess { run { runId } } } }"""

_RELOAD = """mutation($location: String!) { reloadRepositoryLocation(repositoryLocationName: $location) {
  ... on WorkspaceLocationEntry { loadStatus } } }"""

_EVENTS = """query($run: ID!) { logsForRun(runId: $run, limit: 1000) { ... on EventConnection { events {
  ... on ExecutionStepStartEvent { stepKey }
  ... on EngineEvent { metadataEntries { label ... on TextMetadataEntry { text } } } } } } }"""
