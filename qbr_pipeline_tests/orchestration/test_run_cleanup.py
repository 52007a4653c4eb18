"""Runs whose process is gone: they are ended, and the log tells of them, once."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from qbr_pipeline import liveness
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)
from qbr_pipeline.demo.faults import Delay, Happen
from qbr_pipeline.liveness import numbering
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.run_cleanup import complete_the_log, end_dead_runs
from qbr_pipeline.orchestration.sensors import housekeeping
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline_tests.demo import replies

MAY = Month(2025, 5)
COLLECT_MAY = """
import sys
import dagster as dg
from qbr_pipeline.definitions import defs
from qbr_pipeline.orchestration.dagster_internals import OURS
with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
    defs.resolve_job_def("collection").execute_in_process(instance=instance, partition_key="2025-05", tags=OURS)
"""


@pytest.fixture
def on_disk(company, tmp_path):
    """A company whose Dagster instance other processes can open, with a first collection of May."""
    company.instance.dispose()
    company.instance = dg.DagsterInstance.local_temp(str(tmp_path))
    company.add_work(MAY, 5, 3, "1.5")
    company.add_snapshot(MAY.last_day, 20)
    assert company.collect(MAY).success
    return company


def start_collection(company):
    """A collection of May in a process of its own, that reads everything from its environment."""
    environment = {
        "QBR_DATABASE_URL": company.database.engine.url.render_as_string(hide_password=False),
        "CONNECTWISE_SERVER": company.simulator.url,
        "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
        "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
        "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
        "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", COLLECT_MAY, company.instance.root_directory],
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )


def test_a_collection_killed_in_the_middle_leaves_nothing_half_written_and_is_told(on_disk) -> None:
    before, history, rows = on_disk.values(MAY), on_disk.history_rows(), len(on_disk.log(MAY))
    on_disk.add_work(MAY, 9, 9, "3")
    reached = threading.Event()
    on_disk.simulator.faults.add(Happen(reached.set), matching="time/entries")
    on_disk.simulator.faults.add(Delay(5), matching="time/entries", times=1)
    process = start_collection(on_disk)
    assert reached.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()

    (run_id,) = end_dead_runs(on_disk.instance)
    run = on_disk.instance.get_run_by_id(run_id)
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert complete_the_log(on_disk.instance, on_disk.database) >= 1
    told = {row.vendor: row for row in on_disk.log(MAY) if row.run_id == run_id}
    assert told[Vendor.CONNECTWISE].status is CollectionOutcome.FAILED
    assert told[Vendor.CONNECTWISE].message == (
        f"The run's process {process.pid} is gone: it was killed or it crashed."
    )
    assert len(on_disk.log(MAY)) == rows + 2
    assert (on_disk.values(MAY), on_disk.history_rows()) == (before, history)

    assert end_dead_runs(on_disk.instance) == []
    assert complete_the_log(on_disk.instance, on_disk.database) == 0

    on_disk.simulator.faults.clear()
    assert on_disk.collect(MAY).success
    assert on_disk.reactive(MAY) == on_disk.truth(MAY) == (9, 9, 3)


def test_a_run_whose_process_is_dead_and_not_yet_collected_by_its_parent_is_ended(company) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    run = started(company, ended.pid)
    assert end_dead_runs(company.instance) == [run.run_id]
    ended.wait()


def started(company, pid, status=dg.DagsterRunStatus.STARTED, host=None):
    run = company.instance.create_run_for_job(
        company.definitions.resolve_job_def("collection"),
        status=status,
        tags={"dagster/partition": str(MAY), "qbr/host": str(host or numbering()), **OURS},
    )
    company.instance.report_engine_event("Executing", run, EngineEventData({"pid": str(pid)}))
    return run


def gone_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_whose_process_lives_is_left_alone(company) -> None:
    started(company, os.getpid())
    assert end_dead_runs(company.instance) == []


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
def test_a_run_whose_process_is_gone_is_ended_once(status, company) -> None:
    run = started(company, gone_process(), status)
    assert end_dead_runs(company.instance) == [run.run_id]
    assert end_dead_runs(company.instance) == []


HERE = numbering()
IN_THE_SYSTEM = replace(HERE, namespace="4026531836")


@pytest.mark.parametrize(
    "host",
    [
        replace(IN_THE_SYSTEM, machine="another"),
        replace(IN_THE_SYSTEM, machine="another", boot="another"),
        replace(HERE, namespace="4026532207"),
        replace(HERE, namespace="4026532207", boot="another"),
        "not yet said",
    ],
)
def test_a_run_whose_process_cannot_be_seen_from_here_is_left_to_its_launcher(host, company) -> None:
    started(company, gone_process(), host=host)
    assert end_dead_runs(company.instance) == []


def test_a_run_from_before_the_machine_was_started_is_ended_though_its_number_is_taken(
    company, monkeypatch
) -> None:
    monkeypatch.setattr(liveness, "numbering", lambda: IN_THE_SYSTEM)
    run = started(company, os.getpid(), host=replace(IN_THE_SYSTEM, boot="earlier"))
    assert end_dead_runs(company.instance) == [run.run_id]


def test_a_run_of_which_no_process_is_known_is_left_to_the_monitor(company) -> None:
    company.instance.create_run_for_job(
        company.definitions.resolve_job_def("collection"), status=dg.DagsterRunStatus.STARTED, tags=OURS
    )
    assert end_dead_runs(company.instance) == []


def sensor_context(company, cursor: str | None = None) -> dg.SensorEvaluationContext:
    return dg.build_sensor_context(
        instance=company.instance,
        cursor=cursor,
        resources={"database": company.database, "clock": lambda: datetime.now(UTC)},
    )


def test_the_log_is_completed_for_every_vendor_that_a_dead_run_was_to_collect(company) -> None:
    run = started(company, gone_process())
    context = sensor_context(company)
    assert housekeeping(context).skip_reason.skip_message == "1 dead runs ended, 2 log rows written."
    assert {(row.vendor, row.status, row.run_id) for row in company.log(MAY)} == {
        (vendor, CollectionOutcome.FAILED, run.run_id) for vendor in (Vendor.CONNECTWISE, Vendor.NINJA)
    }
    assert all(row.ended_at >= row.started_at for row in company.log(MAY))
    assert housekeeping(context).skip_reason.skip_message == "0 dead runs ended, 0 log rows written."


def test_the_next_tick_looks_only_at_runs_that_ended_since(company) -> None:
    first = housekeeping(sensor_context(company))
    run = started(company, gone_process())
    company.instance.report_run_failed(run, "The run was killed.")
    second = housekeeping(sensor_context(company, cursor=first.cursor))
    assert second.skip_reason.skip_message == "0 dead runs ended, 2 log rows written."
    assert datetime.fromisoformat(second.cursor) >= datetime.fromisoformat(first.cursor)
    much_later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    company.instance.report_run_failed(started(company, gone_process()), "The run was killed.")
    third = housekeeping(sensor_context(company, cursor=much_later))
    assert third.skip_reason.skip_message == "0 dead runs ended, 0 log rows written."


def test_a_recompute_that_died_is_no_collection_and_has_no_log_row(company) -> None:
    run = company.instance.create_run_for_job(
        company.definitions.resolve_job_def("recompute"),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": str(MAY), **OURS},
    )
    company.instance.report_run_failed(run)
    assert complete_the_log(company.instance, company.database) == 0


def test_a_canceled_collection_is_told_too(company) -> None:
    run = started(company, os.getpid())
    company.instance.report_run_canceled(run)
    assert complete_the_log(company.instance, company.database) == 2
    assert {row.status for row in company.log(MAY)} == {CollectionOutcome.FAILED}


def test_the_log_of_a_run_that_lost_its_database_is_written_when_it_is_back(company) -> None:
    company.add_work(MAY, 5)
    company.execute("ALTER TABLE qbr_stages RENAME TO qbr_stages_gone")
    result = company.collect(MAY)
    assert not result.success
    company.execute("ALTER TABLE qbr_stages_gone RENAME TO qbr_stages")
    assert company.log(MAY) == []
    assert complete_the_log(company.instance, company.database) == 2
    assert {row.run_id for row in company.log(MAY)} == {result.run_id}
    for row in company.log(MAY):
        assert 'relation "qbr_stages" does not exist' in row.message
        assert "\n" not in row.message


def test_a_vendor_that_was_published_into_another_database_is_not_told_as_failed_in_this_one(company) -> None:
    company.add_snapshot(MAY.last_day, 20)
    company.simulator.faults.add(replies.forbidden(), matching="time/entries", times=None)
    assert not company.collect(MAY).success
    company.execute("DELETE FROM qbr_collection_log")
    complete_the_log(company.instance, company.database)
    assert [row.vendor for row in company.log(MAY)] == [Vendor.CONNECTWISE]
