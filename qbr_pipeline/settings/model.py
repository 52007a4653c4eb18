"""Every environment variable of the project, read and checked once.

What belongs here: names, defaults, what is expected of a value, and the sentence for one that is wrong.
What does not: connecting to anything. A secret never appears in a message of this module.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.engine import URL

from qbr_pipeline.periods import Month
from qbr_pipeline.settings import addresses, keys, schedule, texts
from qbr_pipeline.settings.texts import HiddenValueError

CHECKOUT = Path(__file__).resolve().parents[2]
_DISPLAY_LENGTH = 80
CONNECTWISE_VARIABLES = (
    "CONNECTWISE_SERVER",
    "CONNECTWISE_COMPANY_ID",
    "CONNECTWISE_PUBLIC_KEY",
    "CONNECTWISE_PRIVATE_KEY",
    "CONNECTWISE_CLIENT_ID",
)


class SettingsError(ValueError):
    """One or more settings are missing or wrong; `faults` holds one sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class ConnectWiseAccess:
    """How to reach ConnectWise. `server` is a URL with a scheme and no slash at its end."""

    server: str
    company_id: str
    public_key: SecretStr
    private_key: SecretStr
    client_id: SecretStr


class Role(StrEnum):
    """What the holder of an API key may do; who may write may read too."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key to the API. `name` says whose it is; it is kept beside what the key's holder enters."""

    key: SecretStr
    name: str
    role: Role


def _api_keys(text: str) -> tuple[ApiKey, ...]:
    return tuple(ApiKey(SecretStr(key), name, Role(role)) for key, name, role in keys.api_keys(text))


def _destinations(text: str) -> tuple[SecretStr, ...]:
    return tuple(SecretStr(url) for url in texts.secret_names(text))


DatabaseUrl = Annotated[str, BeforeValidator(addresses.normalise_database_url)]
Key = Annotated[SecretStr, BeforeValidator(keys.key)]
Place = Annotated[Path, BeforeValidator(texts.path)]
Text = Annotated[str, BeforeValidator(texts.plain_text)]
Truth = Annotated[bool, BeforeValidator(texts.true_or_false)]
WholeNumber = Annotated[int, BeforeValidator(texts.whole_number)]


