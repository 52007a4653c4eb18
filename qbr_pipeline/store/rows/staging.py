"""Staged rows: what a collection has fetched and nobody has published yet.

What belongs here: putting a fetch aside with its rows, finding it again, and counting it another way. What
does not: what the rows mean (the vendors' packages say that) and making them the current state
(`publishing`).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, cast

import psycopg2.extensions
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, text
from sqlalchemy import Row as ResultRow

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.rows.shapes import Row
from qbr_pipeline.store.rows.tables import ROW_TABLES, ROWS_OF_METRIC, RowSource, RowTables, stages
from qbr_pipeline.store.schema import read_as

NOT_COUNTED = "could_not_be_counted"
"""Among the facts of a stage: why the source's own count is not known, in a sentence."""

_KEPT_FOR = "7 days"
_CHUNK_ROWS = 2_000


class StageDamagedError(RuntimeError):
    """A stage whose rows are not what it says it holds; the message is a sentence for a person."""


@dataclass(frozen=True)
class Stage:
    """One fetch of one source for one month, complete.

    `fetch_started_at` is the database's clock when it began, `collected_as_of` the moment that bounded the
    month in progress; both aware. `source_count` is the source's own count for the same conditions,
    `fetched_count` how many rows were read for it (None: as many as are staged), `reads` how often the source
    was read until both agreed. `values` are the metrics that the rows give, rounded half up when they are put
    aside; they may name fewer than the source has, which then are absent.
    """

    source: RowSource
    month: Month
    run_id: str
    fetch_started_at: datetime
    collected_as_of: datetime
    source_count: int | None
    row_count: int
    values: Mapping[str, Decimal]
    snapshot_date: date | None = None
    snapshot_suspect: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    fetched_count: int | None = None
    reads: int = 1

    @property
    def rows_fetched(self) -> int:
        """How many rows were read from the source."""
        return self.row_count if self.fetched_count is None else self.fetched_count


def stage(db: Database, stage: Stage, rows: Iterable[Row]) -> None:
    """Put a fetch aside, in place of an earlier one of the same run, source and month.

    StageDamagedError when `rows` are not `stage.row_count` in number; nothing is staged then. Stages that
    nobody has published within a week are removed.
    """
    with db.begin() as connection:
        put_aside(connection, db, stage, rows)
        forgotten = select(stages.c.id).where(
            stages.c.organization_id == db.organization_id,
            stages.c.staged_at < text(f"clock_timestamp() - interval '{_KEPT_FOR}'"),
        )
        connection.execute(delete(stages).where(stages.c.id.in_(forgotten.with_for_update(skip_locked=True))))


def put_aside(connection: Connection, db: Database, stage: Stage, rows: Iterable[Row]) -> None:
    """As `stage`, within a transaction, and nothing else is removed."""
    connection.execute(delete(stages).where(_is(db, stage)))
    new = insert(stages).values(_record(db, stage)).returning(stages.c.id)
    copied = _copy(connection, ROW_TABLES[stage.source], connection.execute(new).scalar_one(), rows)
    if copied != stage.row_count:
        raise StageDamagedError(
            f"{stage.source} of {stage.month}: {copied} rows were handed over, expected {stage.row_count}"
        )


