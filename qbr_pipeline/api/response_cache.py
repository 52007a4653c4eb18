"""Answers that were given before, given again as long as the database stands exactly as it did then.

What belongs here: keeping the text of an answer beside the state of the database that it was read in. What does
not: telling that state (`store.database.state`), which every request asks for before anything else.

Why none is ever stale. An answer is made of three things: the question, the data, and the clock.

- The question is the endpoint, the organization and every parameter: two organizations, two moments `as_of`, with
  and without a vendor each have their own. Who asks makes no difference, and is asked for before. Only answers of
  JSON with status 200 are kept; HEAD gets the same without its body, and files are never kept.
- The state holds `pg_current_snapshot()`: which transactions of the whole server have ended. How one ended never
  changes, so where the same ones have, the same rows are seen: values, thresholds, vendors, organizations, whoever
  wrote them. One in progress, or prepared, is in it as such, and its commit makes another snapshot: whoever has the
  answer to a write has it seen by every later request.
- An answer is read after the state was asked for, so it is as new as its label or newer; and as ended transactions
  stay ended, a label that has passed does not come back.
- Two things could bring one back. A server that crashed may give out again the numbers of transactions whose ends
  had not reached the disk: so the state holds how far the log is flushed, which is further on after any recovery. A
  server that was restored, or another at the same address, may be anywhere: so it holds when the server started.
- On a hot standby a snapshot does not list what is in progress: there every state is another one, and no answer is
  given twice.
- The clock matters by the month that it is in, in the business time zone (what is over, provisional, or has begun):
  the business date is part of the question. An answer that becomes another one by itself at some moment, as when an
  acknowledgement ends, says so and is given until then. That `as_of` is not of the future is checked before an
  answer is first given, and stays true. Settings are those that the application was made with.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

_OVERHEAD = 1_000
"""Bytes that an entry takes beside its texts, about."""


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """The text of an answer, and its ETag, if it has one."""

    text: bytes
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer as it was read in a state of the database, and how many bytes it takes with its question, about.

    `until` (aware): when it becomes another one by itself; None: never.
    """

    state: str
    answer: CachedAnswer
    size: int
    until: datetime | None


@dataclass
class ResponseCache:
    """The answers that were asked for last, as many as take `most_bytes`, each to one question. Safe among threads."""

    most_bytes: int = 32_000_000
    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, question: Hashable, state: str, now: datetime) -> CachedAnswer | None:
        """The answer to `question` if it was given in this state of the database and holds at `now` (aware)."""
        with self._lock:
            kept = self._kept.get(question)
            if kept is None or kept.state != state or (kept.until is not None and kept.until <= now):
                return None
            self._kept.move_to_end(question)
            return kept.answer

    def set(
        self, question: Hashable, state: str, answer: CachedAnswer, until: datetime | None = None
    ) -> None:
        """Keep an answer that was read in `state` or, if something was committed meanwhile, in a later one.

        `until` (aware): when it becomes another one by itself. One that alone takes more than all may is not kept.
        """
        size = _OVERHEAD + len(repr(question)) + len(state) + len(answer.text)
        new = _Kept(state, answer, size, until)
        with self._lock:
            self._forget(question)
            if new.size > self.most_bytes:
                return
            self._kept[question] = new
            self._size += new.size
            while self._size > self.most_bytes:
                self._forget(next(iter(self._kept)))

    def _forget(self, question: Hashable) -> None:
        old = self._kept.pop(question, None)
        self._size -= old.size if old else 0
