"""Stored device snapshots: any day reads back as it was stored, and a night that changed little writes little."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from qbr_pipeline.store.database import Database
from qbr_pipeline.store.device_snapshots import (
    SnapshotTooLateError,
    StoredDevice,
    devices_of_day,
    forget_snapshots,
    newest_snapshot,
    snapshot_sizes,
    store_snapshot,
)

FIRST = date(2025, 5, 1)
TAKEN = datetime(2025, 5, 1, 22, 30, tzinfo=UTC)


def device(number: int, name: str = "PC") -> StoredDevice:
    return StoredDevice(
        str(number), None, f"{name}-{number}", "Firm", "Main", "MAC", "APPROVED", date(2024, 1, 1), None
    )


def store(db: Database, day: date, *devices: StoredDevice) -> int:
    return store_snapshot(db, day, devices, taken_at=TAKEN, run_id="run")


def read(db: Database, day: date) -> list[StoredDevice]:
    return db.fetch(devices_of_day, day)


def versions(db: Database) -> int:
    with db.read() as connection:
        found: int = connection.exec_driver_sql("SELECT count(*) FROM qbr_device_versions").scalar_one()
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    strategies.lists(
        strategies.tuples(
            strategies.integers(0, 2),
            strategies.dictionaries(strategies.integers(1, 12), strategies.sampled_from("ab"), max_size=12),
        ),
        max_size=8,
    )
)
def test_every_day_reads_back_as_it_was_stored_last(
    database: Database, nights: list[tuple[int, dict[int, str]]]
) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("TRUNCATE qbr_device_versions, qbr_device_snapshots")
    day, expected = FIRST, {}
    for days_later, fleet in nights:
        day += timedelta(days_later)
        store(database, day, *(device(number, name) for number, name in fleet.items()))
        expected[day] = [device(number, fleet[number]) for number in sorted(fleet)]
    assert {each: read(database, each) for each in expected} == expected
    sizes = database.fetch(snapshot_sizes, date(2125, 1, 1))
    assert sizes == [(each, len(fleet)) for each, fleet in sorted(expected.items())]


def test_a_night_without_a_change_writes_no_device(database: Database) -> None:
    fleet = [device(number) for number in range(50)]
    assert store(database, FIRST, *fleet) == 50
    assert store(database, FIRST + timedelta(1), *fleet) == 0
    assert store(database, FIRST + timedelta(2), replace(fleet[0], hostname="new"), *fleet[2:]) == 2
    assert versions(database) == 51


def test_a_day_before_the_newest_one_is_not_stored(database: Database) -> None:
    store(database, FIRST, device(1))
    with pytest.raises(SnapshotTooLateError, match="the snapshot of 2025-05-01 is stored already"):
        store(database, FIRST - timedelta(1), device(2))
    assert database.fetch(newest_snapshot) == FIRST
    assert read(database, FIRST) == [device(1)]


def test_texts_that_postgresql_cannot_hold_are_cleaned(database: Database) -> None:
    odd = replace(device(1), hostname="a\0b\ud800")
    store(database, FIRST, odd)
    assert read(database, FIRST)[0].hostname == "ab?"
    assert store(database, FIRST + timedelta(1), odd) == 0


def test_snapshots_that_are_too_old_are_forgotten_and_the_days_that_are_kept_read_back_as_before(
    database: Database,
) -> None:
    days = [FIRST + timedelta(number) for number in range(4)]
    store(database, days[0], device(1), device(2, "old"), device(3))
    store(database, days[1], device(1), device(2, "new"))
    store(database, days[2], device(1), device(2, "newer"))
    store(database, days[3], device(1), device(2, "newer"))
    kept = [read(database, day) for day in days[2:]]
    with database.begin() as connection:
        assert forget_snapshots(connection, database, days[2]) == 3
    assert [read(database, day) for day in days[2:]] == kept
    assert database.fetch(snapshot_sizes, days[3]) == [(days[2], 2), (days[3], 2)]
    with database.begin() as connection:
        assert forget_snapshots(connection, database, days[3] + timedelta(400)) == 0
    assert database.fetch(newest_snapshot) == days[3]
