"""The server that our own application runs on: waitress, with its own refusals in our envelope.

What belongs here: what is answered before a request reaches the application. What does not: anything after that.
"""

from __future__ import annotations

import logging
import resource
import socket
import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from flask import Flask
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server
from waitress.task import ErrorTask

from qbr_pipeline.api import access_log
from qbr_pipeline.api.connections import (
    CLEANUP_SECONDS,
    Channel,
    Dispatcher,
    Waiting,
    close_late_channels,
)
from qbr_pipeline.api.errors import ApiError, Code, failure
from qbr_pipeline.api.numbers import write_json

THREADS = 8
MOST_CONNECTIONS = 8_000
_OTHER_FILES = 200
"""Descriptors that connections leave to databases, logs and the like."""

_LIVE = "/api/qbr/health/live"
MOST_BYTES = 16_000_000
"""What is read of a body at all; the API itself answers 413 from far less on, when it has seen the whole body."""

_REFUSALS = {
    413: ApiError(Code.BODY_TOO_LARGE, f"the body has {MOST_BYTES} bytes or more"),
    500: ApiError(Code.INTERNAL_ERROR, "an internal error occurred"),
    503: ApiError(
        Code.SERVER_BUSY,
        "too many requests are waiting: nothing was done, try again in a moment",
        {"Retry-After": "5"},
    ),
}
_NOT_HTTP = ApiError(Code.INVALID_REQUEST, "malformed HTTP request, or its headers are too long")

log = logging.getLogger("qbr_pipeline.api")


class _Refusal(ErrorTask):
    """What the server answers by itself."""

    def execute(self) -> None:
        rejected = cast("HTTPRequestParser", self.request).error
        assert rejected is not None  # noqa: S101 - a task of this kind is made for nothing else
        error = _REFUSALS.get(rejected.code, _NOT_HTTP)
        request_id = uuid.uuid4().hex
        if access_log.may_log_rejection():
            log.info("request %s was refused by the server: %s", request_id, error.code.name)
        body = write_json(failure(error)).encode()
        self.status = f"{error.code.status} {rejected.reason}"
        self.response_headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-ID", request_id),
            *error.headers.items(),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(Channel):
    error_task_class = _Refusal


def make_server(
    app: Flask,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    sockets: Sequence[socket.socket] = (),
    trusted_proxy: str | None = None,
) -> BaseWSGIServer | MultiSocketServer:
    """A server that listens, on `sockets` where any are given; `run()` serves until Ctrl-C.

    `trusted_proxy`: the address of a reverse proxy, which is believed when X-Forwarded-For ends with its caller's
    address and X-Forwarded-Proto says how he came. OSError when it cannot listen there.
    """
    where: dict[str, Any] = {"sockets": list(sockets)} if sockets else {"host": host, "port": port}
    if trusted_proxy is not None:
        where |= {
            "trusted_proxy": trusted_proxy,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    listening: dict[int, Any] = {}
    dispatcher = Dispatcher(THREADS, _LIVE)
    server = create_server(
        app,
        map=listening,
        _dispatcher=dispatcher,
        connection_limit=_most_connections(),
        cleanup_interval=CLEANUP_SECONDS,
        max_request_body_size=MOST_BYTES,
        clear_untrusted_proxy_headers=False,  # `access` looks at them, and nothing else does
        ident="qbr",
        **where,
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that has to wait
    waiting = Waiting()
    for each in {server, *listening.values()}:
        if isinstance(each, BaseWSGIServer | MultiSocketServer):
            vars(each)["asyncore"] = waiting
        if isinstance(each, BaseWSGIServer):
            each.channel_class = _Channel
            vars(each)["maintenance"] = partial(_maintain, each, dispatcher)
    return server


def _maintain(server: BaseWSGIServer, dispatcher: Dispatcher, now: float) -> None:
    """What is looked after every CLEANUP_SECONDS."""
    dispatcher.turn_late_away(now)
    close_late_channels(server, now)


def _most_connections() -> int:
    """As many as the system lets this process have open, which is told to use all it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(soft - _OTHER_FILES, MOST_CONNECTIONS)
