"""Nights by the real daemon, in which it or PostgreSQL is killed: is what they publish what calm nights publish?

What belongs here: the days, the kills, and the calm twin beside them, which `qbr collect` fills from the same vendors.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import dagster as dg
import sqlalchemy as sa
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.runtime.dagster import script
from qbr_pipeline.settings import CHECKOUT
from tools.benchmarks.instance import Observer
from tools.hosts.equality import TABLES, differences
from tools.hosts.servers import PostgreSQL, create_database
from tools.hosts.site import CONNECTWISE, DAEMON, USUAL_SECONDS, Night, Site, begin_night, instance_of, site
from tools.nights.run import doubled_or_lost

if TYPE_CHECKING:
    from tools.hosts.stage import Stage

_RESTART_SECONDS = 5.0  # as our units wait
_LONGEST_SECONDS = 300.0
_OF_A_NIGHT = ("qbr_metrics_monthly",)
_CODE_ERRORS = (DBAPIError, DagsterPostgresException, dg.DagsterError)


@dataclass(frozen=True, slots=True)
class _Twin:
    """The same firm, collected in peace."""

    made: Site

    def collect(self) -> None:
        """A night without the daemon."""
        self.made.run(script("qbr"), "collect")


def live(set_up: Stage, nights: int, months: int, seed: int) -> Iterator[tuple[str, bool]]:
    """A sentence for each night, and whether it was right; the world is a day older in each."""
    chance = Random(seed)  # noqa: S311 - made-up kills
    world = set_up.world(USUAL_SECONDS, months)
    with site("killed", set_up.place, world, set_up.inventory, None, 1) as made:
        twin = _twin(made, set_up.place)
        left = 0
        for number in range(1, nights + 1):
            made.kill(CONNECTWISE)
            today = set_up.now - timedelta(days=nights - number)
            made.start(CONNECTWISE, *replace(world, now=today.isoformat()).command())
            night = begin_night(made)
            time.sleep(chance.uniform(0.5, 12.0))
            victim = _kill(made, set_up.server, number)
            missing = _wait(replace(night, instance=instance_of(made)), made)
            left += len(missing)
            twin.collect()
            wrong = [] if missing else list(_differences(made, twin.made, _OF_A_NIGHT))
            words = f", {len(missing)} months were left to the next night" if missing else ""
            yield (
                f"night {number}, {victim} killed{words}: {'; '.join(wrong) or 'every value right'}",
                not wrong,
            )
        yield from _last_look(made, twin.made, left)


def _kill(made: Site, server: PostgreSQL, number: int) -> str:
    if number % 2:
        made.kill(DAEMON)
        time.sleep(_RESTART_SECONDS)
        made.start_daemon()
        return "the daemon"
    server.kill()
    time.sleep(_RESTART_SECONDS)
    server.start()
    return "PostgreSQL"


def _wait(night: Night, made: Site) -> list[str]:
    """The months that have no success in the end; a run that ended otherwise may be run again meanwhile."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < deadline:
        try:
            if night.is_over():
                return []
        except _CODE_ERRORS:
            night = replace(night, instance=instance_of(made))
        made.check()
        time.sleep(0.5)
    return night.missing()


def _last_look(made: Site, calm: Site, left: int) -> Iterator[tuple[str, bool]]:
    Observer(instance_of(made), made.check).await_silence()
    engine = sa.create_engine(made.environment["QBR_DATABASE_URL"], poolclass=sa.NullPool)
    tables = [table for table in TABLES if table != "qbr_metrics_history" or not left]
    unlike = [*_differences(made, calm, tables), *doubled_or_lost(engine)]
    words = (
        "; ".join(unlike)
        or f"the same as in calm nights, row by row, in {len(tables)} tables; nothing doubled or lost"
    )
    yield f"after the last night: {words}", not unlike


def _differences(made: Site, calm: Site, tables: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield from differences(made.environment["QBR_DATABASE_URL"], calm.environment["QBR_DATABASE_URL"], tables)


def _twin(made: Site, place: Path) -> _Twin:
    home = place / "calm"
    home.mkdir()
    shutil.copy(CHECKOUT / "dagster.yaml", home / "dagster.yaml")
    own = {
        "HOME": str(home),
        "QBR_HOME": str(home / "home"),
        "DAGSTER_HOME": str(home),
        "QBR_DATABASE_URL": create_database("qbr_calm"),
        "DAGSTER_POSTGRES_URL": create_database("dagster_calm"),
    }
    calm = Site("calm", home, {**made.environment, **own})
    calm.run(script("qbr"), "db", "upgrade")
    return _Twin(calm)
