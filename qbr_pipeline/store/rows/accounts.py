"""The lines of books as rows: staged with what each counts as, and read back as the month that they were.

What belongs here: the way from a month of books to its rows and back, and keeping the class of staged rows up to date.
What does not: what a line counts as (`metrics.accounts`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.accounts import OWNERS_FIGURES, ClassifiedBooks, ClassifiedLine, LineKind, classify
from qbr_pipeline.metrics.books import AccountLine, Books, BooksMonth, BooksSection, exact_sum
from qbr_pipeline.metrics.catalogue import Unit
from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.names import quoted
from qbr_pipeline.metrics.rules.books import accounts_uncounted, books_unbalanced, other_currency
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import mappings_now
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published, current_publications
from qbr_pipeline.store.rows.evidence import BooksEvidence
from qbr_pipeline.store.rows.shapes import AccountRow
from qbr_pipeline.store.rows.staging import Stage, put_aside, stage, stage_id
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.store.rows.versions import valid
from qbr_pipeline.store.values import manual, present, read_values, read_values_between

_TABLES = ROW_TABLES[RowSource.ACCOUNTS]
_BEFORE_THE_END = timedelta(seconds=1)


class BooksError(ValueError):
    """Books that cannot be kept; the message is a sentence for a person."""


def stage_books(
    db: Database,
    books: Books,
    month: BooksMonth,
    *,
    run_id: str,
    fetch_started_at: datetime,
    collected_as_of: datetime,
    read_from: str,
) -> Stage:
    """Put a month of `books` aside, each line with what it counts as; nothing is published.

    The moments are aware, as for a `Stage`; a month that is not complete never counts as read to its end. `read_from`:
    what was read, as people know it. BooksError when an account comes twice.
    """
    repeated = month.repeated()
    if repeated:
        raise BooksError(f"Books of {month.month}: the account {quoted(repeated[0])} comes more than once")
    with db.read() as connection:
        classified = classify_now(connection, db, month)
    rows = _rows(classified)
    evidence = BooksEvidence(
        books.company, books.basis, books.currency, dict(month.totals), month.complete, read_from
    )
    if month.withdrawn:
        evidence = BooksEvidence(read_from=read_from, withdrawn=True)
    last = month.month.end(db.timezone) - _BEFORE_THE_END
    new = Stage(
        source=RowSource.ACCOUNTS,
        month=month.month,
        run_id=run_id,
        fetch_started_at=fetch_started_at,
        collected_as_of=collected_as_of if month.complete else min(collected_as_of, last),
        source_count=None,
        row_count=len(rows),
        values=dict(classified.values),
        facts=evidence.to_facts(),
    )
    stage(db, new, rows)
    return new


def classify_now(connection: Connection, db: Database, month: BooksMonth) -> ClassifiedBooks:
    """What the lines of a month count as by what people say now."""
    return classify(month, mappings_now(connection, db), owners_figures(connection, db, month.month))


def owners_figures(connection: Connection, db: Database, month: Month) -> dict[str, Decimal]:
    """What people entered of the owner's pay in a month."""
    stored = read_values(connection, db, month)
    entered = manual(stored)
    return {key: value for key, value in present(stored).items() if key in entered and key in OWNERS_FIGURES}


def average_expenses(connection: Connection, db: Database, month: Month) -> dict[str, Decimal]:
    """The average monthly expenses of the year before, once all of its months have total expenses; else nothing."""
    first = Month(month.year - 1, 1)
    stored = read_values_between(connection, db, first, first.plus(11))
    totals = [present(values).get("total_expenses") for values in stored.values()]
    known = [total for total in totals if total is not None]
    if len(known) < len(totals):
        return {}
    return {"average_monthly_expenses": quantize(Fraction(exact_sum(known)) / 12, Unit.DOLLARS)}


def brought_up_to_date(connection: Connection, db: Database, staged: Stage) -> Stage:
    """A stage of accounts as people map them now: they may have mapped another way since it was put aside."""
    if staged.source is not RowSource.ACCOUNTS:
        return staged
    classified = classify_now(connection, db, staged_books(connection, db, staged))
    rows = _rows(classified)
    if set(rows) == set(_staged_rows(connection, db, staged)):
        return staged
    new = replace(staged, values=dict(classified.values), row_count=len(rows), fetched_count=len(rows))
    put_aside(connection, db, new, rows)
    return new


