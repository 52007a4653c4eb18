"""What importing a file would do, cell by cell, beside what is kept.

What belongs here: reading a file by what people said before, and comparing. What does not: doing it (`importing`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection

from qbr_pipeline.files.reading.read_file import Answers, ReadFile, read_file
from qbr_pipeline.files.reading.sheets import CellFault, FileRejectedError
from qbr_pipeline.files.reading.values_file import (
    FileValue,
    Label,
    LabelMapping,
    UnknownLabel,
    ValuesFile,
    enterable,
)
from qbr_pipeline.metrics.accounts import ClassifiedBooks
from qbr_pipeline.metrics.books import Books, BooksMonth
from qbr_pipeline.metrics.catalogue import UnknownMetricError
from qbr_pipeline.metrics.names import normalise_name, quoted
from qbr_pipeline.periods import FIRST_RECORDED_MONTH, Month
from qbr_pipeline.store.books import preview as preview_books
from qbr_pipeline.store.books import read_books
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.imports import company_of_books, read_labels
from qbr_pipeline.store.rows.accounts import account_keys, known_books
from qbr_pipeline.store.values import DataSource, StoredValue, read_values_between


class CellOutcome(StrEnum):
    """What becomes of a cell: a value where there was none, another one, the one that is there; or a person's stays."""

    NEW = "new"
    CHANGED = "changed"
    EQUAL = "equal"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class CellPreview:
    """What a cell would do. `old` None: absent."""

    value: FileValue
    outcome: CellOutcome
    old: Decimal | None
    old_source: DataSource | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody brings it, and what he says beside it. `renamed`: the company has another name now."""

    name: str
    content: bytes
    answers: Answers = field(default_factory=Answers)
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class BooksComparison:
    """The months of a profit and loss as people map accounts now.

    `new_accounts`: keys that no month has had. `differing`: the months that are not published just so. `faults`: what
    keeps a month from being published.
    """

    classified: Mapping[Month, ClassifiedBooks]
    values: Sequence[FileValue]
    new_accounts: Sequence[str]
    differing: Sequence[Month]
    faults: Sequence[CellFault]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. It can be done where nothing is refused and no label is unknown.

    `seen`: stands for all of it; whoever confirms it says by this what he saw.
    """

    name: str
    file: ReadFile
    cells: tuple[CellPreview, ...]
    refused: tuple[CellFault, ...]
    unknown: tuple[UnknownLabel, ...]
    labels: LabelMapping
    seen: str
    books: BooksComparison | None = None

    @property
    def months(self) -> list[Month]:
        """The months that the file speaks of, oldest first."""
        books = self.file.books
        named = [each.month for each in books.months] if books else [each.value.month for each in self.cells]
        return sorted(set(named))

    @property
    def writes(self) -> list[CellPreview]:
        """The cells that would change anything."""
        return [each for each in self.cells if each.outcome in (CellOutcome.NEW, CellOutcome.CHANGED)]

    @property
    def changes_anything(self) -> bool:
        """Whether anything that the file says is not there just so."""
        return bool(self.books.differing if self.books else self.writes)


def preview(database: Database, upload: Upload, now: datetime) -> ImportPreview:
    """What importing a file would do at the aware moment `now`; nothing is kept. FileRejectedError for one at fault."""
    with database.read() as connection:
        known = read_labels(connection, database)
        labels = {**known, **upload.answers.labels}
        file = read_file(upload.content, replace(upload.answers, labels=labels))
        books = None
        if file.books is not None:
            books = compare_books(connection, database, file.books, renamed=upload.renamed)
        values = file.values or ValuesFile()
        read = books.values if books else list(values.values.values())
        cells = _compare(connection, database, read, is_collected=books is not None)
    refused = (*values.faults, *(books.faults if books else ()), *_out_of_reach(read, database, now))
    said = {key: metric for key, metric in upload.answers.labels.items() if known.get(key, "") != metric}
    seen = _seen(file.digest, cells, labels)
    return ImportPreview(upload.name, file, cells, refused, tuple(values.unknown), said, seen, books)


