"""Installations of a test module's own: a QBR_HOME, the real programs that work in it, and their sure end."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest
import requests
import sqlalchemy as sa
from cryptography.fernet import Fernet

from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)
from qbr_pipeline.demo.fleet import OWN_ORGANIZATION
from qbr_pipeline.demo.inventory import fill_inventory
from qbr_pipeline.demo.quickbooks.server import DEMO_CLIENT_ID as DEMO_QUICKBOOKS_ID
from qbr_pipeline.demo.quickbooks.server import DEMO_CLIENT_SECRET as DEMO_QUICKBOOKS_SECRET
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import start_embedded, stop_embedded
from qbr_pipeline.runtime.simulated_books import consent, map_demo_accounts
from qbr_pipeline.settings import CHECKOUT, Settings
from qbr_pipeline.settings.addresses import normalise_database_url
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.conftest import unused_port

_PROGRAMS = Path(sys.executable).parent
_OF_OURS = ("QBR_", "CONNECTWISE_", "NINJA_", "QUICKBOOKS_", "PG", "DAGSTER_")
_TAIL = 1500
PATIENCE = 400
"""Seconds after which a program is taken to hang. No measure of anything: a busy machine may take ten times as long."""
_STOPS, _BETWEEN_STOPS = 12, 0.5  # seconds: longer than the daemon takes for a look at its schedules
LOCATION = {"repositoryLocationName": "qbr_pipeline", "repositoryName": "__repository__"}
_numbers = itertools.count(1)

Seen = TypeVar("Seen")


@dataclass
class Installation:
    """A QBR_HOME and the environment of the programs that work in it."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def program(self, name: str) -> str:
        """The path of an installed program."""
        return str(_PROGRAMS / name)

    def qbr(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `qbr` to its end, with some variables more; what it said and its exit code."""
        return self.run(self.program("qbr"), *words, **variables)

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the checkout to its end."""
        return subprocess.run(
            command,
            env={**self.environment, **variables},
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self, name: str, *command: str, **variables: str) -> Running:
        """Start a program of the checkout; its output goes to a file of the home."""
        output = self.home / f"{next(_numbers)}-{name}.out"
        with output.open("wb") as log:
            process = subprocess.Popen(
                command,
                env={**self.environment, **variables},
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - no thread of the tests starts programs
            )
        return Running(name, process, output)

    def let_nights_run(self) -> None:
        """Do what a person does before the first night: without an approval the schedule skips its ticks."""
        approved = self.qbr("readiness", "--trial", "--by", "the tests")
        assert approved.returncode == 0, approved

    def adopt_exports(self) -> None:
        """Do what `eval "$(qbr env)"` does."""
        told = self.qbr("env")
        assert told.returncode == 0, told
        for line in told.stdout.splitlines():
            (assignment,) = shlex.split(line.removeprefix("export "))
            name, _, value = assignment.partition("=")
            self.environment[name] = value

    def simulate_vendors(self, *options: str, devices: int = 60) -> Running:
        """Start a simulated ConnectWise, fill an inventory in the embedded server, and name both.

        The embedded server has to run.
        """
        ready = self.home / f"{next(_numbers)}-connectwise.address"
        simulator = self.start(
            "simulator",
            *(sys.executable, "-m", "qbr_pipeline.demo.connectwise", "--ready-file", str(ready)),
            *options,
        )
        address = self.wait_until(
            "the simulator answers",
            lambda: ready.exists() and ready.read_text().strip(),
        )
        inventory = start_embedded(self.home, keep_running=True).ensure_database("inventory")
        now = datetime.now(UTC)
        fill_inventory(
            inventory,
            first_month=Month(now.year - 2, 1),
            today=now.date(),
            devices=devices,
            snapshots_per_month=4,
        )
        self.environment |= {
            "CONNECTWISE_SERVER": str(address),
            "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
            "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
            "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
            "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
            "QBR_INVENTORY_DATABASE_URL": inventory,
            "QBR_EXCLUDED_ORGANIZATIONS": json.dumps([OWN_ORGANIZATION]),
        }
        return simulator

    def simulate_books(self) -> None:
        """Start a simulated QuickBooks, consent that its books are read, and say what its accounts count as.

        The tables have to be there.
        """
        ready = self.home / f"{next(_numbers)}-quickbooks.address"
        command = (sys.executable, "-m", "qbr_pipeline.demo.quickbooks", "--ready-file", str(ready))
        self.start("quickbooks", *command)
        address = self.wait_until(
            "the simulated QuickBooks answers", lambda: ready.exists() and ready.read_text().strip()
        )
        self.environment |= {
            "QUICKBOOKS_CLIENT_ID": DEMO_QUICKBOOKS_ID,
            "QUICKBOOKS_CLIENT_SECRET": DEMO_QUICKBOOKS_SECRET,
            "QUICKBOOKS_ENVIRONMENT": str(address),
            "QBR_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }
        read = Settings.read(self.environment)
        with self.open_database() as database:
            consent(database, read.quickbooks)
            map_demo_accounts(database, read.review)

    @contextmanager
    def open_database(self) -> Iterator[Database]:
        """The database that QBR_DATABASE_URL names, as our own code opens it."""
        read = Settings.read(self.environment)
        with closing(open_database(str(read.database_url), timezone=read.timezone)) as database:
            yield database

    def start_dagster(self, workspace: str = "workspace.yaml") -> Dagster:
        """Start the daemon and the webserver the ordinary way, by default with the checkout's workspace.

        Waits until they work.
        """
        port = unused_port()
        daemon = self.start("daemon", self.program("dagster-daemon"), "run", "-w", workspace)
        server = self.start(
            "webserver",
            *(self.program("dagster-webserver"), "-w", workspace, "-h", "127.0.0.1", "-p", str(port)),
        )
        dagster = Dagster(f"http://127.0.0.1:{port}", daemon, server)
        self.wait_until("the daemon and the UI work", dagster.is_well)
        return dagster

    def start_code_server(self) -> tuple[Running, str]:
        """Start our own server of the code, as `qbr up` does; it, and the workspace that leads to it."""
        port = unused_port()
        command = (sys.executable, "-m", "qbr_pipeline.runtime.code_server", "--port", str(port))
        server = self.start("code-server", *command)
        self.wait_until("the code is served", lambda: "Started Dagster code proxy server" in server.said())
        workspace = self.home / "workspace.yaml"
        place = f"{{host: localhost, port: {port}, location_name: qbr_pipeline}}"
        workspace.write_text(f"load_from: [{{grpc_server: {place}}}]\n")
        return server, str(workspace)

    def query(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Rows of the database that QBR_DATABASE_URL names."""
        engine = sa.create_engine(
            normalise_database_url(self.environment["QBR_DATABASE_URL"]), poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(sql), values)]

    def wait_until(self, what: str, condition: Callable[[], Seen], *, every: float = 0.2) -> Seen:
        """What `condition` returned once it was true; fails with the ends of all logs when that takes too long."""
        deadline = time.monotonic() + PATIENCE
        while not (seen := condition()):
            if time.monotonic() > deadline:
                pytest.fail(f"Not within {PATIENCE} s: {what}.\n{self.logs()}")
            time.sleep(every)
        return seen

    def logs(self) -> str:
        """The ends of all logs below the home."""
        files = [*self.home.glob("*.out"), *self.home.rglob("logs/*.log"), *self.home.rglob("postgres/log")]
        return "\n".join(f"--- {file}\n{file.read_text(errors='replace')[-_TAIL:]}" for file in sorted(files))

    def processes(self) -> list[psutil.Process]:
        """Every living process that works in this home: by its environment, its command line or its directory."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            with process.oneshot():
                told = [*process.cmdline(), process.cwd(), process.environ().get("QBR_HOME", "")]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return any(str(self.home) in text for text in told)

    def end(self) -> None:
        """End everything that works in this home, and remove it."""
        for home in (self.home, self.home / "demo"):
            stop_embedded(home)
        left = self.processes()
        family = {*left, *(child for process in left for child in _children(process))}
        for process in family:
            _kill(process)
        psutil.wait_procs(family, timeout=20)
        shutil.rmtree(self.home)


@dataclass
class Running:
    """A program that was started, and the file of its output."""

    name: str
    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        """All of its output so far."""
        return self.output.read_text(errors="replace")

    def find(self, pattern: str) -> str | None:
        """What the first group of `pattern` matches in its output so far."""
        found = re.search(pattern, self.said())
        return found[1] if found else None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal: to it alone, not to its children."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            living = [child.cmdline() for child in psutil.Process(self.process.pid).children(recursive=True)]
            pytest.fail(f"it did not end within {PATIENCE} s; its children: {living}; it said: {self.said()}")


def keep_off(stop: Callable[[], object]) -> None:
    """Stop a schedule for so long that a look of the daemon ends.

    One that is under way writes the state that it began with, and a schedule that was stopped meanwhile goes on.
    """
    for _ in range(_STOPS):
        stop()
        time.sleep(_BETWEEN_STOPS)


@dataclass
class Dagster:
    """A running daemon and webserver, asked over GraphQL as the UI asks."""

    address: str
    daemon: Running
    server: Running

    def ask(self, query: str, **variables: object) -> Any:
        """The `data` of the answer; AssertionError when it holds errors."""
        answer = requests.post(
            f"{self.address}/graphql", json={"query": query, "variables": variables}, timeout=30
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def is_well(self) -> bool:
        """Whether the location is loaded and every required daemon has a heartbeat."""
        try:
            told = self.ask(_WELL)
        except (requests.RequestException, AssertionError):
            return False
        states = told["instance"]["daemonHealth"]["allDaemonStatuses"]
        locations = told["workspaceOrError"]["locationEntries"]
        loaded = [entry["locationOrLoadError"] for entry in locations]
        assert all(entry is None or "message" not in entry for entry in loaded), loaded
        return bool(loaded and all(loaded) and all(state["healthy"] for state in states if state["required"]))

    def ticks(self, name: str) -> list[Any]:
        """The ticks of a schedule or a sensor, the newest first."""
        selector = {**LOCATION, "name": name}
        return list(self.ask(_TICKS, selector=selector)["instigationStateOrError"]["ticks"])

    def turn_on(self, schedule: str) -> str:
        """Turn a schedule on; what `turn_off` needs to know."""
        selector = {**LOCATION, "scheduleName": schedule}
        state = self.ask(_START, schedule=selector)["startSchedule"]["scheduleState"]
        return str(state["id"])

    def turn_off(self, state: str) -> None:
        """Turn a schedule off again, and see that it stays off."""
        keep_off(lambda: self.ask(_STOP, id=state))

    def runs(self, **tags: str) -> list[dict[str, Any]]:
        """The runs that carry these tags (`__` for a slash), in the order in which they were requested."""
        asked = [{"key": key.replace("__", "/"), "value": value} for key, value in tags.items()]
        runs = self.ask(_RUNS, filter={"tags": asked})["runsOrError"]["results"]
        for run in runs:
            run["tags"] = {tag["key"]: tag["value"] for tag in run["tags"]}
            run["assets"] = {asset["path"][-1] for asset in run["assetSelection"] or []}
        return sorted(runs, key=lambda run: run["creationTime"])


_START = """mutation($schedule: ScheduleSelector!) { startSchedule(scheduleSelector: $schedule) {
  ... on ScheduleStateResult { scheduleState { id } } } }"""

_STOP = """mutation($id: String!) { stopRunningSchedule(id: $id) {
  ... on ScheduleStateResult { scheduleState { status } } } }"""

_WELL = """{
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
    __typename ... on PythonError { message } } } } }
}"""

_TICKS = """query($selector: InstigationSelector!) { instigationStateOrError(instigationSelector: $selector) {
    ... on InstigationState { ticks(limit: 50) { status timestamp endTimestamp runIds skipReason } } }
}"""

_RUNS = """query($filter: RunsFilter) {
  runsOrError(filter: $filter) { ... on Runs { results {
    runId status jobName creationTime startTime endTime tags { key value } assetSelection { path } } } }
}"""


def _hear_ctrl_c() -> None:
    """A shell that puts the tests in the background has SIGINT ignored, and what they start would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def plain_environment(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without anything of ours in it but the home."""
    kept = {name: value for name, value in environment.items() if not name.startswith(_OF_OURS)}
    return {**kept, "QBR_HOME": str(home), "COLUMNS": "120", "TERM": "dumb"}


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An installation of this module's own, with nothing set."""
    home = Path(tempfile.mkdtemp(prefix="qbr-e2e-")).resolve()
    installed = Installation(home, plain_environment(home, os.environ))
    yield installed
    installed.end()
