"""The metrics of a month: as they are stored, or as they were known at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from qbr_pipeline.api.absence import AbsenceResponse
from qbr_pipeline.api.annotated_response import AnnotatedResponse
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.etags import etag_of
from qbr_pipeline.api.models import (
    AsOf,
    IdField,
    MetricField,
    MonthField,
    MonthText,
    NoParameters,
    Number,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.api.threshold_status import nothing_stored, status_of_month
from qbr_pipeline.metrics.catalogue import METRICS, Metric, Section, Unit, Vendor
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import why_absent
from qbr_pipeline.metrics.thresholds import ThresholdStatus
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.figures import StoredMetric, read_stored_months
from qbr_pipeline.store.payroll import read_payroll
from qbr_pipeline.store.values import DataSource, ValueSource, present, source_of
from qbr_pipeline.store.vendors import vendor_ids


class MonthlyQuery(AsOf):
    """Which month, and which of its metrics."""

    period: MonthField
    vendor_id: IdField | None = None
    metric_name: MetricField | None = None


class MonthlyMetric(ResponseModel):
    """One metric of a month."""

    name: str
    label: str
    section: Section
    value: Number | None = described("Exact; null when the metric is absent in this month.")
    absent_because: AbsenceResponse | None = described("Null where there is a value.")
    unit: Unit
    vendor_id: int
    vendor: Vendor
    source: ValueSource | None = described("Null when nothing is stored for the metric.")
    collected_at: datetime | None = described("Null for what was not collected, and with as_of.")
    entered_by: str | None
    notes: str | None
    changed_at: datetime | None
    status: ThresholdStatus = described("How the value compares with today's thresholds.")


class MonthlyMetrics(AnnotatedResponse):
    """The metrics of a month, in the order of the catalogue."""

    period: MonthText
    as_of: datetime | None
    is_over: bool
    payroll: Number | None = described(
        "What employee_expense is computed from, the owner's pay in it; null where it is not, and with as_of."
    )
    metrics: list[MonthlyMetric]


_NOTHING = StoredMetric(None, DataSource.COLLECTED, None, None, None, None)


@routes.get(
    "/metrics/monthly",
    query=MonthlyQuery,
    data=MonthlyMetrics,
    tag="metrics",
    cacheable=True,
    of_one_value=True,
)
def monthly_metrics(call: Call[MonthlyQuery, NoParameters]) -> MonthlyMetrics:
    """The metrics of a month. 404 when nothing at all is kept of it. Of one metric as it is now there is an ETag."""
    query = call.query
    call.begun(query.period)
    moment = call.known_at(query.as_of)
    with call.database.read() as connection:
        ids = vendor_ids(connection)
        wanted = choose(ids, query.vendor_id, query.metric_name)
        kept = read_stored_months(connection, call.database, [query.period], query.as_of)[query.period]
        if not kept:
            raise nothing_stored(query.period)
        metrics = to_responses(connection, call.database, query.period, kept, wanted, ids, moment)
        payroll = None if query.as_of else read_payroll(connection, call.database, query.period)
    is_over = query.period.is_over(moment, call.database.timezone)
    response = MonthlyMetrics(
        period=query.period, as_of=query.as_of, is_over=is_over, payroll=payroll, metrics=metrics
    )
    if query.metric_name is not None and query.as_of is None:
        response._etag = etag_of(query.organization_id, query.period, metrics[0].name, metrics[0].value)
    return response


def stored_metrics(call: Call[Any, Any], month: Month, wanted: Sequence[Metric]) -> list[MonthlyMetric]:
    """The metrics of a month that are wanted, as they are stored now."""
    with call.database.read() as connection:
        kept = read_stored_months(connection, call.database, [month], None)[month]
        return to_responses(connection, call.database, month, kept, wanted, vendor_ids(connection), call.now)


def choose(ids: dict[Vendor, int], vendor_id: int | None, metric: Metric | None) -> list[Metric]:
    """The metrics of a vendor, or the one that is named; ApiError when it belongs to another vendor."""
    vendor = vendor_of(ids, vendor_id)
    if metric is not None:
        check_vendor(ids, vendor_id, metric)
        return [metric]
    return [each for each in METRICS.values() if vendor is None or each.vendor is vendor]


def vendor_of(ids: dict[Vendor, int], vendor_id: int | None, field: str = "vendor_id") -> Vendor | None:
    """The vendor of that id; ApiError for `field` when no vendor of ours has it."""
    if vendor_id is None:
        return None
    for vendor, known in ids.items():
        if known == vendor_id:
            return vendor
    expected = ", ".join(f"{known} ({vendor})" for vendor, known in ids.items())
    sentence = f"vendor_id: {vendor_id} owns no metric; expected one of {expected}"
    raise ApiError(Code.UNKNOWN_VENDOR, sentence, field=field)


def check_vendor(
    ids: dict[Vendor, int], vendor_id: int | None, metric: Metric, field: str = "vendor_id"
) -> None:
    """ApiError for `field` when a vendor is named and the metric belongs to another."""
    if vendor_of(ids, vendor_id, field) not in (None, metric.vendor):
        raise ApiError(
            Code.VENDOR_MISMATCH,
            f"vendor_id: {metric.key} belongs to {ids[metric.vendor]} ({metric.vendor}), not to {vendor_id}",
            field=field,
        )


def to_responses(
    connection: Connection,
    db: Database,
    month: Month,
    kept: Mapping[str, StoredMetric],
    wanted: Sequence[Metric],
    ids: dict[Vendor, int],
    moment: datetime,
) -> list[MonthlyMetric]:
    """What the answer says of the metrics that are wanted, as they stand at an aware `moment`."""
    values = {each.key: kept[each.key].value if each.key in kept else None for each in wanted}
    statuses = status_of_month(connection, db, month, values, moment)
    facts = MonthFacts(month, present(kept), month.is_over(moment, db.timezone))
    return [_to_response(metric, ids, kept.get(metric.key), statuses[metric.key], facts) for metric in wanted]


def _to_response(
    metric: Metric,
    ids: dict[Vendor, int],
    kept: StoredMetric | None,
    status: ThresholdStatus,
    facts: MonthFacts,
) -> MonthlyMetric:
    """What the answer says of a metric."""
    return MonthlyMetric.of(
        metric,
        kept or _NOTHING,
        name=metric.key,
        absent_because=None if metric.key in facts.values else why_absent(metric.key, [facts]),
        vendor_id=ids[metric.vendor],
        source=source_of(metric, kept.source) if kept else None,
        status=status,
    )
