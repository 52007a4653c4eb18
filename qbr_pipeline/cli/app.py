"""The commands, and how their faults reach a person: one sentence each, and an exit code.

0: done. 1: something that was asked for failed. 2: the input or a setting is wrong.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import entry_points
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.cli import (
    accept,
    backfill,
    backup,
    books,
    collect,
    databases,
    doctor,
    export,
    importing,
    init,
    key,
    metric,
    quickbooks,
    readiness,
    serve,
    serve_api,
    show,
    trial,
)
from qbr_pipeline.cli.console import errors, print_line, show_in_any_encoding
from qbr_pipeline.metrics.catalogue import UnknownMetricError
from qbr_pipeline.metrics.values import InvalidValueError
from qbr_pipeline.periods import PeriodError
from qbr_pipeline.review.entering import NotReviewedError
from qbr_pipeline.runtime.postgres.dumps import DumpError
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServerError
from qbr_pipeline.runtime.processes import ProcessError
from qbr_pipeline.settings import SettingsError
from qbr_pipeline.store.entries import EntryRejectedError
from qbr_pipeline.store.faults import database_fault
from qbr_pipeline.store.migrating import MigrationError

PLUG_INS = "qbr.commands"
"""The group of entry points under which other packages declare commands of theirs: a `typer.Typer` each."""

_WRONG_INPUT = (export.ExportError, EntryRejectedError, InvalidValueError, PeriodError, UnknownMetricError)

app = typer.Typer(
    help="Numbers an MSP can trust for its Quarterly Business Review.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Work on the demo's made-up data.")] = False,
) -> None:
    """Numbers an MSP can trust for its Quarterly Business Review."""
    context.obj = demo


app.command("demo")(serve.demo)
app.command("init")(init.init)
app.command("up")(serve.up)
app.command("serve")(serve_api.serve)
app.command("collect")(collect.collect)
app.command("backfill")(backfill.backfill)
app.add_typer(trial.app, name="test-database")
app.command("readiness")(readiness.readiness)
app.command("show")(show.show)
app.command("export")(export.export)
app.command("accept")(accept.accept)
app.add_typer(metric.app, name="metric")
app.add_typer(books.app, name="books")
books.app.command("connect")(quickbooks.connect)
books.app.command("disconnect")(quickbooks.disconnect)
app.command("import")(importing.import_)
app.add_typer(key.app, name="key")
app.command("doctor")(doctor.doctor)
app.add_typer(databases.app, name="db")
app.command("env")(databases.env)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore_backup)
databases.app.command("move")(backup.move)


@cache
def add_plug_ins() -> None:
    """Add the groups of commands that installed packages declare; one whose package is not there is left out.

    A checkout so brings its benchmarks along, which a wheel does not hold.
    """
    for each in entry_points(group=PLUG_INS):
        try:
            app.add_typer(each.load(), name=each.name, hidden=True)
        except ModuleNotFoundError as error:
            if not f"{each.module}.".startswith(f"{error.name}."):
                raise


def main() -> None:
    """Run the command line; never returns."""
    show_in_any_encoding()
    add_plug_ins()
    try:
        app(prog_name="qbr")
    except SettingsError as error:
        _print_faults(error.faults)
    except (
        *_WRONG_INPUT,
        DumpError,
        EmbeddedServerError,
        ProcessError,
        MigrationError,
        NotReviewedError,
    ) as error:
        _print_faults([str(error)])
    except DBAPIError as error:
        fault = database_fault(error)
        if fault is None:
            raise
        _print_faults([f"The database cannot be used: {fault}. `qbr doctor` says which one and what to do."])
    sys.exit(2)


def _print_faults(faults: list[str]) -> None:
    for fault in faults:
        print_line(fault, errors, style="red")
