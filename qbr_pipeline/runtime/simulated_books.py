"""The demo's money: its simulated QuickBooks, connected and mapped as by people, and the spreadsheet that they import.

What belongs here: what a person does once for real books, done for made-up ones by the same code. What does not: what
is made up (`demo`), and the other vendors (`simulated_vendors`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from qbr_pipeline.demo.inputs import FIRST_MONTH
from qbr_pipeline.demo.quickbooks.books import ACCOUNTS, COUNTS_AS, RESTS_COUNT_AS
from qbr_pipeline.demo.quickbooks.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from qbr_pipeline.demo.spreadsheet import FILE_NAME, KEPT, spreadsheet
from qbr_pipeline.metrics.accounts import AccountMapping
from qbr_pipeline.metrics.books import BooksSection
from qbr_pipeline.periods import Month
from qbr_pipeline.review.import_previews import Upload
from qbr_pipeline.review.importing import Person, import_file
from qbr_pipeline.review.mapping import map_accounts
from qbr_pipeline.runtime.context import RuntimeContext, adopt
from qbr_pipeline.runtime.processes import Processes
from qbr_pipeline.settings import QuickBooksAccess, ReviewSettings
from qbr_pipeline.store.account_mappings import read_mappings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import read_values
from qbr_pipeline.vendors.quickbooks.connecting import Question, ask, connect

_BY, _WHY = "demo", "made-up figures"
_PROGRAM, _ADDRESS = "simulated QuickBooks", "quickbooks.address"


@dataclass(frozen=True, slots=True)
class SimulatedBooks:
    """A simulated QuickBooks. `address`: the file that holds its address, or will; None: a running demo's is used."""

    address: Path | None
    url: str = ""


def simulated_books(processes: Processes) -> SimulatedBooks:
    """Start a simulated QuickBooks, or take that of a demo that runs now: its consent is the one that is stored."""
    running = processes.written_for("demo", _ADDRESS)
    if running:
        return SimulatedBooks(None, running)
    address = processes.new_file(_ADDRESS)
    processes.start(
        _PROGRAM, [sys.executable, "-m", "qbr_pipeline.demo.quickbooks", "--ready-file", str(address)]
    )
    return SimulatedBooks(address)


def connected(runtime: RuntimeContext, processes: Processes, books: SimulatedBooks) -> RuntimeContext:
    """`runtime` with the books in its environment, their consent stored and their accounts mapped."""
    url = books.url if books.address is None else processes.await_file(_PROGRAM, books.address, seconds=300)
    ready = adopt(
        runtime,
        {
            "QUICKBOOKS_CLIENT_ID": DEMO_CLIENT_ID,
            "QUICKBOOKS_CLIENT_SECRET": DEMO_CLIENT_SECRET,
            "QUICKBOOKS_ENVIRONMENT": url,
            "QBR_ENCRYPTION_KEY": _encryption_key(runtime.settings.home),
        },
    )
    if books.address is not None:
        with closing(ready.open_database()) as database:
            consent(database, ready.settings.quickbooks)
            map_demo_accounts(database, ready.settings.review)
    return ready


def consent(database: Database, access: QuickBooksAccess) -> None:
    """Do what an administrator of the made-up firm does with a browser: the simulated page consents at once."""
    question = Question(_BY, "http://localhost")
    page, state = ask(access, question, datetime.now(UTC))
    answer = requests.get(page, allow_redirects=False, timeout=30)
    connect(database, access, question, state, answer.headers["Location"])


def map_demo_accounts(database: Database, settings: ReviewSettings) -> None:
    """Say what the made-up accounts count as, where nobody has said anything of accounts yet."""
    if not database.fetch(read_mappings):
        map_accounts(database, settings, demo_mappings(), by=_BY, now=datetime.now(UTC))


def demo_mappings() -> list[AccountMapping]:
    """What the made-up accounts count as: every one that belongs to the firm's business."""
    names = {account.id: account.name for account in ACCOUNTS}
    return [
        *(AccountMapping(metric, account=key, name=names[key]) for key, metric in COUNTS_AS.items()),
        *(
            AccountMapping(metric, section=BooksSection(section.lower()))
            for section, metric in RESTS_COUNT_AS.items()
        ),
    ]


def import_spreadsheet(database: Database, settings: ReviewSettings, months: Iterable[Month]) -> None:
    """Import the made-up firm's spreadsheet, as a person would; it is filled in for the months that have nothing of it.

    Where there are none, nothing is imported: what somebody has changed since stays.
    """
    known = [month for month in months if month >= FIRST_MONTH]
    empty = [month for month in known if not set(KEPT) & set(database.fetch(read_values, month))]
    if empty:
        upload = Upload(FILE_NAME, spreadsheet(known, empty))
        import_file(database, settings, upload, Person(_BY, _WHY), datetime.now(UTC))


def _encryption_key(home: Path) -> str:
    """The key that the tokens of the demo are encrypted with, made when there is none; its owner alone may read it."""
    file = home / "encryption.key"
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(0o600, exist_ok=False)
        draft.write_text(Fernet.generate_key().decode())
        draft.replace(file)
    return file.read_text().strip()
