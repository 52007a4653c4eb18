"""Old runs go; what they alone tell of a month stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from qbr_pipeline.orchestration.dagster_internals import LOCATION, OURS
from qbr_pipeline.orchestration.pruning import prune_runs, prune_ticks
from qbr_pipeline.orchestration.rechecks import pending_rechecks
from qbr_pipeline.periods import Month
from qbr_pipeline.store.alerts.outbox import Alert, claim, mark, notified, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbr_pipeline_tests.orchestration.conftest import Company

APRIL, MAY, JUNE = Month(2025, 4), Month(2025, 5), Month(2025, 6)
LATER = datetime.now(UTC) + timedelta(days=31)


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


def test_what_is_younger_than_the_moment_stays(company: Company) -> None:
    company.collect(MAY)
    assert prune_runs(company.instance, datetime.now(UTC) - timedelta(minutes=5)) == 0


def test_runs_that_have_not_ended_stay(company: Company) -> None:
    waiting = company.instance.create_run_for_job(company.definitions.resolve_job_def("recompute"), tags=OURS)
    company.collect(MAY)

    assert prune_runs(company.instance, LATER) == 1
    assert waiting.run_id in run_ids(company)


def test_the_job_prunes_runs_and_alerts_of_more_than_30_days_ago(company: Company) -> None:
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


def test_how_many_days_are_kept_is_a_setting(company: Company, environment: Callable[..., None]) -> None:
    environment(QBR_KEPT_DAYS="60")
    company.collect(MAY)
    company.now = LATER
    job = company.definitions.resolve_job_def("prune")
    assert job.execute_in_process(instance=company.instance, tags=OURS).success
    assert len(run_ids(company)) == 5
    company.now = LATER + timedelta(days=30)
    assert job.execute_in_process(instance=company.instance, tags=OURS).success
    assert len(run_ids(company)) == 4  # one of each month, and this one


def test_ticks_of_ours_go_and_those_of_others_stay(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for location in (LOCATION, "of_others"):
            tick_at(instance, location, now.timestamp())
        prune_ticks(instance, now - timedelta(minutes=1))
        assert ticks_kept(instance) == {LOCATION: 1, "of_others": 1}
        prune_ticks(instance, now + timedelta(minutes=1))
        assert ticks_kept(instance) == {LOCATION: 0, "of_others": 1}


def ticks_kept(instance: dg.DagsterInstance) -> dict[str, int]:
    """How many ticks each code location has."""
    return {
        state.repository_selector.location_name: len(
            instance.get_ticks(state.instigator_origin_id, state.selector_id)
        )
        for state in instance.all_instigator_state()
    }


def test_rows_are_kept_unless_a_setting_says_for_how_long(
    company: Company, environment: Callable[..., None]
) -> None:
    company.now = LATER.replace(year=LATER.year + 2)
    job = company.definitions.resolve_job_def("prune")
    values, history = company.values(MAY), company.history_rows()
    assert job.execute_in_process(instance=company.instance, tags=OURS).success
    assert rows_kept(company) == {"2025-04", "2025-05", "2025-06"}
    environment(QBR_KEPT_ROW_MONTHS="24")
    company.now = datetime(2027, 4, 10, tzinfo=UTC)
    assert job.execute_in_process(instance=company.instance, tags=OURS).success
    assert rows_kept(company) == {"2025-05", "2025-06"}
    assert (company.values(MAY), company.history_rows()) == (values, history)


def tick_at(instance: dg.DagsterInstance, location: str, moment: float) -> None:
    """A sensor of a code location, and one tick of it."""
    code = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="some"), location)
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(code, "__repository__"), "housekeeping")
    state = InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING, SensorInstigatorData())
    instance.add_instigator_state(state)
    name = (state.instigator_origin_id, state.instigator_name, InstigatorType.SENSOR)
    instance.create_tick(
        TickData(*name, TickStatus.SUCCESS, moment, run_ids=["some"], selector_id=state.selector_id)
    )


def rows_kept(company: Company) -> set[str]:
    """The months of which rows are kept."""
    with company.database.read() as connection:
        tables = ("qbr_tickets", "qbr_time_entries", "qbr_devices")
        query = " UNION ".join(f"SELECT period FROM {table}" for table in tables)
        return set(connection.exec_driver_sql(query).scalars())
