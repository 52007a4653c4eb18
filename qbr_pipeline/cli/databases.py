"""`qbr db`: the tables and their versions; `qbr env`: what Dagster's own commands need to know."""

from __future__ import annotations

import shlex

import typer

from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.runtime import prepare, read_settings, require_migrated
from qbr_pipeline.store import migrating
from qbr_pipeline.store.embedded import stop_embedded

app = typer.Typer(help="The tables and their versions, and the embedded server.", no_args_is_help=True)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the tables to the newest version."""
    surroundings = prepare(demo=context.obj)
    migrating.upgrade(surroundings.database_url, surroundings.settings.organization_name)
    output.print(f"The tables are at version {migrating.current(surroundings.database_url)}.")


@app.command()
def downgrade(
    context: typer.Context,
    revision: str = typer.Argument(
        "base", help="The version to go back to; base removes everything of ours."
    ),
    yes: bool = typer.Option(False, "--yes", help="Do not ask: numbers that are only here are lost."),
) -> None:
    """Take the tables back to an earlier version."""
    surroundings = prepare(demo=context.obj)
    if not yes:
        typer.confirm("This removes tables and the numbers in them. Go on?", abort=True)
    for note in migrating.downgrade(surroundings.database_url, revision):
        output.print(note, markup=False)
    output.print(f"The tables are at version {migrating.current(surroundings.database_url) or 'none'}.")


@app.command()
def current(context: typer.Context) -> None:
    """Print the version of the tables, and what they lack."""
    surroundings = prepare(demo=context.obj)
    output.print(migrating.current(surroundings.database_url) or "none")
    for migration in migrating.pending(surroundings.database_url):
        output.print(f"lacks {migration}", markup=False)


@app.command()
def start(context: typer.Context) -> None:
    """Start the embedded PostgreSQL and leave it running, with its tables at the newest version."""
    surroundings = prepare(demo=context.obj, keep_running=True)
    if surroundings.server is None:
        output.print(
            "QBR_DATABASE_URL and DAGSTER_POSTGRES_URL name other servers: there is nothing to start."
        )
        return
    require_migrated(surroundings)
    output.print(f"The embedded PostgreSQL runs below {surroundings.settings.home}.")
    output.print('Next: eval "$(qbr env)" && dagster dev')


@app.command()
def stop(context: typer.Context) -> None:
    """Stop the embedded PostgreSQL."""
    stopped = stop_embedded(read_settings(demo=context.obj).home)
    output.print("The embedded PostgreSQL has stopped." if stopped else "No embedded PostgreSQL was running.")


def env(context: typer.Context) -> None:
    """Print the export lines that `dagster dev` and its kin need; starts the embedded PostgreSQL if it is used.

    In a shell: eval "$(qbr env)".
    """
    surroundings = prepare(demo=context.obj, keep_running=True)
    require_migrated(surroundings)
    for name, value in surroundings.exports().items():
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201 - for a shell, not for eyes
