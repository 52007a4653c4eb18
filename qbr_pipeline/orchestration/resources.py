"""What the assets work with: plain objects of the lower floors, made for one run and closed with it.

What belongs here: opening and closing, and which settings the UI shows of it: never a secret. Nothing connects before a
step asks for it, so that one vendor being out, or not being configured, fails the steps of that vendor and no others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import Field
from sqlalchemy.engine import make_url

from qbr_pipeline.alerts.delivery import Destination, Sender, destinations_of
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.orchestration.run_host import note_host
from qbr_pipeline.settings import Settings, SettingsError, settings
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.quickbooks.firm import FirmBooks

Clock = Callable[[], datetime]
"""Says what time it is: an aware datetime."""

OpenConnectWise = Callable[[], ConnectWise]
"""Opens ConnectWise, once a run; SettingsError when it is not configured."""


OpenNinja = Callable[[], NinjaOne]
"""Opens NinjaOne's API, once a run; SettingsError when it is not configured."""

OpenFirmBooks = Callable[[Database], FirmBooks]
"""Opens the firm's books in QuickBooks, once a run; SettingsError, and what their consent raises."""


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


class DatabaseResource(dg.ConfigurableResource[Database]):
    """The database that holds the qbr tables. Its user and password are not shown."""

    address: str | None = Field(description="QBR_DATABASE_URL: host, port and name.")
    schema_name: str | None = Field(description="QBR_DATABASE_SCHEMA: the schema of our tables.")
    timezone: str = Field(description="QBR_TIMEZONE: where a month begins.")

    @classmethod
    def of(cls, read: Settings) -> "DatabaseResource":
        """As the settings have it."""
        return cls(
            address=_address(read.database_url),
            schema_name=read.database_schema,
            timezone=read.timezone.key,
        )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Database]:
        """The database, which connects at the first use and is closed after the run.

        Every run of ours has it: so a run says here where it is.
        """
        note_host(context)
        opened = open_database(_database_url(), timezone=ZoneInfo(self.timezone), schema=self.schema_name)
        with closing(opened) as database:
            yield database


class ConnectWiseResource(dg.ConfigurableResource[OpenConnectWise]):
    """Opens ConnectWise with the keys of the environment, which are not shown."""

    server: str | None = Field(description="CONNECTWISE_SERVER.")
    company_id: str | None = Field(description="CONNECTWISE_COMPANY_ID.")
    page_size: int = Field(description="QBR_CONNECTWISE_PAGE_SIZE: rows in one answer.")
    reactive_boards: list[str] = Field(description="QBR_REACTIVE_BOARDS: the boards that count.")
    closed_statuses: list[str] = Field(description="QBR_CLOSED_STATUSES: what counts as closed.")

    @classmethod
    def of(cls, read: Settings) -> "ConnectWiseResource":
        """As the settings have it."""
        return cls(
            server=read.connectwise_server,
            company_id=read.connectwise_company_id,
            page_size=read.connectwise_page_size,
            reactive_boards=list(read.reactive_boards),
            closed_statuses=["auto"] if read.closed_statuses is None else list(read.closed_statuses),
        )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[OpenConnectWise]:
        """What opens it at the first call, and closes it after the run."""
        with ExitStack() as opened:
            yield cache(lambda: opened.enter_context(ConnectWise(settings().connectwise)))


class NinjaResource(dg.ConfigurableResource[OpenNinja]):
    """Opens NinjaOne's API with the client app of the environment, whose id and secret are not shown."""

    server: str | None = Field(description="NINJA_SERVER.")
    counted_source: str = Field(description="QBR_DEVICE_SOURCE: where the devices are read that count.")
    compared_source: str | None = Field(description="The other source, where it is configured.")

    @classmethod
    def of(cls, read: Settings) -> "NinjaResource":
        """As the settings have it."""
        compared = read.compared_device_source
        return cls(
            server=read.ninja_server,
            counted_source=read.counted_device_source.value,
            compared_source=compared.value if compared else None,
        )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[OpenNinja]:
        """What opens it at the first call, and closes it after the run."""
        with ExitStack() as opened:
            yield cache(lambda: opened.enter_context(NinjaOne(settings().ninja)))


