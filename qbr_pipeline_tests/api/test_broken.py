"""What is answered when something behind the API is broken: no details, but the log has them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from qbr_pipeline.api.endpoints import periods
from qbr_pipeline.store.database import open_database

PREFIX = "/api/qbr"
KEY = {"Authorization": "Bearer read-key-of-the-tests"}
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
