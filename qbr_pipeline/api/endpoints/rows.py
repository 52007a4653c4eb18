"""The rows behind a number: the tickets, time entries, devices or accounts that it is counted from, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Response
from pydantic import PlainValidator, WithJsonSchema

from qbr_pipeline.api.downloads import download
from qbr_pipeline.api.errors import ApiError, Code, rejection
from qbr_pipeline.api.models import (
    STORABLE,
    AsOf,
    MetricField,
    MonthField,
    MonthText,
    NoParameters,
    Number,
    ResponseModel,
    described,
    storable,
    whole_number,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.files.cells import csv_text
from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.catalogue import Metric
from qbr_pipeline.periods import local
from qbr_pipeline.store.books import months_with_books
from qbr_pipeline.store.publications import Published
from qbr_pipeline.store.rows.accounts import books_of
from qbr_pipeline.store.rows.browsing import (
    MAX_TEXT_LENGTH,
    BrowsingError,
    ClassifiedRow,
    RowFilter,
    RowPage,
    browse,
)
from qbr_pipeline.store.rows.snapshots import devices_of
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC, RowSource

MOST_ROWS = 1_000
MOST_SKIPPED = 10_000_000
_FLAGS = {"true": True, "false": False}
_COLUMNS = tuple(dict.fromkeys(column for each in ROWS_OF_METRIC.values() for column in each.columns))


def _flag(given: object) -> bool:
    if not isinstance(given, str) or given not in _FLAGS:
        raise rejection(Code.INVALID_FIELD, "expected true or false")
    return _FLAGS[given]


def _column(given: object) -> str:
    if given not in _COLUMNS:
        raise rejection(Code.INVALID_FIELD, f"expected one of {', '.join(_COLUMNS)}")
    return str(given)


def _text(given: object) -> str:
    if not isinstance(given, str) or len(given) > MAX_TEXT_LENGTH:
        raise rejection(Code.INVALID_FIELD, f"expected a text of at most {MAX_TEXT_LENGTH} characters")
    return storable(given)


FlagField = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
TextField = Annotated[
    str,
    PlainValidator(_text),
    WithJsonSchema({"type": "string", "maxLength": MAX_TEXT_LENGTH, "pattern": STORABLE}),
]
ColumnField = Annotated[
    str, PlainValidator(_column), WithJsonSchema({"type": "string", "enum": list(_COLUMNS)})
]


class RowsQuery(AsOf):
    """Which rows behind a metric of a month; without a filter all of them."""

    metric_name: MetricField
    period: MonthField
    counts: FlagField | None = None
    search: TextField | None = None
    board: TextField | None = None
    company: TextField | None = None
    reason: TextField | None = None
    sort: ColumnField = "source_id"
    descending: FlagField = False


class PageQuery(RowsQuery):
    """Which page of them."""

    limit: whole_number(1, MOST_ROWS) = 100  # type: ignore[valid-type]
    offset: whole_number(0, MOST_SKIPPED) = 0  # type: ignore[valid-type]


class RowResponse(ResponseModel):
    """What every row tells: whether it counts for this metric, and why."""

    counts: bool
    reason: str


class TicketResponse(RowResponse):
    """A ticket. Moments are in the business time zone."""

    source_id: int
    summary: str | None
    board: str | None
    status: str | None
    company: str | None
    parent_id: int | None
    type: str | None
    priority: str | None
    owner: str | None
    entered_at: datetime | None
    closed_at: datetime | None
    actual_hours: Number | None


class TimeEntryResponse(RowResponse):
    """A time entry. Moments are in the business time zone."""

    source_id: int
    ticket_id: int | None
    ticket_summary: str | None
    board: str | None
    company: str | None
    member: str | None
    hours: Number | None
    entered_at: datetime | None


class DeviceResponse(RowResponse):
    """A device of the snapshot that the month is counted from."""

    source_id: str
    name: str | None
    organization: str | None
    location: str | None
    node_class: str | None


class AccountResponse(RowResponse):
    """What an account of the books posted in the month, or its balance on the last day."""

    source_id: str
    name: str
    section: str
    amount: Number = described("As the books have it.")
    counts_as: str | None = described("The metric that it counts as; null: none.")
    counted: Number = described("How much of it counts, in the sign in which it does.")
    parent_names: str = described("The accounts around it, one a line, the outermost first.")


AnyRow = TicketResponse | TimeEntryResponse | DeviceResponse | AccountResponse

_RESPONSES: dict[RowSource, type[AnyRow]] = {
    RowSource.TICKETS: TicketResponse,
    RowSource.TIME_ENTRIES: TimeEntryResponse,
    RowSource.DEVICES: DeviceResponse,
    RowSource.ACCOUNTS: AccountResponse,
}


_FIELDS = {
    source: tuple(name for name in response.model_fields if name not in RowResponse.model_fields)
    for source, response in _RESPONSES.items()
}
"""What each row tells of itself."""


class RowsResponse(ResponseModel):
    """A page of the rows behind a metric of a month."""

    metric_name: str
    label: str
    period: MonthText
    source: RowSource
    timezone: str = described("The business time zone, in which the moments of the rows are.")
    published_at: datetime
    collected_as_of: datetime
    snapshot_date: date | None = described("The day of the device snapshot; null for other rows.")
    counted: str | None = described(
        "By which rule devices are counted, or what books were read, in words; null for other rows."
    )
    total: int = described("How many rows match the filter.")
    counting: int = described("How many of them count.")
    value: Number = described("Their total; without a filter, what the collection found.")
    limit: int
    offset: int
    rows: Sequence[AnyRow]


@routes.get("/metrics/rows", query=PageQuery, data=RowsResponse, tag="rows", cacheable=True)
def rows(call: Call[PageQuery, NoParameters]) -> RowsResponse:
    """The rows behind a collected metric of a month: those that count and those that do not, each with its reason."""
    query = call.query
    page = _browse(call, limit=query.limit, offset=query.offset)
    metric: Metric = query.metric_name
    timezone = call.database.timezone
    source = ROWS_OF_METRIC[metric.key].source
    return RowsResponse.of(
        query,
        metric,
        page.published,
        page,
        metric_name=metric.key,
        source=source,
        timezone=timezone.key,
        snapshot_date=page.published.snapshot_date if source is RowSource.DEVICES else None,
        counted=_counted(source, page.published),
        rows=[
            _RESPONSES[source].model_validate(_fields(source, classified, timezone))
            for classified in page.rows
        ],
    )


def _counted(source: RowSource, published: Published) -> str | None:
    if source is RowSource.DEVICES:
        return str(devices_of(published).rule)
    return books_of(published).in_words() if source is RowSource.ACCOUNTS else None


@routes.get("/metrics/rows.csv", query=RowsQuery, data=None, media=["text/csv"], tag="rows")
def rows_csv(call: Call[RowsQuery, NoParameters]) -> Response:
    """The same rows as a CSV file, all of them at once."""
    metric, month, timezone = call.query.metric_name, call.query.period, call.database.timezone
    page = _browse(call)
    source = ROWS_OF_METRIC[metric.key].source
    names = [name for name in ROWS_OF_METRIC[metric.key].columns if name in _RESPONSES[source].model_fields]
    header = [f"{name} ({timezone.key})" if name.endswith("_at") else name for name in names]
    cells = (_fields(source, classified, timezone) for classified in page.rows)
    content = csv_text(header, ([row[name] for name in names] for row in cells))
    return download(f"{metric.key}-{month}.csv", "text/csv", content)


def _browse(call: Call[Any, NoParameters], limit: int | None = None, offset: int = 0) -> RowPage:
    query: RowsQuery = call.query
    call.begun(query.period)
    call.known_at(query.as_of)
    if query.metric_name.key not in ROWS_OF_METRIC:
        raise _without_rows(query.metric_name)
    wanted = RowFilter(query.counts, query.search, query.board, query.company, query.reason)
    try:
        page = call.database.fetch(
            browse,
            query.metric_name.key,
            query.period,
            wanted,
            sort=query.sort,
            descending=query.descending,
            limit=limit,
            offset=offset,
            as_of=query.as_of,
        )
    except BrowsingError as error:
        raise ApiError(Code.UNKNOWN_COLUMN, str(error), field=error.field) from error
    if page is None:
        if query.metric_name.key in BOOKED and not call.database.fetch(months_with_books):
            raise _without_rows(query.metric_name)
        raise ApiError(
            Code.PERIOD_NOT_FOUND,
            f"no rows behind {query.metric_name.label} of {query.period} have been published",
        )
    return page


def _without_rows(metric: Metric) -> ApiError:
    return ApiError(
        Code.UNKNOWN_METRIC,
        f"{metric.label} is neither collected nor read from books, so there are no rows behind it; expected one of "
        f"{', '.join(ROWS_OF_METRIC)}",
        field="metric_name",
    )


def _fields(source: RowSource, classified: ClassifiedRow, timezone: ZoneInfo) -> dict[str, object]:
    """What is told of a row, by name, its moments in the business time zone."""
    fields: dict[str, object] = {"counts": classified.counts, "reason": classified.reason}
    for name in _FIELDS[source]:
        value = getattr(classified.row, name)
        fields[name] = local(value, timezone) if isinstance(value, datetime) else value
    return fields
