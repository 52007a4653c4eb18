"""The log says for which night a collection was asked for, whether it succeeded or not; by hand there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbr_pipeline.orchestration.dagster_internals import SCHEDULED_EXECUTION_TIME_TAG
from qbr_pipeline.orchestration.run_cleanup import complete_the_log
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome

if TYPE_CHECKING:
    from qbr_pipeline_tests.orchestration.conftest import Company

MAY = Month(2025, 5)
NIGHT = datetime(2025, 6, 11, 3, 30, tzinfo=UTC)
OF_THE_NIGHT = {SCHEDULED_EXECUTION_TIME_TAG: NIGHT.isoformat()}


def test_a_collection_of_the_schedule_is_logged_under_its_night(company: Company) -> None:
    company.add_snapshot(MAY.last_day, 20)
    assert company.run("collection", MAY, tags=OF_THE_NIGHT).success
    assert {row.scheduled_at for row in company.log(MAY)} == {NIGHT}


def test_one_that_failed_is_too(company: Company) -> None:
    company.simulator.stop()
    assert not company.run("collection", MAY, tags=OF_THE_NIGHT).success
    complete_the_log(company.instance, company.database)
    (failed,) = (row for row in company.log(MAY) if row.status is CollectionOutcome.FAILED)
    assert failed.scheduled_at == NIGHT


def test_one_that_a_person_started_is_of_no_night(company: Company) -> None:
    company.add_snapshot(MAY.last_day, 20)
    assert company.collect(MAY).success
    assert {row.scheduled_at for row in company.log(MAY)} == {None}
