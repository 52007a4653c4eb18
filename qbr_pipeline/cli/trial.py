"""`qbr test-database create`: the tables of production in a database beside it, for nights that are only looked at."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from qbr_pipeline.cli.console import print_line
from qbr_pipeline.cli.options import database_url
from qbr_pipeline.runtime.context import RuntimeContext, prepare, require_migrated
from qbr_pipeline.runtime.postgres.copies import copy_schema, create_database
from qbr_pipeline.store import migrating
from qbr_pipeline.store.approvals import Approval, Purpose, approve
from qbr_pipeline.store.database import open_database

app = typer.Typer(help="A database to try nights in, beside that of production.", no_args_is_help=True)

_WITH_ROWS = ("vendor", "organization", migrating.VERSION_TABLE, "qbr_migration_rows")
"""Tables whose rows are copied too: the others refer to them, and the version of the tables is one."""


@app.callback()
def _group() -> None:
    """A database to try nights in, beside that of production."""


@app.command()
def create(
    context: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="An empty database; by default a new one on the same server, named NAME_test.",
        ),
    ] = None,
) -> None:
    """Copy every table of the database of the numbers, without its rows, and let nights run there as a trial."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    target = _target(runtime, to)
    copy_schema(runtime.database_url, target, with_rows=_WITH_ROWS)
    _let_nights_run(runtime, target)
    shown = make_url(target).render_as_string(hide_password=True)
    inventory = (
        "QBR_INVENTORY_DATABASE_URL as it is"
        if runtime.settings.qbr_inventory_database_url
        else ("QBR_INVENTORY_DATABASE_URL to the database of production, which is only read")
    )
    print_line(f"Made: {shown}, with every table and no numbers.")
    print_line(
        f"For the trial give processes of their own a QBR_HOME and a DAGSTER_POSTGRES_URL of their own (an empty "
        f"database), QBR_DATABASE_URL that of the test database, {inventory}, and QBR_COLLECTION_ENABLED=true."
    )


def _target(runtime: RuntimeContext, to: str | None) -> str:
    if to is None:
        source = make_url(runtime.database_url)
        return create_database(runtime.database_url, f"{source.database}_test")
    return database_url("--to", to)


def _let_nights_run(runtime: RuntimeContext, target: str) -> None:
    read = runtime.settings
    evidence = {"made_from": make_url(runtime.database_url).database}
    approval = Approval(Purpose.TRIAL, "qbr test-database create", datetime.now(UTC), evidence)
    with (
        closing(open_database(target, timezone=read.timezone, schema=read.database_schema)) as database,
        database.begin() as connection,
    ):
        approve(connection, database, approval)