class QuickBooksResource(dg.ConfigurableResource[OpenFirmBooks]):
    """Opens the books that the firm has consented to be read, with the app of the environment, which is not shown."""

    environment: str = Field(description="QUICKBOOKS_ENVIRONMENT: whose keys they are.")

    @classmethod
    def of(cls, read: Settings) -> "QuickBooksResource":
        """As the settings have it."""
        return cls(environment=read.quickbooks_environment)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[OpenFirmBooks]:
        """What opens them at the first call, and closes them after the run."""
        with ExitStack() as opened:
            yield cache(lambda database: opened.enter_context(FirmBooks(database, settings().quickbooks)))


class InventoryResource(dg.ConfigurableResource[Inventory]):
    """The inventory database, read only. Its user and password are not shown."""

    address: str | None = Field(description="QBR_INVENTORY_DATABASE_URL: host, port and name.")
    excluded_organizations: list[str] = Field(description="QBR_EXCLUDED_ORGANIZATIONS: no clients.")

    @classmethod
    def of(cls, read: Settings) -> "InventoryResource":
        """As the settings have it."""
        return cls(
            address=_address(read.inventory_database_url),
            excluded_organizations=list(read.excluded_organizations),
        )

    def create_resource(self, context: dg.InitResourceContext) -> Inventory:
        """The inventory, which connects at the first use."""
        return Inventory(settings().inventory_database_url or _database_url())


class ClockResource(dg.ConfigurableResource[Clock]):
    """The time of day."""

    def create_resource(self, context: dg.InitResourceContext) -> Clock:
        """The clock of this machine."""
        return lambda: datetime.now(UTC)


class AlertingResource(dg.ConfigurableResource[Alerting]):
    """Whom to alert. The addresses of QBR_ALERT_URLS may hold passwords: only how many there are is shown."""

    collection_enabled: bool = Field(description="QBR_COLLECTION_ENABLED: nobody is alerted while it is off.")
    destinations: int = Field(description="QBR_ALERT_URLS: how many destinations there are.")
    public_url: str | None = Field(description="QBR_PUBLIC_URL: the pages that alerts link to.")
    dagster_url: str | None = Field(description="QBR_DAGSTER_URL: the runs that alerts link to.")

    @classmethod
    def of(cls, read: Settings) -> "AlertingResource":
        """As the settings have it."""
        return cls(
            collection_enabled=read.collection_enabled,
            destinations=len(destinations_of(read)),
            public_url=read.public_url,
            dagster_url=read.dagster_url,
        )

    def create_resource(self, context: dg.InitResourceContext) -> Alerting:
        """Who is told, and in whose name."""
        read = settings()
        sender = Sender(read.organization_name, Links(self.public_url, self.dagster_url))
        return Alerting(self.collection_enabled, destinations_of(read), sender)


def resources(read: Settings) -> Mapping[str, Any]:
    """What the assets, checks and sensors of an installation with these settings work with, by name."""
    return {
        "database": DatabaseResource.of(read),
        "connectwise": ConnectWiseResource.of(read),
        "ninja": NinjaResource.of(read),
        **({"firm_books": QuickBooksResource.of(read)} if read.names_quickbooks else {}),
        "inventory": InventoryResource.of(read),
        "clock": ClockResource(),
        "alerting": AlertingResource.of(read),
    }


def _address(url: str | None) -> str | None:
    """Where a database is, without who logs in."""
    if url is None:
        return None
    parts = make_url(url)
    host = parts.host or parts.query.get("host") or "localhost"
    return f"{host}:{parts.port or 5432}/{parts.database}"


def _database_url() -> str:
    url = settings().database_url
    if url is None:
        raise SettingsError(['QBR_DATABASE_URL is not set: run eval "$(qbr env)" in this shell first.'])
    return url
