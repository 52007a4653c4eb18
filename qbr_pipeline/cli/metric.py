"""`qbr metric`: what people enter by hand, hand back to the collector, and look up."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table

from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.runtime import prepare, require_migrated
from qbr_pipeline.metrics.catalogue import Metric, find_metric
from qbr_pipeline.metrics.values import in_words, parse_value
from qbr_pipeline.periods import Month
from qbr_pipeline.store import entries
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import history as read_history
from qbr_pipeline.store.reading import month_values

app = typer.Typer(help="Values entered by hand, and their history.", no_args_is_help=True)

Period = Annotated[str, typer.Argument(help="The month, such as 2025-03.")]
Name = Annotated[str, typer.Argument(help="The metric, by key or label.")]
By = Annotated[str, typer.Option(help="Who says so.")]


@contextmanager
def _database(context: typer.Context) -> Iterator[Database]:
    surroundings = prepare(demo=context.obj)
    require_migrated(surroundings)
    with closing(surroundings.open_database()) as database:
        yield database


@app.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    context: typer.Context,
    period: Period,
    name: Name,
    value: Annotated[str, typer.Argument(help="The value, such as 1234.56.")],
    by: By,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> None:
    """Enter a value by hand. The collector leaves it alone until it is released."""
    month, metric = Month.parse(period), find_metric(name)
    number = parse_value(value, metric)
    with _database(context) as database:
        entries.set_value(database, month, metric.key, number, by=by, note=note, now=datetime.now(UTC))
    output.print(f"{metric.label} of {month} is {_shown(number, metric)}, entered by {by}.", markup=False)


@app.command()
def release(
    context: typer.Context,
    period: Period,
    name: Name,
    by: By | None = None,
) -> None:
    """Hand a value back: to the next collection, or, where nothing collects it, to absence."""
    month, metric = Month.parse(period), find_metric(name)
    with _database(context) as database:
        entries.release(database, month, metric.key, by=by or getpass.getuser(), now=datetime.now(UTC))
        left = month_values(database, month).get(metric.key)
    value = left.value if left else None
    output.print(f"{metric.label} of {month} is released. It is now {_shown(value, metric)}.", markup=False)


@app.command()
def history(context: typer.Context, period: Period, name: Name) -> None:
    """Print every change of a value: when, from what to what, by whom and why."""
    month, metric = Month.parse(period), find_metric(name)
    with _database(context) as database:
        changes = read_history(database, month, metric.key)
    table = Table("when", "from", "to", "cause", "by", "note", title=f"{metric.label}, {month}")
    for change in changes:
        table.add_row(
            change.changed_at.astimezone(database.timezone).strftime("%Y-%m-%d %H:%M:%S %Z"),
            _shown(change.old_value, metric),
            _shown(change.new_value, metric),
            change.cause,
            change.changed_by or "",
            change.note or "",
        )
    output.print(table)


def _shown(value: Decimal | None, metric: Metric) -> str:
    return "–" if value is None else in_words(value, metric.unit)
