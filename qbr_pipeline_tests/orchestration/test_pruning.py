"""Old runs go; what they alone tell of a month stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.pruning import KEPT, prune_runs
from qbr_pipeline.orchestration.rechecks import pending_rechecks
from qbr_pipeline.periods import Month
from qbr_pipeline.store.alerts.outbox import Alert, claim, mark, notified, put

if TYPE_CHECKING:
    from qbr_pipeline_tests.orchestration.conftest import Company

APRIL, MAY, JUNE = Month(2025, 4), Month(2025, 5), Month(2025, 6)
LATER = datetime.now(UTC) + KEPT + timedelta(days=1)


@pytest.fixture
def company(company: Company) -> Company:
    """A company of three months, each collected once."""
    for month in (APRIL, MAY, JUNE):
        company.add_work(month, 5, 5, "4")
        company.add_snapshot(month.last_day, 20)
        assert company.collect(month).success
    return company


def run_ids(company: Company) -> set[str]:
    return {run.run_id for run in company.instance.get_runs()}


def status_of_partitions(company: Company) -> dict[tuple[str, str], str]:
    """Of every asset and month the run that materialized it last."""
    return {
        (key.to_user_string(), str(month)): record.run_id
        for key in company.instance.get_asset_keys()
        for month in (APRIL, MAY, JUNE)
        for record in company.instance.fetch_materializations(
            dg.AssetRecordsFilter(key, asset_partitions=[str(month)]), limit=1
        ).records
    }


def test_old_runs_whose_every_result_is_replaced_go_and_nothing_that_is_shown_changes(
    company: Company,
) -> None:
    replaced = run_ids(company)
    for month in (APRIL, MAY, JUNE):
        company.collect(month)
    results, status = company.results(), status_of_partitions(company)

    assert prune_runs(company.instance, LATER) == 3

    assert not run_ids(company) & replaced
    assert company.results() == results
    assert status_of_partitions(company) == status
    assert pending_rechecks(company.instance, company.database, 0, JUNE).months == ()
    assert prune_runs(company.instance, LATER) == 0


def test_a_run_stays_while_one_of_its_checks_or_assets_has_no_newer_result(company: Company) -> None:
    before, results = run_ids(company), company.results()
    company.run("recompute", MAY)

    assert prune_runs(company.instance, LATER) == 0

    assert run_ids(company) > before
    assert company.results().keys() == results.keys()


def test_nothing_is_left_of_the_events_and_evaluations_of_a_run_that_went(company: Company) -> None:
    replaced = run_ids(company)
    for month in (APRIL, MAY, JUNE):
        company.collect(month)

    prune_runs(company.instance, LATER)

    storage = company.instance.event_log_storage
    for run_id in replaced:
        assert not company.instance.all_logs(run_id)
    key = dg.AssetCheckKey(dg.AssetKey(["qbr", "monthly_metrics"]), "not_zero")
    evaluations = storage.get_asset_check_execution_history(key, limit=100)
    assert len(evaluations) == 3
    assert not {each.run_id for each in evaluations} & replaced


def test_what_is_younger_than_90_days_stays(company: Company) -> None:
    company.collect(MAY)
    assert prune_runs(company.instance, datetime.now(UTC) - timedelta(minutes=5)) == 0


def test_runs_that_have_not_ended_stay(company: Company) -> None:
    waiting = company.instance.create_run_for_job(company.definitions.resolve_job_def("recompute"), tags=OURS)
    company.collect(MAY)

    assert prune_runs(company.instance, LATER) == 1
    assert waiting.run_id in run_ids(company)


def test_the_job_prunes_runs_and_alerts_of_more_than_90_days_ago(company: Company) -> None:
    company.collect(MAY)
    company.now = datetime.now(UTC)
    for content in ("warn 288", "warn 290"):
        put(company.database, [Alert("finding:1", content, True, "T", "B")], ["mail"], company.now)
        mark(
            company.database,
            claim(company.database, "mail", company.now, urgent=True, limit=9),
            company.now,
        )
    company.now = LATER
    job = company.definitions.resolve_job_def("prune")

    result = job.execute_in_process(instance=company.instance, tags=OURS)

    assert result.success
    assert len(run_ids(company)) == 4  # one of each month, and this one
    assert company.database.fetch(notified, ["mail"]) == {"finding:1": "warn 290"}
    with company.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM qbr_alerts").scalar() == 1
