"""How the vendors are reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from qbr_pipeline.settings import addresses, keys, texts
from qbr_pipeline.settings.variables import Key, SettingsError, Text, Variables, WholeNumber

CONNECTWISE_VARIABLES = (
    "CONNECTWISE_SERVER",
    "CONNECTWISE_COMPANY_ID",
    "CONNECTWISE_PUBLIC_KEY",
    "CONNECTWISE_PRIVATE_KEY",
    "CONNECTWISE_CLIENT_ID",
)

NINJA_VARIABLES = ("NINJA_SERVER", "NINJA_CLIENT_ID", "NINJA_CLIENT_SECRET")

QUICKBOOKS_VARIABLES = ("QUICKBOOKS_CLIENT_ID", "QUICKBOOKS_CLIENT_SECRET", "QBR_ENCRYPTION_KEY")


@dataclass(frozen=True, slots=True)
class ConnectWiseAccess:
    """How to reach ConnectWise. `server` is a URL with a scheme and no slash at its end; `page_size`: rows."""

    server: str
    company_id: str
    public_key: SecretStr
    private_key: SecretStr
    client_id: SecretStr
    page_size: int = 1000


@dataclass(frozen=True, slots=True)
class NinjaAccess:
    """How to reach NinjaOne. `server` is a URL with a scheme and no slash at its end."""

    server: str
    client_id: SecretStr
    client_secret: SecretStr


@dataclass(frozen=True, slots=True)
class QuickBooksAccess:
    """How to reach QuickBooks Online, and what the tokens of its consent are encrypted with.

    `environment`: `production`, `sandbox`, or the URL of a simulated one. `encryption_keys`: the first one encrypts,
    every one decrypts.
    """

    client_id: SecretStr
    client_secret: SecretStr
    environment: str
    encryption_keys: tuple[SecretStr, ...]


class VendorVariables(Variables):
    """Addresses and keys of the vendors' interfaces."""

    connectwise_server: Annotated[str, BeforeValidator(addresses.server_url)] | None = Field(
        None,
        alias="CONNECTWISE_SERVER",
        title="the server of ConnectWise's API; for their cloud, `na.myconnectwise.net` is enough",
        description="a host such as api-na.myconnectwise.net, or a URL with https (http only on this machine)",
    )
    connectwise_company_id: Text | None = Field(
        None,
        alias="CONNECTWISE_COMPANY_ID",
        title="the company that signs in to ConnectWise",
        description="a company id",
    )
    connectwise_public_key: Key | None = Field(
        None,
        alias="CONNECTWISE_PUBLIC_KEY",
        title="the first half of its API key",
        description="the public key of an API member",
    )
    connectwise_private_key: Key | None = Field(
        None,
        alias="CONNECTWISE_PRIVATE_KEY",
        title="the second half of its API key",
        description="the private key of an API member",
    )
    connectwise_client_id: Key | None = Field(
        None,
        alias="CONNECTWISE_CLIENT_ID",
        title="the integration that the requests belong to",
        description="the client id of the integration",
    )
    connectwise_page_size: WholeNumber = Field(
        1000,
        alias="QBR_CONNECTWISE_PAGE_SIZE",
        title="how many rows one request asks ConnectWise for; halved automatically when a server "
        "cannot deliver so many",
        ge=1,
        le=1000,
        description="a number of rows from 1 to 1000",
    )
    quickbooks_client_id: Key | None = Field(
        None,
        alias="QUICKBOOKS_CLIENT_ID",
        title="the app that QuickBooks Online knows us by; without it and the next ones, money comes from files and"
        " people",
        description="the client id of an app at developer.intuit.com",
    )
    quickbooks_client_secret: Annotated[SecretStr, BeforeValidator(texts.secret)] | None = Field(
        None,
        alias="QUICKBOOKS_CLIENT_SECRET",
        title="its secret",
        description="the client secret of that app",
    )
    quickbooks_environment: Annotated[str, BeforeValidator(addresses.quickbooks_environment)] = Field(
        "production",
        alias="QUICKBOOKS_ENVIRONMENT",
        title="which of the app's keys they are: those for real companies, or those for Intuit's sandbox companies",
        description="production or sandbox (or the http URL of a simulated QuickBooks on this machine)",
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], BeforeValidator(keys.encryption_keys)] | None = Field(
        None,
        alias="QBR_ENCRYPTION_KEY",
        title="what the tokens of QuickBooks are encrypted with where they are stored; to change it, put the new key"
        " and a comma in front of the old one, which can go after the next collection",
        description="a key that `qbr key encryption` prints, or several with commas between them",
    )

    ninja_server: Annotated[str, BeforeValidator(addresses.server_url)] | None = Field(
        None,
        alias="NINJA_SERVER",
        title="the server of NinjaOne's API, by region; without it and the next two, devices come from the inventory",
        description="a host such as app.ninjarmm.com, or a URL with https (http only on this machine)",
    )
    ninja_client_id: Key | None = Field(
        None,
        alias="NINJA_CLIENT_ID",
        title="the client app, with the scope monitoring and the grant client credentials",
        description="the client id of a client app in NinjaOne",
    )
    ninja_client_secret: Annotated[SecretStr, BeforeValidator(texts.secret)] | None = Field(
        None,
        alias="NINJA_CLIENT_SECRET",
        title="its secret",
        description="the secret of the client app",
    )

    @property
    def names_ninja(self) -> bool:
        """Whether anything of the access to NinjaOne is set."""
        return len(self._not_set(NINJA_VARIABLES)) < len(NINJA_VARIABLES)

    @property
    def ninja(self) -> NinjaAccess:
        """Access to NinjaOne; SettingsError names every variable of it that is not set."""
        server, client_id, secret = self.ninja_server, self.ninja_client_id, self.ninja_client_secret
        if server is None or client_id is None or secret is None:
            raise SettingsError(self._not_set(NINJA_VARIABLES))
        return NinjaAccess(server, client_id, secret)

    @property
    def names_quickbooks(self) -> bool:
        """Whether anything of the access to QuickBooks is set."""
        return self.quickbooks_client_id is not None or self.quickbooks_client_secret is not None

    @property
    def has_quickbooks(self) -> bool:
        """Whether all of the access to QuickBooks is set."""
        return not self._not_set(QUICKBOOKS_VARIABLES)

    @property
    def quickbooks(self) -> QuickBooksAccess:
        """Access to QuickBooks Online; SettingsError names every variable of it that is not set."""
        client_id, secret, keys_ = (
            self.quickbooks_client_id,
            self.quickbooks_client_secret,
            self.encryption_keys,
        )
        if client_id is None or secret is None or not keys_:
            raise SettingsError(self._not_set(QUICKBOOKS_VARIABLES))
        return QuickBooksAccess(client_id, secret, self.quickbooks_environment, keys_)

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
            self.connectwise_page_size,
        )
