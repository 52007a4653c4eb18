"""`python -m qbr_pipeline.runtime.dagster_ui WORKSPACE`: serve Dagster's UI by the environment of `qbr env`."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from qbr_pipeline.dashboard.application import require_keys_for
from qbr_pipeline.runtime.dagster_ui.server import serve
from qbr_pipeline.settings import Settings, SettingsError, settings
from qbr_pipeline.store.connections import FOR_REQUESTS
from qbr_pipeline.store.database import open_database


def main() -> None:
    """Serve until Ctrl-C or SIGTERM; ends with a sentence when something is missing."""
    if len(sys.argv) != 2:
        sys.exit("Expected one word: the workspace file, such as workspace.yaml.")
    try:
        read = settings()
        require_keys_for(read.dagster_host, read, "QBR_DAGSTER_HOST")
        url = _database_url(read)
    except SettingsError as error:
        sys.exit(str(error))
    database = open_database(
        url,
        timezone=read.timezone,
        schema=read.database_schema,
        application_name="qbr dagster ui",
        limits=FOR_REQUESTS,
    )
    with closing(database):
        serve(Path(sys.argv[1]), database, read)


def _database_url(read: Settings) -> str:
    """The database that keeps the ended sessions; SettingsError when it or what sessions are signed with is missing."""
    if read.api_keys and read.session_secret is None:
        raise SettingsError(
            [
                "QBR_SESSION_SECRET is not set: expected a random text of at least 32 characters, the same for "
                "`qbr serve` and for the Dagster UI, since whoever signs in there is signed in here."
            ]
        )
    if read.database_url is None:
        raise SettingsError(['QBR_DATABASE_URL is not set: expected what `eval "$(qbr env)"` sets.'])
    return read.database_url


if __name__ == "__main__":
    main()
