"""How an attempt to publish ended, as it is told right then and from the records later.

What belongs here: the shape, and reading it back. What does not: publishing (`publishing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import history_of_publication
from qbr_pipeline.store.publications import Published, current_publication
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline.store.rows.versions import RowChanges
from qbr_pipeline.store.schema import publications
from qbr_pipeline.store.values import ValueChange, ValueChangeCause, manual, read_values
from qbr_pipeline.store.vendors import vendor_ids


class Outcome(StrEnum):
    """How an attempt to publish ended."""

    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Publication:
    """How publishing one vendor's month ended.

    `values` is what the collection found, `changes` what of it replaced a published value, `kept_manual` what
    it found where a person's value stays. `was_closed`: the month was closed for this vendor before;
    `closed`: it is now. `message` says in a sentence why nothing was published; `already_published`: this run
    had done it before.
    """

    outcome: Outcome
    vendor: Vendor
    month: Month
    run_id: str
    values: Mapping[str, Decimal]
    changes: tuple[ValueChange, ...] = ()
    kept_manual: Mapping[str, Decimal] = field(default_factory=dict)
    was_closed: bool = False
    closed: bool = False
    rows: Mapping[RowSource, RowChanges] = field(default_factory=dict)
    published_at: datetime | None = None
    fetch_started_at: datetime | None = None
    collected_as_of: datetime | None = None
    snapshot_date: date | None = None
    snapshot_suspect: bool = False
    already_published: bool = False
    message: str | None = None


def as_it_was(connection: Connection, db: Database, done: Published) -> Publication:
    """What this run has published already, told from the records; how many rows changed is not kept."""
    entries = history_of_publication(connection, db, done.id)
    entered = manual(read_values(connection, db, done.month))
    return Publication(
        outcome=Outcome.PUBLISHED,
        vendor=done.vendor,
        month=done.month,
        run_id=done.run_id,
        values=done.found,
        changes=tuple(
            ValueChange(entry.metric, entry.old_value, entry.new_value)
            for entry in entries
            if entry.cause is ValueChangeCause.COLLECTION and entry.old_value != entry.new_value
        ),
        kept_manual={key: value for key, value in done.found.items() if key in entered},
        was_closed=_was_closed_before(connection, db, done),
        closed=done.closed,
        published_at=done.published_at,
        fetch_started_at=done.fetch_started_at,
        collected_as_of=done.collected_as_of,
        snapshot_date=done.snapshot_date,
        snapshot_suspect=done.snapshot_suspect,
        already_published=True,
    )


def last_published(
    connection: Connection, db: Database, vendor: Vendor, month: Month, *, run_id: str | None = None
) -> Publication | None:
    """The publication of a vendor's month that `run_id` made, else the current one, told from the records.

    None when there is none.
    """
    own = current_publication(connection, db, vendor, month, run_id=run_id) if run_id else None
    done = own or current_publication(connection, db, vendor, month)
    return None if done is None else as_it_was(connection, db, done)


def _was_closed_before(connection: Connection, db: Database, done: Published) -> bool:
    table = publications
    query = select(table.c.id).where(
        table.c.organization_id == db.organization_id,
        table.c.vendor_id == vendor_ids(connection)[done.vendor],
        table.c.period == str(done.month),
        table.c.id < done.id,
        table.c.closed,
    )
    return connection.execute(query.limit(1)).first() is not None
