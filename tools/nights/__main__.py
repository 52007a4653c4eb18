"""`python -m tools.nights --nights 400`: exit code 1 for a value that was not the truth, or a night that grew."""

from __future__ import annotations

import os
from datetime import date
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from qbr_pipeline.cli.console import output
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.processes import end_on_sigterm

if TYPE_CHECKING:
    from tools.nights.figures import Measured, Result

_MONTHS = 3


def main(
    nights: Annotated[int, typer.Option(min=1, help="How many, one a day.")] = 400,
    first: Annotated[str, typer.Option(help="The day of the first one.")] = "2023-10-20",
    seed: Annotated[int, typer.Option(help="Other nights go wrong in another way with another one.")] = 1,
    minutes: Annotated[
        float, typer.Option(min=0, help="End sooner, with the nights there were by then.")
    ] = inf,
) -> None:
    """Live so many days, collect three months each night, and compare every published value with the truth."""
    end_on_sigterm()
    day = date.fromisoformat(first)
    start = Month(day.year, day.month).plus(1 - _MONTHS)
    os.environ |= {
        "QBR_START_MONTH": str(start),
        "QBR_MONTHS_TO_COLLECT": str(_MONTHS),
        "QBR_LOG_LEVEL": "ERROR",
    }
    from tools.nights.run import run  # noqa: PLC0415 - the calendar of the assets follows the environment

    result = run(nights, day, _MONTHS, seed, _tell, minutes * 60)
    _print(result)
    if result.faults or any(result.outgrown()):
        raise typer.Exit(1)


def _tell(number: int, night: Measured, faults: list[str]) -> None:
    for fault in faults:
        output.print(fault, style="red", soft_wrap=True)
    if number % 10 == 0:
        output.print(f"night {number}: {night.cpu:.1f} s of CPU, {night.memory:.0f} MB", style="dim")


def _print(result: Result) -> None:
    from tools.nights.figures import FIGURES, KEPT_FOR_EVER, MOST_GROWTH  # noqa: PLC0415 - as above

    went_wrong = ", ".join(f"{trouble} {count}" for trouble, count in result.troubles.most_common())
    lines = [
        f"{len(result.measured)} nights from {result.first}: {went_wrong}",
        f"rows changed or deleted afterwards: {result.changes}",
    ]
    for name, unit in FIGURES.items():
        figure = attrgetter(name)
        growth = result.growth(figure)
        words = "" if growth is None else f", the last 30 {growth:.2f} times nights 31 to 60"
        lines.append(f"{name}: {figure(result.measured[-1]):.1f} {unit} in the last night{words}")
    lines += [
        f"{table}: {size:.1f} MB, {growth:.2f} times{', kept for ever' if table in KEPT_FOR_EVER else ''}"
        for table, size, growth in result.grown_tables()
    ]
    called = sum(night.pruned is not None for night in result.measured)
    gone = sum(night.pruned or 0 for night in result.measured)
    lines.append(f"pruning called in {called} of {len(result.measured)} nights, {gone} runs and rows deleted")
    kept = result.dagster_of_thirty_nights()
    lines.append(
        "Dagster's database with 30 days kept: "
        + (f"{kept:.0f} MB" if kept else "not known from so few nights")
    )
    outgrown = list(result.outgrown())
    lines.append(f"beyond {MOST_GROWTH} times: {'; '.join(outgrown) or 'nothing'}")
    for line in lines:
        output.print(line, soft_wrap=True)
    for fault in result.faults[:20]:
        output.print(fault, style="red", soft_wrap=True)
    output.print(f"values that were not the truth, doubled or lost: {len(result.faults)}")


if __name__ == "__main__":
    typer.run(main)
