"""When collection happens by itself: every night, for the rolling months, and only where a person turned it on."""

import dagster as dg

from qbr_pipeline.orchestration.jobs import collection
from qbr_pipeline.orchestration.keys import ROLLING_TAG
from qbr_pipeline.orchestration.partitions import rolling_months
from qbr_pipeline.settings import settings


@dg.schedule(
    job=collection,
    cron_schedule=settings().schedule_cron,
    execution_timezone=settings().timezone.key,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Collects the rolling months, one run each, oldest first.",
)
def nightly_collection(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """One run request for each of the last QBR_MONTHS_TO_COLLECT months as of the tick's scheduled time."""
    if not settings().collection_enabled:
        return dg.SkipReason("QBR_COLLECTION_ENABLED is not true: nothing is collected.")
    months = rolling_months(context.scheduled_execution_time, settings().months_to_collect)
    return [
        dg.RunRequest(
            run_key=str(month),
            partition_key=str(month),
            tags={ROLLING_TAG: "month", "dagster/priority": str(len(months) - position)},
        )
        for position, month in enumerate(months)
    ]
