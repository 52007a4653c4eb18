"""The questions that the server answers: which rows, which page of them, and how they look as JSON.

What belongs here: paths, paging and the parameters of a request. What does not: HTTP, credentials, faults.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter, is_
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from qbr_pipeline.demo.connectwise.conditions import ConditionError, parse_conditions
from qbr_pipeline.demo.connectwise.fields import (
    BOARD_FIELDS,
    STATUS_FIELDS,
    BoardStatus,
    Fields,
    entry_fields,
    ticket_fields,
)
from qbr_pipeline.demo.connectwise.filtering import as_json, bounds_of, matcher, ordered, selected
from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.world import Bounds, World
from qbr_pipeline.demo.faults import Answer

T = TypeVar("T", Board, BoardStatus, Ticket, TimeEntry)
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 25, 1000
_REMEMBERED_RESULTS = 64


@dataclass(frozen=True, slots=True)
class Question:
    """A request that was let in: its path below `apis/3.0`, its parameters, and the moment it is asked at."""

    path: str
    parameters: Mapping[str, str]
    now: datetime
    url: str
    forward_only: bool = False
    with_nulls: bool = False
    with_ticket_board: bool = True
    hidden: Callable[[Any], bool] = lambda _: False
    dates_misread_by: timedelta = timedelta(0)


class Refusal(Exception):  # noqa: N818 - a refusal is an answer of the server, not a fault of it
    """A question that is answered with an error body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class _Source(Generic[T]):
    """Rows that can be asked for: what one of them is called, their fields, and where they are."""

    name: str
    fields: Fields[T]
    lists: Callable[[Bounds], list[list[T]]]


