"""`qbr serve`: where it refuses to listen, and what it watches."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from qbr_pipeline.cli import serve_api
from qbr_pipeline.cli.serve_api import dashboard_address, docs_address, live_address
from qbr_pipeline.runtime.postgres.embedded import stop_embedded
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.conftest import unused_port

Qbr = Callable[..., Any]
KEY = "the-write-key-of-the-tests"


@pytest.mark.parametrize("command", ["serve", "up"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])  # noqa: S104 - it is refused
def test_a_public_address_without_keys_is_refused(qbr: Qbr, command: str, host: str) -> None:
    access = {
        "CONNECTWISE_SERVER": "http://127.0.0.1:9",
        "CONNECTWISE_COMPANY_ID": "x",
        "CONNECTWISE_PUBLIC_KEY": "x",
        "CONNECTWISE_PRIVATE_KEY": "x",
        "CONNECTWISE_CLIENT_ID": "x",
        "QBR_INVENTORY_DATABASE_URL": "postgresql:///nowhere",
    }
    fault = qbr(command, QBR_API_HOST=host, **access).fault
    assert fault.startswith(f'QBR_API_HOST holds "{host}", which other machines can reach')
    assert "QBR_API_KEYS is not set" in fault


@pytest.mark.usefixtures("named_database")
def test_a_port_that_is_taken_is_told_in_a_sentence(qbr: Qbr) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        fault = qbr("serve", QBR_API_PORT=port).fault
    assert fault.startswith(f"The API cannot listen on port {port} of 127.0.0.1: Address already in use.")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:5400/api/qbr"),
        ("0.0.0.0", "http://127.0.0.1:5400/api/qbr"),  # noqa: S104 - how it is reached
        ("::", "http://[::1]:5400/api/qbr"),
        ("qbr.example.com", "http://qbr.example.com:5400/api/qbr"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(host: str, address: str) -> None:
    read = Settings.read({"QBR_API_HOST": host})
    assert (docs_address(read), live_address(read)) == (f"{address}/docs", f"{address}/health/live")
    assert f"{dashboard_address(read)}/api/qbr" == address


def test_the_demo_with_keys_is_behind_them(qbr: Qbr, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses: list[int] = []

    def look_in(app: Flask, **_: object) -> None:
        for headers in ({}, {"Authorization": f"Bearer {KEY}"}):
            statuses.append(app.test_client().get("/api/qbr/periods", headers=headers).status_code)
        raise SystemExit(0)

    monkeypatch.setattr(serve_api, "make_server", look_in)
    keys = json.dumps({KEY: {"name": "office", "role": "write"}})
    assert qbr("--demo", "serve", QBR_API_KEYS=keys).code == 0
    assert stop_embedded(home / "demo")
    assert statuses == [401, 200]


def test_nights_are_asked_of_the_embedded_server_too(
    qbr: Qbr, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def watch(_database: Database, read: Settings) -> None:
        asked.append(read.dagster_postgres_url)
        raise SystemExit(0)

    monkeypatch.setattr(serve_api, "_watch", watch)
    assert qbr("serve", QBR_API_PORT=str(unused_port())).code == 0
    assert stop_embedded(home)
    assert asked[0] is not None
    assert make_url(asked[0]).database == "dagster"
