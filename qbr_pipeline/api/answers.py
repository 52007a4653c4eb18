"""Answers that were given before, given again as long as the database stands exactly as it did then.

What belongs here: keeping the text of an answer beside the state of the database that it was read in. What does
not: telling that state (`store.database.state`), which is asked for with every request, so that nothing goes stale.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass
class Answers:
    """The `most` answers that were asked for last, each to one question. Safe among threads."""

    most: int = 500
    _kept: OrderedDict[Hashable, tuple[str, str]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def again(self, question: Hashable, state: str) -> str | None:
        """The answer to `question` if it was given in this state of the database."""
        with self._lock:
            then, text = self._kept.get(question, (None, None))
            if then != state:
                return None
            self._kept.move_to_end(question)
            return text

    def keep(self, question: Hashable, state: str, text: str) -> None:
        """Keep an answer that was read in `state` or, if something was committed meanwhile, in a later one."""
        with self._lock:
            self._kept[question] = (state, text)
            self._kept.move_to_end(question)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
