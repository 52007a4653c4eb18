"""Checks of what was published of a vendor's month. Its values stand; these say what is odd about them.

What belongs here: rules about the publication itself, which nothing but another one can change. What also depends on
the month before or on what people entered is checked with the monthly metrics, which are reviewed after any change.
"""

from dataclasses import dataclass
from functools import partial

from qbr_pipeline.metrics.catalogue import Owner
from qbr_pipeline.metrics.validation import restated
from qbr_pipeline.orchestration.assets.parts import collection_of
from qbr_pipeline.orchestration.checks.rules import Check, Evidence, checks_of
from qbr_pipeline.orchestration.partitions import MONTHS, month_of
from qbr_pipeline.periods import Month
from qbr_pipeline.store.publishing import last_published
from qbr_pipeline.store.values import ValueChange


@dataclass(frozen=True, slots=True)
class PublishedMonth:
    """What the publication of a vendor's month changed, and whether the month was closed before."""

    month: Month
    changes: tuple[ValueChange, ...]
    was_closed: bool


def _published(owner: Owner, evidence: Evidence) -> PublishedMonth:
    month, run = month_of(evidence.context), collection_of(evidence.context)
    publication = last_published(evidence.database, owner, month, run_id=run)
    if publication is None:
        return PublishedMonth(month, (), was_closed=False)
    return PublishedMonth(month, publication.changes, publication.was_closed)


_CHECKS = [
    Check[PublishedMonth](
        "closed_month_is_unchanged",
        "A month that was closed before has not been restated by at least 1 % and one unit.",
        lambda facts: restated(
            facts.month,
            {change.metric: change.old for change in facts.changes if change.old is not None},
            {change.metric: change.new for change in facts.changes if change.new is not None},
            was_closed=facts.was_closed,
        ),
    ),
]

COLLECTED_CHECKS = (
    checks_of("connectwise_metrics", MONTHS, _CHECKS, partial(_published, Owner.CONNECTWISE)),
    checks_of("ninja_metrics", MONTHS, _CHECKS, partial(_published, Owner.NINJA)),
)
