"""A night without a collection is told by another process than the daemon, once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from qbr_pipeline.alerts.delivery import Destination, Sender
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.alerts.watch import NightWatch
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, record
from qbr_pipeline.store.database import Database

LAST_NIGHT = datetime(2025, 6, 15, 3, 30, tzinfo=UTC)
SENDER = Sender("Example MSP", Links("https://qbr.example.com"))


def watch(database: Database, webhook: Any, now: datetime, since: datetime | None = None) -> NightWatch:
    return NightWatch(database, [Destination(SecretStr(webhook.url))], SENDER, lambda: now, since)


@pytest.fixture
def collected(database: Database) -> Database:
    """A collection began last night. That it failed is another matter."""
    record(
        database, LogRow("run-1", Month(2025, 6), Vendor.CONNECTWISE, CollectionOutcome.FAILED, LAST_NIGHT)
    )
    return database


def test_a_night_without_a_collection_is_told_once(collected: Database, webhook: Any) -> None:
    assert not watch(collected, webhook, LAST_NIGHT + timedelta(hours=26)).look().night_is_missing
    for minutes in (1, 11, 21):
        late = LAST_NIGHT + timedelta(hours=26, minutes=minutes)
        assert watch(collected, webhook, late).look().night_is_missing
    ((title, body),) = webhook.messages
    assert title.startswith("[ERROR] No collection has begun since 2025-06-14 22:30. Check that")
    assert body.endswith("Data health: https://qbr.example.com/health")


def test_each_time_that_nights_go_missing_is_told(collected: Database, webhook: Any) -> None:
    watch(collected, webhook, LAST_NIGHT + timedelta(hours=27)).look()
    again = LAST_NIGHT + timedelta(days=3)
    record(collected, LogRow("run-2", Month(2025, 6), Vendor.CONNECTWISE, CollectionOutcome.SUCCESS, again))
    watch(collected, webhook, again + timedelta(hours=27)).look()
    assert len(webhook.messages) == 2


def test_who_just_began_to_watch_waits_for_a_night(collected: Database, webhook: Any) -> None:
    began = LAST_NIGHT + timedelta(days=9)
    assert not watch(collected, webhook, began + timedelta(hours=26), began).look().night_is_missing
    assert watch(collected, webhook, began + timedelta(hours=27), began).look().night_is_missing


def test_where_nothing_was_ever_collected_only_one_who_watches_misses_it(
    database: Database, webhook: Any
) -> None:
    assert not watch(database, webhook, LAST_NIGHT).look().night_is_missing
    assert watch(database, webhook, LAST_NIGHT, LAST_NIGHT - timedelta(hours=27)).look().night_is_missing
    assert webhook.messages[0][0].startswith("[ERROR] No collection has begun yet.")


def test_beside_a_server_it_looks_again_and_again(collected: Database, webhook: Any) -> None:
    arrived = threading.Event()
    webhook.taken = lambda: arrived.set() or True
    with watch(collected, webhook, LAST_NIGHT + timedelta(hours=27)).awake(timedelta(milliseconds=10)):
        assert arrived.wait(30)
    assert len(webhook.messages) == 1
