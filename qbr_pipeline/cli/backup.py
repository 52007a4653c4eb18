"""`qbr backup`, `qbr restore` and `qbr db move`: both databases out of a server, and into another one.

What belongs here: which databases, and what is said of them. How a dump is made, `runtime.postgres.dumps` knows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.options import database_url
from qbr_pipeline.runtime.context import RuntimeContext, prepare
from qbr_pipeline.runtime.postgres.dumps import DumpError, dump, restore
from qbr_pipeline.runtime.private import make_private


def backup(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Where backups are kept; each gets a folder of its own in it.")
    ],
    keep: Annotated[int, typer.Option(min=1, help="So many of them stay; older ones are removed.")] = 14,
) -> None:
    """Write the numbers' database and Dagster's to files that nobody else may read."""
    databases = _databases(prepare(demo=context.obj))
    made = folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
    make_private(made)
    for name, url in databases.items():
        dump(url, made / f"{name}.dump")
    output.print(f"Backed up: {made}", soft_wrap=True)
    for old in sorted(each for each in folder.iterdir() if _is_backup(each))[:-keep]:
        for file in _files(old):
            file.unlink(missing_ok=True)
        old.rmdir()


def restore_backup(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder that `qbr backup` has made.")],
) -> None:
    """Read a backup into the databases that the settings name, which must be empty."""
    for file in _files(folder):
        if not file.is_file():
            raise DumpError(f"{folder} holds no {file.name}: expected a folder that `qbr backup` has made.")
    for (name, url), file in zip(_databases(prepare(demo=context.obj)).items(), _files(folder), strict=True):
        restore(file, url)
        output.print(f"Restored: {name}")


def move(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="An empty database for the numbers.")],
    dagster_to: Annotated[str, typer.Option("--dagster-to", metavar="URL", help="An empty one for Dagster.")],
) -> None:
    """Copy both databases to another server, older or newer; set QBR_DATABASE_URL and DAGSTER_POSTGRES_URL then."""
    targets = [database_url("--to", to), database_url("--dagster-to", dagster_to)]
    with tempfile.TemporaryDirectory(prefix="qbr-move-") as folder:
        for (name, url), target in zip(_databases(prepare(demo=context.obj)).items(), targets, strict=True):
            file = Path(folder) / f"{name}.dump"
            dump(url, file)
            restore(file, target)
            output.print(f"Moved: {name}")
    output.print(
        "What was there stays as it is. Set QBR_DATABASE_URL and DAGSTER_POSTGRES_URL to the new places."
    )


def _databases(runtime: RuntimeContext) -> Mapping[str, str]:
    return {"qbr": runtime.database_url, "dagster": runtime.settings.dagster_postgres_url or ""}


def _files(folder: Path) -> list[Path]:
    return [folder / "qbr.dump", folder / "dagster.dump"]


def _is_backup(folder: Path) -> bool:
    return folder.is_dir() and {each.name for each in folder.iterdir()} == {
        each.name for each in _files(folder)
    }
