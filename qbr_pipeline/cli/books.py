"""`qbr books map`, `unmapped` and `preview`: what the accounts of the books count as, and what that gives.

What belongs here: the words of the commands. What does not: mapping itself (`review.mapping`).
"""

from __future__ import annotations

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
from qbr_pipeline.metrics.accounts import TARGETS, AccountMapping, InvalidMappingError
from qbr_pipeline.metrics.books import BooksSection, exact_sum
from qbr_pipeline.metrics.catalogue import METRICS, Unit
from qbr_pipeline.metrics.names import did_you_mean, normalise_name, quoted
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.review.mapping import MappingOutcome, map_accounts
from qbr_pipeline.runtime.context import prepare, require_migrated
from qbr_pipeline.settings import settings
from qbr_pipeline.store.account_mappings import read_mappings
from qbr_pipeline.store.book_views import AccountOverMonths, accounts_over_months, preview_of_mapping
from qbr_pipeline.store.books import months_with_books
from qbr_pipeline.store.database import Database

app = typer.Typer(
    help="The firm's books: where they are read, and what their accounts count as.", no_args_is_help=True
)

_MONTHS = 13
_NOTHING = "nothing"
_BACK = "unmap"

Counts = Annotated[
    str | None,
    typer.Argument(
        metavar="METRIC",
        help=f"What it counts as: the key of a metric, {_NOTHING} to leave it aside, or {_BACK} to take it back.",
    ),
]


@contextmanager
def _database(context: typer.Context) -> Iterator[Database]:
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    with closing(runtime.open_database()) as database:
        yield database


@app.command("map")
def map_(
    context: typer.Context,
    account: Annotated[
        str | None,
        typer.Argument(metavar="ACCOUNT", help="The key or name of an account, or of a section with --rest."),
    ] = None,
    counts_as: Counts = None,
    rest: Annotated[
        bool, typer.Option("--rest", help="Of the rest of a section: income, cogs, expenses.")
    ] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Without the accounts in it.")] = False,
    negated: Annotated[bool, typer.Option("--negated", help="With the other sign.")] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="MONTH", help="From this month on, such as 2025-03; by default always."),
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="WHO", help="The name of who maps it.")] = None,
) -> None:
    """Say what an account of the books counts as; without arguments, print what is said now.

    The books that are kept are counted anew at once.
    """
    with _database(context) as database:
        if account is None:
            _print_mappings(database)
            return
        if counts_as is None or by is None:
            raise _failed("Say what it counts as, and who says so: qbr books map ACCOUNT METRIC --by WHO")
        month = Month.parse(since) if since else None
        if rest:
            mapping = AccountMapping(_target(counts_as), section=_section(account), since=month)
        else:
            found = _find(database, account)
            mapping = AccountMapping(
                _target(counts_as), found.account, None, not alone, negated, month, name=found.name
            )
        taken_back = counts_as == _BACK
        try:
            outcome = map_accounts(
                database,
                settings().review,
                [] if taken_back else [mapping],
                [mapping.subject] if taken_back else [],
                by=by,
                now=datetime.now(UTC),
            )
        except InvalidMappingError as error:
            raise _failed(f"{error}.") from None
        _print_outcome(outcome)


@app.command()
def unmapped(context: typer.Context) -> None:
    """Print the accounts with amounts that count as nothing although nobody said so, with what names suggest."""
    with _database(context) as database:
        view = database.fetch(accounts_over_months, database.fetch(months_with_books)[-_MONTHS:])
    if not view.months:
        print_line("There are no books yet: connect them, or import a file.")
        return
    found = [each for each in view.accounts if each.is_unmapped]
    if not found:
        print_line(
            f"Every account with an amount counts as something, in {view.months[0]} to {view.months[-1]}."
        )
        return
    table = Table(
        box=SIMPLE_HEAD, title="Accounts that count as nothing", title_justify="left", pad_edge=False
    )
    for heading in ("account", "name", "section"):
        table.add_column(heading, overflow="fold")
    table.add_column("in all", justify="right", no_wrap=True)
    table.add_column("perhaps", overflow="fold")
    for each in found:
        total = exact_sum(amount for amount in each.amounts if amount is not None)
        guess = each.suggestion.mapping.counts_as if each.suggestion else None
        table.add_row(_plain(each.account), _plain(each.name), each.section, _dollars(total), guess or "")
    output.print(table)


