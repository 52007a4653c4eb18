"""Publication: what a collection has staged becomes the current state, all of a vendor's month or nothing.

What belongs here: the one transaction that writes row versions, values, history and log, and what may stop
it. What does not: fetching and staging, and the rules of validation; they are asked here, not written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.batch import (
    Batch,
    NothingStagedError,
    PublicationRejected,
    find_stages,
    require_published,
)
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, write_log
from qbr_pipeline.store.database import Database, clock, lock_quarter
from qbr_pipeline.store.outcomes import Outcome, Publication, as_it_was, last_published
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.refresh import refresh_month
from qbr_pipeline.store.restatements.ledger import write_restatements
from qbr_pipeline.store.restatements.missing_rows import MISSING_ROWS, from_facts
from qbr_pipeline.store.rows.accounts import average_expenses
from qbr_pipeline.store.rows.losses import RowLoss
from qbr_pipeline.store.rows.staging import stage_id
from qbr_pipeline.store.rows.tables import RowSource, stages
from qbr_pipeline.store.rows.versions import RowChanges, publish_rows
from qbr_pipeline.store.schema import publications
from qbr_pipeline.store.values import (
    DataSource,
    NewValue,
    Origin,
    ValueChange,
    ValueChangeCause,
    manual,
    read_values,
    write_values,
)
from qbr_pipeline.store.vendors import vendor_ids

__all__ = [
    "NothingStagedError",
    "Outcome",
    "Publication",
    "PublicationRejected",
    "RowChanges",
    "ValueChange",
    "last_published",
    "publish",
]


def publish(
    db: Database,
    vendor: Vendor,
    month: Month,
    run_id: str,
    now: datetime,
    *,
    log_run_id: str | None = None,
    has_fetched: bool = True,
    scheduled_at: datetime | None = None,
) -> Publication:
    """Make what `run_id` has staged of a vendor's month the current state, in one transaction.

    Writes row versions, values, history and the log row, and the ledger of what that changed of a closed month;
    refreshes derived metrics, SmartNumbers and the quarter; removes the stages. `now` (aware) decides which months
    are over; `scheduled_at`: its night. Publishing again by the same run returns what it did, also when it has fetched
    a part of it anew; a run that was not to fetch anything, as `has_fetched` says, is given what is published. A fetch
    that began before the published one's is SUPERSEDED, which is no success; a month without device snapshot, or a
    closed one with only a suspect snapshot, gives NOTHING. Raises PublicationRejected when a blocking rule finds
    something, NothingStagedError when nothing is staged, StageDamagedError when a stage does not hold what it says.
    """
    with db.begin() as connection:
        return publish_within(
            connection,
            db,
            vendor,
            month,
            run_id,
            now,
            log_run_id,
            has_fetched=has_fetched,
            night=scheduled_at,
        )


def publish_within(
    connection: Connection,
    db: Database,
    vendor: Vendor,
    month: Month,
    run_id: str,
    now: datetime,
    log_run_id: str | None = None,
    *,
    has_fetched: bool = True,
    night: datetime | None = None,
) -> Publication:
    """As `publish`, within a transaction. Who publishes several months in one takes their locks first, oldest first."""
    lock_quarter(connection, db, month.quarter)
    current = current_publication(connection, db, vendor, month)
    stages_of_run = find_stages(connection, db, vendor, month, run_id)
    beside = average_expenses(connection, db, month) if vendor is Vendor.QUICKBOOKS else {}
    batch = Batch(db, vendor, month, run_id, stages_of_run, current, beside)
    if batch.missing or not batch.stages:
        before = current_publication(connection, db, vendor, month, run_id=run_id)
        if before is None and not batch.stages and not has_fetched:
            before = require_published(current, vendor, month)
        if before is not None:
            return replace(as_it_was(connection, db, before), message=_dropped(batch))
    batch.require_all_sources()
    losses = batch.losses(connection)
    batch.require_acceptable(connection, losses)
    batch.require_undamaged(connection)
    done = _decide(connection, batch, losses, now)
    _log(connection, batch, done, log_run_id or run_id, night)
    return done


def _dropped(batch: Batch) -> str | None:
    """What is said of a part that was fetched anew by a run that had published the whole before."""
    if not batch.stages:
        return None
    sources = " and ".join(sorted(stage.source.label for stage in batch.stages))
    return (
        f"{batch.vendor} {batch.month}: this collection has published already; the {sources} that were read again are "
        "not: launch the job collection for fresh rows"
    )


def _decide(
    connection: Connection, batch: Batch, losses: Mapping[RowSource, RowLoss], now: datetime
) -> Publication:
    """Publish the batch unless there is a reason not to; then its stages stay, for the run to ask again.

    A publication from a clock that was ahead stands in no later one's way.
    """
    current = batch.current
    is_later = current is not None and batch.fetch_started_at < current.fetch_started_at
    if current is not None and is_later and current.fetch_started_at <= clock(connection):
        message = (
            f"{batch.vendor} {batch.month}: dropped, because the collection published at "
            f"{current.published_at:%Y-%m-%d %H:%M:%S} UTC began later"
        )
        return replace(_result(batch, Outcome.SUPERSEDED), message=message)
    reason = batch.reason_for_nothing()
    if reason is not None:
        return replace(_result(batch, Outcome.NOTHING), message=reason)
    return _write(connection, batch, losses, now)


def _result(batch: Batch, outcome: Outcome) -> Publication:
    return Publication(
        outcome=outcome,
        vendor=batch.vendor,
        month=batch.month,
        run_id=batch.run_id,
        values=batch.values,
        was_closed=batch.was_closed,
        closed=batch.was_closed,
        fetch_started_at=batch.fetch_started_at,
        collected_as_of=batch.collected_as_of,
        snapshot_date=batch.snapshot_date,
        snapshot_suspect=batch.snapshot_suspect,
    )


def _write(
    connection: Connection, batch: Batch, losses: Mapping[RowSource, RowLoss], now: datetime
) -> Publication:
    """Make the batch the current state."""
    db, month, vendor = batch.db, batch.month, batch.vendor
    at = clock(connection)
    vendor_id = vendor_ids(connection)[vendor]
    closed = batch.was_closed or batch.collected_as_of >= month.end(db.timezone)
    publication_id = _record(connection, batch, vendor_id, at, closed=closed)
    staged = {stage.source: stage_id(connection, db, stage) for stage in batch.stages}
    rows = {
        source: publish_rows(connection, db, source, month, vendor_id=vendor_id, stage_id=each, at=at)
        for source, each in staged.items()
    }
    origin = Origin(ValueChangeCause.COLLECTION, at, run_id=batch.run_id, publication_id=publication_id)
    entered = manual(read_values(connection, db, month))
    collected = {
        key: NewValue(batch.values.get(key), DataSource.COLLECTED, collected_at=at)
        for key in (*batch.values, *batch.given_up)
        if key not in entered
    }
    changes = write_values(connection, db, month, collected, origin)
    if batch.current is not None and batch.current.closed:
        write_restatements(
            connection,
            db,
            before=batch.current,
            publication_id=publication_id,
            run_id=batch.run_id,
            at=at,
            changes=changes,
            whereabouts={each.source: from_facts(each.source, each.facts) for each in batch.stages},
            losses=losses,
            rule_change=batch.rule_change,
        )
    refresh_month(connection, db, month, now, origin=origin)
    connection.execute(delete(stages).where(stages.c.id.in_(list(staged.values()))))
    absent = [key for key in batch.expected if key not in batch.values]
    return replace(
        _result(batch, Outcome.PUBLISHED),
        changes=changes,
        kept_manual={key: value for key, value in batch.values.items() if key in entered},
        closed=closed,
        rows=rows,
        published_at=at,
        message=f"{vendor} {month}: absent: {', '.join(absent)}" if absent else None,
    )


def _record(connection: Connection, batch: Batch, vendor_id: int, at: datetime, *, closed: bool) -> int:
    new = insert(publications).values(
        organization_id=batch.db.organization_id,
        vendor_id=vendor_id,
        period=str(batch.month),
        run_id=batch.run_id,
        fetch_started_at=batch.fetch_started_at,
        collected_as_of=batch.collected_as_of,
        published_at=at,
        closed=closed,
        found={key: format(value, "f") for key, value in batch.values.items()},
        snapshot_date=batch.snapshot_date,
        snapshot_suspect=batch.snapshot_suspect,
        facts={
            stage.source.value: {name: fact for name, fact in stage.facts.items() if name != MISSING_ROWS}
            for stage in batch.stages
        },
    )
    publication_id: int = connection.execute(new.returning(publications.c.id)).scalar_one()
    return publication_id


def _log(
    connection: Connection, batch: Batch, done: Publication, run_id: str, scheduled_at: datetime | None
) -> None:
    published = done.outcome is Outcome.PUBLISHED
    row = LogRow(
        run_id=run_id,
        month=batch.month,
        vendor=batch.vendor,
        status=_status(done),
        started_at=batch.fetch_started_at,
        ended_at=done.published_at or clock(connection),
        metrics_collected=len(done.values) if published else 0,
        message=done.message,
        scheduled_at=scheduled_at,
    )
    write_log(connection, batch.db, row)


def _status(done: Publication) -> CollectionOutcome:
    if done.outcome is Outcome.SUPERSEDED:
        return CollectionOutcome.FAILED
    fell_short = done.outcome is Outcome.NOTHING or done.message is not None
    return CollectionOutcome.PARTIAL if fell_short else CollectionOutcome.SUCCESS
