"""Watching over the daemon from another process: a daemon that is dead reports nothing.

What belongs here: one look, and looking again and again beside a server. Whoever looks also sends what is due.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from qbr_pipeline.alerts.delivery import Delivered, Destination, Sender, deliver
from qbr_pipeline.alerts.detection import Audience, detect_missing_night
from qbr_pipeline.store.database import Database

EVERY = timedelta(minutes=10)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look has shown: whether a night is missing, and what was sent."""

    night_is_missing: bool
    delivered: Delivered


@dataclass(frozen=True, slots=True)
class NightWatch:
    """Looks whether collections begin. `since`: when it began to look, None where only the log tells; aware.

    `last_night` says for when the schedule asked for a collection last, aware; None: it never did.
    """

    database: Database
    destinations: Sequence[Destination]
    sender: Sender
    clock: Callable[[], datetime]
    since: datetime | None = None
    last_night: Callable[[], datetime | None] = lambda: None

    def look(self) -> Sight:
        """Notice a night without a collection, and send what is due; SQLAlchemyError when the database is away."""
        audience = Audience([each.label for each in self.destinations], self.sender.links)
        missing = detect_missing_night(self.database, audience, self.clock(), self.since, self.last_night())
        return Sight(missing, deliver(self.database, self.destinations, self.sender, self.clock))

    @contextmanager
    def awake(self, every: timedelta = EVERY) -> Iterator[None]:
        """Look again and again in a thread of its own until the end of the block; a look that fails is logged."""
        done = threading.Event()
        thread = threading.Thread(
            target=self._stay_awake, args=(done, every), name="night watch", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(timeout=1)

    def _stay_awake(self, done: threading.Event, every: timedelta) -> None:
        while not done.wait(every.total_seconds()):
            try:
                self.look()
            except SQLAlchemyError as error:
                _log.warning("The night watch could not query the database: %s", type(error).__name__)
            except Exception:  # noqa: BLE001  a watch that ends is one that nobody misses until it is needed
                _log.exception("The night watch could not check the night; it checks again in %s.", every)
