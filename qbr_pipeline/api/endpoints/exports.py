"""Metrics and SmartNumbers of a period as files for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

from flask import Response

from qbr_pipeline.api.endpoints.monthly import MonthlyQuery, monthly_metrics
from qbr_pipeline.api.endpoints.quarterly import QuarterlyQuery, quarterly_metrics
from qbr_pipeline.api.endpoints.smartnumbers import SmartNumbersQuery, smartnumbers
from qbr_pipeline.api.models import AsOf, NoParameters, PeriodField
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.files.cells import csv_file
from qbr_pipeline.files.workbook import XLSX, xlsx_file
from qbr_pipeline.periods import Month, Period

MEDIA = ("text/csv", XLSX)

Cells = Sequence[str | Decimal | bool | None]


class FileFormat(StrEnum):
    """The kinds of files."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportQuery(AsOf):
    """Which month or quarter, and as which kind of file."""

    period: PeriodField
    format: FileFormat = FileFormat.CSV


_MONTHLY = (
    "period",
    "section",
    "name",
    "label",
    "value",
    "unit",
    "vendor",
    "source",
    "entered_by",
    "notes",
    "status",
)
_QUARTERLY = (
    "period",
    "section",
    "name",
    "label",
    "value",
    "unit",
    "aggregation",
    "months_used",
    "provisional",
    "status",
)
_SMARTNUMBERS = (
    "period",
    "group",
    "name",
    "label",
    "value",
    "unit",
    "months_used",
    "provisional",
    "status",
    "method",
)


@routes.get("/export/metrics", query=ExportQuery, data=None, tag="export", media=MEDIA)
def export_metrics(call: Call[ExportQuery, NoParameters]) -> Response:
    """The metrics of a month or quarter as CSV or XLSX; an absent value is an empty cell."""
    query, period = call.query, call.query.period
    if isinstance(period, Month):
        month = MonthlyQuery.model_construct(
            period=period, as_of=query.as_of, organization_id=query.organization_id
        )
        monthly = monthly_metrics(call.ask(month)).metrics
        return _file(query, "metrics", _MONTHLY, _cells(period, _MONTHLY, monthly))
    quarter = QuarterlyQuery.model_construct(
        period=period, as_of=query.as_of, organization_id=query.organization_id
    )
    quarterly = quarterly_metrics(call.ask(quarter)).metrics
    return _file(query, "metrics", _QUARTERLY, _cells(period, _QUARTERLY, quarterly))


@routes.get("/export/smartnumbers", query=ExportQuery, data=None, tag="export", media=MEDIA)
def export_smartnumbers(call: Call[ExportQuery, NoParameters]) -> Response:
    """The SmartNumbers of a month or quarter as CSV or XLSX; an absent value is an empty cell."""
    period = call.query.period
    query = SmartNumbersQuery.model_construct(
        period=period, as_of=call.query.as_of, organization_id=call.query.organization_id
    )
    numbers = smartnumbers(call.ask(query)).smartnumbers
    return _file(call.query, "smartnumbers", _SMARTNUMBERS, _cells(period, _SMARTNUMBERS, numbers))


def _file(query: ExportQuery, subject: str, header: Sequence[str], rows: Iterable[Cells]) -> Response:
    name = f"{subject}-{query.period}.{query.format}"
    if query.format is FileFormat.XLSX:
        return xlsx_file(name, f"{subject} {query.period}", header, rows)
    return csv_file(name, header, rows)


def _cells(period: Period, header: Sequence[str], numbers: Iterable[object]) -> list[Cells]:
    return [
        [str(period) if name == "period" else _cell(getattr(each, name)) for name in header]
        for each in numbers
    ]


def _cell(value: object) -> str | Decimal | bool | None:
    match value:
        case None | bool() | Decimal():
            return value
        case list():
            return " ".join(str(each) for each in value)
        case _:
            return str(value)
