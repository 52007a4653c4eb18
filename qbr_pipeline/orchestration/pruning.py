"""What grows with every night and is told by something newer: runs with their events, ticks, and alerts that were sent.

What belongs here: which of it goes, and the job and schedule that do it. Dagster itself prunes ticks only, by days that
stand in dagster.yaml.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg

from qbr_pipeline.orchestration.assets import ASSETS
from qbr_pipeline.orchestration.checks import CHECKS
from qbr_pipeline.orchestration.dagster_internals import (
    LOCATION,
    OURS,
    AssetCheckExecutionsTable,
    SqlEventLogStorage,
)
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import settings
from qbr_pipeline.store.alerts.outbox import forget_superseded
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.rows.forgetting import forget_rows

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def prune_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete our runs that ended before an aware moment, with all their events; how many those were.

    A run stays, however old, while an asset or a check of some partition has no newer result: what the UI shows, and
    what asks for months to be reviewed again, is the same before and after.
    """
    needed = {*_last_materializations(instance), *_last_evaluations(instance)}
    old = instance.get_run_ids(dg.RunsFilter(statuses=_ENDED, updated_before=before, tags=OURS))
    superseded = [run_id for run_id in old if run_id not in needed]
    for run_id in superseded:
        _delete(instance, run_id)
    return len(superseded)


def prune_ticks(instance: dg.DagsterInstance, before: datetime) -> None:
    """Delete the ticks of our schedules and sensors from before an aware moment."""
    if instance.schedule_storage is None:  # one that only lives in memory has no ticks
        return
    for state in instance.all_instigator_state():
        if state.repository_selector.location_name == LOCATION:
            instance.purge_ticks(state.instigator_origin_id, state.selector_id, before.timestamp())


def _last_materializations(instance: dg.DagsterInstance) -> Iterator[str]:
    """The runs that materialized some partition of one of our assets last."""
    for key in (key for asset in ASSETS for key in asset.keys):
        last = instance.event_log_storage.get_latest_storage_id_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        if last:
            these = dg.AssetRecordsFilter(key, storage_ids=list(last.values()))
            for record in instance.fetch_materializations(these, limit=len(last)).records:
                yield record.run_id


def _last_evaluations(instance: dg.DagsterInstance) -> Iterator[str]:
    """The runs that evaluated some check of some partition last."""
    keys = [key for definition in CHECKS for key in definition.check_keys]
    for last in instance.event_log_storage.get_asset_check_partition_info(keys):
        yield last.latest_planned_run_id


def _delete(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run, and the evaluations that Dagster leaves behind then."""
    instance.delete_run(run_id)
    evaluations = AssetCheckExecutionsTable
    storage = instance.event_log_storage
    if isinstance(storage, SqlEventLogStorage):
        with storage.index_connection() as connection:
            connection.execute(evaluations.delete().where(evaluations.c.run_id == run_id))


@dg.op(
    description="Deletes runs, ticks and sent alerts of more than QBR_KEPT_DAYS ago that something newer replaces."
)
def prune_what_is_old(
    context: dg.OpExecutionContext, database: dg.ResourceParam[Database], clock: dg.ResourceParam[Clock]
) -> None:
    """Deletes what is older than QBR_KEPT_DAYS, and rows older than QBR_KEPT_ROW_MONTHS; says how much that was."""
    now, read = clock(), settings()
    before = now - timedelta(days=read.kept_days)
    runs, alerts = prune_runs(context.instance, before), forget_superseded(database, before)
    prune_ticks(context.instance, before)
    context.log.info(f"{runs} runs and {alerts} alerts from before {before:%Y-%m-%d %H:%M} UTC deleted.")
    if read.kept_row_months is not None:
        oldest = Month.of(now, database.timezone).plus(1 - read.kept_row_months)
        context.log.info(f"{forget_rows(database, oldest)} rows from before {oldest} deleted.")


@dg.job(
    executor_def=dg.in_process_executor,
    description="Deletes old runs of Dagster with their events, and alerts that were sent long ago.",
)
def prune() -> None:
    """Deletes what is old; numbers, their history and the collection log are never touched."""
    prune_what_is_old()


daily_pruning = dg.ScheduleDefinition(
    "daily_pruning",
    job=prune,
    cron_schedule="0 12 * * *",
    execution_timezone=settings().timezone.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Prunes at noon, far from the night's runs.",
)