def _compare(
    connection: Connection, database: Database, values: Iterable[FileValue], *, is_collected: bool
) -> tuple[CellPreview, ...]:
    """Each value beside the one that is kept; a month is read once."""
    named = sorted(values, key=lambda each: (each.month, each.metric))
    if not named:
        return ()
    kept = read_values_between(connection, database, named[0].month, named[-1].month)
    return tuple(
        _cell(each, kept.get(each.month, {}).get(each.metric), is_collected=is_collected) for each in named
    )


def _cell(value: FileValue, kept: StoredValue | None, *, is_collected: bool) -> CellPreview:
    """What books say never takes the place of what a person entered; what a file of values says does."""
    old, source = (kept.value, kept.source) if kept else (None, None)
    if old == value.value:
        outcome = CellOutcome.EQUAL
    elif is_collected and source is DataSource.MANUAL:
        outcome = CellOutcome.KEPT
    else:
        outcome = CellOutcome.NEW if old is None else CellOutcome.CHANGED
    return CellPreview(value, outcome, old, source)


def _out_of_reach(values: Iterable[FileValue], database: Database, now: datetime) -> list[CellFault]:
    """The cells of months that values cannot be entered for."""
    current = Month.of(now, database.timezone)
    found = []
    for each in values:
        if each.month > current:
            found.append(CellFault(each.cell, f"{each.month} has not begun yet: leave its cells empty"))
        elif each.month < FIRST_RECORDED_MONTH:
            found.append(
                CellFault(each.cell, f"{each.month} is before {FIRST_RECORDED_MONTH}, the first month")
            )
    return found


def _seen(digest: str, cells: Sequence[CellPreview], labels: LabelMapping) -> str:
    shown = [
        (str(each.value.month), each.value.metric, str(each.value.value), str(each.old)) for each in cells
    ]
    return hashlib.sha256(repr((digest, shown, sorted(labels.items(), key=repr))).encode()).hexdigest()


def compare_books(
    connection: Connection, database: Database, books: Books, *, renamed: bool
) -> BooksComparison:
    """Books of a file beside those that are published; FileRejectedError for another company's, or of no basis."""
    _require_same_company(connection, database, books, renamed=renamed)
    if books.basis is None:
        raise FileRejectedError("the file does not say whether it is on cash or accrual basis: say which")
    previews = preview_books(connection, database, books.months)
    months = sorted(previews)
    kept = {each.books.month: each for each in read_books(connection, database, months[0], months[-1])}
    known = account_keys(connection, database)
    keys = dict.fromkeys(line.account for month in books.months for line in month.lines)
    return BooksComparison(
        {month: each.classified for month, each in previews.items()},
        [
            FileValue(month, metric, value, str(month))
            for month, each in previews.items()
            for metric, value in each.classified.values.items()
        ],
        [key for key in keys if key not in known],
        [
            each.month
            for each in books.months
            if each.month not in kept
            or not _alike(each, kept[each.month].books)
            or kept[each.month].evidence.basis != books.basis
        ],
        [CellFault(str(month), fault.sentence) for month, each in previews.items() for fault in each.faults],
    )


def _alike(one: BooksMonth, other: BooksMonth) -> bool:
    """Whether two readings of a month say the same of every account; a line of nothing says nothing."""

    def said(month: BooksMonth) -> object:
        return {(each.account, each.name, each.section, each.amount) for each in month.lines if each.amount}

    return said(one) == said(other) and one.complete == other.complete


def _require_same_company(connection: Connection, database: Database, books: Books, *, renamed: bool) -> None:
    kept = known_books(connection, database)
    first = company_of_books(connection, database) or (kept.company if kept else None)
    if books.company and first and not renamed and normalise_name(books.company) != normalise_name(first):
        raise FileRejectedError(
            f"the file is of {quoted(books.company)}, and the books here are of {quoted(first)}: say so if the company"
            " has another name now"
        )


def labels_said(given: Mapping[str, str | None]) -> LabelMapping:
    """What people say of labels, by `Section / Label` or the label alone, as files are read by it.

    UnknownMetricError for a metric that nobody can enter.
    """
    said: dict[tuple[str, str], str | None] = {}
    for text, metric in given.items():
        section, _, label = text.rpartition(" / ")
        found = enterable(metric) if metric is not None else None
        if metric is not None and found is None:
            raise UnknownMetricError(f"{quoted(metric)} is not a metric that can be entered")
        said[Label(section, label).key] = found.key if found else None
    return said
