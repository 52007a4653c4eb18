"""Which months must be computed and checked again, because values they depend on changed after their last review.

What belongs here: the question, asked of the history and of Dagster. The sensor asks it in the background, a collection
in the foreground asks it at its end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.orchestration.dagster_internals import in_pool
from qbr_pipeline.orchestration.keys import MONTHS_POOL, asset_key
from qbr_pipeline.orchestration.partitions import is_partition
from qbr_pipeline.periods import Month
from qbr_pipeline.review.reviewing import compared_with
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import HistoryEntry, changes_after
from qbr_pipeline.store.values import ValueChangeCause

HORIZON = "history read up to transaction"
"""Metadata of `monthly_metrics`: every change by an earlier transaction was seen by that review of its month."""

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


@dataclass(frozen=True, slots=True)
class Rechecks:
    """Months to review again, oldest first, and the cursor after which the next question starts."""

    months: tuple[Month, ...]
    cursor: int


def unfinished_reviews(instance: dg.DagsterInstance) -> bool:
    """Whether a run that reviews months is queued or under way; what it will have seen cannot be known yet.

    A run stays "not started" for an instant only, or for ever when its process was killed in that instant: nobody waits
    for it.
    """
    return bool(instance.get_runs_count(dg.RunsFilter(statuses=_UNFINISHED, tags=in_pool(MONTHS_POOL))))


def pending_rechecks(
    instance: dg.DagsterInstance, database: Database, cursor: int, current: Month
) -> Rechecks:
    """The months whose last review did not see a change that was made after `cursor` and that concerns them.

    A month that was never reviewed is only due for changes of its own: it has no finding that a neighbour could change.
    `current` is the month in progress; later ones have nothing to review.
    """
    changes, horizon = database.fetch(changes_after, cursor)
    newest: dict[Month, int] = {}
    changed: set[Month] = set()
    for change in changes:
        for month in _concerned(change):
            if is_partition(month) and month <= current:
                newest[month] = max(newest.get(month, 0), change.transaction_id)
        changed.add(change.month)
    due = []
    for month, transaction in sorted(newest.items()):
        seen = _seen(instance, month, horizon)
        if (month in changed) if seen is None else (seen <= transaction):
            due.append(month)
    return Rechecks(tuple(due), horizon)


def _concerned(change: HistoryEntry) -> Iterable[Month]:
    """The month of a change, and for a watched metric those that are compared with it.

    What a review itself changed (a total that is computed otherwise since an upgrade) concerns the others only: its own
    month was checked right after.
    """
    if change.cause is not ValueChangeCause.RECOMPUTE:
        yield change.month
    if change.metric in METRICS and METRICS[change.metric].watched is not None:
        yield from compared_with(change.month)


def _seen(instance: dg.DagsterInstance, month: Month, reached: int) -> int | None:
    """The transaction up to which the last review of a month had seen the history; None when it was never reviewed.

    0 if that lies beyond `reached`: the data were on another server then.
    """
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key("monthly_metrics"), asset_partitions=[str(month)]), limit=1
    ).records
    materialization = records[0].asset_materialization if records else None
    if materialization is None or HORIZON not in materialization.metadata:
        return None
    seen = int(str(materialization.metadata[HORIZON].value))
    return seen if seen <= reached else 0
