"""What people say that the accounts of the books count as, with who said so and when; what was said before is kept.

What belongs here: the table, reading and writing it. What does not: what a mapping means (`metrics.accounts`), and what
follows from another one (`books`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Index,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import Row as ResultRow

from qbr_pipeline.metrics.accounts import AccountMapping, InvalidMappingError, valid_mapping
from qbr_pipeline.metrics.books import BooksSection
from qbr_pipeline.metrics.names import MAX_AUTHOR_LENGTH, author
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, clock, lock_mappings
from qbr_pipeline.store.schema import metadata, moment, organization_reference

account_mappings = Table(
    "qbr_account_mappings",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("account", Text),
    Column("section", String(30)),
    Column("name", Text, nullable=False),
    Column("counts_as", String(100)),
    Column("with_sub_accounts", Boolean, nullable=False),
    Column("negated", Boolean, nullable=False),
    Column("since", String(7)),
    Column("mapped_by", String(100), nullable=False),
    Column("key_name", String(100)),
    moment("valid_from", required=True),
    moment("valid_to"),
    Column("ended_by", String(100)),
    CheckConstraint("(account IS NULL) <> (section IS NULL)", name="ck_qbr_account_mappings_subject"),
    Index(
        "uq_qbr_account_mappings_current",
        "organization_id",
        text("COALESCE(account, '')"),
        text("COALESCE(section, '')"),
        text("COALESCE(since, '')"),
        unique=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
)

Subject = tuple[str | None, BooksSection | None, Month | None]


@dataclass(frozen=True, slots=True)
class StoredMapping:
    """A mapping with who said so and when; `valid_to` and `ended_by`: when it was replaced or taken away, and by whom.

    Moments are aware, in UTC.
    """

    id: int
    mapping: AccountMapping
    key_name: str | None
    valid_from: datetime
    valid_to: datetime | None
    ended_by: str | None


def read_mappings(connection: Connection, db: Database, *, with_earlier: bool = False) -> list[StoredMapping]:
    """The mappings of the organization, in the order in which they were made; `with_earlier`: also those of before."""
    table = account_mappings
    query = select(table).where(table.c.organization_id == db.organization_id).order_by(table.c.id)
    if not with_earlier:
        query = query.where(table.c.valid_to.is_(None))
    return [_stored(row) for row in connection.execute(query)]


def mappings_now(connection: Connection, db: Database) -> list[AccountMapping]:
    """What people say now."""
    return [each.mapping for each in read_mappings(connection, db)]


def write_mappings(
    db: Database,
    new: Iterable[AccountMapping],
    removed: Collection[Subject] = (),
    *,
    by: str,
    key_name: str | None = None,
) -> int:
    """Say what accounts and rests of sections count as, and take back what was said of others, in one transaction.

    How many mappings that changed: the same again changes nothing. InvalidMappingError for one that says nothing, for
    two of one account from one month, and for a missing or overlong name.
    """
    wanted = [valid_mapping(each) for each in new]
    who = author(by)
    if who is None:
        raise InvalidMappingError(
            f"the name of who maps accounts is needed, at most {MAX_AUTHOR_LENGTH} characters"
        )
    subjects = [each.subject for each in wanted]
    if len(set(subjects)) < len(subjects):
        raise InvalidMappingError("an account is mapped twice from the same month")
    with db.begin() as connection:
        lock_mappings(connection, db)
        kept = {each.mapping.subject: each for each in read_mappings(connection, db)}
        changed = [each for each in wanted if not _same(kept.get(each.subject), each)]
        ended = {each.subject for each in changed} | (set(removed) - set(subjects))
        at = clock(connection)
        taken = _end(connection, [kept[each].id for each in ended if each in kept], who, at)
        if changed:
            records = [_record(db, each, who, key_name, at) for each in changed]
            connection.execute(insert(account_mappings), records)
        return len(changed) + taken - sum(each.subject in kept for each in changed)


def _same(kept: StoredMapping | None, new: AccountMapping) -> bool:
    if kept is None:
        return False
    old = kept.mapping
    said = (old.counts_as, old.with_sub_accounts, old.negated)
    return said == (new.counts_as, new.with_sub_accounts, new.negated)


def _end(connection: Connection, ids: Collection[int], who: str, at: datetime) -> int:
    table = account_mappings
    ended = update(table).where(table.c.id.in_(ids)).values(valid_to=at, ended_by=who)
    return connection.execute(ended).rowcount if ids else 0


def _record(
    db: Database, mapping: AccountMapping, who: str, key_name: str | None, at: datetime
) -> dict[str, Any]:
    return {
        "organization_id": db.organization_id,
        "account": mapping.account,
        "section": mapping.section and mapping.section.value,
        "name": mapping.name,
        "counts_as": mapping.counts_as,
        "with_sub_accounts": mapping.with_sub_accounts,
        "negated": mapping.negated,
        "since": mapping.since and str(mapping.since),
        "mapped_by": who,
        "key_name": key_name,
        "valid_from": at,
    }


def last_change(connection: Connection, db: Database) -> datetime | None:
    """When somebody last said something else; None: nobody has said anything."""
    table = account_mappings
    newest = func.max(func.coalesce(table.c.valid_to, table.c.valid_from))
    found: datetime | None = connection.execute(
        select(newest).where(table.c.organization_id == db.organization_id)
    ).scalar_one()
    return found


def _stored(row: ResultRow[Any]) -> StoredMapping:
    mapping = AccountMapping(
        row.counts_as,
        account=row.account,
        section=row.section and BooksSection(row.section),
        with_sub_accounts=row.with_sub_accounts,
        negated=row.negated,
        since=row.since and Month.parse(row.since),
        name=row.name,
        by=row.mapped_by,
    )
    return StoredMapping(row.id, mapping, row.key_name, row.valid_from, row.valid_to, row.ended_by)
