"""How the API and the pages are served, who may use them, and who is sent alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from qbr_pipeline.settings import addresses, keys, texts
from qbr_pipeline.settings.variables import PageUrl, Variables, WholeNumber


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


class ServingVariables(Variables):
    """Where the API listens, who may use it, and where people find it."""

    api_host: Annotated[str, BeforeValidator(addresses.bind_host)] = Field(
        "127.0.0.1",
        alias="QBR_API_HOST",
        title="where the API and the pages listen; an address that other machines can reach needs "
        "QBR_API_KEYS",
        description="the address to serve the API on, such as 127.0.0.1",
    )
    api_port: WholeNumber = Field(
        5400, alias="QBR_API_PORT", title="their port", ge=1, le=65535, description="a port number"
    )
    dagster_host: Annotated[str, BeforeValidator(addresses.bind_host)] = Field(
        "127.0.0.1",
        alias="QBR_DAGSTER_HOST",
        title="where our Dagster UI listens; an address that other machines can reach, as in a container, needs "
        "QBR_API_KEYS",
        description="the address to serve the Dagster UI on, such as 127.0.0.1",
    )
    dagster_port: WholeNumber = Field(
        3000,
        alias="QBR_DAGSTER_PORT",
        title="the port of the Dagster UI; of `qbr up` and `qbr demo`, the next free one from there",
        ge=1,
        le=65535,
        description="a port number",
    )
    trusted_proxy: Annotated[str, BeforeValidator(addresses.address)] | None = Field(
        None,
        alias="QBR_TRUSTED_PROXY",
        title="a reverse proxy in front of the API, whose `X-Forwarded-For` and `X-Forwarded-Proto` "
        "are believed; if unset, all its callers share one address, and one who guesses keys "
        "makes all of them wait",
        description="the IP address of a reverse proxy, such as 127.0.0.1",
    )
    api_keys: Annotated[tuple[ApiKey, ...], BeforeValidator(_api_keys)] = Field(
        (),
        alias="QBR_API_KEYS",
        title="who may use the API, the demo's too; if unset, this machine alone, without a key",
        description='a JSON object from key to name and role, such as {"KEY": {"name": "Ann", "role": "read"}}, '
        "the key of at least 24 characters (`qbr key new` makes one), the role read or write",
    )
    session_secret: Annotated[SecretStr, BeforeValidator(keys.session_secret)] | None = Field(
        None,
        alias="QBR_SESSION_SECRET",
        title="what session cookies are signed with; if unset, a new one is made at each start, and "
        "people sign in again",
        description="a random text of at least 32 characters",
    )
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(addresses.origins)] = Field(
        (),
        alias="QBR_CORS_ORIGINS",
        title="the sites whose pages may call the API from a browser",
        description='a JSON list of origins, such as ["https://qbr.example.com"]',
    )
    alert_urls: Annotated[tuple[SecretStr, ...], BeforeValidator(_destinations)] = Field(
        (),
        alias="QBR_ALERT_URLS",
        title="where alerts are sent ([Apprise](https://github.com/caronc/apprise/wiki) has a URL for"
        " each service); the demo ignores it",
        description='a JSON list of Apprise URLs, such as ["mailtos://user:password@example.com"]',
    )
    public_url: PageUrl | None = Field(
        None,
        alias="QBR_PUBLIC_URL",
        title="the address of the pages, for links in alerts",
        description="the address of the pages, such as https://qbr.example.com",
    )
    dagster_url: PageUrl | None = Field(
        None,
        alias="QBR_DAGSTER_URL",
        title="the address of the Dagster UI, for links in alerts",
        description="the address of the Dagster UI, such as https://dagster.example.com",
    )
