"""A real HTTP server on loopback, every answer scripted by the test, and a clock that nobody waits for."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from qbr_pipeline.settings import ConnectWiseAccess
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.http.retries import RetryPolicy

API = "/v2025_1/apis/3.0"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    port: int


@dataclass(frozen=True)
class Reply:
    """An answer. `promised`: a Content-Length not kept. `pieces`: sent one by one. `raw`: all there is."""

    body: object = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    raw: bytes | None = None
    pieces: Iterator[bytes] | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Handler = Callable[[Seen], Reply]


def paged(rows: Sequence[Mapping[str, Any]]) -> Handler:
    """A list that pages forward-only, as the vendor does."""

    def answer(seen: Seen) -> Reply:
        assert seen.headers["pagination-type"] == "forward-only"
        after = int(seen.query.get("pageId", 0))
        size = min(1000, int(seen.query.get("pageSize", 25)))
        ordered = sorted((row for row in rows if row["id"] > after), key=lambda row: row["id"])
        return Reply(ordered[:size])

    return answer


def by_field(entered: Handler, closed: Handler) -> Handler:
    """One of two answers, by the date that the conditions ask about."""
    return lambda seen: (closed if "closedDate" in seen.query["conditions"] else entered)(seen)


def in_turn(*replies: Reply | Handler) -> Handler:
    """One reply after the other; the last one for ever."""
    waiting = list(replies)

    def answer(seen: Seen) -> Reply:
        reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return reply if isinstance(reply, Reply) else reply(seen)

    return answer


class ScriptedServer:
    """Answers each path below the API as the test says, and companyinfo well unless it says otherwise."""

    reply = Reply
    paged = staticmethod(paged)
    by_field = staticmethod(by_field)

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self.routes: dict[str, Handler] = {
            "/login/companyinfo/acme": lambda _: Reply({"CompanyName": "Acme", "Codebase": "v2025_1/"})
        }
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, path: str, *replies: Reply | Handler, api: str = API) -> None:
        self.routes[api + path] = in_turn(*replies)

    def paths(self) -> list[str]:
        return [seen.path.removeprefix(API) for seen in self.seen]

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == API + path]

    def stop(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler_for(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class RequestHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query, headers = dict(parse_qsl(url.query)), dict(self.headers)
            seen = Seen(self.command, url.path, self.path, query, headers, body, self.client_address[1])
            server.seen.append(seen)
            route = server.routes.get(url.path)
            unknown = Reply({"code": "NotFound", "message": "no such path"}, 404)
            with contextlib.suppress(ConnectionError):  # a client may hang up
                self._send(unknown if route is None else route(seen))

        do_POST = do_GET  # noqa: N815  the name that http.server looks for

        def _send(self, reply: Reply) -> None:
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            promised = len(reply.content) if reply.promised is None else reply.promised
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            for piece in reply.pieces or (reply.content,):
                self.wfile.write(piece)
            self.close_connection = promised != len(reply.content) or reply.pieces is not None

        def log_message(self, format: str, *args: object) -> None:
            pass

    return RequestHandler


class FakeTime:
    """A clock that moves only by sleeping, and remembers each pause."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []
        self.looked_at = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def clock(self) -> float:
        self.looked_at.set()
        return self.seconds

    def now(self) -> datetime:
        return datetime(2025, 2, 1, 4, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.stop()


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def access(server: ScriptedServer) -> ConnectWiseAccess:
    return ConnectWiseAccess(
        server=server.url,
        company_id="acme",
        public_key=SecretStr("PublicKeyOne"),
        private_key=SecretStr("PrivateKeyTwo"),
        client_id=SecretStr("0a1b2c3d-0000-4000-8000-123456789abc"),
    )


@pytest.fixture
def client(access: ConnectWiseAccess, fake_time: FakeTime) -> Iterator[ConnectWise]:
    with ConnectWise(
        access, RetryPolicy(read=5.0), sleep=fake_time.sleep, clock=fake_time.clock, now=fake_time.now
    ) as opened:
        yield opened
