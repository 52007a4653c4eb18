"""The nightly collection as it really happens: the daemon's own tick, in processes of their own.

What belongs here: setting the scene in a home of its own, letting the schedule tick, and reading from the instance what
the night did. The vendors are simulated, the embedded PostgreSQL keeps its ordinary durability settings.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import psutil

from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import RuntimeContext, prepare, read_settings, require_migrated
from qbr_pipeline.runtime.dagster import CODE_SERVER, script, start_code_server, workspace
from qbr_pipeline.runtime.processes import Processes
from qbr_pipeline.runtime.simulated_vendors import Simulation, with_simulated_vendors
from qbr_pipeline.settings import CHECKOUT, DeviceSource
from qbr_pipeline.store.approvals import Approval, Purpose, approve
from tools.benchmarks import empty_night
from tools.benchmarks.figures import Floor, Night
from tools.benchmarks.instance import BenchmarkError, Observer, month_read
from tools.benchmarks.watch import Watch

LATENCY_SECONDS = 0.05
"""Added to every answer of the simulated ConnectWise."""

SNAPSHOTS_A_MONTH = 4

_SCHEDULE = "nightly_collection"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much happens in each month: tickets created and closed, time entries, and devices in each snapshot."""

    created: int
    closed: int
    entries: int
    devices: int
    months: int = 13


SCALES: Mapping[str, Scale] = {
    "tiny": Scale(created=40, closed=40, entries=80, devices=40, months=2),
    "small": Scale(created=400, closed=400, entries=1_500, devices=700),
    "large": Scale(created=10_000, closed=10_000, entries=25_000, devices=20_000),
}


class Stage:
    """An installation on simulated vendors, in which nights happen by the daemon's own tick."""

    def __init__(self, runtime: RuntimeContext) -> None:
        self._runtime = runtime

    def nights(self, count: int) -> Iterator[Night]:
        """So many nights, one after the other. The first collects everything, later ones again."""
        with self._dagster() as night:
            for _ in range(count):
                happened = night()
                with dg.DagsterInstance.get() as instance:
                    months = [month_read(instance, run) for run in happened.runs]
                yield Night(
                    months=months,
                    seconds=happened.seconds,
                    until_first_run=min(run.start_time or 0.0 for run in happened.runs) - happened.tick,
                    usage=happened.watch.usage(),
                    memory=happened.watch.memory,
                )

    def floor(self) -> Floor:
        """A night of the same assets with nothing in them, by the same launcher."""
        with self._dagster(
            "--module-name", empty_night.__name__, "--working-directory", str(CHECKOUT)
        ) as night:
            happened = night()
            return Floor(happened.seconds, happened.watch.usage())

    @contextmanager
    def _dagster(self, *options: str) -> Iterator[Callable[[], _Happened]]:
        with Processes(self._runtime.settings.home, "night") as processes:
            code = start_code_server(self._runtime, processes, *options)
            file = workspace(self._runtime, code)
            processes.await_file(CODE_SERVER, code)
            processes.start(
                "Dagster daemon", [sys.executable, "-m", "qbr_pipeline.runtime.daemon", "-w", str(file)]
            )
            yield lambda: self._night(file, processes.check)

    def _night(self, workspace_file: Path, check: Callable[[], None]) -> _Happened:
        with dg.DagsterInstance.get() as instance:
            observer = Observer(instance, check)
            observer.await_daemon()
            observer.await_silence()
            _turn_on(workspace_file)
            turned_on = time.time()
            with Watch([_postmaster(self._runtime)]) as watch:
                tick = observer.await_tick(_SCHEDULE, turned_on)
                runs = observer.await_runs(tick.run_ids)
        return _Happened(tick.timestamp, runs, watch)


@dataclass(frozen=True, slots=True)
class _Happened:
    """A tick that was let through to its last success; `tick` is when it was due, in seconds since the epoch."""

    tick: float
    runs: Sequence[dg.RunRecord]
    watch: Watch

    @property
    def seconds(self) -> float:
        """From the tick to the last success."""
        return max(run.end_time or 0.0 for run in self.runs) - self.tick


@contextmanager
def stage(scale: Scale) -> Iterator[Stage]:
    """A home of its own, its simulated vendors, and the processes of a night.

    Takes over the environment of this process, for good: nothing real can be reached from it any more.
    """
    with TemporaryDirectory(prefix="qbr-benchmark-") as home:
        os.environ["QBR_HOME"] = home
        current = Month.of(datetime.now(UTC), read_settings(demo=True).timezone)
        os.environ |= {
            "QBR_START_MONTH": str(current.plus(1 - scale.months)),
            "QBR_MONTHS_TO_COLLECT": str(scale.months),
            "QBR_SCHEDULE_CRON": "* * * * *",
            "QBR_COLLECTION_ENABLED": "true",
        }
        runtime = prepare(demo=True)
        assert runtime.server is not None  # noqa: S101 - the demo's environment names no other server
        try:
            with Processes(runtime.settings.home, "benchmark") as processes:
                ready = with_simulated_vendors(runtime, processes, _simulation(scale))
                require_migrated(ready)
                _let_nights_run(ready)
                yield Stage(ready)
        finally:
            runtime.server.stop()


def _let_nights_run(runtime: RuntimeContext) -> None:
    approval = Approval(Purpose.TRIAL, "qbr benchmark", datetime.now(UTC), {})
    with closing(runtime.open_database()) as database, database.begin() as connection:
        approve(connection, database, approval)


def _simulation(scale: Scale) -> Simulation:
    options = {
        "--created": scale.created,
        "--closed": scale.closed,
        "--entries": scale.entries,
        "--season": 0,
        "--latency": LATENCY_SECONDS,
    }
    words = [word for name, value in options.items() for word in (name, str(value))]
    source = DeviceSource.INVENTORY
    return Simulation(("--prepare", *words), scale.devices, SNAPSHOTS_A_MONTH, source, books=False)


def _turn_on(workspace_file: Path) -> None:
    """Turn the schedule on as a person would; the tick follows at the next full minute."""
    done = subprocess.run(  # noqa: S603 - our own command line
        [script("dagster"), "schedule", "start", _SCHEDULE, "-w", str(workspace_file)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"The schedule could not be turned on: {done.stderr.strip()}")


def _postmaster(runtime: RuntimeContext) -> psutil.Process:
    first_line = (runtime.settings.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
    return psutil.Process(int(first_line))
