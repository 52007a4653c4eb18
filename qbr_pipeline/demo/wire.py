"""HTTP/1.1 with keep-alive on loopback: requests come in, answers go out, faults strike on the way.

What belongs here: life and address of a server, connections and bytes. What does not: what the answers are.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from qbr_pipeline.demo.faults import Answer, Delay, Drop, Fault, FaultPlan, Happen, Reply, Truncate
from qbr_pipeline.demo.journal import Journal, Request

COUNTS_PATH = "/simulator/requests"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came in, nothing of it checked. The names of `headers` are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The whole path."""
        return urlsplit(self.target).path

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the query, decoded."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


class SimulatedServer:
    """A vendor's server on loopback, as a context manager or between `start` and `stop`.

    What it is asked is in `requests`, what goes wrong in `faults`. Says what it answers when nothing goes wrong.
    """

    def __init__(self, faults: FaultPlan, port: int) -> None:
        """`port` 0: a free one."""
        self.requests = Journal()
        self.address = ""
        self.faults = faults
        self._port = port
        self._http: HttpServer | None = None
        self._thread: threading.Thread | None = None

    def answer(self, incoming: Incoming) -> Answer:
        """The answer when nothing goes wrong."""
        raise NotImplementedError

    def path_in_api(self, incoming: Incoming) -> str:
        """The path as journal and faults know it."""
        return incoming.path

    def start(self) -> Self:
        """Listen on loopback, on a free port when none was named. OSError when the port is taken."""
        self._http = HttpServer(self, self._port)
        self.address = f"http://127.0.0.1:{self._http.server_port}"
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
            raise RuntimeError(f"the {type(self).__name__} server is not running: it has no address")
        return self.address


class HttpServer(ThreadingHTTPServer):
    """Serves a site on a port of loopback; 0: a free one. OSError when the port is taken."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, site: SimulatedServer, port: int) -> None:
        self.site = site
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def close_connections(self) -> None:
        """Close every connection that a client keeps alive."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpServer
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the journal has every request."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        site = self.server.site
        headers = {name.casefold(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        body = self.rfile.read(int(length) if length.isdecimal() else 0)
        incoming = Incoming(method, self.path, headers, body)
        if incoming.path == COUNTS_PATH:
            self._send(Answer(200, json.dumps(site.requests.counts())), truncated=False)
            return
        path, parameters = site.path_in_api(incoming), incoming.parameters
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        struck = site.faults.strike(f"{method} {path}?{query}")
        answer = self._answer(incoming, struck)
        status = None if answer is None else answer.status
        site.requests.note(Request(method, path, parameters, headers, status))
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(answer, truncated=any(isinstance(fault, Truncate) for fault in struck))

    def _answer(self, incoming: Incoming, struck: list[Fault]) -> Answer | None:
        """The answer after everything that strikes it; None when the connection is to be dropped."""
        site = self.server.site
        wait = site.faults.latency + sum(fault.seconds for fault in struck if isinstance(fault, Delay))
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
        answer = site.answer(incoming)
        if site.faults.seconds_a_row:
            time.sleep(site.faults.seconds_a_row * _rows(answer))
        return answer

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


def _rows(answer: Answer) -> int:
    """How many rows an answer lists."""
    listed = json.loads(answer.body) if answer.status == 200 else None
    return len(listed) if isinstance(listed, list) else 0
