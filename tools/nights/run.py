"""The nights one after the other, what each took, and whether anything was doubled or lost.

What belongs here: the home of the nights, the calendar, and pruning. What does not: a single night, or its figures.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from random import Random
from tempfile import TemporaryDirectory

import dagster as dg
import psutil
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from qbr_pipeline.demo.connectwise.server import SimulatedConnectWise
from qbr_pipeline.orchestration.pruning import prune_runs
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import prepare, require_migrated
from qbr_pipeline.store.rows.forgetting import forget_rows
from tools.nights.figures import KEPT_NIGHTS, Measured, Result
from tools.nights.firm import Firm
from tools.nights.night import Nights, Trouble, next_trouble

_KEPT_ROW_MONTHS = 6
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
_TABLES = text(
    "SELECT relname AS name, pg_total_relation_size(oid) AS size FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
_CHECKS = {
    "values whose history has a gap": _BROKEN_CHAINS,
    "values that are not the last of their history": _NOT_LAST,
    "restatements whose rows do not add up": _UNEXPLAINED,
    "publications that a run made twice": _TWICE,
}


def run(
    nights: int,
    first: date,
    months: int,
    seed: int,
    tell: Callable[[int, Measured, list[str]], None],
    seconds: float = float("inf"),
) -> Result:
    """So many nights from the day `first` on, each of which collects `months`. `tell` hears of each.

    Ends sooner, with the nights that there were, when so many `seconds` are over. Takes over the environment of this
    process, which names the first month.
    """
    measured: list[Measured] = []
    faults: list[str] = []
    troubles: Counter[Trouble] = Counter()
    moments: list[datetime] = []
    chance = Random(seed)  # noqa: S311 - made-up nights
    end = time.monotonic() + seconds
    with _home(first) as (firm, night, engines):
        for number in range(nights):
            if time.monotonic() > end:
                break
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
            runs = night.instance.get_runs_count(dg.RunsFilter(created_after=before))
            pruned = _prune(night, moments[max(0, number - KEPT_NIGHTS)], current)
            measured.append(_measure(time.process_time() - cpu, engines, runs, pruned))
            tell(number + 1, measured[-1], found)
        faults += doubled_or_lost(night.database.engine)
    return Result(first, tuple(measured), troubles, firm.changes, tuple(faults))


def _prune(night: Nights, before: datetime, current: Month) -> int:
    """What the job `prune` does, for moments it is given: Dagster's own times know nothing of our calendar."""
    runs = prune_runs(night.instance, before)
    return runs + forget_rows(night.database, current.plus(1 - _KEPT_ROW_MONTHS))


def _measure(cpu: float, engines: tuple[Engine, Engine], runs: int, pruned: int) -> Measured:
    sizes: list[float] = []
    tables: dict[str, float] = {}
    for engine in engines:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")  # what autovacuum does in a day
            size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            sizes.append(size / 1e6)
            tables |= {row.name: row.size / 1e6 for row in connection.execute(_TABLES)}
    memory = psutil.Process().memory_info().rss / 1e6
    return Measured(cpu, memory, sizes[0], sizes[1], runs, tables, pruned)


def doubled_or_lost(engine: Engine) -> Iterator[str]:
    """A sentence for each way in which history, restatements and publications do not add up."""
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
