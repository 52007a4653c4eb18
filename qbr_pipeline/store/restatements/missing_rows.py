"""What became of rows of a closed month that the vendor's answer for the month does not hold any more.

What belongs here: which rows those are, and carrying what the vendor told of them from the fetch to the publication.
What does not: asking the vendor, and what to say about it (`causes`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, select

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.restatements.effects import MissingRows
from qbr_pipeline.store.rows.shapes import Row
from qbr_pipeline.store.rows.tables import ROW_TABLES, SOURCE_ID, RowSource
from qbr_pipeline.store.rows.versions import valid

MISSING_ROWS = "whereabouts"
"""Under this name they are among the facts of a stage."""
NOT_LOOKED_UP = "could_not_be_looked_up"
"""Under this name, why they are not."""

_ADAPTERS: Mapping[RowSource, TypeAdapter[Any]] = {
    source: TypeAdapter(dict[get_type_hints(tables.shape)[SOURCE_ID], tables.shape | None])  # type: ignore[misc,arg-type]
    for source, tables in ROW_TABLES.items()
}


def gone_from_closed_month(
    connection: Connection, db: Database, source: RowSource, month: Month, fetched: Collection[int]
) -> tuple[int, ...]:
    """The ids of the published rows of a closed month that are not among the `fetched` ones; none before it is closed.

    For sources whose ids are whole numbers.
    """
    table = ROW_TABLES[source].versions
    published = current_publication(connection, db, source.vendor, month)
    if published is None or not published.closed:
        return ()
    ids = select(table.c.source_id).where(valid(connection, db, source, month, None))
    return tuple(sorted(set(connection.execute(ids).scalars()) - set(fetched)))


def as_facts(source: RowSource, requested: Iterable[int], found: Iterable[Row]) -> Mapping[str, Any]:
    """What was asked for and what was found, as facts of a stage; nothing when nothing was asked for."""
    by_id = {row.source_id: row for row in found}
    rows = {row_id: by_id.get(row_id) for row_id in requested}
    return {MISSING_ROWS: _ADAPTERS[source].dump_python(rows, mode="json")} if rows else {}


def from_facts(source: RowSource, facts: Mapping[str, Any]) -> MissingRows:
    """Back from the facts of a stage; none where these cannot be read, as an older version's may not be."""
    try:
        rows: MissingRows = _ADAPTERS[source].validate_python(facts.get(MISSING_ROWS, {}))
    except ValidationError:
        return {}
    return rows
