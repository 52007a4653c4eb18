"""Books: published month by month as they were read, and counted anew when people map accounts another way.

What belongs here: what publishes books without a vendor's assets, and reading what is published of them. What does not:
one vendor's month in one transaction (`publishing`), a month of books as rows (`rows.accounts`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from qbr_pipeline.metrics.accounts import BOOKED, AccountMapping, ClassifiedBooks, classify
from qbr_pipeline.metrics.books import Books, BooksMonth
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.books import accounts_uncounted, books_unbalanced
from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import mappings_now
from qbr_pipeline.store.averages import follow_expenses, lock_with_next_year
from qbr_pipeline.store.database import Database, clock, database_now
from qbr_pipeline.store.outcomes import Publication
from qbr_pipeline.store.publications import Published, current_publication
from qbr_pipeline.store.publishing import PublicationRejected, publish, publish_within
from qbr_pipeline.store.rows.accounts import (
    books_of,
    counts_otherwise,
    owners_figures,
    published_books,
    published_months,
    stage_books,
)
from qbr_pipeline.store.rows.evidence import BooksEvidence
from qbr_pipeline.store.values import Origin, ValueChangeCause

_BOOKS = Vendor.QUICKBOOKS


@dataclass(frozen=True, slots=True)
class PublishedBooks:
    """A month of the books as it is published, with the record of that."""

    books: BooksMonth
    published: Published

    @property
    def evidence(self) -> BooksEvidence:
        """What it was read from."""
        return books_of(self.published)


@dataclass(frozen=True, slots=True)
class BooksPreview:
    """What a month of the books would come to by some mappings, and what would keep that from being published."""

    classified: ClassifiedBooks
    faults: tuple[Finding, ...]


def publish_books(
    db: Database,
    books: Books | Sequence[Books],
    *,
    run_id: str,
    now: datetime,
    read_from: str,
    collected_as_of: datetime | None = None,
    finish: Callable[[Connection], None] | None = None,
) -> dict[Month, Publication]:
    """Publish every month of `books` as the mapping has it, in one transaction: all of them or none.

    `books`: several where months were read from unlike ones. `finish`: what else belongs into the transaction, last.

    `now` (aware) decides which months are over. `collected_as_of` (aware): up to when the books are complete; None:
    `now`. What people entered stays. The same books again change nothing. BooksError for an account that comes twice,
    PublicationRejected for the first month that a blocking rule finds something in.
    """
    began = database_now(db)
    parts = [books] if isinstance(books, Books) else books
    read = [(part, month) for part in parts for month in part.months]
    for part, month in read:
        stage_books(
            db,
            part,
            month,
            run_id=run_id,
            fetch_started_at=began,
            collected_as_of=collected_as_of or now,
            read_from=read_from,
        )
    months = sorted(month.month for _, month in read)
    with db.begin() as connection:
        lock_with_next_year(connection, db, months)
        done = {month: publish_within(connection, db, _BOOKS, month, run_id, now) for month in months}
        origin = Origin(ValueChangeCause.DERIVED, clock(connection), run_id=run_id)
        follow_expenses(connection, db, months, now, origin)
        if finish is not None:
            finish(connection)
    return done


def count_anew(
    db: Database, now: datetime, months: Collection[Month] | None = None
) -> tuple[dict[Month, Publication], list[PublicationRejected]]:
    """Publish the books that are kept as people map their accounts now, where that gives other values or classes.

    Nothing is read anew. `months`: which ones; None: all that are published. `now` is aware. Each month by itself: one
    that a blocking rule finds something in stays as it is, and is among the second.
    """
    with db.read() as connection:
        stale = [
            each
            for each in _published(connection, db, months)
            if counts_otherwise(connection, db, each.published)
        ]
    done: dict[Month, Publication] = {}
    rejected: list[PublicationRejected] = []
    for each in stale:
        run_id, evidence = f"count-anew-{uuid4().hex}", each.evidence
        stage_books(
            db,
            Books(evidence.company, evidence.basis, evidence.currency),
            each.books,
            run_id=run_id,
            fetch_started_at=each.published.fetch_started_at,
            collected_as_of=each.published.collected_as_of,
            read_from=evidence.read_from,
        )
        try:
            done[each.books.month] = publish(db, _BOOKS, each.books.month, run_id, now)
        except PublicationRejected as error:
            rejected.append(error)
    return done, rejected


def read_books(connection: Connection, db: Database, first: Month, last: Month) -> list[PublishedBooks]:
    """The books of the months from one to another, both included, that have any."""
    return _published(connection, db, set(Month.span(first, last)))


def books_before(
    connection: Connection, db: Database, month: Month, as_of: datetime
) -> PublishedBooks | None:
    """The books of a month as they were published at the aware moment `as_of`; None: there were none."""
    published = current_publication(connection, db, _BOOKS, month, as_of=as_of)
    return (
        None
        if published is None
        else PublishedBooks(published_books(connection, db, published, as_of), published)
    )


def months_with_books(connection: Connection, db: Database) -> list[Month]:
    """The months that have books, oldest first."""
    return [each.month for each in published_months(connection, db)]


def booked_metrics(connection: Connection, db: Database) -> set[str]:
    """The metrics that the accounts of some month give."""
    return {key for each in published_months(connection, db) for key in each.found} & set(BOOKED)


def preview(
    connection: Connection,
    db: Database,
    books: Iterable[BooksMonth],
    mappings: Iterable[AccountMapping] | None = None,
) -> dict[Month, BooksPreview]:
    """What months of books come to by `mappings` (None: those that people made), and what would hold them back."""
    wanted = mappings_now(connection, db) if mappings is None else list(mappings)
    found: dict[Month, BooksPreview] = {}
    for month in books:
        classified = classify(month, wanted, owners_figures(connection, db, month.month))
        faults = (*books_unbalanced(month), *accounts_uncounted(classified))
        found[month.month] = BooksPreview(classified, faults)
    return found


def with_changes(
    mappings: Iterable[AccountMapping], new: Iterable[AccountMapping], removed: Collection[object] = ()
) -> list[AccountMapping]:
    """`mappings` as they would be with `new` ones in the place of theirs, and those of `removed` subjects gone."""
    by_subject: Mapping[object, AccountMapping] = {each.subject: each for each in (*mappings, *new)}
    kept = {each.subject for each in new}
    return [each for subject, each in by_subject.items() if subject in kept or subject not in removed]


def _published(
    connection: Connection, db: Database, months: Collection[Month] | None
) -> list[PublishedBooks]:
    return [
        PublishedBooks(published_books(connection, db, each), each)
        for each in published_months(connection, db)
        if months is None or each.month in months
    ]
