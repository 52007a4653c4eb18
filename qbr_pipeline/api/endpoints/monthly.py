"""The metrics of a month: as they are stored, or as they were known at an earlier moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import (
    AsOf,
    IdField,
    MetricField,
    MonthField,
    MonthText,
    Nothing,
    Number,
    Told,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.api.threshold_status import nothing_kept, standing_of_month
from qbr_pipeline.metrics.catalogue import METRICS, Kind, Metric, Owner, Section, Unit
from qbr_pipeline.metrics.thresholds import Status
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import known_as_of
from qbr_pipeline.store.values import DataSource, read_values
from qbr_pipeline.store.vendors import vendor_ids


class Source(StrEnum):
    """Where a monthly value comes from."""

    COLLECTED = "collected"
    COMPUTED = "computed"
    MANUAL = "manual"


class MonthlyQuery(AsOf):
    """Which month, and which of its metrics."""

    period: MonthField
    vendor_id: IdField | None = None
    metric_name: MetricField | None = None


class MonthlyMetric(Told):
    """One metric of a month."""

    name: str
    label: str
    section: Section
    value: Number | None = described("Exact; null when the metric is absent in this month.")
    unit: Unit
    vendor_id: int
    vendor: Owner
    source: Source | None = described("Null when nothing is kept of the metric.")
    collected_at: datetime | None = described("Null for what was not collected, and with as_of.")
    entered_by: str | None
    notes: str | None
    changed_at: datetime | None
    status: Status = described("How the value stands to its thresholds of today.")


class MonthlyMetrics(Told):
    """The metrics of a month, in the order of the catalogue."""

    period: MonthText
    as_of: datetime | None
    is_over: bool
    metrics: list[MonthlyMetric]


@dataclass(frozen=True)
class Kept:
    """What is kept of a metric in a month, now or at an earlier moment."""

    value: Decimal | None
    source: DataSource
    entered_by: str | None
    notes: str | None
    collected_at: datetime | None
    changed_at: datetime


@routes.get("/metrics/monthly", query=MonthlyQuery, data=MonthlyMetrics, tag="metrics", repeats=True)
def monthly_metrics(call: Call[MonthlyQuery, Nothing]) -> MonthlyMetrics:
    """The metrics of a month. 404 when nothing at all is kept of it."""
    query = call.query
    call.begun(query.period)
    moment = call.known_at(query.as_of)
    with call.database.read() as connection:
        ids = vendor_ids(connection)
        wanted = choose(ids, query.vendor_id, query.metric_name)
        kept = read_kept(connection, call.database, query.period, query.as_of)
        if not kept:
            raise nothing_kept(query.period)
        metrics = tell_all(connection, call.database, query.period, kept, wanted, ids, moment)
    is_over = query.period.is_over(moment, call.database.timezone)
    return MonthlyMetrics(period=query.period, as_of=query.as_of, is_over=is_over, metrics=metrics)


def choose(ids: dict[Owner, int], vendor_id: int | None, metric: Metric | None) -> list[Metric]:
    """The metrics of a vendor, or the one that is named; ApiError when it belongs to another vendor."""
    owner = owner_of(ids, vendor_id)
    if metric is not None:
        check_owner(ids, vendor_id, metric)
        return [metric]
    return [each for each in METRICS.values() if owner is None or each.owner is owner]


def owner_of(ids: dict[Owner, int], vendor_id: int | None) -> Owner | None:
    """The owner of that id; ApiError when no vendor of ours has it."""
    if vendor_id is None:
        return None
    for owner, known in ids.items():
        if known == vendor_id:
            return owner
    expected = ", ".join(f"{known} ({owner})" for owner, known in ids.items())
    raise ApiError(Code.UNKNOWN_VENDOR, f"vendor_id: {vendor_id} owns no metric; expected one of {expected}")


def check_owner(ids: dict[Owner, int], vendor_id: int | None, metric: Metric) -> None:
    """ApiError when a vendor is named and the metric belongs to another."""
    if owner_of(ids, vendor_id) not in (None, metric.owner):
        raise ApiError(
            Code.VENDOR_MISMATCH,
            f"vendor_id: {metric.key} belongs to {ids[metric.owner]} ({metric.owner}), not to {vendor_id}",
        )


def read_kept(connection: Connection, db: Database, month: Month, as_of: datetime | None) -> dict[str, Kept]:
    """What is kept of a month's metrics, or was at the moment `as_of`."""
    if as_of is None:
        return {
            key: Kept(
                each.value, each.source, each.entered_by, each.notes, each.collected_at, each.updated_at
            )
            for key, each in read_values(connection, db, month).items()
            if key in METRICS
        }
    return {
        key: Kept(
            entry.new_value,
            entry.new_source,
            entry.changed_by if entry.new_source is DataSource.MANUAL else None,
            entry.note if entry.new_source is DataSource.MANUAL else None,
            None,
            entry.changed_at,
        )
        for key, entry in known_as_of(connection, db, month, as_of).items()
    }


def tell_all(
    connection: Connection,
    db: Database,
    month: Month,
    kept: Mapping[str, Kept],
    wanted: Sequence[Metric],
    ids: dict[Owner, int],
    moment: datetime,
) -> list[MonthlyMetric]:
    """What the answer says of the metrics that are wanted, as they stand at an aware `moment`."""
    values = {each.key: kept[each.key].value if each.key in kept else None for each in wanted}
    standing = standing_of_month(connection, db, month, values, moment)
    return [_tell(metric, ids, kept.get(metric.key), standing[metric.key]) for metric in wanted]


def _tell(metric: Metric, ids: dict[Owner, int], kept: Kept | None, status: Status) -> MonthlyMetric:
    """What the answer says of a metric."""
    return MonthlyMetric(
        name=metric.key,
        label=metric.label,
        section=metric.section,
        value=kept.value if kept else None,
        unit=metric.unit,
        vendor_id=ids[metric.owner],
        vendor=metric.owner,
        source=source_of(metric, kept.source) if kept else None,
        collected_at=kept.collected_at if kept else None,
        entered_by=kept.entered_by if kept else None,
        notes=kept.notes if kept else None,
        changed_at=kept.changed_at if kept else None,
        status=status,
    )


def source_of(metric: Metric, source: DataSource) -> Source:
    """Whether a value was collected, computed or entered."""
    if source is DataSource.MANUAL:
        return Source.MANUAL
    return Source.COMPUTED if metric.kind is Kind.DERIVED else Source.COLLECTED
