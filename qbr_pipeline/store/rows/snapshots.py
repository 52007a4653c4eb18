"""Device snapshots that are known to be right, and the suspect one that a person may accept.

What belongs here: reading them from publications, stages and acceptances. What does not: when a snapshot is suspect
(the vendors' packages).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.rules.snapshots import SuspectSnapshot
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import current_publication, current_publications
from qbr_pipeline.store.rows.evidence import DevicesEvidence
from qbr_pipeline.store.rows.losses import acceptances
from qbr_pipeline.store.rows.staging import staged
from qbr_pipeline.store.rows.tables import RowSource

_SOURCE = RowSource.DEVICES


def published_snapshots(connection: Connection, db: Database) -> dict[date, int]:
    """How many devices the snapshots have, by day, that months are published from and that are not suspect."""
    return {
        each.snapshot_date: DevicesEvidence.from_facts(each.facts.get(_SOURCE.value, {})).devices
        for each in current_publications(connection, db, _SOURCE.vendor)
        if each.snapshot_date is not None and not each.snapshot_suspect
    }


def accepted_snapshots(connection: Connection, db: Database) -> dict[date, int]:
    """How many devices persons have accepted that a day has."""
    table = acceptances
    query = (
        select(table.c.snapshot_date, table.c.rows)
        .where(table.c.organization_id == db.organization_id, table.c.snapshot_date.is_not(None))
        .order_by(table.c.id)
    )
    return {row.snapshot_date: row.rows for row in connection.execute(query)}


def newest_suspect(connection: Connection, db: Database, month: Month) -> SuspectSnapshot | None:
    """The latest suspect snapshot that a collection of `month` has seen; None when the latest one saw none."""
    stage = staged(connection, db, _SOURCE, month, run_id="")
    published = current_publication(connection, db, _SOURCE.vendor, month)
    if stage is not None and (published is None or stage.fetch_started_at > published.fetch_started_at):
        facts = stage.facts
    else:
        facts = published.facts.get(_SOURCE.value, {}) if published else {}
    return next(reversed(DevicesEvidence.from_facts(facts).suspects), None)
