"""The months of which anything is kept, how far each has come, and the periods beside and around them."""

from __future__ import annotations

from collections.abc import Collection
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
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.reading import latest_publications, present_counts

RECENT_MONTHS = 36
"""How many months can at least be looked at and entered, whatever is kept."""


class VendorPart(ResponseModel):
    """A vendor's part of a month."""

    vendor: Vendor
    published_at: datetime
    collected_as_of: datetime
    closed: bool = described("A publication was collected after the month's end.")


class PeriodState(ResponseModel):
    """How far a month has come, and the months beside it."""

    period: MonthText
    previous: MonthText
    next: MonthText
    quarter: QuarterText
    last_month: MonthText = described("The month itself: as with a quarter, the last that has begun.")
    is_over: bool
    metrics_present: int
    vendors: list[VendorPart] = described("The vendors whose part has been published.")


class QuarterState(ResponseModel):
    """How far a quarter has come of which anything is kept, and the quarters beside it."""

    period: QuarterText
    previous: QuarterText
    next: QuarterText
    months: list[MonthText] = described("Its three months.")
    last_month: MonthText = described("The last of its months that has begun.")
    is_over: bool
    is_complete: bool = described("It is over, and something is stored for each of its months.")


class YearState(ResponseModel):
    """A year of which anything is kept, or the current one, and the year before it."""

    year: str
    months: list[MonthText] = described("All twelve, begun or not.")
    last_month: MonthText = described("The last of its months that has begun.")
    previous_year: str
    previous_months: list[MonthText]


class RecentMonth(ResponseModel):
    """A month that values can be entered for."""

    period: MonthText
    previous: MonthText
    is_kept: bool = described("Something is stored for it.")


class Periods(ResponseModel):
    """The months of which anything is kept, and what they make."""

    timezone: str
    current_period: MonthText
    periods: list[PeriodState]
    quarters: list[QuarterState]
    years: list[YearState]
    recent: list[RecentMonth] = described(
        f"The current month and those before it, newest first: {RECENT_MONTHS}, or as far back as anything is stored."
    )


@routes.get("/periods", query=OfOrganization, data=Periods, tag="periods")
def periods(call: Call[OfOrganization, NoParameters]) -> Periods:
    """The months of which anything is kept, oldest first, their neighbours, quarters and years: how far each is."""
    with call.database.read() as connection:
        counts = present_counts(connection, call.database)
        published = latest_publications(connection, call.database)
    kept = sorted({*counts, *(month for _, month in published)})
    current = Month.of(call.now, call.database.timezone)
    first = min([current.plus(1 - RECENT_MONTHS), *kept])
    return Periods(
        timezone=call.database.timezone.key,
        current_period=current,
        periods=[
            PeriodState.of(
                month,
                period=month,
                last_month=month,
                is_over=month < current,
                metrics_present=counts.get(month, 0),
                vendors=[published[vendor, month] for vendor in Vendor if (vendor, month) in published],
            )
            for month in kept
        ],
        quarters=[_quarter(each, kept, current) for each in sorted({month.quarter for month in kept})],
        years=[_year(each, current) for each in sorted({current.year, *(month.year for month in kept)})],
        recent=[
            RecentMonth(period=month, previous=month.previous, is_kept=month in kept)
            for month in reversed(list(Month.span(first, current)))
        ],
    )


def _quarter(quarter: Quarter, kept: Collection[Month], current: Month) -> QuarterState:
    is_over = quarter.months[-1] < current
    return QuarterState.of(
        quarter,
        period=quarter,
        last_month=min(quarter.months[-1], current),
        is_over=is_over,
        is_complete=is_over and all(month in kept for month in quarter.months),
    )


def _year(year: int, current: Month) -> YearState:
    months = list(Month.span(Month(year, 1), Month(year, 12)))
    return YearState(
        year=f"{year:04}",
        months=months,
        last_month=min(months[-1], current),
        previous_year=f"{year - 1:04}",
        previous_months=[month.plus(-12) for month in months],
    )
