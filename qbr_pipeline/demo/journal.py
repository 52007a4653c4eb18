"""The requests that a server was sent, for tests and benchmarks to count."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its path below that of the API, or the whole path when it is not below that, and what it got.

    The names of `headers` are in lower case. `status` is None when the connection was dropped.
    """

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    status: int | None


class Journal:
    """The number of requests by path, and the last ten thousand of them, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last: deque[Request] = deque(maxlen=_KEPT)

    def note(self, request: Request) -> None:
        """Write a request down."""
        with self._lock:
            self._counts[request.path] += 1
            self._last.append(request)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counts.clear()
            self._last.clear()

    def counts(self) -> dict[str, int]:
        """The number of requests by path."""
        with self._lock:
            return dict(self._counts)

    @property
    def total(self) -> int:
        """The number of requests."""
        return sum(self.counts().values())

    @property
    def last(self) -> list[Request]:
        """The last ten thousand requests, oldest first."""
        with self._lock:
            return list(self._last)
