"""What is answered when something behind the API is broken: no details, but the log has them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg2 import errors
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from qbr_pipeline.api.endpoints import periods
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer
from qbr_pipeline.store import connections
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.api.conftest import NOW
from qbr_pipeline_tests.entries import set_values
from qbr_pipeline_tests.proxies import swallowing_proxy

PREFIX = "/api/qbr"
KEY = {"Authorization": "Bearer the-read-key-of-the-tests"}
CHICAGO = ZoneInfo("America/Chicago")
MakeApp = Callable[..., Flask]


def test_a_database_that_is_away_is_told_with_503_and_without_its_address(make_app: MakeApp) -> None:
    away = open_database("postgresql+psycopg2://ann:hush@127.0.0.1:9/numbers", timezone=CHICAGO)
    caller = make_app(QBR_DATABASE=away).test_client()
    for path in ("/health/ready", "/periods", "/metrics/monthly?period=2025-03"):
        answer = caller.get(PREFIX + path, headers=KEY)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "DATABASE_UNAVAILABLE")
        assert answer.headers["Retry-After"] == "5" or path == "/health/ready"
        assert "127.0.0.1" not in answer.text
    assert caller.get(f"{PREFIX}/health/live").status_code == 200


def test_a_database_without_our_tables_is_not_ready(
    make_app: MakeApp, empty_database: Callable[[], str]
) -> None:
    empty = open_database(empty_database(), timezone=CHICAGO)
    answer = make_app(QBR_DATABASE=empty).test_client().get(f"{PREFIX}/health/ready")
    empty.close()
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "DATABASE_UNAVAILABLE")


@pytest.mark.parametrize(
    ("path", "body", "stored"),
    [
        (
            "/metrics/manual",
            {"period": "2025-03", "metric_name": "mrr", "metric_value": 5, "entered_by": "Ann"},
            "SELECT metric_value FROM qbr_metrics_monthly",
        ),
        (
            "/thresholds",
            {"metric_name": "mrr", "threshold_type": "warning", "threshold_value": 5},
            "SELECT threshold_value FROM qbr_thresholds",
        ),
    ],
)
def test_what_is_stored_and_cannot_be_reviewed_is_told_to_be_stored(
    client: FlaskClient,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    path: str,
    body: dict[str, object],
    stored: str,
) -> None:
    set_values(database, Month(2025, 4), {"nrr": Decimal(1)}, by="Ann", now=NOW)
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE qbr_findings RENAME TO qbr_findings_away"))
    with caplog.at_level(logging.ERROR, logger="qbr_pipeline.api"):
        answer = client.post(PREFIX + path, json=body)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "STORED_NOT_REVIEWED")
    assert answer.get_json()["error"]["message"].startswith("what was sent is stored")
    assert "qbr_findings" not in answer.text
    assert answer.headers["X-Request-ID"] in caplog.text
    assert 'relation "qbr_findings" does not exist' in caplog.text
    with database.begin() as connection:
        assert 5 in connection.scalars(text(stored)).all()
        connection.execute(text("ALTER TABLE qbr_findings_away RENAME TO qbr_findings"))
    assert client.post(PREFIX + path, json=body).status_code == 200


def test_a_crash_tells_the_request_id_and_nothing_of_itself(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("the inner workings")

    monkeypatch.setattr(periods, "present_counts", crash)
    with caplog.at_level(logging.ERROR, logger="qbr_pipeline.api"):
        answer = app.test_client().get(f"{PREFIX}/periods", headers=KEY)
    request_id = answer.headers["X-Request-ID"]
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert request_id in answer.get_json()["error"]["message"]
    assert "inner workings" not in answer.text
    assert "RuntimeError: the inner workings" in caplog.text
    assert request_id in caplog.text


def test_a_wrong_configuration_is_told_in_the_log_alone(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(QBR_ACCESS_WITHOUT_KEYS="certainly")
    answer = app.test_client().get(f"{PREFIX}/periods", headers=KEY)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    assert "certainly" not in answer.text
    assert (
        "QBR_ACCESS_WITHOUT_KEYS holds 'certainly': expected one of refused, loopback, open." in caplog.text
    )


@pytest.mark.timeout(60)
def test_a_network_that_swallows_everything_is_told_in_bounded_time_and_is_no_matter_to_who_asks_for_life(
    make_app: MakeApp, postgres: EmbeddedServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_GRACE_SECONDS", 0)
    name = str(database.engine.url.database)
    with swallowing_proxy(postgres) as proxy:
        limits = connections.Limits(connect=1, statement=1, lock=1)
        behind = open_database(proxy.url(name), timezone=CHICAGO, limits=limits)
        caller = make_app(QBR_DATABASE=behind).test_client()
        assert caller.get(f"{PREFIX}/periods", headers=KEY).status_code == 200
        proxy.swallow()
        for path in ("/periods", "/health/ready"):
            answer = caller.get(PREFIX + path, headers=KEY)
            assert (answer.status_code, answer.get_json()["error"]["message"]) == (
                503,
                "the database cannot be used at the moment",
            )
        assert caller.get(f"{PREFIX}/health/live").status_code == 200
        proxy.forward()
        assert caller.get(f"{PREFIX}/periods", headers=KEY).status_code == 200
        behind.close()


def test_a_lock_of_somebody_else_is_told_in_a_sentence_of_its_own(
    make_app: MakeApp, database: Database
) -> None:
    limits = connections.Limits(connect=1, statement=5, lock=1)
    waiting = open_database(database.engine.url.render_as_string(False), timezone=CHICAGO, limits=limits)
    with database.begin() as connection:
        connection.execute(text("LOCK TABLE qbr_metrics_monthly IN ACCESS EXCLUSIVE MODE"))
        caller = make_app(QBR_DATABASE=waiting).test_client()
        answer = caller.get(f"{PREFIX}/periods", headers=KEY)
    waiting.close()
    assert answer.status_code == 503
    assert "busy with another change" in answer.get_json()["error"]["message"]


def test_a_disk_without_room_is_named_in_the_log_and_in_the_answer(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        cause = errors.DiskFull('could not extend file "base/5/1": No space left on device')
        raise OperationalError("INSERT INTO secrets VALUES (%(it)s)", {"it": "hush"}, cause)

    monkeypatch.setattr(periods, "present_counts", full)
    with caplog.at_level(logging.ERROR, logger="qbr_pipeline.api"):
        answer = app.test_client().get(f"{PREFIX}/periods", headers=KEY)
    assert answer.status_code == 503
    assert "no room left on its disk" in answer.get_json()["error"]["message"]
    assert "No space left on device" in caplog.text
    assert "hush" not in caplog.text
