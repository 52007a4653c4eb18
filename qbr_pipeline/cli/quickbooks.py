"""`qbr books connect` and `disconnect`: an administrator's consent to read the books in QuickBooks Online.

What belongs here: the words of the commands, and what `qbr doctor` says of the connection. What does not: the steps
(`vendors.quickbooks.connecting`).
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from qbr_pipeline.cli.console import errors, output, print_line
from qbr_pipeline.cli.questions import NoAnswerError, Questions
from qbr_pipeline.metrics.books import Basis
from qbr_pipeline.metrics.names import MAX_AUTHOR_LENGTH, author
from qbr_pipeline.metrics.rules.books import consent_ends
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import RuntimeContext, prepare, require_migrated
from qbr_pipeline.settings import Settings, SettingsError
from qbr_pipeline.store.grants import Grant, UnreadableTokenError
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.retries import SOMEBODY_WAITS
from qbr_pipeline.vendors.quickbooks.client import QuickBooks
from qbr_pipeline.vendors.quickbooks.connecting import CALLBACK_PATH, Question, ask, forget
from qbr_pipeline.vendors.quickbooks.connecting import connect as connect_books
from qbr_pipeline.vendors.quickbooks.connecting import disconnect as disconnect_books
from qbr_pipeline.vendors.quickbooks.connection import StandingConsent

_LOCALHOST = "http://localhost"


def connect(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", help="Who connects; recorded with the connection.")],
    basis: Annotated[
        Basis | None, typer.Option(help="How the books are read; by default as the company prefers.")
    ] = None,
    redirect_uri: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A redirect URI of the app in QuickBooks, exactly as it is registered there; by default that of"
            " QBR_PUBLIC_URL, and with sandbox keys http://localhost.",
        ),
    ] = None,
) -> None:
    """Let an administrator of the company consent that its books are read, once; nothing is ever written to them."""
    who = author(by)
    if who is None:
        raise SettingsError([f"--by is the name of a person, at most {MAX_AUTHOR_LENGTH} characters."])
    runtime = prepare(demo=context.obj, for_dagster=False)
    read = runtime.settings
    access = read.quickbooks
    require_migrated(runtime)
    question = Question(who, redirect_uri or _redirect_uri(read), basis)
    address, state = ask(access, question, datetime.now(UTC))
    print_line("Open this address as an administrator of the company, and consent:")
    output.print(address, markup=False, soft_wrap=True)
    if redirect_uri is None and read.public_url is not None:
        print_line("The browser then comes back to the pages, which say whether it worked.")
        return
    print_line("The browser then shows a page that may not even load: its address is what counts.")
    try:
        pasted = Questions().ask("The whole address of that page", str, secret=True)
        with closing(runtime.open_database()) as database:
            grant = connect_books(database, access, question, state, pasted)
    except (NoAnswerError, VendorError) as error:
        _fail(str(error))
    print_line(f"Connected: {describe(grant)}. The next collection reads them.")


def disconnect(
    context: typer.Context,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Forget the connection even where QuickBooks cannot be told.")
    ] = False,
) -> None:
    """Give the consent back and forget its tokens. What was collected stays."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    access = runtime.settings.quickbooks
    require_migrated(runtime)
    with closing(runtime.open_database()) as database:
        try:
            grant = disconnect_books(database, access)
        except (VendorError, UnreadableTokenError) as error:
            if not anyway:
                _fail(f"Still connected: {error}. `--anyway` forgets the connection here.")
            forget(database)
            print_line("Forgotten here; in QuickBooks, disconnect the app under Apps.")
            return
    if grant is None:
        print_line("QuickBooks is not connected.")
    else:
        print_line(
            f"The books of {grant.company} are disconnected; what was collected stays. Take QUICKBOOKS_CLIENT_ID and"
            " QUICKBOOKS_CLIENT_SECRET out of the settings, else every night says that nobody has consented."
        )


def describe(grant: Grant) -> str:
    """Whose books are read, how, and until when, in words."""
    return (
        f"the books of {grant.company}, on {grant.basis} basis, in {grant.currency}; the consent holds until"
        f" {grant.ends_at:%Y-%m-%d}, and each night renews it"
    )


def connection_state(runtime: RuntimeContext) -> tuple[bool, str]:
    """Whether the books can be read now, and the sentence about it. Asks QuickBooks."""
    try:
        access = runtime.settings.quickbooks
    except SettingsError:
        return False, "cannot be checked until its settings are complete."
    try:
        with closing(runtime.open_database()) as database:
            standing = StandingConsent(database, access)
            grant = standing.grant
            with QuickBooks(access, grant.company_id, standing.access_token, SOMEBODY_WAITS) as quickbooks:
                quickbooks.company()
            grant, now = standing.grant, datetime.now(UTC)
            current = Month.of(now, database.timezone)
            for ends in consent_ends(current, now, grant.refresh_ends_at, grant.consent_ends_at):
                return False, f"{ends.sentence}."
            return True, f"grants access to {describe(grant)}."
    except VendorError as error:
        return False, f"{error}."


def _redirect_uri(read: Settings) -> str:
    if read.public_url is not None:
        return read.public_url + CALLBACK_PATH
    if read.quickbooks_environment == "production":
        raise SettingsError(
            [
                "--redirect-uri is needed: with keys of production it is an https address that the app has registered"
                " (any page of yours will do: only its address is read), or set QBR_PUBLIC_URL."
            ]
        )
    return _LOCALHOST


def _fail(sentence: str) -> NoReturn:
    print_line(sentence, errors, style="red")
    raise typer.Exit(1)
