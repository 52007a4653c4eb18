"""Mapping accounts: what a person says they count as is kept; the books that are kept are counted anew and reviewed.

What belongs here: that one way, for the API and the command line alike. What does not: understanding a request or a
command, and what a mapping means (`metrics.accounts`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from qbr_pipeline.metrics.accounts import AccountMapping
from qbr_pipeline.periods import Month
from qbr_pipeline.review.reviewing import review_after, review_month
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.account_mappings import Subject, write_mappings
from qbr_pipeline.store.books import count_anew, months_with_books
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import ValueChange


@dataclass(frozen=True, slots=True)
class MappingOutcome:
    """What another mapping did: how many entries of it changed, what moved in each month that was published anew.

    `held_back`: why the others stay as they are, in sentences.
    """

    changed: int
    published: Mapping[Month, tuple[ValueChange, ...]]
    held_back: Mapping[Month, str]


def map_accounts(
    database: Database,
    settings: ReviewSettings,
    new: Iterable[AccountMapping],
    removed: Collection[Subject] = (),
    *,
    by: str,
    key_name: str | None = None,
    now: datetime,
) -> MappingOutcome:
    """Keep what somebody says of accounts, publish the months that this changes, and review all that have books.

    `now` is aware. A month that a rule holds back keeps its values. InvalidMappingError as
    `store.account_mappings.write_mappings`.
    """
    changed = write_mappings(database, new, removed, by=by, key_name=key_name)
    if not changed:
        return MappingOutcome(0, {}, {})
    months = database.fetch(months_with_books)
    outcome = count_books(database, settings, months, now)
    for month in months:
        if month not in outcome.published and month >= settings.start_month:
            review_month(database, settings, month, now)
    return MappingOutcome(changed, outcome.published, outcome.held_back)


def count_books(
    database: Database, settings: ReviewSettings, months: Collection[Month], now: datetime
) -> MappingOutcome:
    """Count the books of `months` anew, and review those of which that changed something."""
    published, rejected = count_anew(database, now, months)
    for month, publication in published.items():
        review_after(database, settings, month, [each.metric for each in publication.changes], now)
    held_back = {each.month: "; ".join(finding.sentence for finding in each.findings) for each in rejected}
    return MappingOutcome(0, {month: each.changes for month, each in published.items()}, held_back)
