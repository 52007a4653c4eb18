"""`python -m tools.nights --nights 400`: exit code 1 when a value was not the truth, or was doubled or lost."""

from __future__ import annotations

import os
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from qbr_pipeline.cli.console import output
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.processes import end_on_sigterm

if TYPE_CHECKING:
    from tools.nights.run import Measured, Result

_MONTHS = 3


def main(
    nights: Annotated[int, typer.Option(min=1, help="How many, one a day.")] = 400,
    first: Annotated[str, typer.Option(help="The day of the first one.")] = "2023-10-20",
    seed: Annotated[int, typer.Option(help="Other nights go wrong in another way with another one.")] = 1,
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

    result = run(nights, day, _MONTHS, seed, _tell)
    _print(result)
    if result.faults:
        raise typer.Exit(1)


def _tell(number: int, night: Measured, faults: list[str]) -> None:
    for fault in faults:
        output.print(fault, style="red", soft_wrap=True)
    if number % 10 == 0:
        output.print(f"night {number}: {night.cpu:.1f} s of CPU, {night.memory:.0f} MB", style="dim")


def _print(result: Result) -> None:
    went_wrong = ", ".join(f"{trouble} {count}" for trouble, count in result.troubles.most_common())
    output.print(f"{len(result.measured)} nights from {result.first}: {went_wrong}", soft_wrap=True)
    output.print(f"rows changed or deleted afterwards: {result.changes}")
    for name, unit in (("cpu", "s"), ("memory", "MB"), ("dagster", "MB"), ("numbers", "MB")):
        figure = attrgetter(name)
        growth = result.growth(figure)
        words = "" if growth is None else f", {growth:.2f} times nights 31 to 60"
        output.print(f"{name}: {figure(result.measured[-1]):.1f} {unit} in the last night{words}")
    for fault in result.faults[:20]:
        output.print(fault, style="red", soft_wrap=True)
    output.print(f"values that were not the truth, doubled or lost: {len(result.faults)}")


if __name__ == "__main__":
    typer.run(main)