def staged(
    connection: Connection, db: Database, source: RowSource, month: Month, run_id: str
) -> Stage | None:
    """What this run has staged of a source and month, else the newest stage of any run, else None."""
    query = (
        select(stages)
        .where(
            stages.c.organization_id == db.organization_id,
            stages.c.source == source,
            stages.c.period == str(month),
        )
        .order_by((stages.c.run_id == run_id).desc(), stages.c.fetch_started_at.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else read_stage(found)


def recount(connection: Connection, db: Database, stage: Stage) -> dict[str, Decimal]:
    """The metrics of a stage computed another way: by SQL over its staged rows. The keys are the stage's."""
    table = ROW_TABLES[stage.source].staged
    counted = {
        key: rows.value(table).label(key)
        for key, rows in ROWS_OF_METRIC.items()
        if rows.source is stage.source
    }
    of_stage = table.c.stage_id == stage_id(connection, db, stage)
    values = connection.execute(select(*counted.values()).where(of_stage)).one()
    return {
        key: quantize(Decimal(value), METRICS[key].unit)
        for key, value in zip(counted, values, strict=True)
        if key in stage.values
    }


def read_stage(found: ResultRow[Any]) -> Stage:
    """The stage that a row of the table describes."""
    return read_as(
        Stage,
        found,
        source=RowSource(found.source),
        month=Month.parse(found.period),
        values={key: Decimal(value) for key, value in found.found.items()},
    )


def count_rows(connection: Connection, db: Database, stage: Stage) -> int:
    """How many rows a stage really holds."""
    table = ROW_TABLES[stage.source].staged
    query = select(func.count()).where(table.c.stage_id == stage_id(connection, db, stage))
    return connection.execute(query).scalar_one()


def stage_id(connection: Connection, db: Database, stage: Stage) -> int:
    """The id of a stage that was put aside; StageDamagedError when it is there no longer."""
    found: int | None = connection.execute(select(stages.c.id).where(_is(db, stage))).scalar_one_or_none()
    if found is None:
        raise StageDamagedError(f"{stage.source} of {stage.month}: run {stage.run_id} has no stage any more")
    return found


def _is(db: Database, stage: Stage) -> ColumnElement[bool]:
    return and_(
        stages.c.organization_id == db.organization_id,
        stages.c.source == stage.source,
        stages.c.period == str(stage.month),
        stages.c.run_id == stage.run_id,
    )


def _record(db: Database, stage: Stage) -> dict[str, Any]:
    return {
        "organization_id": db.organization_id,
        "source": stage.source.value,
        "period": str(stage.month),
        "run_id": stage.run_id,
        "fetch_started_at": stage.fetch_started_at,
        "collected_as_of": stage.collected_as_of,
        "source_count": stage.source_count,
        "fetched_count": stage.rows_fetched,
        "reads": stage.reads,
        "row_count": stage.row_count,
        "found": {key: _kept(key, value) for key, value in stage.values.items()},
        "snapshot_date": stage.snapshot_date,
        "snapshot_suspect": stage.snapshot_suspect,
        "facts": dict(stage.facts),
    }


def _kept(key: str, value: Decimal) -> str:
    """A value as storage keeps it; what is no finite number is kept as it is, to be found and refused."""
    return format(quantize(value, METRICS[key].unit), "f") if value.is_finite() else str(value)


def _copy(connection: Connection, tables: RowTables, stage_id: int, rows: Iterable[Row]) -> int:
    """Load rows by PostgreSQL's COPY, a few thousand at a time; how many there were."""
    copied = 0
    columns = ", ".join(("stage_id", *tables.columns))
    raw = cast("psycopg2.extensions.connection", connection.connection.driver_connection)
    with raw.cursor() as cursor:
        for count, chunk in _chunks(tables, stage_id, rows):
            cursor.copy_expert(f"COPY {tables.staged.name} ({columns}) FROM STDIN", chunk)
            copied += count
    return copied


def _chunks(tables: RowTables, stage_id: int, rows: Iterable[Row]) -> Iterator[tuple[int, io.StringIO]]:
    fields_of = attrgetter(*tables.columns)
    chunk, count = io.StringIO(), 0
    for row in rows:
        if not isinstance(row, tables.shape):
            raise TypeError(f"a {type(row).__name__} is not a {tables.shape.__name__}")
        chunk.write("\t".join((str(stage_id), *map(_encode, fields_of(row)))) + "\n")
        count += 1
        if count == _CHUNK_ROWS:
            chunk.seek(0)
            yield count, chunk
            chunk, count = io.StringIO(), 0
    if count:
        chunk.seek(0)
        yield count, chunk


_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "\t": "\\t",
        "\n": "\\n",
        "\r": "\\r",
        "\0": None,  # PostgreSQL's text cannot hold it
        # Halves of surrogate pairs, which JSON can smuggle in and UTF-8 cannot say.
        **{chr(code): "\N{REPLACEMENT CHARACTER}" for code in range(0xD800, 0xE000)},
    }
)


def _encode(value: object) -> str:
    """A value in COPY's text format."""
    match value:
        case None:
            return "\\N"
        case bool():
            return "t" if value else "f"
        case datetime():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value).translate(_ESCAPES)
