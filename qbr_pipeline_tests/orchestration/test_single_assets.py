"""What a person does in the UI: "Materialize" on one asset of a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from qbr_pipeline.orchestration.alerting import _failures
from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.run_cleanup import complete_the_log
from qbr_pipeline.periods import Month

if TYPE_CHECKING:
    from qbr_pipeline_tests.orchestration.conftest import Company

MAY = Month(2025, 5)
MONTHLY = (
    "connectwise_boards",
    "connectwise_tickets",
    "connectwise_time_entries",
    "connectwise_metrics",
    "ninja_devices",
    "ninja_metrics",
    "monthly_metrics",
    "monthly_smartnumbers",
)


def materialize(company: Company, *names: str) -> dg.ExecuteInProcessResult:
    """One run of some assets and their checks, as the UI launches it: by Dagster's own job, without tags of ours."""
    keys = [
        key for key in company.definitions.resolve_asset_graph().get_all_asset_keys() if key.path[-1] in names
    ]
    return company.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=company.instance,
        partition_key=str(MAY),
        asset_selection=keys,
        raise_on_error=False,
        tags=OURS,
    )


@pytest.fixture
def collected(company: Company) -> Company:
    """A company whose May is green."""
    company.add_work(MAY, 5, 3, "1.5")
    company.add_snapshot(MAY.last_day, 20)
    assert company.collect(MAY).success
    return company


@pytest.mark.parametrize("name", MONTHLY)
def test_an_asset_of_a_green_month_is_green_when_it_is_materialized_by_itself(
    name: str, collected: Company
) -> None:
    before, log = collected.values(MAY), collected.log(MAY)
    assert materialize(collected, name).success
    assert collected.values(MAY) == before
    assert collected.log(MAY) == log


def test_a_month_of_which_nothing_was_collected_says_what_to_launch_and_is_no_failure_of_the_vendor(
    company: Company,
) -> None:
    result = materialize(company, "connectwise_metrics")

    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_failure_data.user_failure_data.description == (
        "Nothing of ConnectWise has been collected for 2025-05 yet: launch the job collection for that month"
    )
    assert complete_the_log(company.instance, company.database) == 0
    assert _failures(company.instance, datetime.now(UTC) - timedelta(hours=1))[0] == []


def test_the_assets_of_a_vendor_materialized_together_publish_what_they_fetch(collected: Company) -> None:
    collected.add_work(MAY, 4, 4, "2")
    assert materialize(
        collected, "connectwise_tickets", "connectwise_time_entries", "connectwise_metrics"
    ).success
    assert collected.reactive(MAY) == collected.truth(MAY)


def test_a_run_that_was_to_fetch_and_has_staged_nothing_is_never_taken_for_one_that_was_not(
    collected: Company,
) -> None:
    result = materialize(collected, "connectwise_tickets", "connectwise_metrics")
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "this run has fetched no time_entries" in failure.step_failure_data.user_failure_data.description
