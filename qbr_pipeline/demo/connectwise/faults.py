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
