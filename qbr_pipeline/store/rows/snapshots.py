"""Device snapshots that are known to be right, and the suspect one that a person may accept.

What belongs here: reading them from publications, stages and acceptances. What does not: when a snapshot is suspect
(the vendors' packages).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rules.snapshots import SuspectSnapshot
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import DeviceRule
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published, current_publication, current_publications
from qbr_pipeline.store.rows.evidence import DevicesEvidence
from qbr_pipeline.store.rows.losses import acceptances
from qbr_pipeline.store.rows.staging import staged
from qbr_pipeline.store.rows.tables import RowSource

_SOURCE = RowSource.DEVICES


def devices_of(published: Published) -> DevicesEvidence:
    """What the snapshot looked like that a publication was made from, and the rule that it was counted by."""
    return DevicesEvidence.from_facts(published.facts.get(_SOURCE.value, {}))


def with_remarks(
    connection: Connection, db: Database, facts: MonthFacts, as_of: datetime | None = None
) -> MonthFacts:
    """`facts` with what a reader should know of how devices were counted; nothing where that is as usual.

    As it was known at the aware moment `as_of`, if given. What a person entered was not counted.
    """
    published = current_publication(connection, db, _SOURCE.vendor, facts.month, as_of=as_of)
    rule = devices_of(published).rule if published else DeviceRule()
    if published is None or rule == DeviceRule():
        return facts
    counted = {key: value for key, value in published.found.items() if facts.values.get(key) == value}
    return replace(facts, remarks=dict.fromkeys(counted, f"counted {rule}"))


def published_snapshots(connection: Connection, db: Database) -> dict[date, int]:
    """How many devices the snapshots have, by day, that months are published from and that are not suspect."""
    return {
        each.snapshot_date: devices_of(each).devices
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
    seen = devices_of(published) if published else DevicesEvidence()
    if stage is not None and (published is None or stage.fetch_started_at > published.fetch_started_at):
        seen = DevicesEvidence.from_facts(stage.facts)
    return next(reversed(seen.suspects), None)
