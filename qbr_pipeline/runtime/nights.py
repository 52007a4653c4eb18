"""The nights that the schedule has asked for, as Dagster's own database tells: read in SQL, for who runs no Dagster."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.runtime.context import connect_to_dagster
from qbr_pipeline.settings import Settings

_LAST_NIGHT = text(
    "SELECT scheduled.value FROM run_tags AS scheduled JOIN run_tags AS schedule USING (run_id)"
    " JOIN run_tags AS location USING (run_id)"
    " WHERE scheduled.key = '.dagster/scheduled_execution_time'"
    " AND schedule.key = 'dagster/schedule_name' AND schedule.value = 'nightly_collection'"
    " AND location.key = '.dagster/repository' AND location.value = '__repository__@qbr_pipeline'"
    " ORDER BY scheduled.id DESC LIMIT 1"
)


def last_night(read: Settings) -> datetime | None:
    """The scheduled time of the last night whose collection was asked for, aware.

    None: there never was one, or Dagster's database cannot be asked, which shall silence nobody who watches.
    """
    if read.dagster_postgres_url is None:
        return None
    try:
        with connect_to_dagster(read) as connection:
            scheduled = connection.execute(_LAST_NIGHT).scalar_one_or_none()
    except DBAPIError:
        return None
    return datetime.fromisoformat(scheduled) if scheduled else None
