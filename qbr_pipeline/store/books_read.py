"""Months of books that one run has read along for the others of its night, until each of them takes its own.

What belongs here: the table, and putting in and taking out. What is published of books is a vendor's rows like any.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, String, Table, UniqueConstraint, delete, insert
from sqlalchemy.dialects.postgresql import JSONB

from qbr_pipeline.metrics.books import AccountLine, Basis, Books, BooksMonth, BooksSection
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, lock_books
from qbr_pipeline.store.schema import metadata, moment, organization_reference, vendor_reference
from qbr_pipeline.store.vendors import vendor_ids

books_read = Table(
    "qbr_books_read",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    vendor_reference(),
    Column("period", String(7), nullable=False),
    moment("read_at", required=True),
    Column("books", JSONB, nullable=False),
    UniqueConstraint("organization_id", "vendor_id", "period", name="uq_qbr_books_read_period"),
)


def take_read(
    connection: Connection, db: Database, vendor: Vendor, month: Month, *, since: datetime
) -> Books | None:
    """Take out the books of a month that were read after the aware moment `since`; None: there are none.

    Until the transaction ends nobody else reads or takes any, so that who finds none may read them for all.
    """
    lock_books(connection, db)
    vendor_id = vendor_ids(connection)[vendor]
    query = (
        delete(books_read)
        .where(
            books_read.c.organization_id == db.organization_id,
            books_read.c.vendor_id == vendor_id,
            books_read.c.period == str(month),
        )
        .returning(books_read.c.read_at, books_read.c.books)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None or found.read_at < since else _books(month, found.books)


def keep_read(connection: Connection, db: Database, vendor: Vendor, books: Books, read_at: datetime) -> None:
    """Put in the months of `books`, in place of all that is there."""
    key = {"organization_id": db.organization_id, "vendor_id": vendor_ids(connection)[vendor]}
    connection.execute(
        delete(books_read).where(*(books_read.c[name] == value for name, value in key.items()))
    )
    records = [
        {**key, "period": str(month.month), "read_at": read_at, "books": _written(books, month)}
        for month in books.months
    ]
    if records:
        connection.execute(insert(books_read), records)


def _written(books: Books, month: BooksMonth) -> dict[str, Any]:
    return {
        "company": books.company,
        "basis": books.basis and books.basis.value,
        "currency": books.currency,
        "complete": month.complete,
        "totals": {section.value: str(total) for section, total in month.totals.items()},
        "lines": [
            [each.account, each.name, each.section.value, str(each.amount), each.parents, each.parent_names]
            for each in month.lines
        ],
    }


def _books(month: Month, held: dict[str, Any]) -> Books:
    lines = tuple(
        AccountLine(account, name, BooksSection(section), Decimal(amount), tuple(parents), tuple(names))
        for account, name, section, amount, parents, names in held["lines"]
    )
    totals = {BooksSection(section): Decimal(total) for section, total in held["totals"].items()}
    basis = held["basis"] and Basis(held["basis"])
    return Books(
        held["company"], basis, held["currency"], (BooksMonth(month, lines, totals, held["complete"]),)
    )