class Settings(BaseModel):
    """The settings of one process. Field by field: the variable, its default, and what is expected of it."""

    model_config = ConfigDict(
        frozen=True, arbitrary_types_allowed=True, extra="ignore", hide_input_in_errors=True
    )

    qbr_database_url: DatabaseUrl | None = Field(
        None,
        alias="QBR_DATABASE_URL",
        description="a URL such as postgresql://user:password@host:5432/database",
    )
    pg_database: Annotated[str, BeforeValidator(addresses.database_name)] | None = Field(
        None, alias="PGDATABASE", description="the name of a database"
    )
    pg_host: Annotated[str, BeforeValidator(addresses.database_host)] | None = Field(
        None, alias="PGHOST", description="a host name or a socket directory"
    )
    pg_port: WholeNumber = Field(5432, alias="PGPORT", ge=1, le=65535, description="a port number")
    pg_user: Text | None = Field(None, alias="PGUSER", description="the name of a database user")
    pg_password: Annotated[SecretStr, BeforeValidator(texts.secret)] | None = Field(
        None, alias="PGPASSWORD", description="a password"
    )
    qbr_inventory_database_url: DatabaseUrl | None = Field(
        None,
        alias="QBR_INVENTORY_DATABASE_URL",
        description="a URL such as postgresql://user:password@host:5432/database",
    )
    dagster_postgres_url: DatabaseUrl | None = Field(
        None,
        alias="DAGSTER_POSTGRES_URL",
        description="a URL such as postgresql://user:password@host:5432/dagster",
    )
    configured_home: Place | None = Field(None, alias="QBR_HOME", description="a directory")

    connectwise_server: Annotated[str, BeforeValidator(addresses.server_url)] | None = Field(
        None,
        alias="CONNECTWISE_SERVER",
        description="a host such as na.myconnectwise.net, or a URL with https (http only on this machine)",
    )
    connectwise_company_id: Text | None = Field(
        None, alias="CONNECTWISE_COMPANY_ID", description="a company id"
    )
    connectwise_public_key: Key | None = Field(
        None, alias="CONNECTWISE_PUBLIC_KEY", description="the public key of an API member"
    )
    connectwise_private_key: Key | None = Field(
        None, alias="CONNECTWISE_PRIVATE_KEY", description="the private key of an API member"
    )
    connectwise_client_id: Key | None = Field(
        None, alias="CONNECTWISE_CLIENT_ID", description="the client id of the integration"
    )
    reactive_boards: Annotated[tuple[str, ...], BeforeValidator(texts.condition_names)] = Field(
        ("Help Desk",),
        alias="QBR_REACTIVE_BOARDS",
        description='a JSON list of board names without double quotes, such as ["Help Desk"]',
    )
    closed_statuses: Annotated[tuple[str, ...], BeforeValidator(texts.condition_names)] = Field(
        (">Closed", ">Closed - No response", "Closed"),
        alias="QBR_CLOSED_STATUSES",
        description='a JSON list of status names without double quotes, such as [">Closed", "Closed"]',
    )
    excluded_organizations: Annotated[tuple[str, ...], BeforeValidator(texts.names)] = Field(
        (),
        alias="QBR_EXCLUDED_ORGANIZATIONS",
        description='a JSON list of organization names, such as ["My MSP LLC"]',
    )

    timezone: Annotated[ZoneInfo, BeforeValidator(schedule.timezone)] = Field(
        ZoneInfo("America/Chicago"),
        alias="QBR_TIMEZONE",
        description="the IANA name of a time zone, such as America/Chicago",
    )
    schedule_cron: Annotated[str, BeforeValidator(schedule.cron)] = Field(
        "30 22 * * *",
        alias="QBR_SCHEDULE_CRON",
        description="a cron expression of five fields, such as 30 22 * * *",
    )
    months_to_collect: WholeNumber = Field(
        13, alias="QBR_MONTHS_TO_COLLECT", ge=1, le=120, description="a number of months from 1 to 120"
    )
    start_month: Annotated[Month, BeforeValidator(Month.parse)] = Field(
        Month(2024, 1), alias="QBR_START_MONTH", description="a month such as 2024-01"
    )
    collection_enabled: Truth = Field(False, alias="QBR_COLLECTION_ENABLED", description="true or false")
    inputs_due_day: WholeNumber = Field(
        10, alias="QBR_INPUTS_DUE_DAY", ge=1, le=28, description="a day of the month from 1 to 28"
    )
    organization_name: Text = Field(
        "My MSP",
        alias="QBR_ORGANIZATION_NAME",
        min_length=1,
        max_length=100,
        description="a name of at most 100 letters",
    )
    api_host: Annotated[str, BeforeValidator(addresses.bind_host)] = Field(
        "127.0.0.1", alias="QBR_API_HOST", description="the address to serve the API on, such as 127.0.0.1"
    )
    api_port: WholeNumber = Field(5400, alias="QBR_API_PORT", ge=1, le=65535, description="a port number")
    trusted_proxy: Annotated[str, BeforeValidator(addresses.address)] | None = Field(
        None, alias="QBR_TRUSTED_PROXY", description="the IP address of a reverse proxy, such as 127.0.0.1"
    )
    api_keys: Annotated[tuple[ApiKey, ...], BeforeValidator(_api_keys)] = Field(
        (),
        alias="QBR_API_KEYS",
        description='a JSON object from key to name and role, such as {"KEY": {"name": "Ann", "role": "read"}}, '
        "the role read or write",
    )
    session_secret: Annotated[SecretStr, BeforeValidator(keys.session_secret)] | None = Field(
        None, alias="QBR_SESSION_SECRET", description="a random text of at least 32 characters"
    )
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(addresses.origins)] = Field(
        (),
        alias="QBR_CORS_ORIGINS",
        description='a JSON list of origins, such as ["https://qbr.example.com"]',
    )
    alert_urls: Annotated[tuple[SecretStr, ...], BeforeValidator(_destinations)] = Field(
        (),
        alias="QBR_ALERT_URLS",
        description='a JSON list of Apprise URLs, such as ["mailtos://user:password@example.com"]',
    )
    public_url: Annotated[str, BeforeValidator(addresses.page_url)] | None = Field(
        None, alias="QBR_PUBLIC_URL", description="the address of the pages, such as https://qbr.example.com"
    )
    dagster_url: Annotated[str, BeforeValidator(addresses.page_url)] | None = Field(
        None,
        alias="QBR_DAGSTER_URL",
        description="the address of the Dagster UI, such as https://dagster.example.com",
    )
    log_file: Place | None = Field(None, alias="QBR_LOG_FILE", description="a file")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(texts.upper)] = Field(
        "INFO", alias="QBR_LOG_LEVEL", description="one of DEBUG, INFO, WARNING and ERROR"
    )
    demo: Truth = Field(
        False, alias="QBR_DEMO", description="true or false (set by qbr demo for its own processes)"
    )

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """The settings that `environment` holds; an empty variable counts as one that is not set.

        Raises SettingsError with a sentence for each fault.
        """
        present = {name: value for name, value in environment.items() if value.strip()}
        try:
            return cls.model_validate(present)
        except ValidationError as error:
            faults = {str(fault["loc"][0]): fault for fault in error.errors()}
            raise SettingsError(
                [cls._fault(name, present[name], fault) for name, fault in faults.items()]
            ) from None

    @classmethod
    def _fault(cls, variable: str, held: str, fault: ErrorDetails) -> str:
        field = next(field for field in cls.model_fields.values() if field.alias == variable)
        cause = fault.get("ctx", {}).get("error")
        display = str(cause) if isinstance(cause, HiddenValueError) else _display(held)
        return f"{variable} holds {display}: expected {field.description}."

    @property
    def home(self) -> Path:
        """Where the embedded server, Dagster's local files and logs live; an absolute path."""
        if self.configured_home is not None:
            return self.configured_home.resolve()
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            return Path("/var/lib/qbr")
        checkout = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
        return checkout / ".qbr"

    @property
    def database_url(self) -> str | None:
        """Where the qbr tables live; None means the embedded server."""
        if self.qbr_database_url is not None:
            return self.qbr_database_url
        if self.pg_database is None:
            return None
        password = self.pg_password.get_secret_value() if self.pg_password else None
        in_socket_directory = self.pg_host is not None and self.pg_host.startswith("/")
        return URL.create(
            "postgresql+psycopg2",
            username=self.pg_user,
            password=password,
            host=None if in_socket_directory else self.pg_host,
            port=self.pg_port,
            database=self.pg_database,
            query={"host": self.pg_host} if in_socket_directory and self.pg_host else {},
        ).render_as_string(hide_password=False)

    @property
    def inventory_database_url(self) -> str | None:
        """Where `device_snapshot` lives; None means the embedded server."""
        return self.qbr_inventory_database_url or self.database_url

    @property
    def connectwise(self) -> ConnectWiseAccess:
        """Access to ConnectWise; SettingsError names every variable of it that is not set."""
        if (
            self.connectwise_server is None
            or self.connectwise_company_id is None
            or self.connectwise_public_key is None
            or self.connectwise_private_key is None
            or self.connectwise_client_id is None
        ):
            raise SettingsError(self._not_set(CONNECTWISE_VARIABLES))
        return ConnectWiseAccess(
            self.connectwise_server,
            self.connectwise_company_id,
            self.connectwise_public_key,
            self.connectwise_private_key,
            self.connectwise_client_id,
        )

    def missing_vendors(self, *, inventory_is_ours: bool) -> list[str]:
        """A sentence for each variable that reaching the real vendors needs and that is not set.

        `inventory_is_ours`: the qbr tables live in the embedded server, which holds no inventory.
        """
        faults = self._not_set(CONNECTWISE_VARIABLES)
        if inventory_is_ours:
            faults += self._not_set(("QBR_INVENTORY_DATABASE_URL",))
        return faults

    def _not_set(self, variables: tuple[str, ...]) -> list[str]:
        fields = {field.alias: (name, field) for name, field in type(self).model_fields.items()}
        return [
            f"{variable} is not set: expected {fields[variable][1].description}."
            for variable in variables
            if getattr(self, fields[variable][0]) is None
        ]


def _display(held: str) -> str:
    readable = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in held
    )
    return f'"{readable}"' if len(readable) <= _DISPLAY_LENGTH else f'"{readable[:_DISPLAY_LENGTH]}…"'


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return Settings.read(os.environ)
