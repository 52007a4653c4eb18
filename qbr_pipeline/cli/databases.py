"""`qbr db`: the tables and their versions; `qbr env`: what Dagster's own commands need to know."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from qbr_pipeline.cli.console import errors, for_programs, output, print_line
from qbr_pipeline.runtime.context import prepare, read_settings, require_migrated
from qbr_pipeline.runtime.postgres.embedded import stop_embedded
from qbr_pipeline.runtime.postgres.major_version import upgrade_data
from qbr_pipeline.settings import SettingsError
from qbr_pipeline.store import migrating
from qbr_pipeline.store.adoption import Adoption
from qbr_pipeline.store.adoption import adopt as adopt_values
from qbr_pipeline.store.values import DataSource

app = typer.Typer(help="The tables and their versions, and the embedded server.", no_args_is_help=True)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the tables to the newest version."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    schema = runtime.settings.database_schema
    migrating.upgrade(runtime.database_url, runtime.settings.organization_name, schema=schema)
    output.print(f"The tables are at version {migrating.current(runtime.database_url, schema=schema)}.")


@app.command()
def downgrade(
    context: typer.Context,
    revision: str = typer.Argument(
        "base", help="The version to go back to; base removes everything of ours."
    ),
    yes: bool = typer.Option(False, "--yes", help="Do not ask first. Numbers that exist only here are lost."),
) -> None:
    """Take the tables back to an earlier version; asks first where somebody is there to answer."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    if not yes and sys.stdin.isatty():
        database = make_url(runtime.database_url)
        where = f'"{database.database}" ' + (f"on {database.host}" if database.host else "on this machine")
        typer.confirm(f"This removes tables and the numbers in them from {where}. Continue?", abort=True)
    schema = runtime.settings.database_schema
    for note in migrating.downgrade(runtime.database_url, revision, schema=schema):
        print_line(note)
    left = migrating.current(runtime.database_url, schema=schema)
    output.print(f"The tables are at version {left or 'none'}.")


@app.command()
def current(context: typer.Context) -> None:
    """Print the version of the tables, and what they lack."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    schema = runtime.settings.database_schema
    output.print(migrating.current(runtime.database_url, schema=schema) or "none")
    for version, what in migrating.pending(runtime.database_url, schema=schema).items():
        print_line(f"lacks {version} {what}")


@app.command()
def adopt(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="SCHEMA", help="Where the tables are; by default found through the search path."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this, only say what it would do.")
    ] = False,
) -> None:
    """Take over the values of another program's tables of our names; those stay as they are."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    require_migrated(runtime)
    now = datetime.now(UTC)
    with closing(runtime.open_database()) as database:
        adoption = adopt_values(database, now, source=source, rehearsal=not yes)
    for each in adoption.left_out:
        print_line(f"left out: {each.what}: {each.reason}")
    output.print(_summary(adoption), soft_wrap=True)
    done = (
        "They are stored; the history says that they were adopted."
        if yes
        else "Nothing was stored: add --yes to store them."
    )
    output.print(f"{done} SmartNumbers, quarters and totals are computed and not copied.", soft_wrap=True)


def _summary(adoption: Adoption) -> str:
    """How much is taken over, in a sentence."""
    counts = Counter(each.source for each in adoption.values)
    months = sorted({each.month for each in adoption.values})
    span = f" of {len(months)} months, {months[0]} to {months[-1]}" if months else ""
    return (
        f"From schema {adoption.schema}: {len(adoption.values)} values{span} ({counts[DataSource.MANUAL]} manual, "
        f"{counts[DataSource.COLLECTED]} collected) and {len(adoption.thresholds)} thresholds."
    )


@app.command()
def start(context: typer.Context) -> None:
    """Start the embedded PostgreSQL and leave it running, with its tables at the newest version."""
    runtime = prepare(demo=context.obj, keep_running=True)
    if runtime.server is None:
        output.print(
            "QBR_DATABASE_URL and DAGSTER_POSTGRES_URL name other servers: there is nothing to start.",
            soft_wrap=True,
        )
        return
    require_migrated(runtime)
    command = "qbr --demo env" if runtime.settings.demo else "qbr env"
    output.print(f"The embedded PostgreSQL runs below {runtime.settings.home}.", soft_wrap=True)
    output.print(f'Next: eval "$({command})" && dagster dev')


@app.command("upgrade-server")
def upgrade_server(context: typer.Context) -> None:
    """Bring the data of the embedded PostgreSQL to its new major version; everything that uses it is stopped before."""
    done = upgrade_data(read_settings(demo=context.obj).home)
    if done is None:
        output.print("The data of the embedded PostgreSQL are of its version already.")
        return
    old, new, kept = done
    print_line(
        f"The data are of PostgreSQL {new} now, formerly {old}. Those of before are in {kept}: it can go."
    )


@app.command()
def stop(context: typer.Context) -> None:
    """Stop the embedded PostgreSQL."""
    stopped = stop_embedded(read_settings(demo=context.obj).home)
    output.print("The embedded PostgreSQL has stopped." if stopped else "No embedded PostgreSQL was running.")


def env(
    context: typer.Context,
    passwords: Annotated[
        bool,
        typer.Option("--passwords", help="An address with a password too; to a person at a terminal only."),
    ] = False,
) -> None:
    """Print the export lines that `dagster dev` and its kin need; starts the embedded PostgreSQL if it is used.

    In a shell: eval "$(qbr env)". For the demo, one more line takes what is real out of the shell. An address with a
    password is not printed: what a service prints ends in a log.
    """
    if passwords and not sys.stdin.isatty():
        raise SettingsError(
            [
                "`qbr env --passwords` answers a person at a terminal only; a service has its addresses in its unit."
            ]
        )
    runtime = prepare(demo=context.obj, keep_running=True)
    require_migrated(runtime)
    stream = for_programs()
    if runtime.hidden:
        stream.write(f"unset {' '.join(runtime.hidden)}\n")
    for name, value in runtime.exports.items():
        if passwords or not _holds_password(value):
            stream.write(f"export {name}={shlex.quote(value)}\n")
        else:
            print_line(
                f"{name} holds a password and is not printed: Dagster takes that of this shell, if it is set there. "
                "At a terminal: `qbr env --passwords`.",
                errors,
            )


def _holds_password(value: str) -> bool:
    return "://" in value and make_url(value).password is not None
