"""Runs that end without a word: a process that was killed, a database that went away.

What belongs here: noticing such runs, and writing to the collection log what they could not write themselves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import dagster as dg

from qbr_pipeline.orchestration.assets import COLLECTORS
from qbr_pipeline.orchestration.dagster_internals import OURS, DagsterAssetCheckFailedError
from qbr_pipeline.orchestration.keys import ASKED_TOO_LITTLE, asset_of_step, night_of
from qbr_pipeline.orchestration.partitions import month_of_key
from qbr_pipeline.orchestration.run_host import host_of
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, record, rows
from qbr_pipeline.store.database import Database

_LOOK_BACK = timedelta(days=14)
_PARTITION_TAG = "dagster/partition"


class FaultKind(StrEnum):
    """What tells people of a fault: a finding, the page where the run was launched, or nothing but an alert."""

    FINDING = "finding"
    LAUNCH = "launch"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RunFault:
    """What went wrong in a run, in a `sentence` for a person.

    `key`: the check, or the step and the class of its error; the same for one cause in every month.
    """

    kind: FaultKind
    key: str
    sentence: str


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs as failed that are under way by their status but whose process is gone; their ids.

    Only those that can be seen from here: by their own word they are on this machine, and not in another container.
    Of the others the launcher knows, which Dagster's run monitoring asks. Their places in pools are freed.
    """
    under_way = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=under_way, tags=OURS)):
        host = host_of(run)
        process = _process_of(instance, run.run_id) if host else None
        if host and process and host.has_ended(*process):
            instance.report_run_failed(
                run, f"The run's process {process[0]} is gone: it was killed or it crashed."
            )
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended


def _process_of(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """The number of the process that executes a run, and a moment at which it lived, in seconds since the epoch."""
    found = None
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        number = event.engine_event_data.metadata.get("pid") if event else None
        if number is not None:
            found = int(str(number.value)), entry.timestamp
    return found


def complete_the_log(instance: dg.DagsterInstance, database: Database, since: datetime | None = None) -> int:
    """Write a `failed` row for each vendor whose month a failed run was to collect and left no row of.

    Looks at runs that ended after the aware moment `since`, by default in the last 14 days. Returns how many rows were
    written. None for a vendor that the run did publish: its row is in the database that it was published into.
    """
    failed = instance.get_run_records(
        dg.RunsFilter(
            statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED],
            updated_after=since or datetime.now(UTC) - _LOOK_BACK,
            tags=OURS,
        )
    )
    missing = [row for died in failed for row in _missing_rows(instance, database, died)]
    for row in missing:
        record(database, row)
    return len(missing)


def _missing_rows(instance: dg.DagsterInstance, database: Database, died: dg.RunRecord) -> Iterator[LogRow]:
    run = died.dagster_run
    partition = run.tags.get(_PARTITION_TAG)
    if partition is None:
        return
    planned = _assets(instance, run.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    done = _assets(instance, run.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)
    known = {row.vendor for row in database.fetch(rows, run_id=run.run_id)}
    started = died.start_time or died.create_timestamp.timestamp()
    for vendor, assets in COLLECTORS.items():
        names = tuple(asset.key.path[-1] for asset in assets)
        *fetching, publishing = names
        if vendor not in known and publishing not in done and planned.intersection(fetching):
            yield LogRow(
                run_id=run.run_id,
                month=month_of_key(partition),
                vendor=vendor,
                status=CollectionOutcome.FAILED,
                started_at=datetime.fromtimestamp(started, UTC),
                ended_at=datetime.fromtimestamp(died.end_time or started, UTC),
                message=_what_went_wrong(instance, run.run_id, names),
                metrics_collected=0,
                scheduled_at=night_of(run),
            )


def _assets(instance: dg.DagsterInstance, run_id: str, of_type: dg.DagsterEventType) -> set[str]:
    """The assets that a run has events of this type of."""
    return {
        entry.dagster_event.asset_key.path[-1]
        for entry in instance.all_logs(run_id, of_type=of_type)
        if entry.dagster_event and entry.dagster_event.asset_key
    }


def _what_went_wrong(instance: dg.DagsterInstance, run_id: str, assets: tuple[str, ...]) -> str:
    """The first sentence that a failed blocking check or a failed step of `assets` left; else that of the run."""
    last = "The run ended before it published anything, without giving a reason."
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None:
            continue
        blocked = blocking_sentence(event)
        if blocked is not None and event.asset_check_evaluation_data.asset_key.path[-1] in assets:
            return blocked
        if event.is_step_failure and asset_of_step(event.step_key) in assets:
            return failure_sentence(event)
        if event.is_failure and event.message:
            last = event.message
    return last


def faults_of(events: Iterable[dg.DagsterEvent]) -> tuple[RunFault, ...]:
    """What the failed blocking checks and the failed steps of a run say, in the order of `events`."""
    return tuple(fault for event in events if (fault := _fault(event)) is not None)


def _fault(event: dg.DagsterEvent) -> RunFault | None:
    blocked = blocking_sentence(event)
    if blocked is not None:
        check = event.asset_check_evaluation_data
        return RunFault(FaultKind.FINDING, f"check {check.check_name}", blocked)
    if not event.is_step_failure or _is_only_blocked(event):
        return None
    kind = FaultKind.LAUNCH if _asked_too_little(event) else FaultKind.ERROR
    return RunFault(
        kind, f"{asset_of_step(event.step_key)} {_first_cause(event)[0]}", failure_sentence(event)
    )


def blocking_sentence(event: dg.DagsterEvent) -> str | None:
    """What a failed check that blocks says to a person; None for any other event."""
    if event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        return None
    evaluation = event.asset_check_evaluation_data
    blocks = evaluation.blocking and evaluation.severity is dg.AssetCheckSeverity.ERROR
    return evaluation.description if blocks and not evaluation.passed else None


def _is_only_blocked(event: dg.DagsterEvent) -> bool:
    """Whether a step failed for no other reason than that its blocking checks did, which have told why."""
    error = event.step_failure_data.error
    return error is not None and error.cls_name == DagsterAssetCheckFailedError.__name__


def _asked_too_little(event: dg.DagsterEvent) -> bool:
    """Whether a step failed only because its run was launched without the assets that fetch."""
    failure = event.step_failure_data.user_failure_data if event.is_step_failure else None
    return failure is not None and ASKED_TOO_LITTLE in failure.metadata


def failure_sentence(event: dg.DagsterEvent) -> str:
    """What a failed step says to a person: the sentence of a failure that was foreseen, else its first cause."""
    failure = event.step_failure_data.user_failure_data
    if failure is not None and failure.description:
        return failure.description
    error, message = _first_cause(event)
    return f"{asset_of_step(event.step_key)}: {message.strip().partition(chr(10))[0]}" if error else message


def _first_cause(event: dg.DagsterEvent) -> tuple[str | None, str]:
    """The class and the message of the error that made a step fail in the first place."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return (error.cls_name, error.message) if error else (None, event.message or "The step failed.")
