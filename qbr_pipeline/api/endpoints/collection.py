"""How the collections went: the newest of every vendor and month, and the log of all of them."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from qbr_pipeline.api.endpoints.monthly import vendor_of
from qbr_pipeline.api.models import (
    IdField,
    MonthField,
    MonthText,
    NoParameters,
    OfOrganization,
    ResponseModel,
    described,
    whole_number,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.freshness import Freshness, is_fresh, overall_freshness, source_freshness
from qbr_pipeline.metrics.rules.limits import SILENCE
from qbr_pipeline.store.collection_log import CollectionOutcome, LogFilter, LogRow, latest, page
from qbr_pipeline.store.publications import Published
from qbr_pipeline.store.reading import latest_publications
from qbr_pipeline.store.vendors import vendor_ids


class LogQuery(OfOrganization):
    """Which rows of the log, and which page of them."""

    period: MonthField | None = None
    vendor_id: IdField | None = None
    status: CollectionOutcome | None = None
    limit: whole_number(1, 1000) = 100  # type: ignore[valid-type]
    offset: whole_number(0, 1_000_000) = 0  # type: ignore[valid-type]


class LogEntry(ResponseModel):
    """How the collection of a vendor's month ended."""

    period: MonthText
    vendor: Vendor
    status: CollectionOutcome
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int | None
    metrics_collected: int | None
    message: str | None = described("Why it failed or is incomplete.")
    run_id: str


class Log(ResponseModel):
    """A page of the log, the newest first."""

    total: int
    limit: int
    offset: int
    rows: list[LogEntry]


class VendorStatus(ResponseModel):
    """How the newest collections of a vendor went."""

    vendor: Vendor
    last_started_at: datetime
    last_success_at: datetime | None = described("The end of the newest one that did not fail.")
    is_fresh: bool = described(f"That end is at most {SILENCE} old.")
    state: Freshness = described("`bad`: a month failed; `warning`: not fresh; else `good`.")
    failed_periods: list[MonthText] = described("The months whose newest collection failed.")
    snapshot_date: date | None = described(
        "The day of the device snapshot behind the newest month that is published; null without one."
    )
    snapshot_suspect: bool = described("That snapshot looks incomplete.")
    periods: list[LogEntry] = Field(description="The newest collection of each month.")


class CollectionStatus(ResponseModel):
    """How the newest collections went; a vendor that was never collected is not listed."""

    state: Freshness = described("That of the worst vendor; `warning` where there is none.")
    oldest_success_at: datetime | None = described(
        "The last success of the vendor whose last one is the oldest; null when one never succeeded, or there is none."
    )
    failed_months: int = described("How many months failed, over all vendors.")
    vendors: list[VendorStatus]


@routes.get("/collection/status", query=OfOrganization, data=CollectionStatus, tag="collection")
def collection_status(call: Call[OfOrganization, NoParameters]) -> CollectionStatus:
    """How the newest collection of every vendor and month went."""
    with call.database.read() as connection:
        rows = latest(connection, call.database)
        published = latest_publications(connection, call.database)
    newest = {
        vendor: published[vendor, month] for vendor, month in sorted(published, key=lambda each: each[1])
    }
    by_vendor = {vendor: [row for row in rows if row.vendor is vendor] for vendor in Vendor}
    vendors = [
        _status(vendor, found, newest.get(vendor), call.now) for vendor, found in by_vendor.items() if found
    ]
    successes = [each.last_success_at for each in vendors if each.last_success_at is not None]
    return CollectionStatus(
        state=overall_freshness(each.state for each in vendors),
        oldest_success_at=min(successes, default=None) if len(successes) == len(vendors) else None,
        failed_months=sum(len(each.failed_periods) for each in vendors),
        vendors=vendors,
    )


@routes.get("/collection/log", query=LogQuery, data=Log, tag="collection")
def collection_log(call: Call[LogQuery, NoParameters]) -> Log:
    """The log of all collections, the newest first, a page at a time."""
    query = call.query
    if query.period is not None:
        call.begun(query.period)
    with call.database.read() as connection:
        vendor = vendor_of(vendor_ids(connection), query.vendor_id)
        wanted = LogFilter(query.period, vendor, query.status)
        rows, total = page(connection, call.database, wanted, limit=query.limit, offset=query.offset)
    return Log.of(query, total=total, rows=[LogEntry.of(row, period=row.month) for row in rows])


def _status(vendor: Vendor, rows: list[LogRow], newest: Published | None, now: datetime) -> VendorStatus:
    ends = [
        row.ended_at
        for row in rows
        if row.status is not CollectionOutcome.FAILED and row.ended_at is not None
    ]
    last_success = max(ends, default=None)
    failed = [row.month for row in rows if row.status is CollectionOutcome.FAILED]
    return VendorStatus(
        vendor=vendor,
        last_started_at=max(row.started_at for row in rows),
        last_success_at=last_success,
        is_fresh=is_fresh(last_success, now),
        state=source_freshness(last_success, len(failed), now),
        failed_periods=failed,
        snapshot_date=newest.snapshot_date if newest else None,
        snapshot_suspect=newest is not None and newest.snapshot_suspect,
        periods=[LogEntry.of(row, period=row.month) for row in rows],
    )
