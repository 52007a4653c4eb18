"""Checks of what was published of a vendor's month. Its values stand; these say what is odd about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from qbr_pipeline.metrics.catalogue import METRICS, Owner
from qbr_pipeline.metrics.progress import Progress, progress
from qbr_pipeline.metrics.validation import manual_differs, restated, zeros
from qbr_pipeline.orchestration.checks.rules import Check, Evidence, checks_of
from qbr_pipeline.orchestration.partitions import MONTHS, month_of
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import settings
from qbr_pipeline.store.publishing import last_published
from qbr_pipeline.store.values import DataSource, ValueChange, present, read_values


@dataclass(frozen=True, slots=True)
class PublishedMonth:
    """A vendor's month as published last, beside what people entered and beside the month before."""

    month: Month
    values: Mapping[str, Decimal]
    before: Mapping[str, Decimal]
    manual: Mapping[str, Decimal]
    found: Mapping[str, Decimal]
    changes: tuple[ValueChange, ...]
    was_closed: bool
    progress: Progress


def _published(owner: Owner, evidence: Evidence) -> PublishedMonth:
    month, database = month_of(evidence.context), evidence.database
    publication = last_published(database, owner, month)
    with database.read() as connection:
        stored = read_values(connection, database, month)
        before = read_values(connection, database, month.previous)
    own = {key: value for key, value in stored.items() if METRICS[key].owner is owner}
    return PublishedMonth(
        month=month,
        values=present(own),
        before=present(before),
        manual=present({key: value for key, value in own.items() if value.source is DataSource.MANUAL}),
        found=publication.values if publication else {},
        changes=publication.changes if publication else (),
        was_closed=publication.was_closed if publication else False,
        progress=progress(month, evidence.now, settings().timezone),
    )


_CHECKS = [
    Check[PublishedMonth](
        "not_zero",
        "No ticket, no endpoint or no seat at all is hardly ever true.",
        lambda facts: zeros(facts.month, facts.values, facts.before, facts.progress),
    ),
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
    Check[PublishedMonth](
        "entries_by_hand_agree",
        "What a person entered in place of a collected value equals what the collector finds.",
        lambda facts: manual_differs(facts.month, facts.manual, facts.found),
    ),
]

COLLECTED_CHECKS = (
    checks_of("connectwise_metrics", MONTHS, _CHECKS, partial(_published, Owner.CONNECTWISE)),
    checks_of("ninja_metrics", MONTHS, _CHECKS, partial(_published, Owner.NINJA)),
)
