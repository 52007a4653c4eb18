"""What nights took, what that is against earlier ones, and what Dagster's database holds of thirty of them.

What belongs here: figures and their bounds. What does not: living a night (`night`), or printing (`__main__`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from statistics import median

from tools.nights.night import Trouble

KEPT_NIGHTS = 30
MOST_GROWTH = 1.2
"""What the last thirty nights may take, in times of nights 31 to 60."""

FIGURES = {"cpu": "s", "memory": "MB", "dagster": "MB", "numbers": "MB"}
"""What is measured of each night, and its unit."""

KEPT_FOR_EVER = frozenset(
    {
        "qbr_metrics_monthly",
        "qbr_metrics_quarterly",
        "qbr_smartnumbers",
        "qbr_metrics_history",
        "qbr_restatements",
        "qbr_restatement_rows",
        "qbr_findings",
        "qbr_finding_events",
        "qbr_publications",
        "qbr_collection_log",
    }
)
"""Tables that docs/operations.md says are never pruned: they grow with every month and every night."""

_OF_THE_FIRM = ("device_", "vendor", "organization")
_SMALL = 1.0
"""MB below which a table's growth says nothing: its first pages."""
_RUNS_OF_A_NIGHT = 13 + 5
"""Thirteen months and the quarters that they lie in."""
_TICKS_KEPT = 5 * 2 * 60 * 24 * 7
"""Five sensors that look twice a minute, and seven days of looks that found nothing."""
_MB_A_TICK = 0.001


@dataclass(frozen=True, slots=True)
class Measured:
    """What one night took: seconds of CPU of this process, memory and databases in MB after it, runs, MB by table.

    `pruned`: how many of Dagster's runs and of the rows behind old months were deleted after it; None: not called.
    """

    cpu: float
    memory: float
    dagster: float
    numbers: float
    runs: int
    tables: Mapping[str, float]
    pruned: int | None


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

    def outgrown(self) -> Iterator[str]:
        """What of the seconds, the memory, Dagster's database and the tables that are pruned grew beyond the bound."""
        for name in ("cpu", "memory", "dagster"):
            growth = self.growth(attrgetter(name))
            if growth is not None and growth > MOST_GROWTH:
                yield f"{name} grew to {growth:.2f} times"
        for table, size, growth in self.grown_tables():
            if table not in KEPT_FOR_EVER and not table.startswith(_OF_THE_FIRM):
                yield f"{table} grew to {growth:.2f} times, {size:.1f} MB"

    def grown_tables(self) -> Iterator[tuple[str, float, float]]:
        """Each table of 1 MB or more that grew beyond the bound: its name, MB after the last night, and how far."""
        for table, size in sorted(self.measured[-1].tables.items()):
            growth = self.growth(lambda night, table=table: night.tables.get(table, 0.0) or 1e-9)  # type: ignore[misc]
            if growth is not None and growth > MOST_GROWTH and size >= _SMALL:
                yield table, size, growth

    def dagster_of_thirty_nights(self) -> float | None:
        """MB of Dagster's database that keeps 30 nights of 13 months and the looks of its sensors.

        From what a run added to it in nights 11 to 30, before anything was old enough to go; None with fewer nights.
        """
        if len(self.measured) < KEPT_NIGHTS:
            return None
        tenth, thirtieth = self.measured[9], self.measured[KEPT_NIGHTS - 1]
        runs = sum(night.runs for night in self.measured[10:KEPT_NIGHTS])
        a_run = (thirtieth.dagster - tenth.dagster) / runs
        before = tenth.dagster - a_run * sum(night.runs for night in self.measured[:10])
        return before + a_run * _RUNS_OF_A_NIGHT * KEPT_NIGHTS + _TICKS_KEPT * _MB_A_TICK
