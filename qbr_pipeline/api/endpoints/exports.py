"""Metrics and SmartNumbers of any months or quarters as files: CSV, a workbook, Parquet."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from qbr_pipeline.api.downloads import download
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import AsOf, NoParameters, PeriodField
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.api.threshold_status import nothing_stored
from qbr_pipeline.files.exports import export_table, export_workbook
from qbr_pipeline.files.kinds import (
    MEDIA,
    FileFormat,
    Paper,
    Subject,
    file_name,
    months_of,
    requested_periods,
)
from qbr_pipeline.periods import Month, Period, PeriodError
from qbr_pipeline.store.figures import read_stored_months


class ExportQuery(AsOf):
    """Which month or quarter, or from which to which (the last 13 months when nothing is said), and as which file.

    `paper` is what a workbook is set up for.
    """

    period: PeriodField | None = None
    from_period: PeriodField | None = None
    to_period: PeriodField | None = None
    format: FileFormat = FileFormat.CSV
    paper: Paper = Paper.LETTER


@routes.get("/export/metrics", query=ExportQuery, data=None, tag="export", media=tuple(MEDIA.values()))
def export_metrics(call: Call[ExportQuery, NoParameters]) -> Response:
    """The metrics of months or quarters as CSV, Parquet or a workbook; an absent value is an empty cell."""
    return _file(call, Subject.METRICS)


@routes.get("/export/smartnumbers", query=ExportQuery, data=None, tag="export", media=tuple(MEDIA.values()))
def export_smartnumbers(call: Call[ExportQuery, NoParameters]) -> Response:
    """The SmartNumbers of months or quarters as CSV, Parquet or a workbook; an absent value is an empty cell."""
    return _file(call, Subject.SMARTNUMBERS)


def _file(call: Call[ExportQuery, NoParameters], subject: Subject) -> Response:
    query, database = call.query, call.database
    moment = call.known_at(query.as_of)
    periods = _periods(call)
    months = [month for period in periods for month in months_of(period)]
    with database.read() as connection:
        kept = read_stored_months(connection, database, months, query.as_of)
    if not any(kept.values()):
        raise nothing_stored(*dict.fromkeys((periods[0], periods[-1])))
    if query.format is FileFormat.XLSX:
        content = export_workbook(database, periods, moment, query.as_of, paper=query.paper)
    else:
        content = export_table(database, subject, periods, query.format, moment, query.as_of)
    return download(file_name(subject, periods, query.format), MEDIA[query.format], content)


def _periods(call: Call[ExportQuery, NoParameters]) -> Sequence[Period]:
    """The months or quarters of a request, oldest first; ApiError when that is no range."""
    query = call.query
    if query.period is not None:
        if query.from_period is not None or query.to_period is not None:
            sentence = "expected either period or from_period and to_period, not both"
            raise ApiError(Code.INVALID_PERIOD, sentence, field="period")
        return [call.begun(query.period)]
    if query.to_period is not None:
        call.begun(query.to_period, "to_period")
    try:
        current = Month.of(call.now, call.database.timezone)
        return requested_periods(query.from_period, query.to_period, current)
    except PeriodError as error:
        raise ApiError(Code.INVALID_PERIOD, str(error), field="from_period") from error
