"""`qbr db`: the tables and their versions; `qbr env`: what Dagster's own commands need to know."""

from __future__ import annotations

import shlex
import sys

import typer
from sqlalchemy.engine import make_url

from qbr_pipeline.cli.console import for_programs, output
from qbr_pipeline.runtime.context import prepare, read_settings, require_migrated
from qbr_pipeline.runtime.postgres.embedded import stop_embedded
from qbr_pipeline.store import migrating

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
    yes: bool = typer.Option(False, "--yes", help="Do not ask: numbers that are only here are lost."),
) -> None:
    """Take the tables back to an earlier version; asks first where somebody is there to answer."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    if not yes and sys.stdin.isatty():
        database = make_url(runtime.database_url)
        where = f'"{database.database}" ' + (f"on {database.host}" if database.host else "on this machine")
        typer.confirm(f"This removes tables and the numbers in them from {where}. Go on?", abort=True)
    schema = runtime.settings.database_schema
    for note in migrating.downgrade(runtime.database_url, revision, schema=schema):
        output.print(note, markup=False, soft_wrap=True)
    left = migrating.current(runtime.database_url, schema=schema)
    output.print(f"The tables are at version {left or 'none'}.")


@app.command()
def current(context: typer.Context) -> None:
    """Print the version of the tables, and what they lack."""
    runtime = prepare(demo=context.obj, for_dagster=False)
    schema = runtime.settings.database_schema
    output.print(migrating.current(runtime.database_url, schema=schema) or "none")
    for migration in migrating.pending(runtime.database_url, schema=schema):
        output.print(f"lacks {migration}", markup=False, soft_wrap=True)


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


@app.command()
def stop(context: typer.Context) -> None:
    """Stop the embedded PostgreSQL."""
    stopped = stop_embedded(read_settings(demo=context.obj).home)
    output.print("The embedded PostgreSQL has stopped." if stopped else "No embedded PostgreSQL was running.")


def env(context: typer.Context) -> None:
    """Print the export lines that `dagster dev` and its kin need; starts the embedded PostgreSQL if it is used.

    In a shell: eval "$(qbr env)". For the demo, one more line takes what is real out of the shell.
    """
    runtime = prepare(demo=context.obj, keep_running=True)
    require_migrated(runtime)
    stream = for_programs()
    if runtime.hidden:
        stream.write(f"unset {' '.join(runtime.hidden)}\n")
    for name, value in runtime.exports.items():
        stream.write(f"export {name}={shlex.quote(value)}\n")
