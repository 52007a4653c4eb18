"""What goes wrong on purpose: faults that are laid out in advance and strike the requests they are meant for.

What belongs here: which fault strikes which request. What does not: how the server acts it out (`wire`), and what only
one vendor does wrong.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a body of JSON unless another type is named."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"


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


@dataclass(slots=True)
class _Planned:
    fault: Fault
    pattern: re.Pattern[str]
    skip: int
    left: int | None


@dataclass(slots=True)
class FaultPlan:
    """The faults to come; may be changed while the server runs, from any thread.

    `latency` is added to every request, `seconds_a_row` for each row of an answer, in seconds.
    """

    latency: float = 0.0
    seconds_a_row: float = 0.0
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
