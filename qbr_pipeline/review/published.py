"""The reviews of what was published of a vendor's month. Its values stand; these say what is odd about them.

What belongs here: rules about the publication itself, which nothing but another one can change. What also depends on
the month before or on what people entered is reviewed with the month (`months`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.rules.validation import restated
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import Check, Review, ReviewContext
from qbr_pipeline.store.publishing import last_published
from qbr_pipeline.store.values import ValueChange


@dataclass(frozen=True, slots=True)
class PublishedMonth:
    """What the publication of a vendor's month changed, and whether the month was closed before."""

    month: Month
    changes: tuple[ValueChange, ...]
    was_closed: bool


def _published(vendor: Vendor, context: ReviewContext) -> PublishedMonth:
    month = context.month
    publication = last_published(context.connection, context.database, vendor, month, run_id=context.run_id)
    if publication is None:
        return PublishedMonth(month, (), was_closed=False)
    return PublishedMonth(month, publication.changes, publication.was_closed)


_CHECKS = (
    Check[PublishedMonth](
        "closed_month_is_unchanged",
        lambda facts: restated(
            facts.month,
            {change.metric: change.old for change in facts.changes if change.old is not None},
            {change.metric: change.new for change in facts.changes if change.new is not None},
            was_closed=facts.was_closed,
        ),
    ),
)

CONNECTWISE_PUBLISHED = Review("connectwise_metrics", _CHECKS, partial(_published, Vendor.CONNECTWISE))
NINJA_PUBLISHED = Review("ninja_metrics", _CHECKS, partial(_published, Vendor.NINJA))
