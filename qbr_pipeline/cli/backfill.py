"""`qbr backfill`: collect every month of a stretch, and write down what there is to look at of them."""

from __future__ import annotations

from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qbr_pipeline.cli.collect import choose_months, collect_months
from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.review_report import read_report, write_report
from qbr_pipeline.runtime.context import prepare, read_settings, require_migrated, require_vendors
from qbr_pipeline.runtime.processes import end_on_sigterm
from qbr_pipeline.runtime.simulated_vendors import vendors_of


def backfill(
    context: typer.Context,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="MONTH", help="The first month; QBR_START_MONTH by default."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="The last one; the current one by default.")
    ] = None,
    folder: Annotated[
        Path, typer.Option("--report", metavar="FOLDER", help="Where the review report is written.")
    ] = Path("qbr-backfill"),
    report_only: Annotated[
        bool, typer.Option("--report-only", help="Collect nothing: write the report of what is stored.")
    ] = False,
) -> None:
    """Collect months, oldest first, and write a review report of them: as HTML for people, as CSV for spreadsheets.

    It holds each month's metrics and SmartNumbers, what is missing, and what the rules have found.
    """
    end_on_sigterm()
    read = read_settings(demo=context.obj)
    now = datetime.now(UTC)
    months = choose_months(read, now, first=first or str(read.start_month), last=last)
    if not read.demo and not report_only:
        require_vendors(read)
    runtime = prepare(demo=read.demo, for_dagster=not report_only)
    with nullcontext(runtime) if report_only else vendors_of(runtime, "backfill") as ready:
        require_migrated(ready)
        succeeded = report_only or collect_months(ready, months)
        with closing(ready.open_database()) as database:
            report = read_report(database, months, datetime.now(UTC))
        for file in write_report(report, folder):
            output.print(f"Written: {file}", markup=False, soft_wrap=True)
    if not succeeded:
        raise typer.Exit(1)
