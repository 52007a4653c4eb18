"""A ConnectWise that this project did not write: what the vendor documents, in its plainest form, and then a habit.

What belongs here: an honest server over rows of JSON, and the places where a habit may bend what it does. What does
not: the habits (`habits`). It shares no line with the project's own simulator, nor with the client.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Row = dict[str, Any]

_CLAUSE = re.compile(
    r"(?P<field>[\w/]+)\s*(?P<operator>>=|<=|!=|=|<|>|in)\s*(?P<value>\[.*?\]|\(.*?\)|\".*?\"|[^ ]+)"
)
_API = "/apis/3.0"


@dataclass(frozen=True)
class Asked:
    """A request: its path below the API, its query, its headers, and how many came before it."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    number: int

    @property
    def conditions(self) -> str:
        return self.query.get("conditions", "")

    @property
    def is_count(self) -> bool:
        return self.path.endswith("/count")

    @property
    def page_size(self) -> int:
        return min(int(self.query.get("pageSize", 25)), 1000)


@dataclass(frozen=True)
class Answer:
    """What is sent. `broken_off`: so many bytes of the body only, although all were promised."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    broken_off: int | None = None

    @classmethod
    def json(cls, body: object, status: int = 200, **headers: str) -> Answer:
        return cls(
            json.dumps(body).encode(),
            status,
            {"Content-Type": "application/json", **headers},
        )


@dataclass(frozen=True)
class Habit:
    """What a server does otherwise. Each place gets what an honest server would do, and gives what this one does."""

    read: Callable[[str], str] = lambda conditions: conditions
    rows: Callable[[Asked, list[Row]], list[Row]] = lambda asked, rows: rows
    row: Callable[[str, Row], Row] = lambda path, row: row
    count: Callable[[Asked, int], object] = lambda asked, count: count
    answer: Callable[[Asked, Answer], Answer | None] = lambda asked, answer: answer
    cap: int = 1000
    links: bool = True
    ignores_page_id: bool = False


HONEST = Habit()


@dataclass
class Stranger:
    """The server. Rows may be changed between two nights, and so may its habit. `answered`: requests so far."""

    boards: list[Row]
    statuses: dict[int, list[Row]]
    tickets: list[Row]
    entries: list[Row]
    habit: Habit = HONEST
    answered: int = 0

    def start(self) -> Stranger:
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                stranger._serve(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        sent = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if sent:
            query |= json.loads(sent)
        asked = Asked(url.path.partition(_API)[2] or url.path, query, dict(handler.headers), self.answered)
        self.answered += 1
        answer = self.habit.answer(asked, self._answer(asked))
        if answer is None:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.status != 204:
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body[: answer.broken_off])
        handler.close_connection = answer.broken_off is not None

    def _answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/login/companyinfo/"):
            return Answer.json({"CompanyName": "Elsewhere", "Codebase": "v2025_1/", "IsCloud": "False"})
        kept = self._kept(asked.path)
        if kept is None:
            return Answer.json({"code": "NotFound", "message": "no such resource", "errors": None}, 404)
        conditions = self.habit.read(asked.conditions)
        found = sorted((row for row in kept if _meets(row, conditions)), key=lambda row: row["id"])
        found = self.habit.rows(asked, found)
        if asked.is_count:
            return Answer.json({"count": self.habit.count(asked, len(found))})
        after = 0 if self.habit.ignores_page_id else int(asked.query.get("pageId", 0))
        size = min(asked.page_size, self.habit.cap)
        rest = [row for row in found if row["id"] > after]
        link = (
            {"Link": '<https://elsewhere/next>; rel="next"'} if len(rest) > size and self.habit.links else {}
        )
        page = [self.habit.row(asked.path, _outgoing(row)) for row in rest[:size]]
        return Answer.json(page, **link)

    def _kept(self, path: str) -> list[Row] | None:
        if status_of := re.fullmatch(r"/service/boards/(\d+)/statuses", path):
            return self.statuses[int(status_of[1])]
        return {
            "/service/boards": self.boards,
            "/service/tickets": self.tickets,
            "/service/tickets/count": self.tickets,
            "/service/tickets/search": self.tickets,
            "/time/entries": self.entries,
            "/time/entries/count": self.entries,
        }.get(path)


def changed(answer: Answer, **fields: Any) -> Answer:
    """The answer, with other fields."""
    return replace(answer, **fields)


def moment(text: str) -> datetime:
    """A moment as rows and conditions write it."""
    return datetime.fromisoformat(text.strip("[]")).astimezone(UTC)


def _outgoing(row: Row) -> Row:
    """A row as it is sent: the date of a ticket's entry stands in `_info` alone."""
    if "board" not in row:
        return dict(row)
    return {name: value for name, value in row.items() if name != "dateEntered"} | {
        "_info": {"dateEntered": row["dateEntered"]}
    }


def _meets(row: Row, conditions: str) -> bool:
    return all(_holds(row, clause) for clause in _CLAUSE.finditer(conditions))


def _holds(row: Row, clause: re.Match[str]) -> bool:
    held: Any = row
    for key in clause["field"].split("/"):
        held = held.get(key) if isinstance(held, Mapping) else None
    value = clause["value"]
    if value.startswith("["):
        at = moment(value)
        return held is not None and {">=": moment(held) >= at, "<": moment(held) < at}[clause["operator"]]
    if value.startswith("("):
        return str(held) in [each.strip().strip('"') for each in value[1:-1].split(",")]
    return held is None if value == "null" else str(held) == value.strip('"')
