"""Metrics and SmartNumbers of a period as files for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

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

QueryT = TypeVar("QueryT", MonthlyQuery, QuarterlyQuery, SmartNumbersQuery)
Cells = Sequence[str | Decimal | bool | None]


class FileFormat(StrEnum):
    """The kinds of files."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportQuery(AsOf):
    """Which month or quarter, and as which kind of file."""

    period: PeriodField
    format: FileFormat = FileFormat.CSV


_NUMBER = ("name", "label", "value", "unit")
_MONTHLY = ("period", "section", *_NUMBER, "vendor", "source", "entered_by", "notes", "status")
_QUARTERLY = ("period", "section", *_NUMBER, "aggregation", "months_used", "provisional", "status")
_SMARTNUMBERS = ("period", "group", *_NUMBER, "months_used", "provisional", "status", "method")


@routes.get("/export/metrics", query=ExportQuery, data=None, tag="export", media=MEDIA)
def export_metrics(call: Call[ExportQuery, NoParameters]) -> Response:
    """The metrics of a month or quarter as CSV or XLSX; an absent value is an empty cell."""
    header: Sequence[str] = _MONTHLY
    if isinstance(call.query.period, Month):
        numbers: Sequence[object] = monthly_metrics(_asking(call, MonthlyQuery)).metrics
    else:
        header, numbers = _QUARTERLY, quarterly_metrics(_asking(call, QuarterlyQuery)).metrics
    return _file(call.query, "metrics", header, numbers)


@routes.get("/export/smartnumbers", query=ExportQuery, data=None, tag="export", media=MEDIA)
def export_smartnumbers(call: Call[ExportQuery, NoParameters]) -> Response:
    """The SmartNumbers of a month or quarter as CSV or XLSX; an absent value is an empty cell."""
    return _file(
        call.query,
        "smartnumbers",
        _SMARTNUMBERS,
        smartnumbers(_asking(call, SmartNumbersQuery)).smartnumbers,
    )


def _asking(call: Call[ExportQuery, NoParameters], query: type[QueryT]) -> Call[QueryT, NoParameters]:
    """The call of another endpoint for the same period."""
    return call.ask(query.model_construct(**dict(call.query)))


def _file(query: ExportQuery, subject: str, header: Sequence[str], numbers: Iterable[object]) -> Response:
    name, rows = f"{subject}-{query.period}.{query.format}", _cells(query.period, header, numbers)
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
