"""When months are reviewed again, which ones, and when they are not."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.keys import RECOMPUTE_TAG
from qbr_pipeline.orchestration.rechecks import HORIZON
from qbr_pipeline.orchestration.sensors import recompute_changed_months
from qbr_pipeline.periods import Month
from qbr_pipeline.store.history import history
from qbr_pipeline.store.values import ValueChangeCause
from qbr_pipeline_tests.entries import release

APRIL, MAY, JUNE = Month.span(Month(2025, 4), Month(2025, 6))


@pytest.fixture
def settled(company, sense):
    """Three collected months in June, after which the sensor has nothing to ask for."""
    company.now = datetime(2025, 6, 20, 12, tzinfo=UTC)
    for month in (APRIL, MAY, JUNE):
        company.add_work(month, 10, 10, "4")
        company.add_snapshot(min(month.last_day, company.now.date()), 20)
        assert company.collect(month).success
    assert sense(company) == []
    return company


def test_an_entry_by_hand_has_its_own_month_reviewed(settled, sense) -> None:
    settled.enter(APRIL, telemarketing_dials=100)
    assert sense(settled) == [APRIL]
    assert sense(settled) == []


def test_an_entry_of_a_watched_metric_also_has_the_months_reviewed_that_are_compared_with_it(
    settled, sense
) -> None:
    settled.enter(APRIL, employees=8)
    assert sense(settled) == [APRIL, MAY, JUNE]


def test_an_entry_that_moves_a_watched_total_has_the_months_after_it_reviewed(settled, sense) -> None:
    settled.enter(APRIL, nrr=1, orr=2, product_sales=3)
    assert sense(settled) == [APRIL]
    settled.enter(APRIL, mrr=100)
    assert sense(settled) == [APRIL, MAY, JUNE]


def test_an_entry_before_the_first_partition_has_the_months_reviewed_that_look_back_to_it(
    settled, sense
) -> None:
    first, last, beyond = Month(2024, 1), Month(2024, 12), Month(2025, 1)
    for month in (first, last, beyond):
        assert settled.run("recompute", month).success
    settled.enter(Month(2023, 12), employees=8)
    assert sense(settled) == [first, last]


def test_a_month_reaches_a_year_and_not_beyond_the_month_in_progress(settled, sense) -> None:
    settled.enter(Month(2024, 5), agreements=20)
    assert sense(settled) == [Month(2024, 5), APRIL, MAY]
    settled.enter(Month(2024, 7), agreements=20)
    assert sense(settled) == [Month(2024, 7), APRIL, MAY, JUNE]


def test_months_that_were_never_reviewed_are_not_asked_for_because_of_a_neighbour(settled, sense) -> None:
    settled.enter(Month(2024, 2), employees=8)
    assert sense(settled) == [Month(2024, 2)]


def test_a_release_is_a_change_too(settled, sense) -> None:
    settled.enter(MAY, endpoints_managed=30)
    assert sense(settled) == [MAY, JUNE]
    release(settled.database, MAY, "endpoints_managed", by="Kim", now=settled.now)
    assert sense(settled) == [MAY, JUNE]


def test_the_sensor_does_not_answer_its_own_runs(settled, sense) -> None:
    settled.enter(APRIL, employees=8, mrr=5000)
    months = sense(settled)
    for month in months:
        assert settled.run("recompute", month).success
    assert sense(settled) == []


def test_a_change_that_a_collection_has_seen_is_not_reviewed_again(settled, sense) -> None:
    settled.enter(JUNE, employees=8)
    assert settled.collect(JUNE).success
    assert sense(settled) == []


def test_a_month_collected_alone_has_the_months_after_it_reviewed(settled, sense) -> None:
    settled.add_work(APRIL, 30, 10, "4")
    assert settled.collect(APRIL).success
    assert sense(settled) == [MAY, JUNE]
    for month in (MAY, JUNE):
        assert settled.run("recompute", month).success
    told = settled.failing(MAY)["monthly_metrics.change_is_plausible"]
    assert "Reactive tickets created fell from 30 to 10" in told


def test_the_sensor_waits_while_months_are_being_reviewed_and_misses_nothing(settled, sense) -> None:
    settled.enter(APRIL, telemarketing_dials=100)
    for job in ("collection", "recompute"):
        for status in ("STARTING", "STARTED", "CANCELING"):
            run = settled.instance.create_run_for_job(
                settled.definitions.resolve_job_def(job),
                status=dg.DagsterRunStatus[status],
                tags=OURS,
            )
            with pytest.raises(pytest.fail.Exception, match="Months are being collected or recomputed"):
                sense(settled)
            settled.instance.delete_run(run.run_id)
    assert sense(settled) == [APRIL]


def test_a_collection_that_was_killed_before_it_started_holds_nobody_up(settled, sense) -> None:
    settled.instance.create_run_for_job(
        settled.definitions.resolve_job_def("collection"),
        status=dg.DagsterRunStatus.NOT_STARTED,
        tags=OURS,
    )
    settled.enter(APRIL, telemarketing_dials=100)
    assert sense(settled) == [APRIL]


def test_what_a_new_catalogue_computes_otherwise_concerns_the_months_that_are_compared_with_it(
    settled, sense
) -> None:
    settled.enter(APRIL, nrr=1, mrr=2, orr=3, product_sales=4)
    for month in sense(settled):
        assert settled.run("recompute", month).success
    settled.execute("UPDATE qbr_metrics_monthly SET metric_value = 5 WHERE metric_name = 'total_revenue'")
    assert settled.run("recompute", APRIL).success
    newest = settled.database.fetch(history, APRIL, "total_revenue")[-1]
    assert (newest.cause, newest.new_value) == (ValueChangeCause.RECOMPUTE, 10)
    assert sense(settled) == [MAY, JUNE]
    for month in (MAY, JUNE):
        assert settled.run("recompute", month).success
    assert sense(settled) == []


def test_reviews_made_while_the_data_were_on_another_server_do_not_count(settled, sense) -> None:
    settled.instance.report_runless_asset_event(
        dg.AssetMaterialization(
            ["qbr", "monthly_metrics"], partition=str(APRIL), metadata={HORIZON: "999999999"}
        )
    )
    settled.enter(APRIL, telemarketing_dials=100)
    assert sense(settled) == [APRIL]


def test_requests_come_oldest_first_and_marked_as_the_sensors_own(settled) -> None:
    settled.enter(APRIL, employees=8)
    context = dg.build_sensor_context(
        instance=settled.instance,
        resources={"database": settled.database, "clock": lambda: settled.now},
    )
    requests = recompute_changed_months(context).run_requests
    assert [request.partition_key for request in requests] == ["2025-04", "2025-05", "2025-06"]
    priorities = [int(request.tags["dagster/priority"]) for request in requests]
    assert priorities == sorted(priorities, reverse=True)
    assert {request.tags[RECOMPUTE_TAG] for request in requests} == {"month"}


def test_a_foreground_collection_reviews_the_months_that_its_own_changes_concern(settled) -> None:
    settled.add_work(APRIL, 30, 10, "4")
    assert settled.collect_in_foreground(APRIL) == []
    assert "fell from 30 to 10" in settled.failing(MAY)["monthly_metrics.change_is_plausible"]
