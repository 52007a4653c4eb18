"""Every environment variable of the project, read and checked once.

What belongs here: names, defaults, what is expected of a value, and the sentence for one that is wrong.
What does not: connecting to anything. A secret never appears in a message of this module.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from qbr_pipeline.periods import Month

CHECKOUT = Path(__file__).resolve().parent.parent
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


def normalise_database_url(text: str) -> str:
    """`text` as a URL that SQLAlchemy opens with psycopg2, whichever way a person wrote it.

    Raises ValueError for anything that is not a PostgreSQL URL with a database name.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ValueError("not a URL") from error
    if url.drivername not in {"postgres", "postgresql", "postgresql+psycopg2"} or not url.database:
        raise ValueError("not a PostgreSQL URL with a database name")
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _server_url(text: str) -> str:
    url = urlsplit(text if "://" in text else f"https://{text}")
    host = url.hostname
    if not host or url.scheme not in {"https", "http"} or url.username or url.query or url.fragment:
        raise ValueError("not a server")
    if url.scheme == "http" and not _is_loopback(host):
        raise ValueError("plain http to another machine")
    return url.geturl().rstrip("/")


def _timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError("not a time zone") from error


def _names(text: str) -> tuple[str, ...]:
    names = json.loads(text)
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError("not a list of names")
    return tuple(names)


def _condition_names(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not names or any(re.search(r'["\\\x00-\x1f]', name) for name in names):
        raise ValueError("names that ConnectWise cannot be asked for")
    return names


def _cron(text: str) -> str:
    if re.fullmatch(r"\s*(\S+\s+){4}\S+\s*", text) is None:
        raise ValueError("not five fields")
    return " ".join(text.split())


DatabaseUrl = Annotated[str, BeforeValidator(normalise_database_url)]


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
    pg_database: str | None = Field(None, alias="PGDATABASE", description="the name of a database")
    pg_host: str | None = Field(None, alias="PGHOST", description="a host name or a socket directory")
    pg_port: int = Field(5432, alias="PGPORT", ge=1, le=65535, description="a port number")
    pg_user: str | None = Field(None, alias="PGUSER", description="the name of a database user")
    pg_password: SecretStr | None = Field(None, alias="PGPASSWORD", description="a password")
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
    configured_home: Path | None = Field(None, alias="QBR_HOME", description="a directory")

    connectwise_server: Annotated[str, BeforeValidator(_server_url)] | None = Field(
        None,
        alias="CONNECTWISE_SERVER",
        description="a host such as na.myconnectwise.net, or a URL with https (http only on this machine)",
    )
    connectwise_company_id: str | None = Field(
        None, alias="CONNECTWISE_COMPANY_ID", description="a company id"
    )
    connectwise_public_key: SecretStr | None = Field(
        None, alias="CONNECTWISE_PUBLIC_KEY", description="the public key of an API member"
    )
    connectwise_private_key: SecretStr | None = Field(
        None, alias="CONNECTWISE_PRIVATE_KEY", description="the private key of an API member"
    )
    connectwise_client_id: SecretStr | None = Field(
        None, alias="CONNECTWISE_CLIENT_ID", description="the client id of the integration"
    )
    reactive_boards: Annotated[tuple[str, ...], BeforeValidator(_condition_names)] = Field(
        ("Help Desk",),
        alias="QBR_REACTIVE_BOARDS",
        description='a JSON list of board names without double quotes, such as ["Help Desk"]',
    )
    closed_statuses: Annotated[tuple[str, ...], BeforeValidator(_condition_names)] = Field(
        (">Closed", ">Closed - No response", "Closed"),
        alias="QBR_CLOSED_STATUSES",
        description='a JSON list of status names without double quotes, such as [">Closed", "Closed"]',
    )
    excluded_organizations: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        (),
        alias="QBR_EXCLUDED_ORGANIZATIONS",
        description='a JSON list of organization names, such as ["My MSP LLC"]',
    )

    timezone: Annotated[ZoneInfo, BeforeValidator(_timezone)] = Field(
        ZoneInfo("America/Chicago"),
        alias="QBR_TIMEZONE",
        description="the IANA name of a time zone, such as America/Chicago",
    )
    schedule_cron: Annotated[str, BeforeValidator(_cron)] = Field(
        "30 22 * * *",
        alias="QBR_SCHEDULE_CRON",
        description="a cron expression of five fields, such as 30 22 * * *",
    )
    months_to_collect: int = Field(
        13, alias="QBR_MONTHS_TO_COLLECT", ge=1, le=120, description="a number of months from 1 to 120"
    )
    start_month: Annotated[Month, BeforeValidator(Month.parse)] = Field(
        Month(2024, 1), alias="QBR_START_MONTH", description="a month such as 2024-01"
    )
    collection_enabled: bool = Field(False, alias="QBR_COLLECTION_ENABLED", description="true or false")
    inputs_due_day: int = Field(
        10, alias="QBR_INPUTS_DUE_DAY", ge=1, le=28, description="a day of the month from 1 to 28"
    )
    organization_name: str = Field(
        "My MSP",
        alias="QBR_ORGANIZATION_NAME",
        min_length=1,
        max_length=100,
        description="a name of at most 100 letters",
    )
    log_file: Path | None = Field(None, alias="QBR_LOG_FILE", description="a file")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="QBR_LOG_LEVEL", description="one of DEBUG, INFO, WARNING and ERROR"
    )
    demo: bool = Field(
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
            names = dict.fromkeys(str(fault["loc"][0]) for fault in error.errors())
            raise SettingsError([cls._fault(name, present[name]) for name in names]) from None

    @classmethod
    def _fault(cls, variable: str, held: str) -> str:
        field = next(field for field in cls.model_fields.values() if field.alias == variable)
        return f"{variable} holds {_shown(variable, held)}: expected {field.description}."

    @property
    def home(self) -> Path:
        """Where the embedded server, Dagster's local files and logs live; an absolute path."""
        if self.configured_home is not None:
            return self.configured_home.expanduser().resolve()
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


def _shown(variable: str, held: str) -> str:
    if "KEY" in variable or "PASSWORD" in variable or variable == "CONNECTWISE_CLIENT_ID":
        return "a value that is not shown"
    if variable.endswith("_URL"):
        try:
            url = make_url(held)
        except ArgumentError:
            return "something that is not a URL"
        return f'"{url.drivername}" and the database "{url.database or ""}"'
    if variable == "CONNECTWISE_SERVER" and "@" in held:
        return "a user name or password beside the host"
    return f'"{held}"'


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at the first call."""
    return Settings.read(os.environ)
