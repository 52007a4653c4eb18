"""`qbr serve`: dashboard and API, by a production server, until Ctrl-C or SIGTERM.

What belongs here: starting the server, also as a process of `qbr demo` and `qbr up`. What does not: what it answers.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime

import typer

from qbr_pipeline.alerts.delivery import Sender, destinations_of
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.alerts.watch import NightWatch
from qbr_pipeline.api.blueprint import PREFIX
from qbr_pipeline.api.server import make_server
from qbr_pipeline.cli.console import output
from qbr_pipeline.dashboard.application import create_app, require_keys_for
from qbr_pipeline.runtime.context import prepare, read_settings, require_migrated
from qbr_pipeline.runtime.nights import last_night
from qbr_pipeline.runtime.postgres.guard import guarded
from qbr_pipeline.runtime.processes import ProcessError, end_on_sigterm
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.connections import FOR_REQUESTS
from qbr_pipeline.store.database import Database

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what they are reached by


def serve(context: typer.Context) -> None:
    """Serve the dashboard and the API on QBR_API_HOST and QBR_API_PORT. Without QBR_API_KEYS to this machine alone."""
    end_on_sigterm()
    read = read_settings(demo=context.obj)
    require_keys_for(read.api_host, read)
    runtime = prepare(demo=context.obj, for_dagster=False)
    read = runtime.settings
    require_migrated(runtime)
    with closing(runtime.open_database(FOR_REQUESTS)) as database:
        app = create_app(database, read)
        try:
            server = make_server(
                app, host=read.api_host, port=read.api_port, trusted_proxy=read.trusted_proxy
            )
        except OSError as error:
            raise ProcessError(
                f"The API cannot listen on port {read.api_port} of {read.api_host}: {error.strerror}. "
                "QBR_API_HOST and QBR_API_PORT name another place."
            ) from error
        output.print(f"Dashboard: {dashboard_address(read)}   (press Ctrl-C to stop)")
        output.print(f"API: {docs_address(read)}")
        with guarded(runtime.server), _watch(database, read):
            server.run()  # returns on Ctrl-C


def _watch(database: Database, read: Settings) -> AbstractContextManager[None]:
    """Watch over Dagster's daemon meanwhile, where the collection is on and somebody is to be told."""
    destinations = destinations_of(read)
    if not read.collection_enabled or not destinations:
        return nullcontext()
    sender = Sender(read.organization_name, Links.of(read))
    watch = NightWatch(
        database,
        destinations,
        sender,
        clock=lambda: datetime.now(UTC),
        since=datetime.now(UTC),
        last_night=lambda: last_night(read),
    )
    return watch.awake()


def dashboard_address(read: Settings) -> str:
    """Where the dashboard is found from this machine."""
    host = _EVERY_ADDRESS.get(read.api_host, read.api_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{read.api_port}"


def docs_address(read: Settings) -> str:
    """The page to read and try the API."""
    return f"{dashboard_address(read)}{PREFIX}/docs"


def live_address(read: Settings) -> str:
    """The page that answers as soon as the API does."""
    return f"{dashboard_address(read)}{PREFIX}/health/live"
