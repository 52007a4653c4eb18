"""Where the databases are: ours, the inventory's, and Dagster's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from sqlalchemy.engine import URL

from qbr_pipeline.settings import addresses, texts
from qbr_pipeline.settings.variables import DatabaseUrl, Text, Variables, WholeNumber


class DatabaseVariables(Variables):
    """Where the databases are; what is not named is in the embedded server."""

    qbr_database_url: DatabaseUrl | None = Field(
        None,
        alias="QBR_DATABASE_URL",
        description="a URL such as postgresql://user:password@host:5432/database",
    )
    database_schema: Annotated[str, BeforeValidator(addresses.schema_name)] | None = Field(
        None,
        alias="QBR_DATABASE_SCHEMA",
        description="the name of a schema in small letters, such as qbr; it is created when missing",
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
