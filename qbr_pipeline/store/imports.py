"""Imports: which files were taken, what each changed, and what people said that labels mean.

What belongs here: the tables, and what is read and written of them. What does not: values themselves, which are entered
as those that people type (`entries`), and books (`books`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.schema import metadata, metrics_history, moment, organization_reference
from qbr_pipeline.store.values import DataSource, stored

imports = Table(
    "qbr_imports",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("kind", String(20), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("digest", CHAR(64), nullable=False),
    Column("company", String(200)),
    Column("basis", String(10)),
    Column("months", ARRAY(Text), nullable=False),
    Column("imported_by", String(100), nullable=False),
    Column("reason", Text),
    Column("key_name", String(100)),
    moment("imported_at", required=True),
    Column(
        "transaction_id",
        BigInteger,
        nullable=False,
        server_default=text("((pg_current_xact_id())::text)::bigint"),
    ),
    Column("undone_by", String(100)),
    Column("undone_reason", Text),
    moment("undone_at"),
    Index("idx_qbr_imports_organization_id", "organization_id", "id"),
)

import_values = Table(
    "qbr_import_values",
    metadata,
    Column("import_id", BigInteger, ForeignKey("qbr_imports.id"), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("metric_name", String(100), primary_key=True),
    Column("cell", String(100), nullable=False),
    Column("old_value", Numeric(14, 4)),
    Column("old_source", String(20)),
    Column("new_value", Numeric(14, 4), nullable=False),
)

import_labels = Table(
    "qbr_import_labels",
    metadata,
    Column("organization_id", Integer, ForeignKey("organization.id"), primary_key=True),
    Column("section", String(200), primary_key=True),
    Column("label", String(200), primary_key=True),
    Column("metric_name", String(100)),
    Column("set_by", String(100), nullable=False),
    moment("set_at", required=True),
)

Labels = Mapping[tuple[str, str], str | None]
"""The metric that a label under a heading means, both as they are compared; None: the row is left out."""


@dataclass(frozen=True, slots=True)
class NewImport:
    """A file that is being taken: what it is, by whom and why. `at` is aware."""

    kind: str
    file_name: str
    digest: str
    months: Sequence[Month]
    by: str
    at: datetime
    company: str | None = None
    basis: str | None = None
    reason: str | None = None
    key_name: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedValue:
    """What an import made of a metric in a month; `old` None: absent before. `old_source` None: never there."""

    month: Month
    metric: str
    cell: str
    old: Decimal | None
    old_source: DataSource | None
    new: Decimal


@dataclass(frozen=True, slots=True)
class StoredImport:
    """An import as it is kept, and who undid it, if anybody did. Moments are aware. `changed`: how many values."""

    id: int
    what: NewImport
    changed: int
    undone_by: str | None
    undone_reason: str | None
    undone_at: datetime | None


class ImportNotFoundError(LookupError):
    """An id of no import; its message is a sentence for a person."""


def next_import_id(connection: Connection) -> int:
    """The id of an import that is about to be recorded: what it publishes is named after it."""
    query = select(func.nextval(func.pg_get_serial_sequence("qbr_imports", "id")))
    return int(connection.execute(query).scalar_one())


def record_import(
    connection: Connection,
    db: Database,
    new: NewImport,
    values: Collection[ImportedValue] = (),
    *,
    reserved_id: int | None = None,
) -> int:
    """Keep that a file was taken and what it changed, in the transaction that changes it; its id.

    `reserved_id`: of `next_import_id`.
    """
    query = (
        insert(imports)
        .values(
            **({} if reserved_id is None else {"id": reserved_id}),
            organization_id=db.organization_id,
            kind=new.kind,
            file_name=new.file_name[:255],
            digest=new.digest,
            company=new.company,
            basis=new.basis,
            months=[str(each) for each in new.months],
            imported_by=new.by,
            reason=new.reason,
            key_name=new.key_name,
            imported_at=new.at,
        )
        .returning(imports.c.id)
    )
    import_id: int = connection.execute(query).scalar_one()
    if values:
        rows = [
            {
                "import_id": import_id,
                "period": str(each.month),
                "metric_name": each.metric,
                "cell": each.cell[:100],
                "old_value": each.old,
                "old_source": each.old_source,
                "new_value": each.new,
            }
            for each in values
        ]
        connection.execute(insert(import_values), rows)
    return import_id


def read_imports(connection: Connection, db: Database, import_id: int | None = None) -> list[StoredImport]:
    """The imports of the organization, the newest first; or one of them."""
    counts = (
        select(import_values.c.import_id, func.count().label("changed"))
        .group_by(import_values.c.import_id)
        .subquery()
    )
    query = (
        select(imports, func.coalesce(counts.c.changed, 0).label("changed"))
        .outerjoin(counts, counts.c.import_id == imports.c.id)
        .where(imports.c.organization_id == db.organization_id)
        .order_by(imports.c.id.desc())
    )
    if import_id is not None:
        query = query.where(imports.c.id == import_id)
    return [
        StoredImport(
            row.id,
            NewImport(
                row.kind,
                row.file_name,
                row.digest,
                [Month.parse(each) for each in row.months],
                row.imported_by,
                row.imported_at,
                row.company,
                row.basis,
                row.reason,
                row.key_name,
            ),
            row.changed,
            row.undone_by,
            row.undone_reason,
            row.undone_at,
        )
        for row in connection.execute(query)
    ]


def find_import(connection: Connection, db: Database, import_id: int) -> StoredImport:
    """The import of that id; ImportNotFoundError when there is none."""
    found = read_imports(connection, db, import_id)
    if not found:
        raise ImportNotFoundError(f"there is no import {import_id}")
    return found[0]


def company_of_books(connection: Connection, db: Database) -> str | None:
    """The company that the first import of books named, of those that were not undone; None: none has yet."""
    query = (
        select(imports.c.company)
        .where(
            imports.c.organization_id == db.organization_id,
            imports.c.company.is_not(None),
            imports.c.undone_at.is_(None),
        )
        .order_by(imports.c.id)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def imported_values(
    connection: Connection, import_id: int
) -> tuple[list[ImportedValue], set[tuple[Month, str]]]:
    """What an import changed, and which of that has been changed again since."""
    rows = connection.execute(
        select(import_values)
        .where(import_values.c.import_id == import_id)
        .order_by(import_values.c.period, import_values.c.metric_name)
    ).all()
    values = [
        ImportedValue(
            Month.parse(row.period),
            row.metric_name,
            row.cell,
            stored(row.metric_name, row.old_value),
            None if row.old_source is None else DataSource(row.old_source),
            stored(row.metric_name, row.new_value) or Decimal(0),
        )
        for row in rows
    ]
    return values, _changed_since(connection, import_id)


def _changed_since(connection: Connection, import_id: int) -> set[tuple[Month, str]]:
    own = (
        select(imports.c.organization_id, imports.c.transaction_id)
        .where(imports.c.id == import_id)
        .subquery()
    )
    named = select(import_values.c.period, import_values.c.metric_name).where(
        import_values.c.import_id == import_id
    )
    last = (
        select(
            metrics_history.c.period,
            metrics_history.c.metric_name,
            metrics_history.c.transaction_id,
        )
        .where(
            metrics_history.c.organization_id == select(own.c.organization_id).scalar_subquery(),
            tuple_(metrics_history.c.period, metrics_history.c.metric_name).in_(named),
        )
        .order_by(metrics_history.c.period, metrics_history.c.metric_name, metrics_history.c.id)
    )
    transaction = connection.execute(select(own.c.transaction_id)).scalar_one()
    by_value = {
        (Month.parse(row.period), row.metric_name): row.transaction_id for row in connection.execute(last)
    }
    return {key for key, last_by in by_value.items() if last_by != transaction}


def mark_undone(connection: Connection, import_id: int, by: str, reason: str | None, at: datetime) -> None:
    """Keep who undid an import, in the transaction that does."""
    connection.execute(
        update(imports)
        .where(imports.c.id == import_id)
        .values(undone_by=by, undone_reason=reason, undone_at=at)
    )


def read_labels(connection: Connection, db: Database) -> dict[tuple[str, str], str | None]:
    """What people said of labels until now."""
    query = select(import_labels).where(import_labels.c.organization_id == db.organization_id)
    return {(row.section, row.label): row.metric_name for row in connection.execute(query)}


def write_labels(connection: Connection, db: Database, labels: Labels, by: str, at: datetime) -> None:
    """Keep what somebody says of labels now, in the place of what was said before."""
    for (section, label), metric in labels.items():
        new = {"metric_name": metric, "set_by": by, "set_at": at}
        query = upsert(import_labels).values(
            organization_id=db.organization_id, section=section[:200], label=label[:200], **new
        )
        connection.execute(
            query.on_conflict_do_update(index_elements=["organization_id", "section", "label"], set_=new)
        )
