"""A collection as a person watches it: one line a month as it ends, and a bar for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from qbr_pipeline.metrics.values import number
from qbr_pipeline.orchestration.local_runner import RunOutcome
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import present, read_values

_SHORT = {
    "reactive_tickets_created": (5, "created"),
    "reactive_tickets_closed": (5, "closed"),
    "reactive_time_spent": (6, "h"),
    "endpoints_managed": (5, "endpoints"),
    "seats_managed": (5, "seats"),
}
"""How wide each number is, and its name: a line fits into 80 columns."""


class MonthsProgress:
    """Draws the progress of collecting `months`, and what each of them gave."""

    def __init__(self, console: Console, database: Database, months: Sequence[Month]) -> None:
        self._database = database
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("collecting", total=len(months))

    @contextmanager
    def display(self) -> Iterator[None]:
        """Show the bar while the block runs."""
        with self._progress:
            yield

    def begun(self, month: Month) -> None:
        """A month begins."""
        self._progress.update(self._task, description=f"collecting {month}")

    def ended(self, outcome: RunOutcome) -> None:
        """A month has ended."""
        self._progress.advance(self._task)
        mark = "[green]✓[/]" if outcome.succeeded else "[red]✗[/]"
        words = (
            self._values(outcome)
            if outcome.succeeded
            else f"[red]{escape(one_line(' '.join(outcome.faults)))}[/]"
        )
        self._progress.console.print(f"{mark} {outcome.period} {words} [dim]{outcome.seconds:3.0f} s[/]")

    def _values(self, outcome: RunOutcome) -> str:
        assert isinstance(outcome.period, Month)  # noqa: S101 - `LocalRunner.collect` tells of months
        values = present(self._database.fetch(read_values, outcome.period))
        return " ".join(
            f"{number(values[key]) if key in values else '–':>{width}} {name}"
            for key, (width, name) in _SHORT.items()
        )
