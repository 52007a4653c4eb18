"""What the assets work with: plain objects of the lower floors, made for one run and closed with it.

What belongs here: opening and closing. Nothing connects before a step asks for it, so that one vendor being out, or not
being configured, fails the steps of that vendor and no others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import dagster as dg

from qbr_pipeline.alerts.delivery import Destination, Sender, destinations_of
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.settings import SettingsError, settings
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.ninja.inventory import Inventory

Clock = Callable[[], datetime]
"""Says what time it is: an aware datetime."""

OpenConnectWise = Callable[[], ConnectWise]
"""Opens ConnectWise, once a run; SettingsError when it is not configured."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """Whom to tell and in whose name. `enabled`: the collection is on; nobody is told anything while it is not."""

    enabled: bool
    destinations: Sequence[Destination]
    sender: Sender

    @property
    def reason_for_silence(self) -> str | None:
        """Why nobody is told anything, if so."""
        if not self.enabled:
            return "QBR_COLLECTION_ENABLED is not true: nobody is alerted."
        return None if self.destinations else "QBR_ALERT_URLS names no destination."


def _database_url() -> str:
    url = settings().database_url
    if url is None:
        raise SettingsError(['QBR_DATABASE_URL is not set: run eval "$(qbr env)" in this shell first.'])
    return url


@dg.resource(description="The database that holds the qbr tables.")
def _database(_context: dg.InitResourceContext) -> Iterator[Database]:
    read = settings()
    opened = open_database(_database_url(), timezone=read.timezone, schema=read.database_schema)
    with closing(opened) as database:
        yield database


@dg.resource(description="Opens ConnectWise with the credentials of the environment.")
def _connectwise(_context: dg.InitResourceContext) -> Iterator[OpenConnectWise]:
    with ExitStack() as opened:
        yield cache(lambda: opened.enter_context(ConnectWise(settings().connectwise)))


@dg.resource(description="The inventory database, read only.")
def _inventory(_context: dg.InitResourceContext) -> Iterator[Inventory]:
    yield Inventory(settings().inventory_database_url or _database_url())


@dg.resource(description="The time of day.")
def _clock(_context: dg.InitResourceContext) -> Clock:
    return lambda: datetime.now(UTC)


@dg.resource(description="Whom to alert, as QBR_ALERT_URLS says.")
def _alerting(_context: dg.InitResourceContext) -> Alerting:
    read = settings()
    sender = Sender(read.organization_name, Links.of(read))
    return Alerting(read.collection_enabled, destinations_of(read), sender)


RESOURCES: Mapping[str, dg.ResourceDefinition] = {
    "database": _database,
    "connectwise": _connectwise,
    "inventory": _inventory,
    "clock": _clock,
    "alerting": _alerting,
}
