"""`qbr export`: the numbers of any months or quarters as a file, and a year's template for people to fill in."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qbr_pipeline.cli.console import print_line
from qbr_pipeline.files.exports import export_table, export_workbook
from qbr_pipeline.files.kinds import FileFormat, Paper, Subject, file_name, requested_periods
from qbr_pipeline.periods import FIRST_RECORDED_MONTH, Month, PeriodError, parse_period, span
from qbr_pipeline.runtime.context import prepare, require_migrated
from qbr_pipeline.runtime.private import private_file


class ExportError(RuntimeError):
    """A file that cannot be written, in a sentence for a person."""


def export(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Its ending says which kind: .xlsx, .csv or .parquet; without it a workbook in this directory."
        ),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="PERIOD", help="The first month (2025-01) or quarter (2025-Q1)."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="PERIOD", help="The last one; the current one by default.")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(metavar="YEAR", help="A workbook of a year, with its months to come, to be filled in."),
    ] = None,
    table: Annotated[
        Subject, typer.Option(help="What a .csv or .parquet holds; a workbook holds both.")
    ] = Subject.METRICS,
    paper: Annotated[Paper, typer.Option(help="What a workbook is set up for.")] = Paper.LETTER,
) -> None:
    """Write the metrics and SmartNumbers of months or quarters to a file; the last 13 months by default."""
    begin, end = (parse_period(each) if each is not None else None for each in (first, last))
    year = None if template is None else _months_of_year(template)
    if year is not None and (first is not None or last is not None):
        raise typer.BadParameter("--template is of a whole year: give it without --from and --to.")
    kind = _kind_of(file, template=year is not None)
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    now = datetime.now(UTC)
    periods = year or requested_periods(begin, end, Month.of(now, runtime.settings.timezone))
    target = file or Path(f"template-{template}.xlsx" if year else file_name(table, periods, kind))
    _require_free(target)
    with closing(runtime.open_database()) as database:
        if kind is FileFormat.XLSX:
            content = export_workbook(database, periods, now, paper=paper, to_fill=year is not None)
        else:
            content = export_table(database, table, periods, kind, now)
    try:
        with open(target, "xb", opener=private_file) as stream:
            stream.write(content)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror}.") from error
    print_line(f"Wrote {target}: {periods[0]} to {periods[-1]}.")


def _months_of_year(given: str) -> list[Month]:
    year = int(given) if given.isascii() and given.isdigit() and len(given) == 4 else 0
    if not FIRST_RECORDED_MONTH.year <= year < 2100:
        raise PeriodError(f'"{given[:40]}" is not a year: expected one such as 2026')
    return [month for month in span(Month(year, 1), Month(year, 12)) if isinstance(month, Month)]


def _kind_of(file: Path | None, *, template: bool) -> FileFormat:
    """The kind of file that the ending of its name asks for."""
    ending = ".xlsx" if file is None else file.suffix.lower()
    kinds = [kind for kind in FileFormat if f".{kind}" == ending]
    if not kinds or (template and kinds != [FileFormat.XLSX]):
        expected = ".xlsx" if template else ", ".join(f".{kind}" for kind in FileFormat)
        raise typer.BadParameter(f'{file}: the ending "{ending}" is none of {expected}.')
    return kinds[0]


def _require_free(target: Path) -> None:
    """Nothing is overwritten: it may be what somebody has filled in."""
    if target.exists():
        raise ExportError(f"{target} exists already: name another file, or remove it first.")
