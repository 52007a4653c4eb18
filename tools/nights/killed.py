"""A run in a process of its own, for somebody to kill: `python -m tools.nights.killed SIMULATOR MONTH NOW`."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime
from types import SimpleNamespace

import dagster as dg

from qbr_pipeline.orchestration.build import build_defs
from qbr_pipeline.orchestration.local_runner import LocalRunner
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import open_database
from tools.nights.night import Trouble, resources


def main(simulator_url: str, month: Month, now: datetime) -> None:
    """Collect one month on the instance of the environment, at the aware moment `now`."""
    night = SimpleNamespace(now=now, trouble=Trouble.NONE)
    opened = open_database(settings().database_url or "", timezone=settings().timezone)
    with closing(opened) as database, dg.DagsterInstance.get() as instance:
        definitions = build_defs(**resources(database, simulator_url, night))
        runner = LocalRunner(instance, database, definitions)
        runner.collect([month], month, lambda _month: None, lambda _outcome: None, rolling=True)


if __name__ == "__main__":
    main(sys.argv[1], Month.parse(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