@app.command()
def preview(context: typer.Context) -> None:
    """Print what the last 13 months of the books come to as accounts are mapped now, and what holds any back."""
    with _database(context) as database:
        months = database.fetch(months_with_books)[-_MONTHS:]
        shown = database.fetch(preview_of_mapping, months, [])
    if not shown:
        print_line("There are no books yet: connect them, or import a file.")
        return
    table = Table(box=SIMPLE_HEAD, title="What the books come to", title_justify="left", pad_edge=False)
    table.add_column("month", no_wrap=True)
    for heading in ("metric", "now", "by the mapping"):
        table.add_column(heading, justify="left" if heading == "metric" else "right", overflow="fold")
    for each in shown:
        for value in each.values:
            table.add_row(str(each.month), METRICS[value.name].label, _amount(value.now), _amount(value.then))
    output.print(table)
    for each in shown:
        for sentence in each.held_back:
            print_line(sentence, style="yellow")


def _print_mappings(database: Database) -> None:
    stored = database.fetch(read_mappings)
    if not stored:
        print_line("Nobody has mapped an account yet: qbr books map ACCOUNT METRIC --by WHO")
        return
    table = Table(box=SIMPLE_HEAD, title="What accounts count as", title_justify="left", pad_edge=False)
    for heading in ("account", "counts as", "since", "by", "when"):
        table.add_column(heading, overflow="fold")
    for each in stored:
        mapping = each.mapping
        named = f"{mapping.name} ({mapping.account})" if mapping.name else str(mapping.account)
        what = f"the rest of {mapping.section}" if mapping.section else named
        alone = "" if mapping.with_sub_accounts else ", alone"
        sign = ", with the other sign" if mapping.negated else ""
        at = each.valid_from.astimezone(database.timezone).strftime("%Y-%m-%d %H:%M")
        counts_as = f"{mapping.counts_as or _NOTHING}{alone}{sign}"
        table.add_row(_plain(what), counts_as, str(mapping.since or ""), _plain(mapping.by), at)
    output.print(table)


def _print_outcome(outcome: MappingOutcome) -> None:
    if not outcome.changed:
        print_line("That was said before: nothing changes.")
        return
    months = ", ".join(str(month) for month in sorted(outcome.published))
    print_line(f"Kept. Counted anew: {months}." if months else "Kept. No month is another one by it.")
    for month, sentence in sorted(outcome.held_back.items()):
        print_line(f"{month} stays as it is: {sentence}", style="yellow")


def _find(database: Database, wanted: str) -> AccountOverMonths:
    """The account of that key, or of that name where only one has it."""
    view = database.fetch(accounts_over_months, database.fetch(months_with_books))
    by_key = {each.account: each for each in view.accounts}
    if wanted in by_key:
        return by_key[wanted]
    named = [each for each in view.accounts if normalise_name(each.name) == normalise_name(wanted)]
    if len(named) == 1:
        return named[0]
    if named:
        keys = ", ".join(quoted(each.account) for each in named)
        raise _failed(f"Several accounts are called {quoted(wanted)}: name one by its key, {keys}.")
    near = did_you_mean(wanted, [each.name for each in view.accounts])
    raise _failed(f"The books have no account {quoted(wanted)}{near or '.'}")


def _section(wanted: str) -> BooksSection:
    try:
        return BooksSection(normalise_name(wanted))
    except ValueError:
        raise _failed(
            f"{quoted(wanted)} is not a section; expected one of {', '.join(BooksSection)}."
        ) from None


def _target(counts_as: str) -> str | None:
    if counts_as in (_NOTHING, _BACK):
        return None
    known = {normalise_name(name): key for key, label in TARGETS.items() for name in (key, label)}
    found = known.get(normalise_name(counts_as))
    if found is None:
        raise _failed(
            f"An account cannot count as {quoted(counts_as)}; expected {_NOTHING} or one of {', '.join(TARGETS)}."
        )
    return found


def _failed(sentence: str) -> typer.Exit:
    print_line(sentence, errors, style="red")
    return typer.Exit(1)


def _plain(text: str) -> str:
    return escape(one_line(text))


def _dollars(amount: Decimal) -> str:
    return in_words(amount, Unit.DOLLARS)


def _amount(value: Decimal | None) -> str:
    return "–" if value is None else _dollars(value)
