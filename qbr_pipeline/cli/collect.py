"""`qbr collect`: a collection in the foreground, through the same assets and on the same instance as at night."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from qbr_pipeline.cli.console import errors, output
from qbr_pipeline.periods import Month, PeriodError
from qbr_pipeline.runtime.context import (
    RuntimeContext,
    prepare,
    read_settings,
    require_dagster,
    require_migrated,
    require_vendors,
)
from qbr_pipeline.runtime.processes import end_on_sigterm
from qbr_pipeline.runtime.simulated_vendors import vendors_of
from qbr_pipeline.settings import Settings

_CUT = (
    "The connection to a database was lost during the collection. What was published stands and is complete: "
    "once it is back, run the same command again. `qbr doctor` says which one it is."
)


def collect(
    context: typer.Context,
    month: Annotated[
        list[str] | None, typer.Option(metavar="MONTH", help="A month, such as 2025-03; repeatable.")
    ] = None,
    first: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="MONTH", help="The first of several months; QBR_START_MONTH by default."
        ),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="MONTH", help="The last of them; the current one by default."),
    ] = None,
    months: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="How many months: the current one and those before it."),
    ] = None,
) -> None:
    """Collect months now: QBR_MONTHS_TO_COLLECT of them, or those that are named.

    A closed month that is named is counted anew by the rules that are set now; else it keeps those it was counted by.
    """
    end_on_sigterm()
    read = read_settings(demo=context.obj)
    wanted = choose_months(read, datetime.now(UTC), month or [], first, last, months)
    if not read.demo:
        require_vendors(read)
    runtime = prepare(demo=read.demo)
    with vendors_of(runtime, "collect") as ready:
        require_migrated(ready)
        if not collect_months(ready, wanted, rolling=not (month or first or last)):
            raise typer.Exit(1)


def choose_months(
    settings: Settings,
    now: datetime,
    named: Sequence[str] = (),
    first: str | None = None,
    last: str | None = None,
    count: int | None = None,
) -> list[Month]:
    """The months that the options name, oldest first; PeriodError for options that do not fit together.

    `now` is aware. No month is before QBR_START_MONTH or after the current one.
    """
    current = Month.of(now, settings.timezone)
    if settings.start_month > current:
        raise PeriodError(
            f"QBR_START_MONTH is {settings.start_month}, which has not begun: there is nothing to collect yet."
        )
    if sum((bool(named), first is not None or last is not None, count is not None)) > 1:
        raise PeriodError("Name months by --month, by --from and --to, or by --months: one of the three.")
    if named:
        chosen = sorted({Month.parse(text) for text in named})
    elif first is not None or last is not None:
        begin = Month.parse(first) if first is not None else settings.start_month
        end = Month.parse(last) if last is not None else current
        if end < begin:
            raise PeriodError(f"--to {end} is before --from {begin}.")
        chosen = list(Month.span(begin, end))
    else:
        known = list(Month.span(settings.start_month, current))
        chosen = known[-(count or settings.months_to_collect) :]
    if chosen[0] < settings.start_month:
        raise PeriodError(f"{chosen[0]} is before {settings.start_month}, the first month (QBR_START_MONTH).")
    if chosen[-1] > current:
        raise PeriodError(f"{chosen[-1]} has not begun: the current month is {current}.")
    return chosen


def collect_months(runtime: RuntimeContext, months: Sequence[Month], *, rolling: bool = True) -> bool:
    """Collect `months` while a person watches; whether every one of them succeeded. `rolling`: nobody named them."""
    require_dagster(runtime)
    # Dagster takes seconds to import, and the calendar of its assets follows the environment made ready before.
    from qbr_pipeline.cli.progress import MonthsProgress  # noqa: PLC0415
    from qbr_pipeline.orchestration.local_runner import DagsterStorageError, local_runner  # noqa: PLC0415

    current = Month.of(datetime.now(UTC), runtime.settings.timezone)
    try:
        with closing(runtime.open_database()) as database, local_runner(database) as runner:
            progress = MonthsProgress(output, database, months)
            with progress.display():
                failed = runner.collect(months, current, progress.begun, progress.ended, rolling=rolling)
    except (OperationalError, DagsterStorageError) as error:
        errors.print(_CUT, style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    succeeded = len(months) - len({outcome.period for outcome in failed} & set(months))
    output.print(f"{succeeded} of {len(months)} months collected.")
    return not failed
