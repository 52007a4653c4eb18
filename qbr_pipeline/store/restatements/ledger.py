"""The ledger of restatements: which rows explain the change of a published value of a closed month.

What belongs here: writing it within the publishing transaction, and reading it a page at a time. What does not: what a
row's effect is, and why (`effects`, `causes`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select
from sqlalchemy import Row as ResultRow

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published
from qbr_pipeline.store.restatements.causes import ChangeKind
from qbr_pipeline.store.restatements.effects import MissingRows, RowEffect, Rows, account, row_effects
from qbr_pipeline.store.restatements.tables import restatement_rows, restatements
from qbr_pipeline.store.rows.losses import RowLoss
from qbr_pipeline.store.rows.tables import ROW_TABLES, ROWS_OF_METRIC, RowSource
from qbr_pipeline.store.schema import read_as
from qbr_pipeline.store.values import ValueChange
from qbr_pipeline.store.vendors import vendor_ids


@dataclass(frozen=True, slots=True)
class CauseTotal:
    """What all rows of one kind of cause did to the value together."""

    kind: ChangeKind
    rows: int
    effect: Decimal


@dataclass(frozen=True, slots=True)
class Restatement:
    """A published value of a closed month that a publication changed; the effects of `causes` add up to the change.

    `published_at` is aware, in UTC. `causes` come largest effect first. `accepted_by` and `accepted_why`: who accepted
    that the month lost most of its rows, if it did. `rule_change`: by which rule it is counted now, and by which
    before, if another one.
    """

    id: int
    vendor: Vendor
    month: Month
    metric: str
    old: Decimal
    new: Decimal
    run_id: str
    published_at: datetime
    causes: tuple[CauseTotal, ...]
    accepted_by: str | None = None
    accepted_why: str | None = None
    rule_change: str | None = None

    @property
    def change(self) -> Decimal:
        """What the value changed by, in the unit of the metric."""
        return self.new - self.old

    @property
    def rows(self) -> int:
        """How many entries explain it."""
        return sum(cause.rows for cause in self.causes)


@dataclass(frozen=True, slots=True)
class RestatementFilter:
    """Which restatements are wanted, by months (inclusive), metric and the runs that published them; None: any."""

    first: Month | None = None
    last: Month | None = None
    metric: str | None = None
    run_ids: Collection[str] | None = None


_CURRENT = restatements.c.metric_name.in_(list(METRICS))
"""What holds for restatements of metrics that there still are."""


def write_restatements(
    connection: Connection,
    db: Database,
    *,
    before: Published,
    publication_id: int,
    run_id: str,
    at: datetime,
    changes: Iterable[ValueChange],
    whereabouts: Mapping[RowSource, MissingRows],
    losses: Mapping[RowSource, RowLoss],
    rule_change: str | None = None,
) -> None:
    """Enter the changed values of a closed month with the rows that explain each, to the last digit.

    To be called by the publishing transaction once rows and values are written; `before` is the publication that this
    one replaces, `at` its moment, which its row versions carry. Values that were or become absent are no restatement.
    `losses`: what it takes away. So many rows that are nowhere were not deleted one by one: they are not readable.
    """
    collected = [change for change in changes if change.metric in ROWS_OF_METRIC]
    versions = {
        source: _versions(connection, db, source, before.month, at)
        for source in {ROWS_OF_METRIC[change.metric].source for change in collected}
    }
    for change in collected:
        if change.old is None or change.new is None:
            continue
        metric, source = change.metric, ROWS_OF_METRIC[change.metric].source
        ended, begun = versions[source]
        loss, missing = losses.get(source), whereabouts.get(source)
        readable = loss is None or not loss.hides(missing or {})
        effects = row_effects(metric, ended, begun, db.timezone, missing, readable=readable)
        acceptance = loss.acceptance if loss else None
        whole = account(metric, change.old, change.new, before.found.get(metric), effects)
        restatement_id = connection.execute(
            insert(restatements)
            .values(
                organization_id=db.organization_id,
                vendor_id=vendor_ids(connection)[before.vendor],
                period=str(before.month),
                metric_name=metric,
                old_value=change.old,
                new_value=change.new,
                run_id=run_id,
                publication_id=publication_id,
                published_at=at,
                accepted_by=acceptance and acceptance.by,
                accepted_why=acceptance and acceptance.why,
                rule_change=rule_change,
            )
            .returning(restatements.c.id)
        ).scalar_one()
        connection.execute(
            insert(restatement_rows), [_record(db, restatement_id, effect) for effect in whole]
        )


def restatements_page(
    connection: Connection, db: Database, wanted: RestatementFilter, *, limit: int, offset: int = 0
) -> tuple[list[Restatement], int]:
    """Some of the restatements that are wanted, the newest first, and how many there are in all."""
    table = restatements
    conditions: list[ColumnElement[bool]] = [table.c.organization_id == db.organization_id, _CURRENT]
    if wanted.first is not None:
        conditions.append(table.c.period >= str(wanted.first))
    if wanted.last is not None:
        conditions.append(table.c.period <= str(wanted.last))
    if wanted.metric is not None:
        conditions.append(table.c.metric_name == wanted.metric)
    if wanted.run_ids is not None:
        conditions.append(table.c.run_id.in_(wanted.run_ids))
    newest_first = select(table).where(*conditions).order_by(table.c.published_at.desc(), table.c.id.desc())
    total = connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
    return _read(connection, newest_first.limit(limit).offset(offset)), total


def restatements_of_run(
    connection: Connection, db: Database, vendor: Vendor, month: Month, run_id: str
) -> list[Restatement]:
    """What a run's publication of a vendor's month restated."""
    table = restatements
    query = select(table).where(
        table.c.organization_id == db.organization_id,
        table.c.vendor_id == vendor_ids(connection)[vendor],
        table.c.period == str(month),
        table.c.run_id == run_id,
        _CURRENT,
    )
    return _read(connection, query.order_by(table.c.id))


def find_restatement(connection: Connection, db: Database, restatement_id: int) -> Restatement | None:
    """The restatement with that id; None when there is none."""
    table = restatements
    query = select(table).where(
        table.c.organization_id == db.organization_id, table.c.id == restatement_id, _CURRENT
    )
    return next(iter(_read(connection, query)), None)


def explanation(
    connection: Connection, db: Database, restatement_id: int, *, limit: int | None = None, offset: int = 0
) -> list[RowEffect]:
    """The rows that explain a restatement, those with the largest effect first; ties in the order of the ledger."""
    table = restatement_rows
    query = (
        select(table)
        .where(table.c.organization_id == db.organization_id, table.c.restatement_id == restatement_id)
        .order_by(func.abs(table.c.effect).desc(), table.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        read_as(RowEffect, row, source=row.source and RowSource(row.source), kind=ChangeKind(row.kind))
        for row in connection.execute(query)
    ]


def _versions(
    connection: Connection, db: Database, source: RowSource, month: Month, at: datetime
) -> tuple[Rows, Rows]:
    """The row versions that ended at the moment of a publication, and those that began, by the vendor's id."""
    tables = ROW_TABLES[source]
    table = tables.versions
    mine = (
        table.c.organization_id == db.organization_id,
        table.c.vendor_id == vendor_ids(connection)[source.vendor],
        table.c.period == str(month),
    )

    def found(condition: ColumnElement[bool]) -> Rows:
        query = select(*(table.c[name] for name in tables.columns)).where(*mine, condition)
        rows = (tables.shape(*row) for row in connection.execute(query))
        return {row.source_id: row for row in rows}

    return found(table.c.valid_to == at), found(table.c.valid_from == at)


