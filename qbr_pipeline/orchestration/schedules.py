"""When collection happens by itself: every night, for the rolling months, and only where a person turned it on."""

import dagster as dg
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.orchestration.jobs import collection
from qbr_pipeline.orchestration.keys import ROLLING_TAG
from qbr_pipeline.orchestration.partitions import rolling_months
from qbr_pipeline.settings import settings
from qbr_pipeline.store.approvals import last_approval
from qbr_pipeline.store.database import Database

_NOT_APPROVED = (
    "Nobody has approved the nights of this database: nothing is collected. `qbr readiness --trial --by NAME` lets "
    "them run to be looked at, `qbr readiness --approve --by NAME` for good."
)


@dg.schedule(
    job=collection,
    cron_schedule=settings().schedule_cron,
    execution_timezone=settings().timezone.key,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Collects the rolling months, one run each, oldest first.",
)
def nightly_collection(
    context: dg.ScheduleEvaluationContext, database: dg.ResourceParam[Database]
) -> list[dg.RunRequest] | dg.SkipReason:
    """One run request for each of the last QBR_MONTHS_TO_COLLECT months as of the tick's scheduled time.

    Skipped, with the reason, while QBR_COLLECTION_ENABLED is not true or nobody has approved the nights.
    """
    if not settings().collection_enabled:
        return dg.SkipReason("QBR_COLLECTION_ENABLED is not true: nothing is collected.")
    if not _is_approved(database):
        return dg.SkipReason(_NOT_APPROVED)
    months = rolling_months(context.scheduled_execution_time, settings().months_to_collect)
    return [
        dg.RunRequest(
            run_key=str(month),
            partition_key=str(month),
            tags={ROLLING_TAG: "month", "dagster/priority": str(len(months) - position)},
        )
        for position, month in enumerate(months)
    ]


def _is_approved(database: Database) -> bool:
    """Whether somebody approved the nights; a database that cannot be asked is left to the runs, which say so."""
    try:
        return database.fetch(last_approval) is not None
    except DBAPIError:
        return True
