"""Which vendors a command works on: the real ones that the environment names, or the demo's.

What belongs here: making them reachable for the length of a command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)
from qbr_pipeline.demo.fleet import OWN_ORGANIZATION
from qbr_pipeline.demo.inventory import fill_inventory, snapshot_days
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID as DEMO_NINJA_ID
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_SECRET as DEMO_NINJA_SECRET
from qbr_pipeline.demo.ninja.world import World
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.context import RuntimeContext, adopt, require_migrated, require_vendors
from qbr_pipeline.runtime.processes import Processes
from qbr_pipeline.runtime.simulated_books import connected, simulated_books
from qbr_pipeline.settings import DeviceSource
from qbr_pipeline.store.device_snapshots import snapshot_sizes
from qbr_pipeline.vendors.ninja import models
from qbr_pipeline.vendors.ninja.snapshot import Device
from qbr_pipeline.vendors.ninja.stored import StoredSnapshots

_INVENTORY_DATABASE = "inventory"
_NIGHTS, _NIGHT = 4, time(22, 30)
"""How many nights of a month are remembered, and when a night is."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """The made-up world: options of the simulated ConnectWise, devices, snapshots (None: daily), and who has them.

    `books`: there is a simulated QuickBooks too.
    """

    connectwise: tuple[str, ...] = ()
    devices: int = 610
    snapshots_per_month: int | None = None
    source: DeviceSource = DeviceSource.NINJA
    books: bool = True


_DEMO = Simulation()


@contextmanager
def vendors_of(runtime: RuntimeContext, command: str) -> Iterator[RuntimeContext]:
    """`runtime` with vendors that can be reached while the block runs; SettingsError when real ones cannot."""
    if not runtime.settings.demo:
        require_vendors(runtime.settings)
        yield runtime
        return
    with Processes(runtime.settings.home, command) as processes:
        yield with_simulated_vendors(runtime, processes)


def with_simulated_vendors(
    runtime: RuntimeContext, processes: Processes, simulation: Simulation = _DEMO
) -> RuntimeContext:
    """Start the simulated vendors, or fill the inventory, and name them in the environment.

    The tables of the numbers are made first, and the books are connected and mapped.
    """
    require_migrated(runtime)
    settings = runtime.settings
    address = processes.new_file("connectwise.address")
    processes.start(
        "simulated ConnectWise",
        [
            sys.executable, "-m", "qbr_pipeline.demo.connectwise",
            "--ready-file", str(address), "--start-month", str(settings.start_month),
            *simulation.connectwise,
        ],
    )  # fmt: skip
    books = simulated_books(processes) if simulation.books else None
    if simulation.source is DeviceSource.NINJA:
        devices = _simulated_ninja(runtime, processes, simulation)
    else:
        devices = {"QBR_INVENTORY_DATABASE_URL": _filled_inventory(runtime, simulation)}
    ready = adopt(
        runtime,
        {
            **devices,
            "QBR_DEVICE_SOURCE": simulation.source.value,
            "CONNECTWISE_SERVER": processes.await_file("simulated ConnectWise", address, seconds=300),
            "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
            "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
            "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
            "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
            "QBR_EXCLUDED_ORGANIZATIONS": f'["{OWN_ORGANIZATION}"]',
        },
    )
    return ready if books is None else connected(ready, processes, books)


def _filled_inventory(runtime: RuntimeContext, simulation: Simulation) -> str:
    """The address of an inventory database that holds every snapshot up to today."""
    assert runtime.server is not None  # noqa: S101 - the demo's environment names no other server
    address = runtime.server.ensure_database(_INVENTORY_DATABASE)
    fill_inventory(
        address,
        first_month=runtime.settings.start_month,
        today=_today(runtime),
        devices=simulation.devices,
        snapshots_per_month=simulation.snapshots_per_month,
    )
    return address


def _simulated_ninja(
    runtime: RuntimeContext, processes: Processes, simulation: Simulation
) -> Mapping[str, str]:
    """Start the simulated NinjaOne, and store what it would have said in the nights before today."""
    settings = runtime.settings
    first_month = _remember_nights(runtime, simulation)
    address = processes.new_file("ninja.address")
    processes.start(
        "simulated NinjaOne",
        [
            sys.executable, "-m", "qbr_pipeline.demo.ninja",
            "--ready-file", str(address), "--start-month", str(first_month),
            "--timezone", settings.timezone.key, "--devices", str(simulation.devices),
        ],
    )  # fmt: skip
    return {
        "NINJA_SERVER": processes.await_file("simulated NinjaOne", address, seconds=300),
        "NINJA_CLIENT_ID": DEMO_NINJA_ID,
        "NINJA_CLIENT_SECRET": DEMO_NINJA_SECRET,
    }


def _remember_nights(runtime: RuntimeContext, simulation: Simulation) -> Month:
    """Store snapshots of the days before today, as if the demo had run all along: NinjaOne only knows now.

    Returns the month in which the fleet began, which stays the same for the life of a database.
    """
    settings, today = runtime.settings, _today(runtime)
    with closing(runtime.open_database()) as database:
        kept = [day for day, _ in database.fetch(snapshot_sizes, today)]
        first_month = Month(kept[0].year, kept[0].month) if kept else settings.start_month
        world = World(simulation.devices, first_month.first_day, settings.timezone)
        for day in snapshot_days(first_month, today, simulation.snapshots_per_month or _NIGHTS):
            if day < today and (not kept or day > kept[-1]):
                moment = datetime.combine(day, _NIGHT, settings.timezone)
                StoredSnapshots(database).store(day, _said(world, moment), taken_at=moment, run_id="demo")
    return first_month


def _said(world: World, moment: datetime) -> list[Device]:
    """The devices of the simulated NinjaOne at an aware moment, as its client reads them."""
    organizations, locations = (
        {str(row["id"]): row["name"] for row in rows(moment)}
        for rows in (world.organizations, world.locations)
    )
    return [
        models.device(str(row["id"]), row, organizations, locations, world.timezone)
        for row in world.devices(moment)
    ]


def _today(runtime: RuntimeContext) -> date:
    return datetime.now(UTC).astimezone(runtime.settings.timezone).date()