def _record(db: Database, restatement_id: int, effect: RowEffect) -> dict[str, Any]:
    return {**asdict(effect), "organization_id": db.organization_id, "restatement_id": restatement_id}


def _read(connection: Connection, query: Select[Any]) -> list[Restatement]:
    found = connection.execute(query).all()
    causes = _causes(connection, [row.id for row in found])
    return [_restatement(row, causes.get(row.id, [])) for row in found]


def _causes(connection: Connection, ids: Sequence[int]) -> dict[int, list[CauseTotal]]:
    table = restatement_rows
    effect = func.sum(table.c.effect)
    query = (
        select(table.c.restatement_id, table.c.kind, func.count(), effect)
        .where(table.c.restatement_id.in_(ids))
        .group_by(table.c.restatement_id, table.c.kind)
        .order_by(func.abs(effect).desc(), table.c.kind)
    )
    causes: dict[int, list[CauseTotal]] = {}
    for restatement_id, kind, rows, total in connection.execute(query):
        causes.setdefault(restatement_id, []).append(CauseTotal(ChangeKind(kind), rows, total))
    return causes


def _restatement(row: ResultRow[Any], causes: Sequence[CauseTotal]) -> Restatement:
    metric = METRICS[row.metric_name]
    return read_as(
        Restatement,
        row,
        vendor=metric.vendor,
        month=Month.parse(row.period),
        metric=metric.key,
        old=quantize(row.old_value, metric.unit),
        new=quantize(row.new_value, metric.unit),
        causes=tuple(causes),
    )
