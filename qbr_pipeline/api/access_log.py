"""The access log: a line of JSON for each request, in which no configured key ever stands.

What belongs here: what a line holds. What does not: where it goes (`QBR_LOG_FILE`, or the application's own logging).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable

from flask import Request

from qbr_pipeline.settings import ApiKey

MOST_OF_A_PATH = 200
MOST_REJECTIONS = 300
"""Of requests that are rejected so many lines a minute; then a line says how many there were beyond."""

log = logging.getLogger("qbr_pipeline.api.access")


class Allowance:
    """So many lines a minute, and how many there would have been. `clock`: seconds of any beginning. Thread-safe."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._minute, self._seen = self._this_minute(), 0

    def spend(self) -> tuple[bool, int]:
        """Whether a line may be written, and how many were not in the minute that has just ended."""
        with self._lock:
            minute, left_out = self._this_minute(), 0
            if minute != self._minute:
                left_out = max(0, self._seen - self._most)
                self._minute, self._seen = minute, 0
            self._seen += 1
            return self._seen <= self._most, left_out

    def _this_minute(self) -> int:
        return int(self._clock() // 60)


_rejections = Allowance(MOST_REJECTIONS)


def may_log_rejection() -> bool:
    """Whether the line of one more rejected request is written; who is flooded with them keeps a log to read."""
    allowed, left_out = _rejections.spend()
    if left_out:
        log.warning("%d more requests were rejected within a minute", left_out)
    return allowed


def redacted(text: str, keys: Iterable[ApiKey]) -> str:
    """`text` without any of `keys`, wherever somebody put it: into a path, a method, a request id."""
    for each in keys:
        text = text.replace(each.key.get_secret_value(), "[key]")
    return text


def write(
    request: Request,
    keys: Iterable[ApiKey],
    *,
    request_id: str,
    status: int,
    milliseconds: float,
    key_name: str | None,
) -> None:
    """One line. What is cut short is so after keys are taken out: half a key is a secret too."""
    if 400 <= status < 500 and not may_log_rejection():
        return
    log.info(
        "%s",
        json.dumps(
            {
                "request_id": redacted(request_id, keys),
                "method": redacted(request.method, keys)[:20],
                "path": redacted(request.path, keys)[:MOST_OF_A_PATH],
                "status": status,
                "milliseconds": round(milliseconds, 1),
                "key": key_name,
                "address": request.remote_addr,
            }
        ),
    )
