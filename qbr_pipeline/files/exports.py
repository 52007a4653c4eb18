"""What leaves as files: tables of metrics or SmartNumbers as CSV and Parquet, and the workbook of some months.

What belongs here: from the numbers of a database to the bytes of a file. What does not: which columns a table has
(`frames`), the cells of a workbook (`workbook`), who asks (`cli`, `api`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from qbr_pipeline.files.cells import csv_text
from qbr_pipeline.files.kinds import FileFormat, Paper, Subject, months_of
from qbr_pipeline.periods import Month, Period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.figures import read_figures

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA_VERSION = "1"
"""The version of the columns of a Parquet file, in its metadata under `qbr.schema_version`: another one when a column
goes, or means something else."""


def export_table(
    database: Database,
    subject: Subject,
    periods: Sequence[Period],
    kind: FileFormat,
    at: datetime,
    as_of: datetime | None = None,
) -> bytes:
    """The metrics or SmartNumbers of `periods` (months or quarters, oldest first) as CSV or Parquet.

    `at` (aware) says which months are over; `as_of` (aware) asks for what was known at an earlier moment.
    """
    from qbr_pipeline import frames  # noqa: PLC0415 - pandas takes half a second to import

    read = frames.metrics if subject is Subject.METRICS else frames.smartnumbers
    frame = read(database, periods[0], periods[-1], at=at, as_of=as_of)
    if kind is FileFormat.PARQUET:
        return _parquet(subject, frame)
    return csv_text(list(frame.columns), frame.itertuples(index=False, name=None)).encode()


def export_workbook(
    database: Database,
    periods: Sequence[Period],
    at: datetime,
    as_of: datetime | None = None,
    *,
    paper: Paper = Paper.LETTER,
    to_fill: bool = False,
) -> bytes:
    """The workbook of `periods` (months, or quarters: their months that have begun), else as `export_table`.

    `to_fill`: a template, with the months to come, whose absent inputs are marked.
    """
    from qbr_pipeline.files.workbook import workbook  # noqa: PLC0415 - most commands and requests make none

    current = Month.of(at, database.timezone)
    months = [month for period in periods for month in months_of(period) if to_fill or month <= current]
    with database.read() as connection:
        figures = read_figures(connection, database, months, at, as_of)
    return workbook(figures, paper, to_fill=to_fill)


def _parquet(subject: Subject, frame: DataFrame) -> bytes:
    """Values are decimal128(20, 4), as the database has them; texts and flags; absent is null."""
    import pyarrow as pa  # noqa: PLC0415 - large, and hardly ever needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {"value": pa.decimal128(20, 4), "provisional": pa.bool_()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in frame.columns])
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    about = {"qbr.schema_version": SCHEMA_VERSION, "qbr.table": subject.value}
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(about), stream)
    return stream.getvalue()
