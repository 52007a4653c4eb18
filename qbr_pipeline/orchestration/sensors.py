"""What happens by itself between the nights.

Months are checked again after changes, quarters follow their months, the log is completed for runs that died, and
people are told (`alerting`). All are on by default: without them quarters silently stay old and deaths silently stay
untold.
"""

from datetime import datetime, timedelta

import dagster as dg

from qbr_pipeline.orchestration.alerting import alert_delivery, alert_detection
from qbr_pipeline.orchestration.jobs import OF_QUARTERS, recompute
from qbr_pipeline.orchestration.keys import RECOMPUTE_TAG
from qbr_pipeline.orchestration.partitions import rolling_months
from qbr_pipeline.orchestration.rechecks import pending_rechecks, unfinished_reviews
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.orchestration.run_cleanup import complete_the_log, end_dead_runs
from qbr_pipeline.store.database import Database

_SECONDS = 30
_OVERLAP = timedelta(minutes=5)
"""By how much the clocks of processes and of Dagster's storage may differ."""


@dg.sensor(
    job=recompute,
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for months to be computed and checked again when a value they depend on changed.",
)
def recompute_changed_months(
    context: dg.SensorEvaluationContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> dg.SensorResult | dg.SkipReason:
    """Requests a recompute run for every month whose last review did not see a change that concerns it."""
    if unfinished_reviews(context.instance):
        return dg.SkipReason(
            "Months are being collected or recomputed: what they will have read is not known yet."
        )
    (current,) = rolling_months(clock(), 1)
    rechecks = pending_rechecks(context.instance, database, int(context.cursor or 0), current)
    requests = [
        dg.RunRequest(
            run_key=f"{month}:{rechecks.cursor}",
            partition_key=str(month),
            tags={RECOMPUTE_TAG: "month", "dagster/priority": str(-position)},
        )
        for position, month in enumerate(rechecks.months)
    ]
    return dg.SensorResult(run_requests=requests, cursor=str(rechecks.cursor))


@dg.sensor(
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ends runs whose process is gone, and writes the log rows that runs could not write themselves.",
)
def housekeeping(
    context: dg.SensorEvaluationContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> dg.SensorResult:
    """Ends dead runs and completes the collection log; requests nothing.

    The cursor is the moment up to which the log is complete. A tick that fails, as while the database is gone, leaves
    it where it was.
    """
    began = clock()
    ended = end_dead_runs(context.instance)
    since = datetime.fromisoformat(context.cursor) - _OVERLAP if context.cursor else None
    written = complete_the_log(context.instance, database, since)
    return dg.SensorResult(
        skip_reason=dg.SkipReason(f"{len(ended)} dead runs ended, {written} log rows written."),
        cursor=began.isoformat(),
    )


quarter_refresh = dg.AutomationConditionSensorDefinition(
    "quarter_refresh",
    target=OF_QUARTERS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=_SECONDS,
    description="Computes a quarter again once its months have changed and are at rest.",
)

SENSORS = (recompute_changed_months, housekeeping, quarter_refresh, alert_detection, alert_delivery)
