"""The months of which anything is kept, and how far each has come."""

from __future__ import annotations

from datetime import datetime

from qbr_pipeline.api.models import (
    MonthText,
    NoParameters,
    OfOrganization,
    QuarterText,
    ResponseModel,
    described,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.publications import Published
from qbr_pipeline.store.reading import latest_publications, present_counts


class VendorPart(ResponseModel):
    """A vendor's part of a month."""

    vendor: Vendor
    published_at: datetime
    collected_as_of: datetime
    closed: bool = described("A publication was collected after the month's end.")


class PeriodState(ResponseModel):
    """How far a month has come."""

    period: MonthText
    quarter: QuarterText
    is_over: bool
    metrics_present: int
    vendors: list[VendorPart] = described("The vendors whose part has been published.")


class Periods(ResponseModel):
    """The months of which anything is kept."""

    timezone: str
    current_period: MonthText
    periods: list[PeriodState]


@routes.get("/periods", query=OfOrganization, data=Periods, tag="periods")
def periods(call: Call[OfOrganization, NoParameters]) -> Periods:
    """The months of which anything is kept, oldest first: whether each is over, and what is published of it."""
    counts = present_counts(call.database)
    published = latest_publications(call.database)
    months = sorted({*counts, *(month for _, month in published)})
    return Periods(
        timezone=call.database.timezone.key,
        current_period=Month.of(call.now, call.database.timezone),
        periods=[
            PeriodState(
                period=month,
                quarter=month.quarter,
                is_over=month.is_over(call.now, call.database.timezone),
                metrics_present=counts.get(month, 0),
                vendors=[
                    _part(published[vendor, month]) for vendor in Vendor if (vendor, month) in published
                ],
            )
            for month in months
        ],
    )


def _part(publication: Published) -> VendorPart:
    return VendorPart(
        vendor=publication.vendor,
        published_at=publication.published_at,
        collected_as_of=publication.collected_as_of,
        closed=publication.closed,
    )
