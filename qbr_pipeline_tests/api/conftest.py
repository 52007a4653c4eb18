"""What the tests of the API share: an application over a real database, and clients of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qbr_pipeline.api import qbr_bp
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.entries import set_values

NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)
WRITER, READER = "a-write-key-of-the-tests", "the-read-key-of-the-tests"
KEYS = {WRITER: {"name": "office", "role": "write"}, READER: {"name": "wall screen", "role": "read"}}

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(database: Database) -> MakeApp:
    """Makes a Flask application with the blueprint over the database; its clock stands at NOW."""

    def make(**config: Any) -> Flask:
        app = Flask("test")
        app.config.update(
            {
                "QBR_DATABASE": database,
                "QBR_CLOCK": lambda: NOW,
                "QBR_API_KEYS": KEYS,
                "QBR_CORS_ORIGINS": [],
                **config,
            }
        )
        app.register_blueprint(qbr_bp)
        return app

    return make


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


def with_key(app: Flask, key: str) -> FlaskClient:
    """A client that sends `key` with every request."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client with a key of the role write."""
    return with_key(app, WRITER)


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    """A client with a key of the role read."""
    return with_key(app, READER)


@pytest.fixture
def today(make_app: MakeApp) -> FlaskClient:
    """A reader of an application whose clock is the real one: that of the database, which dates what happens."""
    return with_key(make_app(QBR_CLOCK=lambda: datetime.now(UTC)), READER)


@pytest.fixture
def enter(database: Database) -> Callable[..., None]:
    """Enters values of a month by hand: `enter("2025-03", mrr="110250", nrr="0")`."""

    def set_(month: str, **values: str) -> None:
        numbers = {key: Decimal(value) for key, value in values.items()}
        set_values(database, Month.parse(month), numbers, by="Ann", now=NOW)

    return set_
