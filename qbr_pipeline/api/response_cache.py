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
  the business date is part of the question. That `as_of` is not of the future is checked before an answer is first
  given, and stays true. Settings are those that the application was made with.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass
class ResponseCache:
    """The `most` answers that were asked for last, each to one question. Safe among threads."""

    most: int = 500
    _kept: OrderedDict[Hashable, tuple[str, str]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, question: Hashable, state: str) -> str | None:
        """The answer to `question` if it was given in this state of the database."""
        with self._lock:
            then, text = self._kept.get(question, (None, None))
            if then != state:
                return None
            self._kept.move_to_end(question)
            return text

    def set(self, question: Hashable, state: str, text: str) -> None:
        """Keep an answer that was read in `state` or, if something was committed meanwhile, in a later one."""
        with self._lock:
            self._kept[question] = (state, text)
            self._kept.move_to_end(question)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
