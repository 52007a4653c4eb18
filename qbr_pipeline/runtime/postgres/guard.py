"""Somebody who watches the embedded server: it is started again when it was killed, or a full disk has room again.

What belongs here: when to start it, and when to give up. What does not: starting it (`embedded`).
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from qbr_pipeline.runtime.postgres.embedded import (
    EmbeddedServer,
    EmbeddedServerError,
    find_running,
    is_counted,
    start_embedded,
)

MOST_STARTS = 5
WITHIN_SECONDS = 600
"""So many starts within so much time: one more, and something is wrong that no start mends."""

LEAST_BYTES = 64 * 1024**2
"""Free bytes without which a start is not tried: recovery after a crash writes."""

_AFTERWARDS_SECONDS = 120
_LOG_EVERY_SECONDS = 60
_LOOK_EVERY_SECONDS = 1

log = logging.getLogger(__name__)


class ServerState(Enum):
    """How the server was found. RETURNED: it runs, and did not a short while ago."""

    RUNS = "runs"
    RETURNED = "returned"
    AWAY = "away"


class Guard:
    """Watches one embedded server; None: there is none to watch, and all is well."""

    def __init__(
        self,
        server: EmbeddedServer | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        free_bytes: Callable[[Path], int] = lambda home: shutil.disk_usage(home).free,
        start: Callable[..., EmbeddedServer] = start_embedded,
    ) -> None:
        self._home = server.home if server else None
        self._clock, self._free_bytes, self._start = clock, free_bytes, start
        self._starts: deque[float] = deque()
        self._seen_away: float | None = None
        self._logged: float | None = None

    def look(self) -> ServerState:
        """Start the server when it does not run; EmbeddedServerError when that was done too often."""
        if self._home is None:
            return ServerState.RUNS
        if find_running(self._home) is None:
            self._seen_away = self._clock()
            if not self._restart(self._home):
                return ServerState.AWAY
        is_recent = self._seen_away is not None and self._clock() - self._seen_away < _AFTERWARDS_SECONDS
        return ServerState.RETURNED if is_recent else ServerState.RUNS

    def _restart(self, home: Path) -> bool:
        free = self._free_bytes(home)
        if free < LEAST_BYTES:
            self._log_now_and_then(
                f"The embedded PostgreSQL below {home} has ended, and the disk has {free // 1024**2} MB left: it is "
                f"started again once there are {LEAST_BYTES // 1024**2} MB."
            )
            return False
        now = self._clock()
        while self._starts and now - self._starts[0] > WITHIN_SECONDS:
            self._starts.popleft()
        if len(self._starts) >= MOST_STARTS:
            raise EmbeddedServerError(
                f"the embedded PostgreSQL below {home} ended {MOST_STARTS + 1} times within "
                f"{WITHIN_SECONDS // 60} minutes: see {home / 'postgres' / 'log'}"
            )
        self._starts.append(now)
        log.error("The embedded PostgreSQL below %s has ended: it is started again.", home)
        try:
            self._start(home, keep_running=not is_counted(home))
        except EmbeddedServerError as error:
            log.error("%s", error)  # noqa: TRY400 - a sentence says it all
            return False
        return True

    def _log_now_and_then(self, sentence: str) -> None:
        now = self._clock()
        if self._logged is None or now - self._logged >= _LOG_EVERY_SECONDS:
            self._logged = now
            log.error(sentence)


@contextmanager
def guarded(server: EmbeddedServer | None) -> Iterator[None]:
    """Watch over the server meanwhile, in a thread.

    When nothing helps, this process is sent SIGTERM, and EmbeddedServerError is raised at the end of the block.
    """
    enough = threading.Event()
    given_up: list[EmbeddedServerError] = []
    guard = Guard(server)

    def watch() -> None:
        while not enough.wait(_LOOK_EVERY_SECONDS):
            try:
                guard.look()
            except EmbeddedServerError as error:
                given_up.append(error)
                os.kill(os.getpid(), signal.SIGTERM)
                return

    thread = threading.Thread(target=watch, name="qbr-postgres-guard", daemon=True)
    if server is not None:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        if server is not None:
            thread.join()
    if given_up:
        raise given_up[0]
