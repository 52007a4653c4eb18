"""`qbr demo` and `qbr up`: everything at once, on made-up vendors or on the real ones."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.panel import Panel

from qbr_pipeline.cli.collect import choose_months, collect_months
from qbr_pipeline.cli.console import output
from qbr_pipeline.cli.serve_api import dashboard_address, docs_address, live_address
from qbr_pipeline.cli.show import smartnumbers_table
from qbr_pipeline.dashboard.application import require_keys_for
from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import (
    RuntimeContext,
    adopt,
    prepare,
    read_settings,
    require_migrated,
    require_vendors,
)
from qbr_pipeline.runtime.dagster import CODE_SERVER, script, start_code_server, workspace
from qbr_pipeline.runtime.dagster_ui import LIVE
from qbr_pipeline.runtime.postgres.guard import Guard, ServerState
from qbr_pipeline.runtime.processes import Processes, check_interruption, end_on_sigterm, free_port
from qbr_pipeline.runtime.simulated_books import import_spreadsheet
from qbr_pipeline.runtime.simulated_vendors import Simulation, with_simulated_vendors
from qbr_pipeline.settings import DeviceSource, Settings, SettingsError
from qbr_pipeline.store import collection_log
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.grants import find_grant

Once = Annotated[bool, typer.Option("--once", help="Stop after the table; do not serve.")]
Inventory = Annotated[
    bool,
    typer.Option("--inventory", help="Read devices from a made-up inventory database, not from NinjaOne."),
]
Port = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=65535,
        help="The port of the Dagster UI, or the next free one; by default QBR_DAGSTER_PORT.",
    ),
]


def demo(once: Once = False, port: Port = None, inventory: Inventory = False) -> None:
    """Run everything on a simulated ConnectWise, NinjaOne and QuickBooks. Touches nothing real."""
    end_on_sigterm()
    runtime = prepare(demo=True)
    output.print(Panel("DEMO: every company, person and figure is made up.", style="yellow"))
    with Processes(runtime.settings.home, "demo") as processes:
        source = DeviceSource.INVENTORY if inventory else DeviceSource.NINJA
        ready = with_simulated_vendors(runtime, processes, Simulation(source=source))
        _import_demo_spreadsheet(ready)
        _run(ready, processes, once=once, port=port)


def up(context: typer.Context, once: Once = False, port: Port = None) -> None:
    """Run everything on the real vendors that the environment names. Never on demo data."""
    if context.obj:
        raise SettingsError(["`qbr up` works on real vendors; for made-up data run `qbr demo`."])
    read = read_settings(demo=False)
    if read.demo:
        raise SettingsError(
            [
                "QBR_DEMO is true: this shell belongs to the demo, and `qbr up` works on real vendors. "
                "Run it in another shell, or `qbr demo` in this one."
            ]
        )
    require_vendors(read)
    require_keys_for(read.api_host, read)
    end_on_sigterm()
    runtime = prepare(demo=False)
    require_migrated(runtime)
    with Processes(runtime.settings.home, "up") as processes:
        _run(runtime, processes, once=once, port=port)


def _import_demo_spreadsheet(runtime: RuntimeContext) -> None:
    """Import what the demo's books do not know of the months that have nothing of it yet."""
    months = choose_months(runtime.settings, datetime.now(UTC))
    with closing(runtime.open_database()) as database:
        import_spreadsheet(database, runtime.settings.review, months)


def _run(runtime: RuntimeContext, processes: Processes, *, once: bool, port: int | None) -> None:
    missing = _months_without_collection(runtime)
    succeeded = collect_months(runtime, missing) if missing else True
    now = datetime.now(UTC)
    current = Month.of(now, runtime.settings.timezone).quarter
    with closing(runtime.open_database()) as database, database.read() as connection:
        output.print(smartnumbers_table(connection, database, [current.previous, current], now))
    output.print("– absent   * provisional: not every month of the quarter is over and complete", style="dim")
    if not once:
        _serve(runtime, processes, port)
    if not succeeded:
        raise typer.Exit(1)


def _months_without_collection(runtime: RuntimeContext) -> list[Month]:
    with closing(runtime.open_database()) as database:
        done = {
            (row.vendor, row.month)
            for row in database.fetch(collection_log.rows)
            if row.status is not CollectionOutcome.FAILED
        }
        are_connected = database.fetch(find_grant, Vendor.QUICKBOOKS) is not None
    has_books = runtime.settings.has_quickbooks and are_connected
    vendors = (*COLLECTED_VENDORS, Vendor.QUICKBOOKS) if has_books else COLLECTED_VENDORS
    months = choose_months(runtime.settings, datetime.now(UTC))
    return [month for month in months if not all((vendor, month) in done for vendor in vendors)]


def _serve(runtime: RuntimeContext, processes: Processes, port: int | None) -> None:
    """Run Dagster's UI and daemon, dashboard and API, until Ctrl-C or SIGTERM."""
    wanted = runtime.settings
    ready = adopt(runtime, shared_by_the_servers(wanted, port))
    read = ready.settings
    address = f"http://127.0.0.1:{read.dagster_port}"
    with _until_interrupted():
        code = start_code_server(ready, processes)
        file = str(workspace(ready, code))
        processes.start("API", [script("qbr"), "serve"])
        with output.status("starting the code server and the API"):
            processes.await_file(CODE_SERVER, code)
            processes.await_answer("API", live_address(read))
        processes.start("Dagster UI", [sys.executable, "-m", "qbr_pipeline.runtime.dagster_ui", file])
        processes.start("Dagster daemon", [sys.executable, "-m", "qbr_pipeline.runtime.daemon", "-w", file])
        with output.status("starting the Dagster UI"):
            processes.await_answer("Dagster UI", f"{address}{LIVE}")
        for name, place in (
            ("Dashboard", dashboard_address(read)),
            ("API", docs_address(read)),
            ("Dagster UI", address),
        ):
            output.print(f"{name}: [link={place}]{place}[/link]")
        output.print("Press Ctrl-C to stop.", style="dim")
        for asked, used in (
            (port or wanted.dagster_port, read.dagster_port),
            (wanted.api_port, read.api_port),
        ):
            if asked != used:
                output.print(f"Port {asked} is taken: {used} is used instead.", style="dim")
        _keep_running(processes, Guard(ready.server))


def _keep_running(processes: Processes, guard: Guard) -> None:
    """Watch until the end. What ended because the database was away is started again with it."""
    while True:
        match guard.look():
            case ServerState.AWAY:
                check_interruption()
            case ServerState.RETURNED:
                processes.restart_ended()
                check_interruption()
            case ServerState.RUNS:
                processes.check()
        time.sleep(1)


def shared_by_the_servers(read: Settings, port: int | None = None) -> dict[str, str]:
    """What the API and the Dagster UI share: their ports, and what both sign sessions with.

    The Dagster UI takes the next free port from `port` on, by default QBR_DAGSTER_PORT; the API does so only in the
    demo.
    """
    shared = {
        "QBR_DAGSTER_PORT": str(free_port(port or read.dagster_port)),
        "QBR_API_PORT": str(free_port(read.api_port) if read.demo else read.api_port),
    }
    if read.api_keys and read.session_secret is None:
        shared["QBR_SESSION_SECRET"] = secrets.token_urlsafe(48)
    return shared


@contextmanager
def _until_interrupted() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        output.print("Ending.")