class Answers:
    """Answers questions about a world. Safe to use from many threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets = ticket_fields(world)
        self._results = _Results()

    def to(self, question: Question) -> Answer:
        """The answer to a question. Refusal when there is none."""
        world, now = self._world, question.now
        match question.path.strip("/").casefold().split("/"):
            case ["service", "tickets", *rest]:
                tickets = _Source("Ticket", self._tickets, lambda bounds: world.tickets.at(now, bounds))
                return self._about(tickets, [] if rest == ["search"] else rest, question)
            case ["time", "entries", *rest]:
                fields = entry_fields(world, now, with_ticket_board=question.with_ticket_board)
                entries = _Source("TimeEntry", fields, lambda bounds: world.entries.at(now, bounds))
                return self._about(entries, rest, question)
            case ["service", "boards", number, "statuses", *rest] if number.isdecimal():
                return self._about(self._statuses(int(number)), rest, question)
            case ["service", "boards", *rest]:
                boards = sorted(world.boards.values(), key=lambda board: board.id)
                return self._about(_Source("Board", BOARD_FIELDS, lambda _: [boards]), rest, question)
        raise Refusal(404, "NotFound", f"No resource was found at {question.path}.")

    def _statuses(self, board_id: int) -> _Source[BoardStatus]:
        board = next((board for board in self._world.boards.values() if board.id == board_id), None)
        if board is None:
            raise _missing("Board", board_id)
        rows = [BoardStatus(board.id * 100 + number, status) for number, status in enumerate(board.statuses)]
        return _Source("Status", STATUS_FIELDS, lambda _: [rows])

    def _about(self, source: _Source[T], rest: Sequence[str], question: Question) -> Answer:
        match rest:
            case []:
                return self._page(source, question)
            case ["count"]:
                return Answer(200, f'{{"count":{len(self._rows(source, question))}}}')
            case [number] if number.isdecimal():
                bounds = Bounds(ids=frozenset({int(number)}))
                rows = (row for rows in source.lists(bounds) for row in rows if not question.hidden(row))
                for row in (row for row in rows if row.id == int(number)):
                    listed = as_json(
                        [row],
                        selected(question.parameters.get("fields"), source.fields),
                        with_nulls=question.with_nulls,
                    )
                    return Answer(200, listed[1:-1])
                raise _missing(source.name, int(number))
        raise Refusal(404, "NotFound", f"No resource was found at {question.path}.")

    def _rows(self, source: _Source[T], question: Question) -> list[T]:
        text = _misread(question.parameters.get("conditions", ""), question.dates_misread_by)
        try:
            condition = parse_conditions(text)
            meets = matcher(condition, source.fields)
        except ConditionError as error:
            raise Refusal(400, "ApiFindCondition", str(error)) from None
        lists = source.lists(bounds_of(condition))
        return [
            row for row in self._results.get((source.name, text), lists, meets) if not question.hidden(row)
        ]

    def _page(self, source: _Source[T], question: Question) -> Answer:
        parameters = question.parameters
        size = min(_positive(parameters, "pageSize", DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)
        order = parameters.get("orderBy", "")
        if question.forward_only and order:
            raise Refusal(400, "InvalidObject", "orderBy is not supported with forward-only pagination.")
        rows = self._rows(source, question)
        if question.forward_only:
            after = _whole(parameters, "pageId", 0)
            first = bisect_right(rows, after, key=attrgetter("id"))
            page = rows[first : first + size]
            following = {"next": {"pageId": str(page[-1].id)}} if len(page) == size else {}
        else:
            number = _positive(parameters, "page", 1)
            try:
                rows = ordered(rows, order, source.fields) if order else rows
            except ConditionError as error:
                raise Refusal(400, "ApiFindCondition", str(error)) from None
            page = rows[(number - 1) * size : number * size]
            following = _neighbours(number, -(-len(rows) // size))
        body = as_json(
            page, selected(parameters.get("fields"), source.fields), with_nulls=question.with_nulls
        )
        links = [
            f'<{question.url}?{urlencode({**parameters, "pageSize": str(size), **changed})}>; rel="{rel}"'
            for rel, changed in following.items()
        ]
        return Answer(200, body, {"Link": ", ".join(links)} if links else {})


class _Results:
    """Selected rows of recent questions: valid for as long as the very same lists are asked."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[list[list[object]], list[object]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str], lists: list[list[T]], meets: Callable[[T], bool]) -> list[T]:
        """The rows of the lists that meet the condition, by id."""
        with self._lock:
            known = self._known.get(key)
            if known is not None and len(known[0]) == len(lists) and all(map(is_, known[0], lists)):
                self._known.move_to_end(key)
                return known[1]  # type: ignore[return-value]  # the lists are the same, so the rows are of their kind
        rows = sorted((row for rows in lists for row in rows if meets(row)), key=lambda row: row.id)
        with self._lock:
            self._known[key] = lists, rows  # type: ignore[assignment]  # read back above only for the same lists
            while len(self._known) > _REMEMBERED_RESULTS:
                self._known.popitem(last=False)
        return rows


def _misread(conditions: str, by: timedelta) -> str:
    """The conditions with every moment in brackets moved, as a server with another zone reads them."""
    if not by:
        return conditions
    return re.sub(
        r"\[([^\]]+)\]", lambda found: f"[{(datetime.fromisoformat(found[1]) + by).isoformat()}]", conditions
    )


def _neighbours(page: int, pages: int) -> dict[str, dict[str, str]]:
    links = {}
    if page < pages:
        links = {"next": {"page": str(page + 1)}, "last": {"page": str(pages)}}
    if page > 1:
        links |= {"first": {"page": "1"}, "prev": {"page": str(page - 1)}}
    return links


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if text and not text.isdecimal():
        raise Refusal(400, "InvalidObject", f"{name} must be a whole number.")
    return int(text) if text else default


def _positive(parameters: Mapping[str, str], name: str, default: int) -> int:
    number = _whole(parameters, name, default)
    if number < 1:
        raise Refusal(400, "InvalidObject", f"{name} must be greater than zero.")
    return number


def _missing(name: str, row_id: int) -> Refusal:
    return Refusal(404, "NotFound", f"{name} {row_id} was not found.")
