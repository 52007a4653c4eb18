"""`qbr import`: a file of values, or a profit and loss, is looked at, and taken all or not at all.

What belongs here: the words of the command. What does not: what an import is (`review.importing`).
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from qbr_pipeline.cli.console import errors, output, print_line
from qbr_pipeline.files.reading.read_file import Answers
from qbr_pipeline.files.reading.sheets import MAX_FILE_BYTES, FileRejectedError
from qbr_pipeline.metrics.books import Basis
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.review.import_previews import (
    BooksComparison,
    CellOutcome,
    CellPreview,
    ImportPreview,
    Upload,
    labels_said,
    preview,
)
from qbr_pipeline.review.importing import (
    ImportRejectedError,
    Person,
    PreviewOutdatedError,
    import_file,
    undo_import,
)
from qbr_pipeline.runtime.context import prepare, require_migrated
from qbr_pipeline.settings import settings
from qbr_pipeline.store.conflicts import ConflictError
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.imports import ImportNotFoundError

_SHOWN = 40
_REJECTED = (
    FileRejectedError,
    ImportRejectedError,
    PreviewOutdatedError,
    ConflictError,
    ImportNotFoundError,
)


def import_(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="The workbook or CSV file.", exists=True, dir_okay=False)
    ] = None,
    year: Annotated[
        int | None, typer.Option(min=2000, max=2099, help="Where the file names no year.")
    ] = None,
    basis: Annotated[Basis | None, typer.Option(help="Where a profit and loss names no basis.")] = None,
    means: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="LABEL=METRIC", help="What a label means: 'Staff / Heads=employees'."),
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="A label whose row is not to be taken.")
    ] = None,
    renamed: Annotated[bool, typer.Option("--renamed", help="The company has another name now.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take it without asking.")] = False,
    undo: Annotated[
        int | None, typer.Option(metavar="ID", help="Undo the import of this id instead.")
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="WHO", help="Who imports it; you by default.")] = None,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="For what reason.")] = None,
) -> None:
    """Import a file: see what is new, changed, equal and refused, then all of it or nothing.

    The file is a table (period, metric, value), a spreadsheet of labels and months, or a profit and loss by month that
    QuickBooks exported. Values are as if you had typed them; books count as their accounts are mapped.
    """
    if (file is None) == (undo is None):
        raise typer.BadParameter("name a file, or the import to --undo")
    person = Person(getpass.getuser() if by is None else by, why)
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    try:
        with closing(runtime.open_database()) as database:
            if undo is not None:
                _undo(database, undo, person)
            elif file is not None:
                answers = Answers(year, basis, labels_said(_labels(means or [], leave_out or [])))
                _import(database, Upload(file.name, _content(file), answers, renamed), person, yes=yes)
    except _REJECTED as error:
        print_line(f"{error}. Nothing was changed.", errors, style="red")
        raise typer.Exit(1) from None


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_FILE_BYTES + 1)  # one more says that it is too large


def _labels(means: list[str], leave_out: list[str]) -> dict[str, str | None]:
    said: dict[str, str | None] = dict.fromkeys(leave_out)
    for each in means:
        label, sign, metric = each.rpartition("=")
        if not sign:
            raise typer.BadParameter(f"--map {each}: expected LABEL=METRIC")
        said[label] = metric
    return said


def _import(database: Database, upload: Upload, person: Person, *, yes: bool) -> None:
    found = preview(database, upload, datetime.now(UTC))
    for line in _lines(found):
        print_line(line)
    if found.writes:
        output.print(_table(found.writes))
    if found.changes_anything and not (found.refused or found.unknown or yes):
        typer.confirm("Import this?", abort=True)
    done = import_file(database, settings().review, upload, person, datetime.now(UTC), seen=found.seen)
    if done.id is None:
        print_line("Nothing changed: all that the file says is there already.")
    else:
        print_line(
            f"Import {done.id}: {done.changed} values changed, {done.equal} stay."
            f" `qbr import --undo {done.id}` undoes it."
        )


def _lines(found: ImportPreview) -> Iterator[str]:
    """What is to be said of a file before its cells."""
    months = found.months
    span = f", {months[0]} to {months[-1]}" if months else ""
    yield f"{found.name}: {found.file.kind}{span}."
    yield from found.file.remarks
    if found.file.books is not None and found.books is not None:
        books = found.file.books
        yield f"Company: {books.company or 'not named'}; basis: {books.basis}."
        yield from _accounts(found.books)
    counts = {each: sum(cell.outcome is each for cell in found.cells) for each in CellOutcome}
    yield "Cells: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + "."
    if found.file.values is not None and found.file.values.computed:
        yield f"Computed here and not taken: {', '.join(found.file.values.computed)}."
    yield from (f"Refused: {each}" for each in found.refused[:_SHOWN])
    yield from (f"Unknown: {each.cell}: {each.label}" for each in found.unknown[:_SHOWN])


def _accounts(books: BooksComparison) -> Iterator[str]:
    """What the accounts of the last month that has any count as, and which are new."""
    if books.new_accounts:
        yield f"New accounts: {', '.join(books.new_accounts)}."
    counts: dict[str, list[str]] = {}
    for each in books.classified[max(books.classified)].lines:
        counts.setdefault(each.metric or "nothing", []).append(each.line.name)
    for metric, names in counts.items():
        yield f"Counts as {metric}: {', '.join(names)}."


def _table(cells: list[CellPreview]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("cell", "month", "metric", "now", "becomes"):
        table.add_column(heading, justify="right" if heading in ("now", "becomes") else "left")
    for each in cells[:_SHOWN]:
        value = each.value
        table.add_row(
            escape(one_line(value.cell)),
            str(value.month),
            METRICS[value.metric].label,
            _display(value.metric, each.old),
            _display(value.metric, value.value),
        )
    if len(cells) > _SHOWN:
        table.add_row("…", "", f"and {len(cells) - _SHOWN} more", "", "")
    return table


def _display(metric: str, value: Decimal | None) -> str:
    return "–" if value is None else in_words(value, METRICS[metric].unit)


def _undo(database: Database, import_id: int, person: Person) -> None:
    done = undo_import(database, settings().review, import_id, person, datetime.now(UTC))
    print_line(f"Import {import_id} is undone: {done.restored} are as before.")
    for sentence in done.sentences():
        print_line(sentence)
