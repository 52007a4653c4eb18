"""The reviews of what was published of a vendor's month. Its values stand; these say what is odd about them.

What belongs here: rules about the publication itself, which nothing but another one can change. What also depends on
the month before or on what people entered is reviewed with the month (`months`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, Vendor
from qbr_pipeline.metrics.rules.keeping import future_publication
from qbr_pipeline.metrics.rules.validation import restated
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import Check, Review, ReviewContext
from qbr_pipeline.store.database import clock as database_clock
from qbr_pipeline.store.outcomes import last_published
from qbr_pipeline.store.values import ValueChange


@dataclass(frozen=True, slots=True)
class PublishedMonth:
    """What the publication of a vendor's month changed, and whether the month was closed before.

    `published_at`: None without a publication. Moments are aware; `timezone`: the business one.
    """

    month: Month
    vendor: Vendor
    changes: tuple[ValueChange, ...]
    was_closed: bool
    published_at: datetime | None
    now: datetime
    timezone: ZoneInfo


def published_month(vendor: Vendor, context: ReviewContext) -> PublishedMonth:
    """The facts about the publication of a vendor's month."""
    month = context.month
    publication = last_published(context.connection, context.database, vendor, month, run_id=context.run_id)
    return PublishedMonth(
        month,
        vendor,
        publication.changes if publication else (),
        was_closed=publication is not None and publication.was_closed,
        published_at=publication.published_at if publication else None,
        now=database_clock(context.connection),
        timezone=context.database.timezone,
    )


PUBLICATION_CHECKS = (
    Check[PublishedMonth](
        "closed_month_is_unchanged",
        lambda facts: restated(
            facts.month,
            {change.metric: change.old for change in facts.changes if change.old is not None},
            {change.metric: change.new for change in facts.changes if change.new is not None},
            was_closed=facts.was_closed,
        ),
    ),
    Check[PublishedMonth](
        "publication_is_not_in_the_future",
        lambda facts: future_publication(
            facts.month, facts.vendor, facts.published_at, facts.now, facts.timezone
        ),
    ),
)

PUBLISHED = tuple(
    Review(f"{vendor.name.lower()}_metrics", PUBLICATION_CHECKS, partial(published_month, vendor))
    for vendor in COLLECTED_VENDORS
)
"""One for each vendor that is collected, under the name of the asset that publishes it."""
