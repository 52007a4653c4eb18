"""What `qbr init` asks about databases: where the numbers live, and where the devices are read.

What belongs here: trying the answers, also those of NinjaOne's API, which stands in for an inventory. What does not:
making or changing anything.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date

from sqlalchemy.exc import DBAPIError

from qbr_pipeline.cli.console import print_line
from qbr_pipeline.cli.init.draft import Draft
from qbr_pipeline.cli.questions import Questions
from qbr_pipeline.runtime.context import uses_embedded_database
from qbr_pipeline.settings import NINJA_VARIABLES, Settings
from qbr_pipeline.store import migrating
from qbr_pipeline.store.faults import database_fault
from qbr_pipeline.store.migrating import MigrationError, TablesTakenError
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.retries import SOMEBODY_WAITS
from qbr_pipeline.vendors.ninja.access import InventoryError
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.inventory import Inventory

_NUMBERS, _SCHEMA, _INVENTORY = "QBR_DATABASE_URL", "QBR_DATABASE_SCHEMA", "QBR_INVENTORY_DATABASE_URL"


class _UnusableError(Exception):
    """A database that cannot be used; the message is a sentence, `ask` the variable to ask for again."""

    def __init__(self, sentence: str, ask: str) -> None:
        super().__init__(sentence)
        self.ask = ask


def ask_for_numbers(draft: Draft, questions: Questions) -> None:
    """Ask where the numbers are to live, until that can be used; none is the embedded database, made when needed."""
    if draft.settings.database_url is None:
        print_line("Numbers: without an answer they live in an embedded PostgreSQL below QBR_HOME.")
        draft.ask(questions, _NUMBERS, default="")
    _try(draft, questions, lambda: None if draft.settings.database_url is None else _numbers(draft.settings))


def ask_for_devices(draft: Draft, questions: Questions, today: date) -> None:
    """Ask how devices are read, until they can be: from NinjaOne's API where a part of its access is given.

    Else from an inventory; `today` is a day of the business time zone.
    """
    if not draft.settings.names_ninja:
        ask_for_inventory(draft, questions, today)
        return
    for variable in NINJA_VARIABLES:
        draft.ask(questions, variable)
    _try(draft, questions, lambda: _ninja(draft.settings))


def ask_for_inventory(draft: Draft, questions: Questions, today: date) -> None:
    """Ask where `device_snapshot` is, until it can be read; that of the numbers is looked into unasked.

    `today` is a day of the business time zone. It may stay open: devices are then absent.
    """
    if draft.held(_INVENTORY) is None:
        if not uses_embedded_database(draft.settings) and _has_inventory(draft.settings, today):
            print_line("The database of the numbers holds the inventory too.")
            return
        print_line(
            "Devices: from an inventory database, or from NinjaOne's API (--set NINJA_SERVER=…). Without an answer they"
            " stay absent, until QBR_INVENTORY_DATABASE_URL or the NINJA variables are set."
        )
        draft.ask(questions, _INVENTORY, default="")
    _try(draft, questions, lambda: draft.held(_INVENTORY) and _inventory(draft.settings, today))


def _try(draft: Draft, questions: Questions, look: Callable[[], str | None]) -> None:
    """Say what `look` sees; when it cannot, ask for its variable again, until nobody has another answer."""
    while True:
        try:
            seen = look()
        except _UnusableError as error:
            questions.reject(str(error))
            if not _has_other_answer(draft, questions, error.ask):
                print_line("It stays as it is; `qbr doctor` looks at it again.")
                return
        else:
            if seen:
                print_line(seen)
            return


def _has_other_answer(draft: Draft, questions: Questions, variable: str) -> bool:
    before = draft.held(variable)
    draft.answers.pop(variable, None)
    draft.ask(questions, variable, default="qbr" if variable == _SCHEMA else "", again=True)
    return draft.held(variable) != before


def _numbers(read: Settings) -> str:
    assert read.database_url is not None  # noqa: S101 - the embedded one is not looked at
    try:
        pending = migrating.pending(read.database_url, schema=read.database_schema)
    except MigrationError as error:
        ask = _SCHEMA if isinstance(error, TablesTakenError) else _NUMBERS
        raise _UnusableError(f"{str(error)[0].upper()}{str(error)[1:]}.", ask) from error
    except DBAPIError as error:
        fault = database_fault(error)
        if fault is None:
            raise
        raise _UnusableError(f"The database of the numbers cannot be used: {fault}.", _NUMBERS) from error
    return f"The database of the numbers is reached, and {'lacks' if pending else 'has'} our tables of today."


def _ninja(read: Settings) -> str:
    try:
        with closing(NinjaOne(read.ninja, SOMEBODY_WAITS)) as ninja:
            organizations = ninja.organizations()
    except PermanentError as error:
        raise _UnusableError(f"{error}.", error.settings[-1]) from error
    except VendorError as error:
        raise _UnusableError(f"{error}.", "NINJA_SERVER") from error
    return f"NinjaOne is reached, with {len(organizations):,} organizations."


def _inventory(read: Settings, today: date) -> str:
    try:
        newest = Inventory(read.inventory_database_url or "").latest_snapshot_date(today)
    except InventoryError as error:
        raise _UnusableError(f"{str(error)[0].upper()}{str(error)[1:]}.", _INVENTORY) from error
    if newest is None:
        return "The inventory is reached, and holds no snapshot yet: check the program that fills it."
    return f"The inventory is reached; its newest snapshot is of {newest}."


def _has_inventory(read: Settings, today: date) -> bool:
    try:
        _inventory(read, today)
    except _UnusableError:
        return False
    return True
