"""The simulated server: the dialect over real HTTP/1.1 with keep-alive, on loopback.

What belongs here: connections, credentials, versions and routes, and the acting out of faults.
What does not: what is true in the world, and what is selected from it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from qbr_pipeline.demo.connectwise.answers import Answer, Answers, Question, Refusal
from qbr_pipeline.demo.connectwise.faults import Delay, Drop, Fault, Faults, Happen, Reply, Truncate
from qbr_pipeline.demo.connectwise.journal import Journal, Request
from qbr_pipeline.demo.connectwise.world import World

DEMO_COMPANY_ID = "demo_msp"
DEMO_PUBLIC_KEY = "demo-public-key"
DEMO_PRIVATE_KEY = "demo-private-key"
DEMO_CLIENT_ID = "00000000-0000-4000-8000-000000000000"
DEMO_CODEBASE = "v2025_1/"
COUNTS_PATH = "/simulator/requests"

_EVERY_CODEBASE = "v4_6_release/"
_LONGEST_URL = 2000
_OMITS_NULLS_SINCE = (2025, 1)


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A request as it came in, before anything of it is believed."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


def wall_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


class SimulatedConnectWise:
    """A ConnectWise server over a world, as a context manager or between `start` and `stop`.

    `clock` tells the moment at which the world is looked at. `codebase` is the segment of the path that
    companyinfo names; `v4_6_release/` is accepted too. With `answers_companyinfo` false it is like a server
    on a customer's own premises: 404 for companyinfo.
    """

    def __init__(
        self,
        world: World,
        *,
        company_id: str = DEMO_COMPANY_ID,
        public_key: str = DEMO_PUBLIC_KEY,
        private_key: str = DEMO_PRIVATE_KEY,
        client_id: str = DEMO_CLIENT_ID,
        port: int = 0,
        clock: Callable[[], datetime] = wall_clock,
        codebase: str = DEMO_CODEBASE,
        answers_companyinfo: bool = True,
        faults: Faults | None = None,
    ) -> None:
        self.world, self.clock = world, clock
        self.codebase, self.answers_companyinfo = codebase, answers_companyinfo
        self.faults, self.requests = faults or Faults(), Journal()
        self._company_id, self._client_id, self._port = company_id, client_id, port
        login = f"{company_id}+{public_key}:{private_key}"
        self._authorization = f"Basic {base64.b64encode(login.encode()).decode()}"
        self._answers = Answers(world)
        self._http: _HttpServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen on loopback, on a free port when none was named. OSError when the port is taken."""
        self._http = _HttpServer(self, self._port)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and close every connection. Nothing happens when it is not running."""
        if self._http is not None and self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._http.server_close()
            self._http.close_connections()
            self._http = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address with scheme and port and no slash at the end. RuntimeError when it is not running."""
        if self._http is None:
            raise RuntimeError("the simulated ConnectWise server is not running: it has no address")
        return f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, incoming: _Incoming) -> Answer:
        """The answer to a request when nothing goes wrong."""
        try:
            return self._route(incoming)
        except Refusal as refusal:
            body = json.dumps({"code": refusal.code, "message": str(refusal), "errors": None})
            return Answer(refusal.status, body)

    def below_api(self, path: str) -> str:
        """The part of a path that follows `apis/3.0`, or the whole path where that is not in it."""
        found = re.search(r"/apis/3\.0(/.*)", path)
        return found[1] if found else path

    def _route(self, incoming: _Incoming) -> Answer:
        if len(self.url) + len(incoming.target) > _LONGEST_URL:
            return Answer(414, "The request URL is too long.", content_type="text/plain")
        if incoming.path == COUNTS_PATH:
            return Answer(200, json.dumps(self.requests.counts()))
        if company := re.fullmatch(r"/login/companyinfo/([^/]+)", incoming.path):
            return self._company_info(company[1])
        codebase = re.match(r"/([^/]+/)apis/3\.0/", incoming.path)
        if codebase is None or codebase[1] not in (self.codebase, _EVERY_CODEBASE):
            return Answer(400, "Cannot route. Codebase/company is invalid.", content_type="text/plain")
        self._check_access(incoming.headers)
        path, parameters = self.below_api(incoming.path), incoming.parameters
        is_search = path.rstrip("/").casefold() == "/service/tickets/search"
        if incoming.method != ("POST" if is_search else "GET"):
            raise Refusal(405, "MethodNotAllowed", f"{incoming.method} is not supported by {path}.")
        if is_search:
            parameters["conditions"] = _searched(incoming.body)
        return self._answers.to(
            Question(
                path,
                parameters,
                self.clock().astimezone(UTC),
                f"{self.url}{incoming.path}",
                forward_only=incoming.headers.get("pagination-type", "").casefold() == "forward-only",
                with_nulls=_version(incoming.headers) < _OMITS_NULLS_SINCE,
                with_ticket_board=not self.faults.without_ticket_board,
            )
        )

    def _company_info(self, company: str) -> Answer:
        if not self.answers_companyinfo:
            raise Refusal(404, "NotFound", "No resource was found.")
        if company.casefold() != self._company_id.casefold():
            return Answer(200, "null")
        known = {
            "CompanyName": "Demo MSP (made up)",
            "Codebase": self.codebase,
            "VersionCode": self.codebase.strip("/"),
            "CompanyID": self._company_id,
            "IsCloud": "True",
        }
        return Answer(200, json.dumps(known))

    def _check_access(self, headers: Mapping[str, str]) -> None:
        if headers.get("authorization") != self._authorization:
            raise Refusal(401, "Unauthorized", "Cannot authenticate.")
        if not headers.get("clientid"):
            raise Refusal(400, "InvalidRequest", "The clientId header is required.")
        if headers["clientid"].casefold() != self._client_id.casefold():
            raise Refusal(401, "Unauthorized", "The clientId is not registered.")


