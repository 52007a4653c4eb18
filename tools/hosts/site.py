"""One installation over several hosts: its databases, its daemon and code server, and a night of it.

What belongs here: setting it up, letting the schedule tick, and looking at what the runs came to. What does not: which
hosts work for it, and what happens to them (`__main__`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import yaml  # type: ignore[import-untyped]  # it has no types

from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)
from qbr_pipeline.demo.fleet import OWN_ORGANIZATION
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.dagster import script
from qbr_pipeline.settings import CHECKOUT
from tools.benchmarks.instance import Observer
from tools.hosts.network import Host
from tools.hosts.servers import create_database, rows

SIMULATOR_PORT = 8099
CONNECTWISE, DAEMON = "connectwise", "daemon"
_CODE_PORT = 4266
_SCHEDULE = "nightly_collection"
PATIENCE = 900
USUAL_SECONDS = 0.2
"""How late an answer of ConnectWise is where nothing else is said."""
_IMPORTED = (CHECKOUT, CHECKOUT / "deploy" / "storage", CHECKOUT / "deploy" / "celery")
_OURS = ("QBR_", "CONNECTWISE_", "NINJA_", "PG", "DAGSTER_", "QUICKBOOKS_")


@dataclass(frozen=True, slots=True)
class World:
    """What the simulated ConnectWise knows, stopped at the ISO moment `now`; each answer is `latency` seconds late."""

    now: str
    start: Month
    latency: float
    months: int

    def command(self) -> list[str]:
        """The simulated server; the same world on every host."""
        words = ["--port", str(SIMULATOR_PORT), "--now", self.now, "--start-month", str(self.start)]
        sizes = ["--created", "200", "--closed", "200", "--entries", "400", "--season", "0", "--prepare"]
        server = [sys.executable, "-m", "qbr_pipeline.demo.connectwise"]
        return [*server, *words, *sizes, "--latency", str(self.latency)]


@dataclass
class Site:
    """An installation of that `name`: `together` runs at a time, started by the launcher of the settings given."""

    name: str
    place: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The file that leads Dagster's programs to the code server."""
        return self.place / "workspace.yaml"

    def start(self, name: str, *command: str) -> None:
        """Start a program on this host, under a name that tells it from its others."""
        with (self.place / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(  # noqa: S603 - our own command line
                command,
                env=self.environment,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_daemon(self) -> None:
        """Start Dagster's daemon."""
        words = ["-m", "qbr_pipeline.runtime.daemon", "-w", str(self.workspace)]
        self.start(DAEMON, sys.executable, *words)

    def kill(self, name: str) -> None:
        """`kill -9` of a program."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def run(self, *command: str) -> None:
        """Run a program on this host to its end."""
        done = subprocess.run(  # noqa: S603 - our own command line
            command, env=self.environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command[-4:])}: {done.stdout[-1500:]}{done.stderr[-3000:]}")

    def check(self) -> None:
        """SystemExit when a program of this host has ended."""
        for process in self.processes.values():
            if process.poll() is not None:
                raise SystemExit(f"{process.args!r} ended: see {self.place}")

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of its numbers."""
        return rows(self.environment["QBR_DATABASE_URL"], sql)


@dataclass(frozen=True, slots=True)
class Night:
    """The runs of a tick by month, each with those that went on in its place; `tick`: seconds since the epoch."""

    instance: dg.DagsterInstance
    tick: float
    roots: Mapping[str, str]

    def family(self, month: str) -> list[dg.RunRecord]:
        """A month's runs, the first one first."""
        first = self.instance.get_run_records(dg.RunsFilter(run_ids=[self.roots[month]]))
        later = self.instance.get_run_records(dg.RunsFilter(tags={"dagster/root_run_id": self.roots[month]}))
        others = [record for record in later if record.dagster_run.run_id != self.roots[month]]
        return [*first, *sorted(others, key=lambda record: record.create_timestamp)]

    def missing(self) -> list[str]:
        """The months without a success."""
        good = dg.DagsterRunStatus.SUCCESS
        return [
            month
            for month in self.roots
            if not any(record.dagster_run.status is good for record in self.family(month))
        ]

    def is_over(self) -> bool:
        """Whether every month has a success."""
        return not self.missing()

    def seconds(self) -> float:
        """From the tick to the last success."""
        ends = [record.end_time or 0.0 for month in self.roots for record in self.family(month)]
        return max(ends) - self.tick

    def longest(self) -> float:
        """Seconds of the longest run that succeeded."""
        records = (record for month in self.roots for record in self.family(month))
        return max((record.end_time or 0.0) - (record.start_time or 0.0) for record in records)

    def under_way(self) -> list[dg.DagsterRun]:
        """The runs that a worker works on now."""
        started = [dg.DagsterRunStatus.STARTED]
        return list(
            self.instance.get_runs(dg.RunsFilter(run_ids=list(self.roots.values()), statuses=started))
        )

    def repeated(self) -> int:
        """How many runs were begun in the place of others."""
        return sum(len(self.family(month)) - 1 for month in self.roots)

    def failures(self) -> int:
        """How many runs Dagster was told have failed."""
        kind = dg.DagsterEventType.PIPELINE_FAILURE
        families = (record for month in self.roots for record in self.family(month))
        return sum(
            len(self.instance.all_logs(record.dagster_run.run_id, of_type=kind)) for record in families
        )


@contextmanager
def site(
    name: str,
    place: Path,
    world: World,
    inventory: str,
    launcher: dict[str, Any] | None,
    together: int,
    **more: str,
) -> Iterator[Site]:
    """Set one up: databases, tables, settings, an approval, code server and daemon; `more` are variables."""
    home = place / name
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    made = Site(
        name,
        home,
        {
            **kept,
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "QBR_HOME": str(home / "home"),
            "DAGSTER_HOME": str(home),
            "QBR_DATABASE_URL": create_database(f"qbr_{name}"),
            "DAGSTER_POSTGRES_URL": create_database(f"dagster_{name}"),
            "QBR_INVENTORY_DATABASE_URL": inventory,
            "QBR_DEVICE_SOURCE": "inventory",
            "QBR_EXCLUDED_ORGANIZATIONS": f'["{OWN_ORGANIZATION}"]',
            "CONNECTWISE_SERVER": f"http://127.0.0.1:{SIMULATOR_PORT}",
            "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
            "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
            "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
            "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
            "QBR_START_MONTH": str(world.start),
            "QBR_MONTHS_TO_COLLECT": str(world.months),
            "QBR_SCHEDULE_CRON": "*/2 * * * *",  # time enough to turn it off after one tick
            "QBR_COLLECTION_ENABLED": "true",
            "PYTHONPATH": ":".join(map(str, _IMPORTED)),
            **more,
        },
    )
    (home / "dagster.yaml").write_text(settings_of(launcher, together=together))
    made.workspace.write_text(
        f"load_from: [{{grpc_server: {{host: 127.0.0.1, port: {_CODE_PORT}, location_name: qbr_pipeline}}}}]\n"
    )
    try:
        made.run(script("qbr"), "db", "upgrade")
        made.run(script("qbr"), "readiness", "--trial", "--by", "tools.hosts")
        made.start(CONNECTWISE, *world.command())
        code = [sys.executable, "-m", "qbr_pipeline.runtime.code_server", "--port", str(_CODE_PORT)]
        made.start("code", *code)
        await_true(
            "the code server", lambda: "Started Dagster code" in (home / "code.log").read_text(), made.check
        )
        made.start_daemon()
        yield made
    finally:
        for process in reversed(made.processes.values()):
            process.terminate()
        for process in made.processes.values():
            process.wait()


def settings_of(launcher: dict[str, Any] | None, *, together: int) -> str:
    """Our own settings of an instance with another launcher, and that many months at a time."""
    read = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
    read["concurrency"]["runs"]["tag_concurrency_limits"][0]["limit"] = together
    read["concurrency"]["pools"]["default_limit"] = together
    if launcher:
        read["run_launcher"] = launcher
    return str(yaml.safe_dump(read))


def begin_night(made: Site) -> Night:
    """Let the schedule tick once; what is returned can be asked afterwards too."""
    instance = instance_of(made)
    observer = Observer(instance, made.check)
    observer.await_daemon()
    turned_on = time.time()
    made.run(script("dagster"), "schedule", "start", _SCHEDULE, "-w", str(made.workspace))
    tick = observer.await_tick(_SCHEDULE, turned_on)
    runs = instance.get_runs(dg.RunsFilter(run_ids=list(tick.run_ids)))
    return Night(instance, tick.timestamp, {run.tags["dagster/partition"]: run.run_id for run in runs})


@contextmanager
def night_of(made: Site) -> Iterator[Night]:
    """A night whose every month has a success in the end; the block looks on while its runs are under way."""
    night = begin_night(made)
    yield night
    await_true("a success of every month", night.is_over, made.check)
    Observer(night.instance, made.check).await_silence()


def instance_of(made: Site) -> dg.DagsterInstance:
    """Its Dagster, with connections of its own."""
    needed = ("DAGSTER_HOME", "DAGSTER_POSTGRES_URL", "QBR_CELERY_BROKER", "QBR_CELERY_BACKEND")
    os.environ |= {key: made.environment[key] for key in needed if key in made.environment}
    return dg.DagsterInstance.get()


def await_true(
    what: str, look: Callable[[], bool], check: Callable[[], None], *, patience: float = PATIENCE
) -> None:
    """Return when `look` says yes; SystemExit when it has not after so many seconds."""
    deadline = time.monotonic() + patience
    while not look():
        check()
        if time.monotonic() > deadline:
            raise SystemExit(f"Not within {patience} s: {what}.")
        time.sleep(0.3)


def equip(host: Host, made: Site, world: World, *, celery: bool) -> None:
    """Start what a worker's host needs: the same ConnectWise on its own loopback, and a Celery worker or none."""
    host.start(CONNECTWISE, world.command(), made.environment)
    if celery:
        home = {"QBR_HOME": str(made.place / host.name)}
        words = ["-A", "dagster_celery.app", "worker", "--queues", "dagster", "--concurrency", "1"]
        host.start("worker", [script("celery"), *words, "--loglevel", "info"], {**made.environment, **home})
