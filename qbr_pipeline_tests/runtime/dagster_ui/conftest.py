"""What the tests of the UI's guard share: Dagster's own application, guarded, and how to ask it without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from dagster import DagsterInstance
from starlette.applications import Starlette
from starlette.types import ASGIApp

from qbr_pipeline.runtime.dagster_ui.server import guarded
from qbr_pipeline.runtime.dagster_ui.workspace import application_over
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline_tests.conftest import CHICAGO

WRITER, READER = "a-write-key-of-the-tests", "the-read-key-of-the-tests"
KEYS = json.dumps({WRITER: {"name": "office", "role": "write"}, READER: {"name": "wall", "role": "read"}})
SECRET = "a-session-secret-of-the-tests-only"
JSON = {"Content-Type": "application/json"}
QUERY = json.dumps({"query": "{ version }"})
MUTATION = json.dumps({"query": "mutation { setAutoMaterializePaused(paused: true) }"})


@dataclass
class Reply:
    """What an application sent back; the status of an accepted web socket is 101."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: list[Any] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: ASGIApp,
    method: str,
    path: str,
    body: str = "",
    *,
    query: str = "",
    client: str = "127.0.0.1",
    frames: tuple[object, ...] = (),
    **headers: str,
) -> Reply:
    """What `app` answers to one request; the method WEBSOCKET opens a web socket and sends `frames` as JSON."""
    is_socket = method == "WEBSOCKET"
    named = {
        "host": "127.0.0.1:3000",
        **{name.replace("_", "-").lower(): text for name, text in headers.items()},
    }
    scope = {
        "type": "websocket" if is_socket else "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws" if is_socket else "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), text.encode()) for name, text in named.items()],
        "client": (client, 50_000),
        "server": ("127.0.0.1", 3000),
        "extensions": {"websocket.http.response": {}},
        "state": {},
        "subprotocols": ["graphql-ws"],
    } | ({} if is_socket else {"method": method})
    given = (
        [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "text": json.dumps(frame)} for frame in frames),
            {"type": "websocket.disconnect", "code": 1000},
        ]
        if is_socket
        else [{"type": "http.request", "body": body.encode(), "more_body": False}]
    )
    messages = iter(given)
    reply = Reply()

    async def receive() -> Any:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        kind = message["type"].removeprefix("websocket.")
        if kind == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode().lower(): text.decode() for name, text in message["headers"]}
        elif kind == "http.response.body":
            reply.body += message.get("body", b"")
        elif kind == "accept":
            reply.status = 101
        elif kind == "close":
            reply.status = reply.status or 403
            reply.closed.append(message["code"])
        elif kind == "send":
            reply.sent.append(json.loads(message["text"]))

    try:
        asyncio.run(app(scope, receive, send))
    except Exception:  # a server logs it, once a crash has been answered
        if reply.status != 500:
            raise
    return reply


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    """Dagster's own application over an instance of its own, without any code location."""
    home = str(tmp_path_factory.mktemp("dagster"))
    with DagsterInstance.local_temp(home) as instance, application_over(instance, None) as made:
        yield made


@pytest.fixture(scope="module")
def numbers(fresh_database: Callable[[], str]) -> Iterator[Database]:
    """A migrated, empty database of the module's own."""
    database = open_database(fresh_database(), timezone=CHICAGO)
    yield database
    database.close()


@pytest.fixture
def guard(application: Starlette, numbers: Database) -> Callable[..., ASGIApp]:
    """Makes the guarded application: `guard()` with keys, without any by `guard(QBR_API_KEYS="{}")`."""

    def make(**variables: str) -> ASGIApp:
        usual = {"QBR_API_KEYS": KEYS, "QBR_SESSION_SECRET": SECRET}
        return guarded(application, numbers, Settings.read({**usual, **variables}))

    return make


def with_key(key: str) -> dict[str, str]:
    """The header that a program sends its key in."""
    return {"Authorization": f"Bearer {key}"}
