"""A run that was taken for dead and goes on: what is started in its place finds the work done, and ends well."""

import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan, execute_run

from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome

MAY = Month(2025, 5)
STEPS = (
    "qbr__connectwise_tickets",
    "connectwise_tickets_checks",
    "qbr__connectwise_time_entries",
    "connectwise_time_entries_checks",
    "qbr__connectwise_metrics",
    "connectwise_metrics_checks",
)


@pytest.fixture
def collected(company):
    """A company whose May one run has collected and published; that run's id."""
    company.add_work(MAY, 6, 5, ["0.25", "1.1"])
    company.add_snapshot(MAY.last_day, 20)
    result = company.collect(MAY)
    assert result.success
    return company, result.run_id


def go_on(company, first, steps):
    """What Dagster starts in place of a run: those of its steps that had not been seen to be done."""
    job = company.definitions.resolve_job_def("collection")
    tags = {"dagster/partition": str(MAY), **OURS}
    plan = create_execution_plan(job, step_keys_to_execute=list(steps), tags=tags)
    run = company.instance.create_run_for_job(
        job, execution_plan=plan, root_run_id=first, parent_run_id=first, tags=tags
    )
    return execute_run(InMemoryJob(job), run, company.instance)


@pytest.mark.parametrize("begins_at", STEPS[:3] + STEPS[4:5])
def test_a_run_in_place_of_one_that_has_published_meanwhile_ends_well(begins_at, collected) -> None:
    company, first = collected
    values, history, failing = company.values(MAY), company.history_rows(), company.failing(MAY)
    result = go_on(company, first, STEPS[STEPS.index(begins_at) :])
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    assert (company.values(MAY), company.history_rows(), company.failing(MAY)) == (values, history, failing)
    assert company.reactive(MAY) == company.truth(MAY)
    assert {row.status for row in company.log(MAY)} == {CollectionOutcome.SUCCESS}