def faults_of_books(connection: Connection, db: Database, staged: Stage) -> list[Finding]:
    """What keeps a stage of accounts from being published; nothing of any other stage."""
    if staged.source is not RowSource.ACCOUNTS:
        return []
    month, known = staged_books(connection, db, staged), known_books(connection, db)
    currency = BooksEvidence.from_facts(staged.facts).currency
    return [
        *books_unbalanced(month),
        *other_currency(month.month, currency, known.currency if known else None),
        *accounts_uncounted(classify_now(connection, db, month)),
    ]


def staged_books(connection: Connection, db: Database, staged: Stage) -> BooksMonth:
    """The month of books that a stage holds."""
    return _month(staged.month, _staged_rows(connection, db, staged), BooksEvidence.from_facts(staged.facts))


def published_books(
    connection: Connection, db: Database, published: Published, as_of: datetime | None = None
) -> BooksMonth:
    """The month of books that is published, or was at the aware moment `as_of`; `published` is its record."""
    rows = _published_rows(connection, db, published, as_of)
    return _month(published.month, rows, books_of(published))


def known_books(connection: Connection, db: Database) -> BooksEvidence | None:
    """The books that the newest month with any was read from; None when there are none."""
    published = published_months(connection, db)
    return books_of(published[-1]) if published else None


def published_months(connection: Connection, db: Database) -> list[Published]:
    """The current publication of every month that has books, oldest first."""
    published = current_publications(connection, db, RowSource.ACCOUNTS.vendor)
    return [each for each in published if not books_of(each).withdrawn]


def books_of(published: Published) -> BooksEvidence:
    """The books that a publication was read from."""
    return BooksEvidence.from_facts(published.facts.get(RowSource.ACCOUNTS.value, {}))


def account_keys(connection: Connection, db: Database, *, before: Month | None = None) -> set[str]:
    """The accounts that any published month has, or any before a month, and the accounts around them."""
    table = _TABLES.versions
    query = (
        select(table.c.source_id, table.c.parents)
        .distinct()
        .where(
            table.c.organization_id == db.organization_id,
            table.c.valid_to.is_(None),
            table.c.section != LineKind.OWNER.value,
        )
    )
    if before is not None:
        query = query.where(table.c.period < str(before))
    return {key for own, parents in connection.execute(query) for key in (own, *parents.split("\n")) if key}


def _published_rows(
    connection: Connection, db: Database, published: Published, as_of: datetime | None
) -> list[AccountRow]:
    table = _TABLES.versions
    query = (
        select(*(table.c[name] for name in _TABLES.columns))
        .where(valid(connection, db, RowSource.ACCOUNTS, published.month, as_of))
        .order_by(table.c.source_id)
    )
    return [AccountRow(*row) for row in connection.execute(query)]


def _staged_rows(connection: Connection, db: Database, staged: Stage) -> list[AccountRow]:
    table = _TABLES.staged
    query = (
        select(*(table.c[name] for name in _TABLES.columns))
        .where(table.c.stage_id == stage_id(connection, db, staged))
        .order_by(table.c.source_id)
    )
    return [AccountRow(*row) for row in connection.execute(query)]


def _rows(classified: ClassifiedBooks) -> list[AccountRow]:
    return [_row(each) for each in classified.lines]


def _row(classified: ClassifiedLine) -> AccountRow:
    line = classified.line
    return AccountRow(
        source_id=line.account,
        name=line.name,
        section=line.section.value if classified.kind is not LineKind.OWNER else LineKind.OWNER.value,
        amount=line.amount,
        parents="\n".join(line.parents),
        parent_names="\n".join(line.parent_names),
        counts_as=classified.metric,
        counted=classified.counted,
        reason=classified.reason,
    )


def _month(month: Month, rows: list[AccountRow], books: BooksEvidence) -> BooksMonth:
    lines = tuple(_line(row) for row in rows if row.section != LineKind.OWNER.value)
    return BooksMonth(month, lines, books.totals, books.complete, books.withdrawn)


def _line(row: AccountRow) -> AccountLine:
    parents, names = (tuple(text.split("\n")) if text else () for text in (row.parents, row.parent_names))
    return AccountLine(row.source_id, row.name, BooksSection(row.section), row.amount, parents, names)


def counts_otherwise(connection: Connection, db: Database, published: Published) -> bool:
    """Whether the accounts of a published month would count otherwise than they do, as people map them now."""
    month = published_books(connection, db, published)
    return set(_rows(classify_now(connection, db, month))) != set(
        _published_rows(connection, db, published, None)
    )
