"""The way to the destinations, by Apprise. A destination that does not answer is tried again, and holds up no other.

What belongs here: sending what is due and marking it. An address holds secrets: it is neither logged nor stored; a
destination is known by its label.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from qbr_pipeline.alerts.links import Links
from qbr_pipeline.alerts.messages import as_html, digest
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.alerts.outbox import claim, mark
from qbr_pipeline.store.database import Database

MOST_IN_ONE = 20
"""So many alerts are one message at the most; the others follow in the next."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where alerts go."""

    url: SecretStr

    @property
    def label(self) -> str:
        """The same for the same address always, and nothing of it but its kind: `mailtos-0f3a…`."""
        address = self.url.get_secret_value()
        kind = "".join(letter for letter in address.partition("://")[0] if letter.isalnum())[:20]
        return f"{kind}-{sha256(address.encode()).hexdigest()[:12]}"

    @property
    def is_understood(self) -> bool:
        """Whether Apprise knows what to do with the address; it is not asked to do it."""
        return _server(self) is not None


@dataclass(frozen=True, slots=True)
class Sender:
    """What goes into every message, beside the alerts."""

    organization: str
    links: Links


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many alerts were delivered somewhere, and how many have to be tried again."""

    arrived: int = 0
    failed: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(self.arrived + other.arrived, self.failed + other.failed)


def destinations_of(read: Settings) -> tuple[Destination, ...]:
    """Those of QBR_ALERT_URLS; the demo has none, whatever it says."""
    return () if read.demo else tuple(Destination(url) for url in read.alert_urls)


def deliver(
    db: Database, destinations: Sequence[Destination], sender: Sender, clock: Callable[[], datetime]
) -> Delivered:
    """Send what is due, to every destination at the same time: one message of errors, one digest each.

    `clock` says the aware time. An alert is marked after it has arrived: between the two lies the only moment at which
    an end of the process makes it arrive twice.
    """
    if not destinations:
        return Delivered()
    with ThreadPoolExecutor(len(destinations)) as pool:
        done = pool.map(lambda destination: _deliver_to(db, destination, sender, clock), destinations)
        return sum(done, Delivered())


def _deliver_to(
    db: Database, destination: Destination, sender: Sender, clock: Callable[[], datetime]
) -> Delivered:
    result = Delivered()
    for urgent in (True, False):
        due = claim(db, destination.label, clock(), urgent=urgent, limit=MOST_IN_ONE)
        if not due:
            continue
        title, body = digest([each.alert for each in due], sender.organization, sender.links)
        if send(destination, title, body):
            mark(db, due, clock())
            result += Delivered(arrived=len(due))
        else:
            tries = max(each.attempts for each in due)
            _log.warning("%s did not accept %d alerts, attempt %d.", destination.label, len(due), tries)
            result += Delivered(failed=len(due))
    return result


def send(destination: Destination, title: str, body: str) -> bool:
    """Send one message; whether the destination took it. Long ones are split, not cut."""
    server = _server(destination)
    if server is None:
        _log.error("%s: Apprise does not understand this address of QBR_ALERT_URLS.", destination.label)
        return False
    server.overflow_mode = _apprise().OverflowMode.SPLIT
    form = _apprise().NotifyFormat
    # Apprise itself would leave no space for a line of HTML to break at.
    is_html = server.resolve_format(form.TEXT) is form.HTML
    text, kind = (as_html(body), form.HTML) if is_html else (body, form.TEXT)
    try:
        return bool(server.notify(title=title, body=text, body_format=kind))
    except Exception as error:  # noqa: BLE001  a destination that breaks must not keep the others from hearing
        _log.error("%s: sending failed with %s.", destination.label, type(error).__name__)
        return False


def _server(destination: Destination) -> Any:
    return _apprise().Apprise.instantiate(destination.url.get_secret_value(), suppress_exceptions=True)


def _apprise() -> Any:
    """Imported where something is sent: a run that sends nothing shall not wait for it."""
    import apprise  # noqa: PLC0415

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings may quote an address
    return apprise
