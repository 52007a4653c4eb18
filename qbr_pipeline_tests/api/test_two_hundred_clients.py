"""Two hundred clients enter values of one month at once while it is collected over and over."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from waitress.server import create_server

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Vendor
from qbr_pipeline.metrics.derived import derive
from qbr_pipeline.metrics.rollup import roll_up
from qbr_pipeline.metrics.smartnumbers import monthly_smartnumbers, quarterly_smartnumbers
from qbr_pipeline.periods import Month
from qbr_pipeline.store import reading
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.history import HistoryEntry, history
from qbr_pipeline.store.publishing import Outcome, publish
from qbr_pipeline.store.rows.shapes import DeviceRow
from qbr_pipeline.store.rows.snapshots import with_remarks
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline.store.schema import metrics_monthly
from qbr_pipeline.store.values import DataSource, ValueChangeCause, read_facts, read_values
from qbr_pipeline_tests.conftest import running
from qbr_pipeline_tests.store.kept import row_versions

MARCH = Month(2025, 3)
NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)
CLIENTS = 200
KEY = "a-write-key-of-the-tests"

# Both: what only people enter, and a count that the collection finds too.
ENTERED = [key for key, metric in METRICS.items() if metric.kind is MetricKind.INPUT] + ["endpoints_managed"]


def collect(db: Database, number: int) -> Outcome:
    """The collection number so-and-so of the month's devices: it finds that many, all workstations."""
    devices = [
        DeviceRow(str(each), f"PC-{each}", "Example Dental", "Main", "MAC", True, True, "workstation")
        for each in range(number)
    ]
    found = Stage(
        source=RowSource.DEVICES,
        month=MARCH,
        run_id=f"run-{number}",
        fetch_started_at=database_now(db),
        collected_as_of=NOW,
        source_count=number,
        row_count=number,
        values=dict.fromkeys(["endpoints_managed", "seats_managed"], Decimal(number)),
        snapshot_date=date(2025, 3, 31),
    )
    stage(db, found, devices)
    return publish(db, Vendor.NINJA, MARCH, found.run_id, NOW).outcome


def collect_until(db: Database, enough: threading.Event) -> list[Outcome]:
    """Collects the month again and again, one device more each time; how each collection ended."""
    outcomes = []
    while not (enough.is_set() and outcomes):
        outcomes.append(collect(db, len(outcomes) + 1))
    return outcomes


def enter(port: int, client: int) -> tuple[int, Any]:
    """What the server answers to the client of that number, which enters that number."""
    body = {
        "period": str(MARCH),
        "metric_name": metric_of(client),
        "metric_value": client,
        "entered_by": f"client {client}",
    }
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=200)) as connection:
        connection.request("POST", "/api/qbr/metrics/manual", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def metric_of(client: int) -> str:
    return ENTERED[client % len(ENTERED)]


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """A real server on the loopback address, with more threads than the database's pool has connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=CLIENTS) as listening:
        server = create_server(app, sockets=[listening], threads=20)
        with running(server):
            yield listening.getsockname()[1]


def test_nothing_is_lost_and_nothing_doubled_and_the_history_is_complete(
    database: Database, port: int
) -> None:
    gate, enough = threading.Barrier(CLIENTS), threading.Event()

    def client(number: int) -> tuple[int, Any]:
        gate.wait(60)
        return enter(port, number)

    with ThreadPoolExecutor(1) as collector, ThreadPoolExecutor(CLIENTS) as clients:
        collecting = collector.submit(collect_until, database, enough)
        answers = list(clients.map(client, range(CLIENTS)))
        enough.set()
        outcomes = collecting.result()

    assert Counter(status for status, _ in answers) == {200: CLIENTS}
    assert len(outcomes) > 1
    assert set(outcomes) == {Outcome.PUBLISHED}

    changes = database.fetch(history, MARCH)
    assert_history_is_complete(database, changes)
    assert_each_entry_is_in_the_history_once(changes, answers)
    assert_rows_are_there_once(database)
    assert_the_collection_left_what_people_entered(database, changes, len(outcomes))
    assert_everything_that_follows_is_up_to_date(database)


def assert_history_is_complete(database: Database, changes: list[HistoryEntry]) -> None:
    """Each change begins where the one before ended, and the last is what is stored."""
    stored = database.fetch(read_values, MARCH)
    assert set(stored) == {change.metric for change in changes}
    for metric, kept in stored.items():
        own = sorted((change for change in changes if change.metric == metric), key=lambda each: each.id)
        assert [change.old_value for change in own] == [None, *(change.new_value for change in own[:-1])]
        assert [change.changed_at for change in own] == sorted(change.changed_at for change in own)
        assert own[-1].new_value == kept.value


def assert_each_entry_is_in_the_history_once(
    changes: list[HistoryEntry], answers: list[tuple[int, Any]]
) -> None:
    entered = sorted(
        (change.new_value, change.metric, change.changed_by)
        for change in changes
        if change.cause is ValueChangeCause.ENTRY and change.new_value is not None
    )
    assert entered == [(n, metric_of(n), f"client {n}") for n in range(CLIENTS)]
    for number, (_, told) in enumerate(answers):
        [change] = [each for each in told["data"]["changes"] if each["name"] == metric_of(number)]
        assert change["new_value"] == number


def assert_rows_are_there_once(database: Database) -> None:
    with database.read() as connection:
        kept = connection.execute(
            select(metrics_monthly.c.metric_name, func.count()).group_by(metrics_monthly.c.metric_name)
        ).all()
    assert {count for _, count in kept} == {1}
    assert {metric for metric, _ in kept} >= {*ENTERED, "seats_managed", "total_revenue"}


def assert_the_collection_left_what_people_entered(
    database: Database, changes: list[HistoryEntry], collections: int
) -> None:
    stored = database.fetch(read_values, MARCH)
    seats = [change.new_value for change in changes if change.metric == "seats_managed"]
    assert seats == list(range(1, collections + 1))
    assert (stored["seats_managed"].value, stored["seats_managed"].source) == (
        collections,
        DataSource.COLLECTED,
    )
    assert stored["endpoints_managed"].source is DataSource.MANUAL
    assert len(database.fetch(row_versions, RowSource.DEVICES, MARCH)) == collections


def assert_everything_that_follows_is_up_to_date(database: Database) -> None:
    stored = database.fetch(read_values, MARCH)
    parts = {key: kept.value for key, kept in stored.items() if kept.value is not None}
    derived = {key: value for key, value in parts.items() if METRICS[key].kind is MetricKind.DERIVED}
    inputs = {key: value for key, value in parts.items() if key not in derived}
    assert derive(inputs) == derived
    with database.read() as connection:
        facts = [
            with_remarks(connection, database, read_facts(connection, database, month, NOW))
            for month in MARCH.quarter.months
        ]
    computed = {
        MARCH: monthly_smartnumbers(facts[2]),
        MARCH.quarter: quarterly_smartnumbers(MARCH.quarter, facts),
    }
    for period, numbers in computed.items():  # why one is absent follows from its inputs, and is not stored
        stored_numbers = {key: replace(each, absence=None) for key, each in numbers.items()}
        assert database.fetch(reading.read_smartnumbers, period) == stored_numbers
    quarterly = database.fetch(reading.read_quarterly, MARCH.quarter)
    assert {key: each.value for key, each in quarterly.items()} == {
        key: each.value for key, each in roll_up(MARCH.quarter, facts).items()
    }
