"""What monitors read: one word about the last night without a key, and series for Prometheus with one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from qbr_pipeline.api.monitoring import monitor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.approvals import Approval, Purpose, approve
from qbr_pipeline.store.collection_log import record
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.api.conftest import READER, MakeApp, with_key
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.nights import BEFORE_NOON, FINDING, NINE, fail, good_nights, log_rows

TONIGHT = date(2025, 6, 15)
TEN_O_FIVE = datetime(2025, 6, 16, 3, 35, tzinfo=BEFORE_NOON.tzinfo)
"""Five minutes after the night of June 15 has come due."""

Monitored = Callable[..., FlaskClient]


@pytest.fixture
def monitored(make_app: MakeApp) -> Monitored:
    """Makes a client of an application that is monitored; its clock stands at `now`."""

    def make(now: datetime = BEFORE_NOON, **config: object) -> FlaskClient:
        app = make_app(QBR_CLOCK=lambda: now, **config)
        monitor(app)
        return app.test_client()

    return make


def word(client: FlaskClient) -> tuple[int, str]:
    answer = client.get("/api/qbr/health/night")
    assert answer.mimetype == "text/plain"
    return answer.status_code, answer.text


def test_after_a_good_night_it_says_good(monitored: Monitored, database: Database) -> None:
    good_nights(database, NINE[-1:])
    assert word(monitored()) == (200, "good\n")


def test_after_a_failed_one_it_says_failed(monitored: Monitored, database: Database) -> None:
    good_nights(database, NINE[-1:])
    fail(database, NINE[-1], Month(2025, 3), "ConnectWise answered 500")
    assert word(monitored()) == (503, "failed\n")


def test_a_failure_that_a_second_try_made_good_is_none(monitored: Monitored, database: Database) -> None:
    fail(database, NINE[-1], Month(2025, 3), "the run was killed")
    good_nights(database, NINE[-1:])
    assert word(monitored()) == (200, "good\n")


def test_without_a_night_it_says_missing(monitored: Monitored, database: Database) -> None:
    good_nights(database, NINE[:-1])
    assert word(monitored()) == (503, "missing\n")


def test_while_a_night_runs_it_says_running(monitored: Monitored, database: Database) -> None:
    good_nights(database)
    assert word(monitored(TEN_O_FIVE)) == (200, "running\n")
    for row in log_rows(database, TONIGHT)[:10]:
        record(database, row)
    assert word(monitored(TEN_O_FIVE)) == (200, "running\n")


def test_a_night_that_stopped_in_the_middle_has_failed(monitored: Monitored, database: Database) -> None:
    for row in log_rows(database, TONIGHT)[:10]:
        record(database, row)
    assert word(monitored(TEN_O_FIVE + timedelta(hours=3))) == (503, "failed\n")


def test_a_collection_by_hand_is_no_night(monitored: Monitored, database: Database) -> None:
    for row in log_rows(database, NINE[-1]):
        record(database, replace(row, scheduled_at=None))
    assert word(monitored()) == (503, "missing\n")


def test_nights_several_times_a_day_are_told_by_the_newest(
    monitored: Monitored, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBR_SCHEDULE_CRON", "0 */6 * * *")
    good_nights(database, NINE[-1:])
    assert word(monitored()) == (200, "good\n")
    assert word(monitored(BEFORE_NOON + timedelta(days=2))) == (503, "missing\n")


def at(moment: time) -> str:
    return f"{moment.minute} {moment.hour} * * *"


def test_a_second_night_of_a_day_is_told_by_itself(
    monitored: Monitored, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for row in log_rows(database, NINE[-1]):
        record(database, row)
    monkeypatch.setenv("QBR_SCHEDULE_CRON", at(time(23, 0)))
    second = [replace(row, run_id=f"second-{row.month}") for row in log_rows(database, NINE[-1], time(23, 0))]
    five_past = datetime.combine(NINE[-1], time(23, 5), CHICAGO)
    assert word(monitored(five_past)) == (200, "running\n")
    for row in second[:10]:
        record(database, row)
    assert word(monitored(five_past)) == (200, "running\n")
    assert word(monitored()) == (503, "failed\n")
    for row in second:
        record(database, row)
    assert word(monitored()) == (200, "good\n")


def test_a_night_that_ran_before_its_time_was_changed_is_still_the_last_one(
    monitored: Monitored, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    good_nights(database, NINE[-1:])
    monkeypatch.setenv("QBR_SCHEDULE_CRON", at(time(21, 0)))
    noon = datetime.combine(TONIGHT, time(12, 0), CHICAGO)
    assert word(monitored(noon)) == (200, "good\n")
    monkeypatch.setenv("QBR_SCHEDULE_CRON", at(time(23, 0)))
    assert word(monitored(noon)) == (503, "missing\n")


def series(client: FlaskClient) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.content_type.startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_prometheus_reads_nights_vendors_findings_and_the_process(
    monitored: Monitored, database: Database
) -> None:
    good_nights(database, NINE[-1:])
    with database.begin() as connection:
        connection.exec_driver_sql(FINDING.format(state="open"))
        approve(connection, database, Approval(Purpose.PRODUCTION, "Ann", BEFORE_NOON, {}))
    client = monitored()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {READER}"
    found = series(client)
    assert found["qbr_database_up",] == 1
    assert [found["qbr_night_state", state] for state in ("good", "failed", "missing", "running")] == [
        1,
        0,
        0,
        0,
    ]
    assert found["qbr_night_months",] == 13
    assert found["qbr_nights_enabled",] == 0
    assert (
        found["qbr_last_success_timestamp_seconds", "Ninja"]
        == log_rows(database, NINE[-1])[-1].ended_at.timestamp()
    )  # type: ignore[union-attr]
    assert found["qbr_failed_months", "ConnectWise"] == 0
    assert (found["qbr_open_findings", "warn"], found["qbr_open_findings", "error"]) == (1, 0)
    assert found["qbr_undelivered_alerts",] == 0
    assert found["process_resident_memory_bytes",] > 1_000_000
    before = found["qbr_http_requests_total", "200"]
    assert series(client)["qbr_http_requests_total", "200"] == before + 1


def test_the_series_need_a_key_and_the_word_does_not(monitored: Monitored) -> None:
    client = monitored()
    assert client.get("/metrics").status_code == 401
    assert client.get("/api/qbr/health/night").status_code == 503
    assert with_key(client.application, READER).get("/metrics").status_code == 200


def test_a_database_that_is_away_is_a_series_too(monitored: Monitored, postgres) -> None:  # type: ignore[no-untyped-def]
    nowhere = open_database(postgres.url("nowhere"), timezone=CHICAGO)
    client = monitored(QBR_DATABASE=nowhere)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {READER}"
    found = series(client)
    assert found["qbr_database_up",] == 0
    assert ("qbr_night_months",) not in found


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_complain_of(monitored: Monitored, database: Database) -> None:
    good_nights(database)
    client = monitored()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {READER}"
    text = client.get("/metrics").text
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
