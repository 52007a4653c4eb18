"""One night in this process: what goes wrong in it, the collection, and whether what is published is the truth.

What belongs here: the resources on the calendar of the nights, and the checks. What does not: how many nights (`run`).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)
from qbr_pipeline.orchestration.build import build_defs
from qbr_pipeline.orchestration.local_runner import DagsterStorageError, LocalRunner, RunOutcome
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import find_running, start_embedded
from qbr_pipeline.settings import ConnectWiseAccess, settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import read_values
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.ninja.inventory import Inventory
from tools.nights.firm import Firm

_NOWHERE = "http://127.0.0.1:9"
_OF_NINJA = "endpoints_managed"


class Trouble(StrEnum):
    """What goes wrong in a night."""

    NONE = "nothing"
    CONNECTWISE = "ConnectWise is out"
    INVENTORY = "the inventory is out"
    POSTGRES = "PostgreSQL is killed"
    RUN = "a run is killed"


_WEIGHTS = {
    Trouble.NONE: 80,
    Trouble.CONNECTWISE: 7,
    Trouble.INVENTORY: 7,
    Trouble.POSTGRES: 4,
    Trouble.RUN: 2,
}


_FOR_SURE = dict(enumerate((Trouble.POSTGRES, Trouble.RUN, Trouble.CONNECTWISE, Trouble.INVENTORY), start=2))
"""What goes wrong in the second to the fifth night, so that few nights show each of it."""


def next_trouble(number: int, chance: random.Random) -> Trouble:
    """What goes wrong in the night of that number, most often nothing."""
    return _FOR_SURE.get(number) or chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]


@dataclass
class Nights:
    """The firm, its database and its instance. `now`: what every clock of ours shows; `expected`: what is published."""

    firm: Firm
    database: Database
    simulator_url: str
    now: datetime
    trouble: Trouble = Trouble.NONE
    expected: dict[Month, dict[str, Decimal]] = field(default_factory=dict)
    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.get)

    def __post_init__(self) -> None:
        self.definitions = build_defs(**resources(self.database, self.simulator_url, self))

    def collect(self, months: Sequence[Month], trouble: Trouble) -> list[str]:
        """Collect `months` although something goes wrong; a sentence for each published value that is not the truth."""
        self.trouble = trouble
        if trouble is Trouble.RUN:
            self._kill_a_run(months[-1])
        if trouble is Trouble.POSTGRES:
            self._collect_while_postgres_dies(months)
        failed = [outcome for outcome in self._collect(months) if outcome.period in months]
        if bool(failed) is not (trouble in (Trouble.CONNECTWISE, Trouble.INVENTORY)):
            reasons = {fault for outcome in failed for fault in outcome.faults}
            return [f"{self.now:%Y-%m-%d}: {trouble}, and {len(failed)} months failed: {' '.join(reasons)}"]
        for month in months:
            self._expect(month)
        return list(self._lies())

    def _collect(self, months: Sequence[Month]) -> list[RunOutcome]:
        runner = LocalRunner(self.instance, self.database, self.definitions)
        return runner.collect(months, months[-1], lambda _month: None, lambda _outcome: None, rolling=True)

    def _expect(self, month: Month) -> None:
        known = self.expected.setdefault(month, {})
        if self.trouble is not Trouble.CONNECTWISE:
            known |= self.firm.truth(month)
        endpoints = self.firm.endpoints(month)
        if self.trouble is not Trouble.INVENTORY and endpoints is not None:
            known[_OF_NINJA] = endpoints

    def _lies(self) -> Iterator[str]:
        for month, known in self.expected.items():
            kept = self.database.fetch(read_values, month)
            for metric in (
                "reactive_tickets_created",
                "reactive_tickets_closed",
                "reactive_time_spent",
                _OF_NINJA,
            ):
                value = kept[metric].value if metric in kept else None
                if value != known.get(metric):
                    yield f"{self.now:%Y-%m-%d}: {month} {metric} is {value}, and the truth {known.get(metric)}"

    def _collect_while_postgres_dies(self, months: Sequence[Month]) -> None:
        home = settings().home
        server = find_running(home)
        assert server is not None  # noqa: S101 - it was started for the nights
        end = threading.Timer(self.firm.random.uniform(0.1, 3.0), server.kill)
        end.start()
        with suppress(DBAPIError, DagsterPostgresException, DagsterStorageError, dg.DagsterError):
            self._collect(months)
        end.join()
        start_embedded(home, keep_running=False)
        self.database.close()
        with suppress(DBAPIError, DagsterPostgresException, dg.DagsterError):
            self.instance.dispose()
        self.instance = dg.DagsterInstance.get()

    def _kill_a_run(self, month: Month) -> None:
        words = (sys.executable, "-W", "ignore", "-m", "tools.nights.killed", self.simulator_url)
        run = subprocess.Popen([*words, str(month), self.now.isoformat()], env=dict(os.environ))  # noqa: S603
        with suppress(subprocess.TimeoutExpired):
            run.wait(self.firm.random.uniform(2.0, 12.0))
        run.send_signal(signal.SIGKILL)
        run.wait()


def resources(database: Database, simulator_url: str, night: Any) -> dict[str, Any]:
    """What the assets work with: `night` has a `now` and a `trouble`, which are asked at each run."""

    @dg.resource
    def connectwise(_context: dg.InitResourceContext) -> Iterator[Callable[[], ConnectWise]]:
        url = _NOWHERE if night.trouble is Trouble.CONNECTWISE else simulator_url
        public, private, client = map(SecretStr, (DEMO_PUBLIC_KEY, DEMO_PRIVATE_KEY, DEMO_CLIENT_ID))
        access = ConnectWiseAccess(url, DEMO_COMPANY_ID, public, private, client)
        with ExitStack() as opened:
            yield cache(
                lambda: opened.enter_context(closing(ConnectWise(access, sleep=lambda _seconds: None)))
            )

    @dg.resource
    def inventory(_context: dg.InitResourceContext) -> Inventory:
        url = database.engine.url
        return Inventory(url.set(database="nowhere") if night.trouble is Trouble.INVENTORY else url)

    return {
        "database": database,
        "connectwise": connectwise,
        "inventory": inventory,
        "clock": lambda: night.now,
    }
