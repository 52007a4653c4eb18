"""Doing it again: nothing changes by itself, two at once end as one, and people's values are theirs."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import dagster as dg
import pytest

from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.history import history
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.values import DataSource, ValueChangeCause, read_values
from qbr_pipeline_tests.entries import release

APRIL, MAY, JUNE = Month.span(Month(2025, 4), Month(2025, 6))
CREATED = "reactive_tickets_created"


@pytest.fixture
def busy(company):
    for month in (APRIL, MAY, JUNE):
        company.add_work(month, 6, 5, ["0.25", "1.1"])
        company.add_snapshot(month.last_day, 20)
        company.enter(month, mrr=1000, nrr=10, technical_employees=3)
    return company


def stored(company, table):
    """A table's rows without the one column that a repetition moves."""
    with company.database.read() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT to_jsonb(t) - 'collected_at' FROM {table} AS t ORDER BY id"
        )
        return [row[0] for row in rows]


TABLES = (
    "qbr_metrics_monthly",
    "qbr_metrics_quarterly",
    "qbr_smartnumbers",
    "qbr_metrics_history",
    "qbr_tickets",
    "qbr_time_entries",
    "qbr_devices",
)


def test_collecting_months_again_changes_no_value_no_row_and_no_history(busy) -> None:
    assert busy.collect_in_foreground(APRIL, MAY, JUNE) == []
    before = {table: stored(busy, table) for table in TABLES}
    assert busy.collect_in_foreground(APRIL, MAY, JUNE) == []
    assert {table: stored(busy, table) for table in TABLES} == before
    assert len(busy.log(MAY)) == 4


def test_two_collections_of_one_month_at_once_end_as_one(busy) -> None:
    job = busy.definitions.resolve_job_def("collection")
    barrier = threading.Barrier(2)

    def collect(_number):
        with dg.DagsterInstance.ephemeral() as instance:
            barrier.wait()
            run = job.execute_in_process(instance=instance, partition_key=str(MAY), raise_on_error=False)
            return run.success

    with ThreadPoolExecutor(2) as threads:
        succeeded = list(threads.map(collect, range(2)))
    assert busy.reactive(MAY) == busy.truth(MAY) == (6, 5, Decimal("1.35"))
    collected = [
        entry for entry in busy.database.fetch(history, MAY) if entry.cause is ValueChangeCause.COLLECTION
    ]
    assert sorted(entry.metric for entry in collected) == [
        "endpoints_managed",
        "reactive_tickets_closed",
        CREATED,
        "reactive_time_spent",
        "seats_managed",
    ]
    assert len(stored(busy, "qbr_tickets")) == 6
    log = busy.log(MAY)
    dropped = [row for row in log if row.status is not CollectionOutcome.SUCCESS]
    assert {row.vendor for row in log if row.status is CollectionOutcome.SUCCESS} == {*COLLECTED_VENDORS}
    assert all("dropped, because the collection published at" in (row.message or "") for row in dropped)
    assert len(dropped) == 0 if all(succeeded) else len(dropped) in (1, 2)


def test_what_a_person_entered_survives_collections_until_it_is_released(busy) -> None:
    assert busy.collect(MAY).success
    busy.enter(MAY, reactive_tickets_created=99)
    busy.add_work(MAY, 8, 5, ["0.25", "1.1"])
    assert busy.collect(MAY).success
    kept = busy.database.fetch(read_values, MAY)[CREATED]
    assert (kept.value, kept.source, kept.entered_by) == (Decimal(99), DataSource.MANUAL, "Kim")
    release(busy.database, MAY, CREATED, by="Robin", note="the export was wrong", now=busy.now)
    assert busy.database.fetch(read_values, MAY)[CREATED].value == 8
    busy.add_work(MAY, 9, 5, ["0.25", "1.1"])
    result = busy.collect(MAY)
    assert busy.database.fetch(read_values, MAY)[CREATED].value == 9
    told = [
        (entry.cause, entry.changed_by, entry.note, entry.old_value, entry.new_value)
        for entry in busy.database.fetch(history, MAY, CREATED)
    ]
    assert told == [
        (ValueChangeCause.COLLECTION, None, None, None, 6),
        (ValueChangeCause.ENTRY, "Kim", "counted by hand", 6, 99),
        (ValueChangeCause.RELEASE, "Robin", "the export was wrong", 99, 8),
        (ValueChangeCause.COLLECTION, None, None, 8, 9),
    ]
    newest = busy.database.fetch(history, MAY, CREATED)[-1]
    assert newest.run_id == result.run_id
    assert newest.changed_at == busy.database.fetch(current_publication, Vendor.CONNECTWISE, MAY).published_at


def test_a_month_that_failed_is_complete_after_the_next_collection(busy) -> None:
    busy.execute("ALTER TABLE device_snapshot RENAME TO gone")
    assert not busy.collect(MAY).success
    busy.execute("ALTER TABLE gone RENAME TO device_snapshot")
    assert busy.collect(MAY).success
    assert busy.values(MAY)["endpoints_managed"] == 20
    assert busy.reactive(MAY) == busy.truth(MAY)
