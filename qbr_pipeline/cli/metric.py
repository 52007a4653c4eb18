"""`qbr metric`: what people enter by hand, hand back to the collector, and look up."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from qbr_pipeline.cli.console import errors, output, print_line
from qbr_pipeline.metrics.catalogue import Metric, MetricKind, find_metric
from qbr_pipeline.metrics.payroll import EXPENSE, PAYROLL
from qbr_pipeline.metrics.values import InvalidValueError, in_words, parse_value
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.review.entering import Entry, EntryOutcome, enter_values
from qbr_pipeline.runtime.context import prepare, require_migrated
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import history as read_history
from qbr_pipeline.store.values import DataSource, read_values

app = typer.Typer(help="Values entered by hand, and their history.", no_args_is_help=True)

Period = Annotated[str, typer.Argument(metavar="MONTH", help="The month, such as 2025-03.")]
Name = Annotated[
    str, typer.Argument(metavar="METRIC", help="The metric, by key or label, such as nrr or 'Product Sales'.")
]
By = Annotated[str, typer.Option(metavar="WHO", help="The name of who enters it.")]
Why = Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")]


@contextmanager
def _database(context: typer.Context) -> Iterator[Database]:
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    with closing(runtime.open_database()) as database:
        yield database


@app.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    context: typer.Context,
    period: Period,
    name: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The value, such as 1234.56.")],
    by: By,
    note: Why = None,
) -> None:
    """Enter a value by hand. The collector leaves it alone until it is released."""
    month, metric = Month.parse(period), find_metric(name)
    with _database(context) as database:
        outcome = _enter(database, month, Entry(by, {metric.key: value}, note=note))
    number = outcome.values[metric.key]
    _print(f"{metric.label} of {month} is {_display(number, metric)}, entered by {by.strip()}.")


@app.command(context_settings={"ignore_unknown_options": True})
def payroll(
    context: typer.Context,
    period: Period,
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="Payroll of the month, the owner's pay in it.")
    ],
    by: By,
) -> None:
    """Enter employee expense by what is known of it: payroll, less the owner's pay of the month.

    It follows when the owner's pay changes, until somebody sets or releases employee expense itself.
    """
    month, expense, said = Month.parse(period), EXPENSE, parse_value(value, PAYROLL)
    with _database(context) as database:
        try:
            _enter(database, month, Entry(by, payroll=said))
        except InvalidValueError as error:
            print_line(str(error), errors, style="red")
            raise typer.Exit(1) from None
        kept = database.fetch(read_values, month)[expense.key]
    _print(f"{expense.label} of {month} is {_display(kept.value, expense)}, {kept.notes}.")


@app.command()
def release(
    context: typer.Context,
    period: Period,
    name: Name,
    by: Annotated[
        str | None, typer.Option(metavar="WHO", help="The name of who releases it; yours by default.")
    ] = None,
    note: Why = None,
) -> None:
    """Hand a value back: to the next collection, or, where nothing collects it, to absence."""
    month, metric = Month.parse(period), find_metric(name)
    who = getpass.getuser() if by is None else by
    with _database(context) as database:
        before = database.fetch(read_values, month).get(metric.key)
        _enter(database, month, Entry(who, released=[metric.key], note=note))
        left = database.fetch(read_values, month).get(metric.key)
    value = left.value if left else None
    if before is None or before.source is not DataSource.MANUAL:
        _print(f"{metric.label} of {month} was not entered by hand: it stays {_display(value, metric)}.")
    elif value is not None:
        _print(f"{metric.label} of {month} is released: it is {_display(value, metric)} now.")
    else:
        _print(f"{metric.label} of {month} is released: it is absent now{_UNTIL[metric.kind]}.")


_UNTIL = {
    MetricKind.COLLECTED: ", until the next collection of that month",
    MetricKind.DERIVED: ", until all its parts are there",
    MetricKind.INPUT: ", until somebody enters it again",
}


@app.command()
def history(context: typer.Context, period: Period, name: Name) -> None:
    """Print every change of a value: when, from what to what, by whom and why."""
    month, metric = Month.parse(period), find_metric(name)
    with _database(context) as database:
        changes = database.fetch(read_history, month, metric.key)
    if not changes:
        _print(f"{metric.label} of {month} has never had a value.")
        return
    table = Table(box=SIMPLE_HEAD, title=f"{metric.label}, {month}", title_justify="left", pad_edge=False)
    for heading in ("when", "from", "to"):
        table.add_column(heading, no_wrap=True, justify="left" if heading == "when" else "right")
    for heading in ("cause", "by", "note"):
        table.add_column(heading, overflow="fold")
    for change in changes:
        table.add_row(
            change.changed_at.astimezone(database.timezone).strftime("%Y-%m-%d %H:%M:%S %Z"),
            _display(change.old_value, metric),
            _display(change.new_value, metric),
            change.cause,
            escape(one_line(change.changed_by or "")),
            escape(one_line(change.note or "")),
        )
    output.print(table)


def _enter(database: Database, month: Month, entry: Entry) -> EntryOutcome:
    return enter_values(database, settings().review, month, entry, datetime.now(UTC))


def _print(sentence: str) -> None:
    print_line(sentence)


def _display(value: Decimal | None, metric: Metric) -> str:
    return "–" if value is None else in_words(value, metric.unit)
