"""Which vendors a command works on: the real ones that the environment names, or the demo's.

What belongs here: making them reachable for the length of a command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)
from qbr_pipeline.demo.fleet import OWN_ORGANIZATION
from qbr_pipeline.demo.inventory import fill_inventory
from qbr_pipeline.runtime.context import RuntimeContext, adopt, require_vendors
from qbr_pipeline.runtime.processes import Processes

_INVENTORY_DATABASE = "inventory"


@dataclass(frozen=True, slots=True)
class Simulation:
    """How big the made-up world is: options of the simulated ConnectWise, devices, and snapshots (None: daily)."""

    connectwise: tuple[str, ...] = ()
    devices: int = 610
    snapshots_per_month: int | None = None


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
    """Start the simulated ConnectWise, fill the inventory, and name both in the environment."""
    assert runtime.server is not None  # noqa: S101 - the demo's environment names no other server
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
    inventory = runtime.server.ensure_database(_INVENTORY_DATABASE)
    today = datetime.now(UTC).astimezone(settings.timezone).date()
    fill_inventory(
        inventory,
        first_month=settings.start_month,
        today=today,
        devices=simulation.devices,
        snapshots_per_month=simulation.snapshots_per_month,
    )
    return adopt(
        runtime,
        {
            "CONNECTWISE_SERVER": processes.await_file("simulated ConnectWise", address, seconds=300),
            "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
            "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
            "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
            "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
            "QBR_INVENTORY_DATABASE_URL": inventory,
            "QBR_EXCLUDED_ORGANIZATIONS": f'["{OWN_ORGANIZATION}"]',
        },
    )
