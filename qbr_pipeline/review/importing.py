"""Importing a file: doing what its preview says, all of it or nothing; and undoing it as a whole.

What belongs here: that one way, for the API and the command line alike. What does not: what an import would do
(`import_previews`), and what is kept of it (`store.imports`). Values go the way of those that people type (`entering`),
books the way of those that a vendor's API gives (`store.books`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from qbr_pipeline.files.reading.read_file import FileKind
from qbr_pipeline.metrics.books import Books, BooksMonth
from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.names import author, quoted
from qbr_pipeline.periods import Month
from qbr_pipeline.review.entering import Entry, enter_months
from qbr_pipeline.review.import_previews import CellPreview, ImportPreview, Upload, preview
from qbr_pipeline.review.reviewing import review_after_all
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.books import PublishedBooks, books_before, publish_books
from qbr_pipeline.store.database import Database, clock
from qbr_pipeline.store.imports import (
    ImportedValue,
    NewImport,
    StoredImport,
    find_import,
    imported_values,
    mark_undone,
    next_import_id,
    record_import,
    write_labels,
)
from qbr_pipeline.store.outcomes import Publication
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.publishing import PublicationRejected
from qbr_pipeline.store.rows.accounts import BooksError
from qbr_pipeline.store.values import DataSource

_NAMED = 5
_RUN = "import-"


@dataclass(frozen=True, slots=True)
class Person:
    """Who imports or undoes, and why. `key_name`: whose API key it came with."""

    by: str
    why: str | None = None
    key_name: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `id` None: the file changed nothing, and nothing is kept of it."""

    id: int | None
    changed: int
    equal: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing an import did: how many values (of books: months) are as before, and what stays.

    `kept`: values that somebody has changed since; `kept_months`: months of books that were read again since.
    """

    restored: int
    kept: tuple[ImportedValue, ...]
    kept_months: tuple[Month, ...] = ()

    def sentences(self) -> list[str]:
        """What stays, for people."""
        return [
            *(
                f"{METRICS[each.metric].label} of {each.month} was changed since, and stays."
                for each in self.kept
            ),
            *(f"The books of {month} were read again since: they stay." for month in self.kept_months),
        ]


class ImportRejectedError(ValueError):
    """An import that cannot be done or undone as it is; its message is a sentence for a person."""


class PreviewOutdatedError(RuntimeError):
    """What was seen is no longer what would be done; its message is a sentence for a person."""


def import_file(
    database: Database,
    settings: ReviewSettings,
    upload: Upload,
    person: Person,
    now: datetime,
    *,
    seen: str | None = None,
) -> Imported:
    """Import a file: every cell, or none. The same file twice changes nothing.

    `now` is aware. `seen`: of the preview that the person saw. FileRejectedError and ImportRejectedError where
    anything is refused or unknown, PreviewOutdatedError where it is no longer what would be done, ConflictError where
    somebody was faster.
    """
    found = preview(database, upload, now)
    by = _named(person)
    _require_whole(found)
    if seen is not None and seen != found.seen:
        raise PreviewOutdatedError("values have changed since this file was looked at: look at it again")
    if found.file.books is not None:
        return _import_books(database, settings, found, found.file.books, person, now)
    writes = found.writes
    if not writes:
        with database.begin() as connection:
            write_labels(connection, database, found.labels, by, clock(connection))
        return Imported(None, 0, len(found.cells))
    ids: list[int] = []

    def finish(connection: Connection) -> None:
        at = clock(connection)
        new = _new_import(found, person, at)
        ids.append(record_import(connection, database, new, [_imported(each) for each in writes]))
        write_labels(connection, database, found.labels, by, at)

    enter_months(database, settings, _entries(writes, upload.name, person), now, finish=finish)
    return Imported(ids[0], len(writes), len(found.cells) - len(writes))


def _new_import(found: ImportPreview, person: Person, at: datetime) -> NewImport:
    """What is kept of an import that is done at the aware moment `at`."""
    books = found.file.books
    return NewImport(
        found.file.kind,
        found.name,
        found.file.digest,
        found.months,
        _named(person),
        at,
        books.company if books else None,
        books.basis if books else None,
        person.why,
        person.key_name,
    )


def _named(person: Person) -> str:
    name = author(person.by)
    if name is None:
        raise ImportRejectedError("the name of who does it is needed, at most 100 characters")
    return name


def _require_whole(found: ImportPreview) -> None:
    """ImportRejectedError with the first cells that are refused, or labels that are unknown."""
    if found.refused:
        raise ImportRejectedError(_first([str(each) for each in found.refused], "cell"))
    if found.unknown:
        labels = [f"{each.cell}: {quoted(str(each.label))} is not a metric" for each in found.unknown]
        raise ImportRejectedError(f"{_first(labels, 'label')}: say which each is, or that it is left out")


def _first(sentences: list[str], what: str) -> str:
    more = len(sentences) - _NAMED
    return "; ".join(sentences[:_NAMED]) + (f"; and {more} more {what}{'s' * (more > 1)}" if more > 0 else "")


def _entries(writes: Sequence[CellPreview], name: str, person: Person) -> dict[Month, Entry]:
    note = f"import of {name}" + (f": {person.why}" if person.why else "")
    by_month: dict[Month, list[CellPreview]] = {}
    for each in writes:
        by_month.setdefault(each.value.month, []).append(each)
    return {
        month: Entry(
            person.by,
            {each.value.metric: each.value.value for each in cells},
            note=note,
            key_name=person.key_name,
            expected={each.value.metric: each.old for each in cells},
            notes={each.value.metric: f"{note}; {each.value.note}" for each in cells if each.value.note},
        )
        for month, cells in by_month.items()
    }


def _imported(cell: CellPreview) -> ImportedValue:
    value = cell.value
    return ImportedValue(value.month, value.metric, value.cell, cell.old, cell.old_source, value.value)


def undo_import(
    database: Database, settings: ReviewSettings, import_id: int, person: Person, now: datetime
) -> Undone:
    """Make everything that an import changed as it was before, in one transaction; what was changed since stays.

    `now` is aware. ImportNotFoundError, ImportRejectedError for one that is undone already.
    """
    by = _named(person)
    with database.read() as connection:
        kept = find_import(connection, database, import_id)
        values, changed_since = imported_values(connection, import_id)
    if kept.undone_at is not None:
        raise ImportRejectedError(f"import {import_id} was undone by {kept.undone_by} already")
    if kept.what.kind == FileKind.PROFIT_AND_LOSS:
        return _undo_books(database, settings, kept, person, now)
    restored = [each for each in values if (each.month, each.metric) not in changed_since]
    entries = _undoing(restored, kept.what.file_name, person)

    def finish(connection: Connection) -> None:
        mark_undone(connection, import_id, by, person.why, clock(connection))

    enter_months(database, settings, entries, now, finish=finish)
    left = tuple(each for each in values if (each.month, each.metric) in changed_since)
    return Undone(len(restored), left)


def _undoing(values: Iterable[ImportedValue], name: str, person: Person) -> dict[Month, Entry]:
    """What a person had entered comes back; everything else is handed back to where it comes from."""
    note = f"import of {name} undone" + (f": {person.why}" if person.why else "")
    by_month: dict[Month, list[ImportedValue]] = {}
    for each in values:
        by_month.setdefault(each.month, []).append(each)
    return {
        month: Entry(
            person.by,
            {each.metric: each.old for each in changed if _was_entered(each)},
            [each.metric for each in changed if not _was_entered(each)],
            note,
            person.key_name,
            {each.metric: each.new for each in changed},
        )
        for month, changed in by_month.items()
    }


def _was_entered(value: ImportedValue) -> bool:
    return value.old is not None and value.old_source is DataSource.MANUAL


def _import_books(
    database: Database,
    settings: ReviewSettings,
    found: ImportPreview,
    books: Books,
    person: Person,
    now: datetime,
) -> Imported:
    """Publish the months that differ from what is published, and keep that they were imported."""
    differing = found.books.differing if found.books else ()
    if not differing:
        return Imported(None, 0, len(found.cells))
    read = replace(books, months=tuple(each for each in books.months if each.month in differing))
    with database.begin() as connection:
        import_id = next_import_id(connection)
        new = replace(_new_import(found, person, clock(connection)), months=sorted(differing))

    def finish(connection: Connection) -> None:
        record_import(connection, database, new, reserved_id=import_id)

    done = _publish(database, settings, [read], import_id, found.name, now, finish)
    changed = sum(len(each.changes) for each in done.values())
    return Imported(import_id, changed, len(found.cells) - changed)


def _publish(
    database: Database,
    settings: ReviewSettings,
    books: Sequence[Books],
    import_id: int,
    name: str,
    now: datetime,
    finish: Callable[[Connection], None],
) -> dict[Month, Publication]:
    """Publish books, with what `finish` does, and review; ImportRejectedError where a rule bars it."""
    try:
        done = publish_books(
            database,
            books,
            run_id=f"{_RUN}{import_id}-{uuid4().hex[:8]}",
            now=now,
            read_from=f"the file {name}",
            finish=finish,
        )
    except (PublicationRejected, BooksError) as error:
        raise ImportRejectedError(str(error)) from error
    changed = {month: [each.metric for each in publication.changes] for month, publication in done.items()}
    review_after_all(database, settings, changed, now)
    return done


def _undo_books(
    database: Database, settings: ReviewSettings, kept: StoredImport, person: Person, now: datetime
) -> Undone:
    """Publish the books of before, in one transaction; a month that had none has none again.

    A month whose books were read again since stays.
    """
    books: list[Books] = []
    stay: list[Month] = []
    with database.read() as connection:
        for month in kept.what.months:
            current = current_publication(connection, database, Vendor.QUICKBOOKS, month)
            before = books_before(connection, database, month, kept.what.at)
            if current is None or not current.run_id.startswith(f"{_RUN}{kept.id}-"):
                stay.append(month)
                continue
            books.append(_as_before(month, before))

    def finish(connection: Connection) -> None:
        mark_undone(connection, kept.id, _named(person), person.why, clock(connection))

    _publish(database, settings, books, kept.id, f"of before import {kept.id}", now, finish)
    return Undone(len(books), (), tuple(stay))


def _as_before(month: Month, before: PublishedBooks | None) -> Books:
    """The books of a month as they were, with a company, basis and currency of their own; withdrawn for none."""
    if before is None:
        return Books(None, None, None, (BooksMonth(month, (), {}, withdrawn=True),))
    evidence = before.evidence
    return Books(evidence.company, evidence.basis, evidence.currency, (before.books,))
