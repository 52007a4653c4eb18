"""The stage that a publication was made of, told from its record: the rows themselves are the current versions by then.

What belongs here: that a second run of the same collection finds what the first has published already.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.rows.staging import Stage
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC, RowSource
from qbr_pipeline.store.rows.versions import valid


def published_stage(
    connection: Connection, db: Database, source: RowSource, month: Month, run_id: str
) -> Stage | None:
    """What this run has published of a source and month, as the stage that it was; None when it has not.

    The source's own count and how often it was read are not kept: they agreed, or nothing had been published.
    """
    done = current_publication(connection, db, source.vendor, month, run_id=run_id)
    if done is None:
        return None
    query = select(func.count()).where(valid(connection, db, source, month, None))
    return Stage(
        source=source,
        month=month,
        run_id=run_id,
        fetch_started_at=done.fetch_started_at,
        collected_as_of=done.collected_as_of,
        source_count=None,
        row_count=connection.execute(query).scalar_one(),
        values={
            key: value
            for key, value in done.found.items()
            if key in ROWS_OF_METRIC and ROWS_OF_METRIC[key].source is source
        },
        snapshot_date=done.snapshot_date,
        snapshot_suspect=done.snapshot_suspect,
        facts=done.facts.get(source.value, {}),
    )
