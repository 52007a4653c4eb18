"""The ledger of restatements: closed months whose published value changed, and the rows that explain each change."""

from __future__ import annotations

from datetime import datetime

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import (
    IdField,
    MetricField,
    MonthField,
    MonthText,
    NoParameters,
    Number,
    OfOrganization,
    ResponseModel,
    described,
    whole_number,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import METRICS, Unit, Vendor
from qbr_pipeline.store.restatements.causes import ChangeKind
from qbr_pipeline.store.restatements.ledger import (
    Restatement,
    RestatementFilter,
    explanation,
    find_restatement,
    restatements_page,
)
from qbr_pipeline.store.rows.tables import RowSource


class RestatementsQuery(OfOrganization):
    """Which restatements, all of them if nothing is said, and which page of them.

    `period` is one month; `from_period` and `to_period`, both included, are a stretch of them.
    """

    period: MonthField | None = None
    from_period: MonthField | None = None
    to_period: MonthField | None = None
    metric_name: MetricField | None = None
    limit: whole_number(1, 1000) = 100  # type: ignore[valid-type]
    offset: whole_number(0, 1_000_000) = 0  # type: ignore[valid-type]


class RestatementRowsQuery(OfOrganization):
    """Which restatement, and which page of its rows."""

    id: IdField
    limit: whole_number(1, 1000) = 100  # type: ignore[valid-type]
    offset: whole_number(0, 10_000_000) = 0  # type: ignore[valid-type]


class CauseResponse(ResponseModel):
    """What the rows to which the same happened did together."""

    kind: ChangeKind
    rows: int
    effect: Number


class RestatementResponse(ResponseModel):
    """A published value of a closed month that a collection changed."""

    id: int
    period: MonthText
    metric_name: str
    label: str
    unit: Unit
    decimals: int
    vendor: Vendor
    old_value: Number
    new_value: Number
    change: Number = described("New minus old: exactly what the effects of all rows add up to.")
    rows: int = described("How many rows explain it.")
    causes: list[CauseResponse] = described("The rows by what happened to them, the largest effect first.")
    published_at: datetime
    accepted_by: str | None = described(
        "Who accepted that the month lost most of its rows; null: it did not."
    )
    accepted_why: str | None
    rule_change: str | None = described(
        "By which rule it is counted now, and by which before; null: the same."
    )
    run_id: str


class RestatementsResponse(ResponseModel):
    """A page of the ledger, the newest first."""

    total: int
    limit: int
    offset: int
    restatements: list[RestatementResponse]


class RowEffectResponse(ResponseModel):
    """What became of a row, and what that did to the metric, in its unit."""

    source: RowSource | None = described("Null for what is no row: a manual value, rounding.")
    source_id: str | None = described("The vendor's id of the ticket, time entry or device.")
    title: str | None = described("What a person knows the row by.")
    company: str | None
    kind: ChangeKind
    cause: str = described("What happened, in words.")
    before: Number | None = described("What it counted for; null when it was not there.")
    after: Number | None = described("What it counts for now; null when it is not there any more.")
    effect: Number


class RestatementRowsResponse(ResponseModel):
    """A page of the rows that explain a restatement, the largest effect first."""

    restatement: RestatementResponse
    total: int
    limit: int
    offset: int
    rows: list[RowEffectResponse]


@routes.get("/restatements", query=RestatementsQuery, data=RestatementsResponse, tag="collection")
def restatements(call: Call[RestatementsQuery, NoParameters]) -> RestatementsResponse:
    """The closed months whose published value a collection changed, the newest change first, a page at a time."""
    query = call.query
    found, total = call.database.fetch(
        restatements_page, _wanted(call), limit=query.limit, offset=query.offset
    )
    return RestatementsResponse.of(query, total=total, restatements=[_to_response(each) for each in found])


@routes.get("/restatements/rows", query=RestatementRowsQuery, data=RestatementRowsResponse, tag="collection")
def restatement_rows(call: Call[RestatementRowsQuery, NoParameters]) -> RestatementRowsResponse:
    """The rows that explain a restatement, by id: their effects add up to the change, to the last digit."""
    query = call.query
    with call.database.read() as connection:
        found = find_restatement(connection, call.database, query.id)
        if found is None:
            raise ApiError(
                Code.NOT_FOUND,
                f"there is no restatement {query.id}: /restatements lists them",
                field="id",
            )
        rows = explanation(connection, call.database, query.id, limit=query.limit, offset=query.offset)
    return RestatementRowsResponse.of(query, restatement=_to_response(found), total=found.rows, rows=rows)


def _wanted(call: Call[RestatementsQuery, NoParameters]) -> RestatementFilter:
    """What is asked for; ApiError for a period beside a stretch of them, and for a stretch without a month."""
    query = call.query
    for field in ("period", "from_period", "to_period"):
        month = getattr(query, field)
        if month is not None:
            call.begun(month, field)
    if query.period is not None and (query.from_period is not None or query.to_period is not None):
        sentence = "expected either period or from_period and to_period, not both"
        raise ApiError(Code.INVALID_PERIOD, sentence, field="period")
    call.in_order(query.from_period, query.to_period)
    metric = query.metric_name.key if query.metric_name else None
    return RestatementFilter(query.period or query.from_period, query.period or query.to_period, metric)


def _to_response(each: Restatement) -> RestatementResponse:
    metric = METRICS[each.metric]
    return RestatementResponse.of(
        each,
        metric,
        period=each.month,
        metric_name=metric.key,
        decimals=metric.unit.decimals,
        old_value=each.old,
        new_value=each.new,
    )
