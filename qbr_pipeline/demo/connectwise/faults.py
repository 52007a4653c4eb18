"""What goes wrong on purpose: faults that are laid out in advance and strike the requests they are meant for.

What belongs here: which fault strikes which request. What does not: how the server acts it out.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from qbr_pipeline.demo.connectwise.answers import Answer
from qbr_pipeline.demo.connectwise.fields import BoardStatus
from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry


@dataclass(frozen=True, slots=True)
class Reply:
    """Another answer in place of the real one."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Delay:
    """The real answer, that many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection is closed without a word."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """The real answer breaks off half way through the length that its header promises."""


@dataclass(frozen=True, slots=True)
class Happen:
    """Something happens in the world just before the request is answered: a ticket is deleted."""

    event: Callable[[], object]


Fault = Reply | Delay | Drop | Truncate | Happen


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(Answer(status, f'{{"code":"{code}","message":"{message}","errors":null}}'))


def too_many_requests(retry_after: str | int | None = 30) -> Reply:
    """429; `retry_after` is the header in seconds, left out when None."""
    message = f"Too many requests. Please try again in {retry_after or 'some'} seconds."
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(Answer(429, f'{{"error":"ConnectWiseAPI","message":"{message}"}}', headers))


def server_error() -> Reply:
    """500 with an error body."""
    return _error(500, "InternalError", "An unexpected error occurred.")


def unavailable() -> Reply:
    """503 with a page of HTML, as a load balancer answers."""
    return Reply(Answer(503, "<html><body>Service Unavailable</body></html>", content_type="text/html"))


def html_page() -> Reply:
    """200 with a page of HTML instead of JSON, as a login or maintenance page."""
    return Reply(Answer(200, "<html><body>Please log in</body></html>", content_type="text/html"))


def unauthorized() -> Reply:
    """401 although the credentials are right."""
    return _error(401, "Unauthorized", "Cannot authenticate.")


def forbidden() -> Reply:
    """403: the member's role does not allow it."""
    return _error(403, "SecurityError", "You do not have the necessary permissions.")


def not_found() -> Reply:
    """404, as for a path that a new codebase has left behind."""
    return _error(404, "NotFound", "No resource was found.")


def redirect(location: str) -> Reply:
    """302 to another address."""
    return Reply(Answer(302, "", {"Location": location}))


RowTest = Callable[[Board | BoardStatus | Ticket | TimeEntry], bool]
"""Whether something holds for a row."""


def _none(_row: Board | BoardStatus | Ticket | TimeEntry) -> bool:
    return False


@dataclass(slots=True)
class _Planned:
    fault: Fault
    pattern: re.Pattern[str]
    skip: int
    left: int | None


@dataclass(slots=True)
class Faults:
    """The faults to come; may be changed while the server runs, from any thread.

    `latency` is added to every request, `seconds_a_row` for each row of an answer, in seconds. A page of more rows than
    `largest_page` fails with 500. With `without_ticket_board` time entries do not name the board, status and type of
    their ticket, and with `refuses_versions` no version of the model may be asked for, as on older servers.
    Rows of which `hidden` says so are not there at all, as for a role that may not see them; those of which
    `hidden_from_search` says so are missing in searches only. Dates of conditions are read `dates_misread_by` later
    than they are written, as by a server with another zone.
    """

    latency: float = 0.0
    seconds_a_row: float = 0.0
    largest_page: int | None = None
    without_ticket_board: bool = False
    refuses_versions: bool = False
    hidden: RowTest = _none
    hidden_from_search: RowTest = _none
    dates_misread_by: timedelta = timedelta(0)
    _planned: list[_Planned] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault, *, matching: str = "", times: int | None = 1, after: int = 0) -> None:
        """Plan a fault for the next `times` matching requests (None: all), once `after` of them went well.

        `matching` is a regular expression that is searched in `GET /time/entries?page=2`, the query decoded.
        """
        with self._lock:
            self._planned.append(_Planned(fault, re.compile(matching), after, times))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._planned.clear()
            self.latency = self.seconds_a_row = 0.0
            self.largest_page = None
            self.without_ticket_board = self.refuses_versions = False
            self.hidden = self.hidden_from_search = _none
            self.dates_misread_by = timedelta(0)

    def hides_in(self, path: str) -> RowTest:
        """Which rows an answer to a request of that path leaves out."""
        if not path.endswith("/search"):
            return self.hidden
        return lambda row: self.hidden(row) or self.hidden_from_search(row)

    def strike(self, request: str) -> list[Fault]:
        """The faults for this request: every delay and happening that is due, and the first other one."""
        struck: list[Fault] = []
        with self._lock:
            for plan in list(self._planned):
                replaces = not isinstance(plan.fault, Delay | Happen)
                if not plan.pattern.search(request):
                    continue
                if plan.skip:
                    plan.skip -= 1
                elif not (replaces and any(not isinstance(fault, Delay | Happen) for fault in struck)):
                    struck.append(plan.fault)
                    if plan.left is not None:
                        plan.left -= 1
                        if plan.left == 0:
                            self._planned.remove(plan)
        return struck