def _searched(body: bytes) -> str:
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        raise Refusal(400, "InvalidObject", "The body is not JSON.") from None
    conditions = asked.get("conditions") if isinstance(asked, dict) else None
    if conditions is not None and not isinstance(conditions, str):
        raise Refusal(400, "InvalidObject", "conditions must be a string.")
    return conditions or ""


def _version(headers: Mapping[str, str]) -> tuple[int, int]:
    """The version of the model that was asked for; the latest when none was."""
    found = re.search(r"version=(\d{4})\.(\d{1,2})", headers.get("accept", ""))
    return (int(found[1]), int(found[2])) if found else (9999, 0)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, simulated: SimulatedConnectWise, port: int) -> None:
        self.simulated = simulated
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def note_connection(self, connection: socket.socket) -> None:
        self._connections.add(connection)

    def forget_connection(self, connection: socket.socket) -> None:
        self._connections.discard(connection)

    def close_connections(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _HttpServer
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.note_connection(self.connection)

    def finish(self) -> None:
        self.server.forget_connection(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the journal has every request."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        simulated = self.server.simulated
        headers = {name.casefold(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        incoming = _Incoming(
            method, self.path, headers, self.rfile.read(int(length) if length.isdecimal() else 0)
        )
        path, parameters = simulated.below_api(incoming.path), incoming.parameters
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        struck = [] if path == COUNTS_PATH else simulated.faults.strike(f"{method} {path}?{query}")
        answer = self._prepared(incoming, struck)
        if path != COUNTS_PATH:
            forward_only = headers.get("pagination-type", "").casefold() == "forward-only"
            status = answer.status if answer else None
            simulated.requests.note(Request(method, path, parameters, forward_only, status))
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(answer, truncated=any(isinstance(fault, Truncate) for fault in struck))

    def _prepared(self, incoming: _Incoming, struck: list[Fault]) -> Answer | None:
        """The answer once everything that strikes it has been acted out; None: the connection is dropped."""
        simulated = self.server.simulated
        wait = simulated.faults.latency + sum(fault.seconds for fault in struck if isinstance(fault, Delay))
        if wait:
            time.sleep(wait)
        for fault in struck:
            if isinstance(fault, Happen):
                fault.event()
        for fault in struck:
            if isinstance(fault, Drop):
                return None
            if isinstance(fault, Reply):
                return fault.answer
        return simulated.answer(incoming)

    def _send(self, answer: Answer, *, truncated: bool) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if truncated:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if truncated else body)
