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
        title="the database of the numbers; if unset, the one that PGDATABASE names, or else the "
        "embedded server",
        description="a URL such as postgresql://user:password@host:5432/database",
    )
    database_schema: Annotated[str, BeforeValidator(addresses.schema_name)] | None = Field(
        None,
        alias="QBR_DATABASE_SCHEMA",
        title="the schema that holds our tables; if unset, the first of the search path, in which "
        "`vendor` and `organization` are always found",
        description="the name of a schema in small letters, such as qbr; it is created when missing",
    )
    pg_database: Annotated[str, BeforeValidator(addresses.database_name)] | None = Field(
        None,
        alias="PGDATABASE",
        title="the database of the numbers when QBR_DATABASE_URL is not set; without it the other PG "
        "variables are ignored",
        description="the name of a database",
    )
    pg_host: Annotated[str, BeforeValidator(addresses.database_host)] | None = Field(
        None, alias="PGHOST", title="its host", description="a host name or a socket directory"
    )
    pg_port: WholeNumber = Field(
        5432, alias="PGPORT", title="its port", ge=1, le=65535, description="a port number"
    )
    pg_user: Text | None = Field(
        None, alias="PGUSER", title="its user", description="the name of a database user"
    )
    pg_password: Annotated[SecretStr, BeforeValidator(texts.secret)] | None = Field(
        None, alias="PGPASSWORD", title="the password of that user", description="a password"
    )
    qbr_inventory_database_url: DatabaseUrl | None = Field(
        None,
        alias="QBR_INVENTORY_DATABASE_URL",
        title="the database that holds `device_snapshot`; if unset, the database of the numbers",
        description="a URL such as postgresql://user:password@host:5432/database",
    )
    dagster_postgres_url: DatabaseUrl | None = Field(
        None,
        alias="DAGSTER_POSTGRES_URL",
        title="Dagster's own storage; if unset, a database of the embedded server",
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
