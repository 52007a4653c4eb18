"""The nights one after the other, what each took, and whether anything was doubled or lost.

What belongs here: the home of the nights, the calendar, pruning, and the figures. What does not: a single night.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from qbr_pipeline.demo.connectwise.server import SimulatedConnectWise
from qbr_pipeline.orchestration.pruning import prune_runs
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import prepare, require_migrated
from tools.nights.firm import Firm
from tools.nights.night import Nights, Trouble, next_trouble

KEPT_NIGHTS = 30
_BROKEN_CHAINS = text(
    "SELECT count(*) FROM (SELECT old_value, lag(new_value) OVER (PARTITION BY period, metric_name ORDER BY id) AS was,"
    " row_number() OVER (PARTITION BY period, metric_name ORDER BY id) AS place FROM qbr_metrics_history) AS history"
    " WHERE place > 1 AND old_value IS DISTINCT FROM was"
)
_NOT_LAST = text(
    "SELECT count(*) FROM qbr_metrics_monthly AS now JOIN LATERAL (SELECT new_value FROM qbr_metrics_history AS h"
    " WHERE h.period = now.period AND h.metric_name = now.metric_name ORDER BY id DESC LIMIT 1) AS last ON true"
    " WHERE now.metric_value IS DISTINCT FROM last.new_value"
)
_UNEXPLAINED = text(
    "SELECT count(*) FROM qbr_restatements AS r WHERE new_value - old_value <>"
    " (SELECT coalesce(sum(effect), 0) FROM qbr_restatement_rows WHERE restatement_id = r.id)"
)
_TWICE = text(
    "SELECT count(*) FROM (SELECT 1 FROM qbr_publications GROUP BY vendor_id, period, run_id HAVING count(*) > 1) AS t"
)
_CHECKS = {
    "values whose history has a gap": _BROKEN_CHAINS,
    "values that are not the last of their history": _NOT_LAST,
    "restatements whose rows do not add up": _UNEXPLAINED,
    "publications that a run made twice": _TWICE,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one night took: seconds of CPU of this process, memory and databases in MB after it."""

    cpu: float
    memory: float
    dagster: float
    numbers: float


@dataclass(frozen=True, slots=True)
class Result:
    """How the nights went. `faults`: a sentence for each value that was not the truth, or was doubled or lost."""

    first: date
    measured: tuple[Measured, ...]
    troubles: Counter[Trouble]
    changes: int
    faults: tuple[str, ...]

    def growth(self, figure: Callable[[Measured], float]) -> float | None:
        """The median of the last 30 nights over that of nights 31 to 60; None when there are not that many."""
        if len(self.measured) < 3 * KEPT_NIGHTS:
            return None
        late, early = self.measured[-KEPT_NIGHTS:], self.measured[KEPT_NIGHTS : 2 * KEPT_NIGHTS]
        return median(map(figure, late)) / median(map(figure, early))


def run(
    nights: int, first: date, months: int, seed: int, tell: Callable[[int, Measured, list[str]], None]
) -> Result:
    """So many nights from the day `first` on, each of which collects `months`. `tell` hears of each.

    Takes over the environment of this process, which names the first month.
    """
    measured: list[Measured] = []
    faults: list[str] = []
    troubles: Counter[Trouble] = Counter()
    moments: list[datetime] = []
    chance = Random(seed)  # noqa: S311 - made-up nights
    with _home(first) as (firm, night, engines):
        for number in range(nights):
            day = first + timedelta(days=number)
            night.now = datetime.combine(day, time_of_day(22, 30), firm.timezone).astimezone(UTC)
            firm.live(day)
            trouble = next_trouble(number + 1, chance)
            troubles[trouble] += 1
            current = Month(day.year, day.month)
            before, cpu = datetime.now(UTC), time.process_time()
            found = night.collect(list(Month.span(current.plus(1 - months), current)), trouble)
            faults += found
            moments.append(before)
            if number >= KEPT_NIGHTS:
                prune_runs(night.instance, moments[number - KEPT_NIGHTS])
            measured.append(_measure(time.process_time() - cpu, engines))
            tell(number + 1, measured[-1], found)
        faults += _doubled_or_lost(night.database.engine)
    return Result(first, tuple(measured), troubles, firm.changes, tuple(faults))


def _measure(cpu: float, engines: tuple[Engine, Engine]) -> Measured:
    sizes = []
    for engine in engines:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")  # what autovacuum does in a day
            size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            sizes.append(size / 1e6)
    return Measured(cpu, psutil.Process().memory_info().rss / 1e6, *sizes)


def _doubled_or_lost(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        for what, query in _CHECKS.items():
            count = connection.execute(query).scalar_one()
            if count:
                yield f"{count} {what}"


@contextmanager
def _home(first: date) -> Iterator[tuple[Firm, Nights, tuple[Engine, Engine]]]:
    """A home with an embedded server, a simulated ConnectWise in this process, and a firm without a past."""
    with TemporaryDirectory(prefix="qbr-nights-") as home:
        os.environ["QBR_HOME"] = home
        runtime = prepare(demo=True)
        assert runtime.server is not None  # noqa: S101 - the demo's environment names no other server
        require_migrated(runtime)
        urls = (runtime.settings.dagster_postgres_url or "", runtime.database_url)
        engines = [create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT") for url in urls]
        with closing(runtime.open_database()) as database:
            firm = Firm(database.engine, database.timezone, Random(first.toordinal()))  # noqa: S311
            firm.found()
            simulator = SimulatedConnectWise(firm.world)
            simulator.clock = lambda: night.now
            simulator.start()
            night = Nights(firm, database, simulator.url, datetime.now(UTC))
            try:
                yield firm, night, (engines[0], engines[1])
            finally:
                night.instance.dispose()
                simulator.stop()
                runtime.server.stop()
