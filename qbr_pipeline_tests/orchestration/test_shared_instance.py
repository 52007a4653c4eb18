"""An instance of Dagster that other code locations share: what is theirs stays theirs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from qbr_pipeline.orchestration.alerting import _collection_at_rest, _failures
from qbr_pipeline.orchestration.dagster_internals import LOCATION, OURS
from qbr_pipeline.orchestration.pruning import prune_runs
from qbr_pipeline.orchestration.rechecks import unfinished_reviews
from qbr_pipeline.orchestration.run_cleanup import complete_the_log, end_dead_runs
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import CHECKOUT

if TYPE_CHECKING:
    from qbr_pipeline_tests.orchestration.conftest import Company

MAY = Month(2025, 5)
THEIRS = {key: value.replace(LOCATION, "somebody_else") for key, value in OURS.items()}
LATER = datetime.now(UTC) + timedelta(days=1)


@dg.asset
def their_asset() -> int:
    """An asset of another location."""
    return 1


@dg.asset(pool="qbr_months")
def their_failing_asset() -> None:
    """One that fails."""
    raise RuntimeError("their trouble")


THEIR_DEFINITIONS = dg.Definitions(
    assets=[their_asset, their_failing_asset],
    jobs=[
        dg.define_asset_job("collection", dg.AssetSelection.assets(their_asset)),
        dg.define_asset_job("failing", dg.AssetSelection.assets(their_failing_asset)),
    ],
)


@pytest.fixture
def company(company: Company) -> Company:
    """A company whose instance another location has used, for a success and for a failure."""
    for job in ("collection", "failing"):
        THEIR_DEFINITIONS.resolve_job_def(job).execute_in_process(
            instance=company.instance, tags=THEIRS, raise_on_error=False
        )
    return company


def their_run(company: Company, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    """A run of theirs whose process is gone."""
    run = company.instance.create_run_for_job(
        THEIR_DEFINITIONS.resolve_job_def("failing"), status=status, tags=THEIRS
    )
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    company.instance.report_engine_event("Executing", run, EngineEventData({"pid": str(process.pid)}))
    return run


def test_the_location_has_one_name_in_every_file_that_names_it() -> None:
    assert f"location_name: {LOCATION}\n" in (CHECKOUT / "workspace.yaml").read_text()
    assert (CHECKOUT / "pyproject.toml").read_text().count(f'code_location_name = "{LOCATION}"\n') == 2


def test_their_old_runs_are_not_pruned(company: Company) -> None:
    before = {run.run_id for run in company.instance.get_runs()}
    assert prune_runs(company.instance, LATER) == 0
    assert {run.run_id for run in company.instance.get_runs()} == before


def test_their_failed_runs_are_told_to_nobody(company: Company) -> None:
    failures, _ = _failures(company.instance, datetime.now(UTC) - timedelta(hours=1))
    assert failures == []


def test_their_runs_of_which_no_process_lives_are_left_to_them(company: Company) -> None:
    run = their_run(company, dg.DagsterRunStatus.STARTED)
    assert end_dead_runs(company.instance) == []
    assert company.instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED


def test_their_failed_collection_of_the_same_name_is_no_row_of_our_log(company: Company) -> None:
    assert complete_the_log(company.instance, company.database) == 0
    assert company.log(MAY) == []


def test_their_unfinished_runs_hold_no_review_up_even_in_a_pool_of_our_name(company: Company) -> None:
    their_run(company, dg.DagsterRunStatus.STARTED)
    assert not unfinished_reviews(company.instance)


def test_their_newer_runs_do_not_hold_back_the_digest_of_our_collection(company: Company) -> None:
    company.add_work(MAY, 5, 3, "1.5")
    company.add_snapshot(MAY.last_day, 20)
    ours = company.collect(MAY)
    their_run(company, dg.DagsterRunStatus.STARTED)
    assert _collection_at_rest(company.instance, datetime.now(UTC) + timedelta(minutes=5)) == ours.run_id
