"""The sensors that tell people: one notices what there is to tell, the other sends it.

Noticing only writes to the outbox, so that no destination can hold it up; sending starts from it, so that nothing is
lost when the daemon ends between the two. Both are silent while QBR_COLLECTION_ENABLED is not true.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import dagster as dg
from sqlalchemy.exc import OperationalError

from qbr_pipeline.alerts.delivery import deliver
from qbr_pipeline.alerts.detection import (
    Audience,
    Detected,
    FailedRun,
    detect_broken_detection,
    detect_failures,
    detect_findings,
    detect_silent_sources,
    run_name,
)
from qbr_pipeline.orchestration.dagster_internals import (
    OURS,
    PARTITION_NAME_TAG,
    SCHEDULED_EXECUTION_TIME_TAG,
    WILL_RETRY_TAG,
    in_pool,
)
from qbr_pipeline.orchestration.keys import COLLECTION_POOL
from qbr_pipeline.orchestration.rechecks import unfinished_reviews
from qbr_pipeline.orchestration.resources import Alerting, Clock
from qbr_pipeline.orchestration.run_cleanup import FaultKind, RunFault, faults_of
from qbr_pipeline.periods import Month, PeriodError
from qbr_pipeline.store.alerts.outbox import release
from qbr_pipeline.store.database import Database

_SECONDS = 30
_FINDINGS_A_TICK = 20
_FAILURES_A_TICK = 50
_OVERLAP = timedelta(seconds=5)
"""By how much a run may be written later than its moment says; what is read twice is told once."""

_REST = timedelta(seconds=90)
"""So long after its last run a collection is over: by then the months it changed have been asked for again."""

_NO_COLLECTION = "no night"


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Since when alerts are on, up to when failed runs were told, and the collection whose digest went last."""

    since: str
    failures_until: str
    night: str = _NO_COLLECTION

    @classmethod
    def read(cls, text: str | None, now: datetime) -> "_Cursor":
        return cls(**json.loads(text)) if text else cls(now.isoformat(), now.isoformat())


@dg.sensor(
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Detects open findings, failed runs and silent sources, and puts an alert for each in the outbox.",
)
def alert_detection(
    context: dg.SensorEvaluationContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
    alerting: dg.ResourceParam[Alerting],
) -> dg.SensorResult:
    """Puts what is new in the outbox, oldest first, and releases the digest once a collection's runs have ended."""
    if alerting.reason_for_silence:
        return dg.SensorResult(skip_reason=dg.SkipReason(alerting.reason_for_silence), cursor="")
    now = clock()
    cursor = _Cursor.read(context.cursor, now)
    audience = Audience([each.label for each in alerting.destinations], alerting.sender.links)
    until, detected = datetime.fromisoformat(cursor.failures_until), Detected(0, 0)
    with _told_apart(context, database, audience, "failed runs", now):
        failures, until_then = _failures(context.instance, until)
        detect_failures(database, audience, failures, now)
        until = until_then
    with _told_apart(context, database, audience, "findings", now):
        detected = detect_findings(database, audience, now, limit=_FINDINGS_A_TICK)
    with _told_apart(context, database, audience, "silent sources", now):
        detect_silent_sources(database, audience, now, datetime.fromisoformat(cursor.since))
    night, released = cursor.night, 0
    if not detected.left:
        ended = _collection_at_rest(context.instance, now)
        if ended is not None and ended != cursor.night:
            night, released = ended, release(database, now)
    sentences = (
        f"{detected.new} findings detected, {detected.left} left; {released} alerts released in a digest."
    )
    return dg.SensorResult(
        skip_reason=dg.SkipReason(sentences),
        cursor=json.dumps(asdict(_Cursor(cursor.since, until.isoformat(), night))),
    )


@contextmanager
def _told_apart(
    context: dg.SensorEvaluationContext, database: Database, audience: Audience, what: str, now: datetime
) -> Iterator[None]:
    """One kind of alert by itself: where it cannot be made, that is an alert, and the other kinds go on.

    A database that is gone ends the tick: nothing could be written down, and the next one begins anew.
    """
    try:
        yield
    except OperationalError:
        raise
    except Exception as error:
        context.log.exception(f"Alerts about {what} could not be made.")
        detect_broken_detection(database, audience, what, error, now)


@dg.sensor(
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends the alerts of the outbox to the destinations of QBR_ALERT_URLS.",
)
def alert_delivery(
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
    alerting: dg.ResourceParam[Alerting],
) -> dg.SkipReason:
    """Sends what is due; what does not arrive is tried again later."""
    if alerting.reason_for_silence:
        return dg.SkipReason(alerting.reason_for_silence)
    done = deliver(database, alerting.destinations, alerting.sender, clock)
    return dg.SkipReason(f"Alerts delivered: {done.arrived}; to be tried again: {done.failed}.")


def _failures(instance: dg.DagsterInstance, after: datetime) -> tuple[list[FailedRun], datetime]:
    """Runs that failed since, the oldest first and no more than one tick can tell; and up to when that reaches."""
    records = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=after - _OVERLAP, tags=OURS),
        limit=_FAILURES_A_TICK,
        order_by="update_timestamp",
        ascending=True,
    )
    failures = [failure for record in records for failure in _failure(instance, record)]
    return failures, max((record.update_timestamp for record in records), default=after)


def _failure(instance: dg.DagsterInstance, record: dg.RunRecord) -> list[FailedRun]:
    """What is to be said of a failed run; nothing when it is tried again, or when findings say all there is to say.

    Nothing either when it was launched with too few assets: a person reads that where the run was launched.
    """
    run = record.dagster_run
    if run.tags.get(WILL_RETRY_TAG) == "true":
        return []
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id) if entry.dagster_event]
    faults = faults_of(events) or (_last_words(events),)
    fault = next((each for each in faults if each.kind is FaultKind.ERROR), None)
    if fault is None:
        return []
    what = run_name(run.job_name, _month(run.tags.get(PARTITION_NAME_TAG)))
    return [FailedRun(run.run_id, what, fault.key, fault.sentence, record.update_timestamp)]


def _last_words(events: Iterable[dg.DagsterEvent]) -> RunFault:
    """What a run says that ended outside of its steps, as one whose process is gone."""
    said = (event.message for event in events if event.is_failure and event.message)
    return RunFault(FaultKind.ERROR, "run", next(said, "it ended without giving a reason."))


def _month(partition: str | None) -> Month | None:
    try:
        return Month.parse(partition or "")
    except PeriodError:
        return None


def _collection_at_rest(instance: dg.DagsterInstance, now: datetime) -> str | None:
    """What tells the last collection from others, once all of its runs have ended with what they asked for.

    The scheduled time of a night, the last run of one by hand; None: not yet.
    """
    newest = instance.get_run_records(dg.RunsFilter(tags=in_pool(COLLECTION_POOL)), limit=1)
    last = instance.get_run_records(dg.RunsFilter(tags=OURS), limit=1, order_by="update_timestamp")
    if not newest or unfinished_reviews(instance):
        return None
    if any(now - record.update_timestamp < _REST for record in (*newest, *last)):
        return None
    run = newest[0].dagster_run
    return run.tags.get(SCHEDULED_EXECUTION_TIME_TAG, run.run_id)
