"""Which months a tick of the schedule asks for, and when it does not."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import dagster as dg
import pytest

from qbr_pipeline.orchestration.build import build_defs
from qbr_pipeline.orchestration.partitions import MONTHS, QUARTERS, rolling_months
from qbr_pipeline.orchestration.schedules import nightly_collection
from qbr_pipeline.periods import Month
from qbr_pipeline.store.approvals import Approval, Purpose, approve
from qbr_pipeline.store.database import open_database
from qbr_pipeline_tests.conftest import CHICAGO


@pytest.fixture
def tick(database):
    def tick_(moment):
        context = dg.build_schedule_context(
            scheduled_execution_time=moment,
            repository_def=build_defs().get_repository_def(),
            resources={"database": database},
        )
        return nightly_collection.evaluate_tick(context)

    return tick_


def months_of(evaluated):
    return [Month.parse(request.partition_key) for request in evaluated.run_requests]


@pytest.fixture
def enabled(environment, database):
    environment(QBR_COLLECTION_ENABLED="true")
    with database.begin() as connection:
        approve(connection, database, Approval(Purpose.TRIAL, "Ann", utc(2025, 1, 1), {}))


def utc(*moment):
    return datetime(*moment, tzinfo=UTC)


@pytest.mark.usefixtures("enabled")
@pytest.mark.parametrize(
    ("moment", "first", "last"),
    [
        pytest.param(utc(2025, 2, 1, 4, 30), Month(2024, 1), Month(2025, 1), id="last night of January"),
        pytest.param(utc(2025, 2, 2, 4, 30), Month(2024, 2), Month(2025, 2), id="first night of February"),
        pytest.param(utc(2025, 3, 10, 3, 30), Month(2024, 3), Month(2025, 3), id="day clocks go forward"),
        pytest.param(utc(2025, 11, 3, 4, 30), Month(2024, 11), Month(2025, 11), id="day clocks go back"),
        pytest.param(utc(2025, 4, 1, 3, 30), Month(2024, 3), Month(2025, 3), id="last night in summer time"),
        pytest.param(utc(2028, 3, 1, 4, 30), Month(2027, 2), Month(2028, 2), id="29 February"),
        pytest.param(utc(2028, 3, 2, 4, 30), Month(2027, 3), Month(2028, 3), id="after 29 February"),
        pytest.param(utc(2026, 1, 1, 4, 30), Month(2024, 12), Month(2025, 12), id="new year's eve"),
        pytest.param(utc(2026, 1, 2, 4, 30), Month(2025, 1), Month(2026, 1), id="new year's day"),
    ],
)
def test_a_tick_asks_for_the_thirteen_months_of_its_scheduled_time(tick, moment, first, last) -> None:
    months = months_of(tick(moment))
    assert months == list(Month.span(first, last))
    assert len(months) == 13


@pytest.mark.usefixtures("enabled")
def test_the_first_tick_of_all_asks_for_no_month_before_the_first_partition(tick) -> None:
    assert months_of(tick(utc(2024, 3, 5, 4, 30))) == [Month(2024, 1), Month(2024, 2), Month(2024, 3)]


@pytest.mark.usefixtures("enabled")
def test_older_months_have_a_higher_priority_and_every_run_is_a_collection(tick) -> None:
    requests = tick(utc(2025, 2, 1, 4, 30)).run_requests
    assert [int(request.tags["dagster/priority"]) for request in requests] == list(range(13, 0, -1))
    assert {request.tags["dagster/partition"] for request in requests} == set(map(str, months_of_year(2024)))
    assert len({request.run_key for request in requests}) == 13
    assert nightly_collection.job_name == "collection"
    assert build_defs().resolve_job_def("collection").tags["qbr/collection"] == "month"


def months_of_year(year):
    return [*Month.span(Month(year, 1), Month(year, 12)), Month(year + 1, 1)]


@pytest.mark.parametrize("value", ["false", ""])
def test_a_tick_is_skipped_with_the_reason_while_collection_is_not_enabled(tick, value, environment) -> None:
    environment(QBR_COLLECTION_ENABLED=value)
    evaluated = tick(utc(2025, 2, 1, 4, 30))
    assert not evaluated.run_requests
    assert evaluated.skip_message == "QBR_COLLECTION_ENABLED is not true: nothing is collected."


def test_a_tick_is_skipped_with_the_reason_while_nobody_has_approved_the_nights(tick, environment) -> None:
    environment(QBR_COLLECTION_ENABLED="true")
    evaluated = tick(utc(2025, 2, 1, 4, 30))
    assert not evaluated.run_requests
    assert evaluated.skip_message == (
        "Nobody has approved the nights of this database: nothing is collected. `qbr readiness --trial --by NAME` "
        "lets them run to be looked at, `qbr readiness --approve --by NAME` for good."
    )


def test_a_night_is_asked_for_although_the_database_is_away_so_that_its_runs_say_so(
    environment, postgres
) -> None:
    environment(QBR_COLLECTION_ENABLED="true")
    nowhere = open_database(postgres.url("nowhere"), timezone=CHICAGO)
    context = dg.build_schedule_context(
        scheduled_execution_time=utc(2025, 2, 1, 4, 30),
        repository_def=build_defs().get_repository_def(),
        resources={"database": nowhere},
    )
    assert len(nightly_collection.evaluate_tick(context).run_requests) == 13


@pytest.mark.usefixtures("enabled")
def test_the_number_of_months_is_a_setting(tick, environment) -> None:
    environment(QBR_MONTHS_TO_COLLECT="2")
    assert months_of(tick(utc(2025, 2, 1, 4, 30))) == [Month(2024, 12), Month(2025, 1)]


def test_the_schedule_is_off_until_a_person_turns_it_on() -> None:
    assert nightly_collection.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (nightly_collection.cron_schedule, nightly_collection.execution_timezone) == (
        "30 22 * * *",
        "America/Chicago",
    )


def test_cron_time_zone_and_first_month_come_from_the_environment() -> None:
    script = (
        "from qbr_pipeline.orchestration.schedules import nightly_collection as s\n"
        "from qbr_pipeline.orchestration.partitions import MONTHS, QUARTERS\n"
        "print(s.cron_schedule, '|', s.execution_timezone, '|', MONTHS.timezone, MONTHS.get_first_partition_key(),"
        " '|', QUARTERS.timezone, QUARTERS.get_first_partition_key())"
    )
    changes = {
        "QBR_SCHEDULE_CRON": "*/5 * * * *",
        "QBR_TIMEZONE": "Europe/Berlin",
        "QBR_START_MONTH": "2023-11",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env=os.environ | changes,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == (
        "*/5 * * * * | Europe/Berlin | Europe/Berlin 2023-11 | Europe/Berlin 2023-10"
    )


def test_the_month_and_the_quarter_in_progress_are_partitions() -> None:
    now = utc(2025, 2, 1, 5, 59)  # 23:59 on January 31 in Chicago
    assert MONTHS.get_partition_keys(current_time=now)[-1] == "2025-01"
    assert QUARTERS.get_partition_keys(current_time=now)[-1] == "2025-01"
    assert rolling_months(now, 2) == [Month(2024, 12), Month(2025, 1)]
    assert rolling_months(utc(2025, 2, 1, 6, 0), 1) == [Month(2025, 2)]
    assert QUARTERS.get_partition_keys(current_time=utc(2025, 4, 1, 5, 0))[-1] == "2025-04"
