"""What the server answers before a request reaches the application: in the envelope too."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qbr_pipeline.api import access_log
from qbr_pipeline.api.access import OF_A_PROXY
from qbr_pipeline.api.routes import MAX_BODY_BYTES
from qbr_pipeline.api.server import MOST_BYTES, make_server
from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.api.conftest import KEYS
from qbr_pipeline_tests.conftest import running

WRITER_KEY = "a-write-key-of-the-tests"
WRITER = {"Authorization": f"Bearer {WRITER_KEY}", "Content-Type": "application/json"}


@contextmanager
def served(app: Flask, **how: Any) -> Iterator[int]:
    server = make_server(app, **how)
    with running(server):
        yield int(server.effective_port)


@pytest.fixture
def port(make_app: Callable[..., Flask]) -> Iterator[int]:
    with served(make_app()) as port:
        yield port


def post(port: int, body: bytes | Iterator[bytes], **headers: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(
        "POST",
        "/api/qbr/metrics/manual",
        body,
        {**WRITER, **headers},
        encode_chunked=not isinstance(body, bytes),
    )
    return connection.getresponse()


def error_of(answer: HTTPResponse) -> tuple[int, str]:
    told = json.loads(answer.read())
    assert told["success"] is False
    assert told["error"]["status"] == answer.status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Request-ID"]
    return answer.status, told["error"]["code"]


@pytest.mark.parametrize("length", [MAX_BODY_BYTES + 1, MOST_BYTES - 1])
def test_a_body_that_is_too_large_is_told_by_the_application(port: int, length: int) -> None:
    assert error_of(post(port, b" " * length)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("length", [MOST_BYTES, 10**12])
def test_one_that_is_far_too_large_is_told_before_it_is_read(port: int, length: int) -> None:
    assert error_of(post(port, b"", **{"Content-Length": str(length)})) == (413, "BODY_TOO_LARGE")


def test_one_that_does_not_say_how_large_it_is_is_read_so_far_and_no_further(port: int) -> None:
    chunks = (b" " * 1_000_000 for _ in range(MOST_BYTES // 1_000_000))
    answer = post(port, chunks, **{"Transfer-Encoding": "chunked"})
    assert error_of(answer) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/qbr/periods\xff HTTP/1.1\r\n\r\n",
        b"GET /api/qbr/periods HTTP/1.1\r\nno header\r\n\r\n",
        b"POST /api/qbr/metrics/manual HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET /api/qbr/periods HTTP/1.1\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        assert error_of(answer) == (400, "INVALID_REQUEST")


def ask(port: int, key: str, forwarded_for: str) -> int:
    """The status of a request with `key` that came from `forwarded_for`, if the one who says so is believed."""
    headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": forwarded_for}
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/api/qbr/periods", headers=headers)
        return connection.getresponse().status


def test_behind_a_trusted_proxy_a_guesser_slows_down_nobody_else(make_app: Callable[..., Flask]) -> None:
    with served(make_app(), trusted_proxy="127.0.0.1") as port:
        assert {ask(port, f"wrong-{n}", "203.0.113.9") for n in range(10)} == {401}
        assert ask(port, WRITER_KEY, "192.0.2.1, 203.0.113.9") == 429
        assert ask(port, WRITER_KEY, "203.0.113.9, 192.0.2.1") == 200


@pytest.mark.parametrize("trusted", [None, "192.0.2.7"])
def test_nobody_else_is_believed_about_where_a_request_came_from(
    make_app: Callable[..., Flask], trusted: str | None
) -> None:
    with served(make_app(), trusted_proxy=trusted) as port:
        assert {ask(port, f"wrong-{n}", f"203.0.113.{n}") for n in range(10)} == {401}
        assert ask(port, WRITER_KEY, "192.0.2.1") == 429


@pytest.mark.parametrize("name", OF_A_PROXY)
@pytest.mark.parametrize("trusted", [None, "127.0.0.1"])
def test_without_keys_nothing_that_a_proxy_hands_on_is_served(
    make_app: Callable[..., Flask], trusted: str | None, name: str
) -> None:
    app = make_app(QBR_API_KEYS={}, QBR_ACCESS_WITHOUT_KEYS="loopback")
    with served(app, trusted_proxy=trusted) as port:
        for sent in ("https",) if name == "X-Forwarded-Proto" else ("127.0.0.1", "203.0.113.9"):
            with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
                connection.request("GET", "/api/qbr/periods", headers={name: sent})
                answer = connection.getresponse()
                assert answer.status == 403
                assert "came through a proxy" in json.load(answer)["error"]["message"]


@pytest.mark.parametrize(
    ("trusted", "sent", "is_secure"),
    [
        ("127.0.0.1", "https", True),
        ("127.0.0.1", "http", False),
        (None, "https", False),
        ("192.0.2.7", "https", False),
    ],
)
def test_a_trusted_proxy_says_whether_a_session_began_by_https(
    database: Database, trusted: str | None, sent: str, is_secure: bool
) -> None:
    app = create_app(database, Settings.read({"QBR_API_KEYS": json.dumps(KEYS)}))
    with served(app, trusted_proxy=trusted) as port, closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", "/sign-in", headers={"X-Forwarded-Proto": sent})
        cookie = connection.getresponse().headers["Set-Cookie"]
    assert ("Secure" in cookie) is is_secure


def test_a_flood_of_rejected_requests_leaves_a_log_that_can_be_read(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    monkeypatch.setattr(access_log, "_rejections", access_log.Allowance(5, clock=lambda: now[0]))
    with caplog.at_level(logging.INFO, logger="qbr_pipeline.api.access"):
        for _ in range(20):
            client.get("/api/qbr/nowhere")
        assert caplog.text.count("/nowhere") == 5
        now[0] = 60.0
        client.get("/api/qbr/nowhere")
    assert caplog.text.count("/nowhere") == 6
    assert "15 more requests were rejected within a minute" in caplog.text
