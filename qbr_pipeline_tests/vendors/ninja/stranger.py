"""A NinjaOne server that was written apart from the simulated one, with habits that servers have.

What belongs here: another reading of the same chapter, small enough to be read at once.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT = ("stranger-id", "stranger secret/+&=")


@dataclass
class Habits:
    """What a server does otherwise than the next one; all of it is allowed."""

    text_ids: bool = False
    most: int = 1000
    expires: Any = 3600
    bom: bool = False
    zipped: bool = False
    chunked: bool = False
    content_type: str = "application/json"
    closes: bool = False
    one_token_each: bool = False
    nulls: bool = False


@dataclass
class Stranger:
    """A running server over `devices` devices of three organizations; every tenth is of the third and a server."""

    devices: int
    habits: Habits
    url: str = ""
    tokens: list[str] = field(default_factory=list)

    def rows(self, path: str) -> Sequence[dict[str, Any]] | None:
        named = {"/v2/organizations": ("Ärzte & Söhne", "Zwei", "Drei"), "/v2/locations": ("Haupthaus",)}
        if path in named:
            return [self.row(number, {"name": name}) for number, name in enumerate(named[path], 1)]
        if path != "/v2/devices-detailed":
            return None
        return [self.row(7 * number, self.device(number)) for number in range(1, self.devices + 1)]

    def row(self, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        own = {"id": str(number) if self.habits.text_ids else number}
        unset = {"description": None, "userData": None} if self.habits.nulls else {}
        return {**fields, **own, **unset}

    def device(self, number: int) -> dict[str, Any]:
        is_server = number % 10 == 0
        organization = 3 if is_server else 1 + number % 2
        return {
            "organizationId": str(organization) if self.habits.text_ids else organization,
            "locationId": "1" if self.habits.text_ids else 1,
            "nodeClass": "LINUX_SERVER" if is_server else "MAC",
            "approvalStatus": "APPROVED",
            "systemName": f"höst-{number}",
            "offline": number % 3 == 0,
            "created": 1_700_000_000.123 + number,
            "lastContact": 1_740_000_000 + number,
            "deviceType": "AGENT_DEVICE",
            "tags": ["a", {"b": []}],
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stranger: Stranger

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), strict_parsing=True)
        asked = (form["client_id"][0], form["client_secret"][0])
        is_form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        if asked != CLIENT or form["grant_type"] != ["client_credentials"] or not is_form:
            self.answer({"resultCode": "Client app not exist"}, 404)
            return
        token = f"t.{len(self.stranger.tokens)}"
        if self.stranger.habits.one_token_each:
            self.stranger.tokens.clear()
        self.stranger.tokens.append(token)
        self.answer(
            {"token_type": "bearer", "access_token": token, "expires_in": self.stranger.habits.expires}
        )

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        rows = self.stranger.rows(split.path)
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.stranger.tokens:
            self.answer({"error": "not_authenticated"}, 401)
        elif rows is None:
            self.answer({"resultCode": "FAILURE"}, 404)
        else:
            size = min(int(query.get("pageSize", 50)), self.stranger.habits.most)
            after = int(query.get("after", 0))
            self.answer([row for row in rows if int(row["id"]) > after][:size])

    def answer(self, body: Any, status: int = 200) -> None:
        habits = self.stranger.habits
        content = (b"\xef\xbb\xbf" if habits.bom else b"") + json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", habits.content_type)
        if habits.zipped:
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        if habits.closes:
            self.send_header("Connection", "close")
        if habits.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(content), 999):
                piece = content[start : start + 999]
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


@contextmanager
def running(devices: int, habits: Habits) -> Iterator[Stranger]:
    """A server that runs while the block does."""
    stranger = Stranger(devices, habits)
    handler = type("Handler", (_Handler,), {"stranger": stranger})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stranger.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stranger
    finally:
        server.shutdown()
        server.server_close()
