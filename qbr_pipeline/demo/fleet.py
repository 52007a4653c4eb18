"""The made-up fleet of a small MSP: which devices exist, whose they are, and from when to when.

What belongs here: invention, as pure functions of a seed. Every name is made up.
What does not: the database that the devices are put in (`inventory`), and the server that tells of them (`ninja`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, count, islice

from qbr_pipeline.demo.firms import FIRMS

OWN_ORGANIZATION = "Northbarrow Managed IT LLC"
"""The MSP itself: the organization that the demo's settings exclude."""

_PLACES = (
    *("Alder Creek", "Bluff Point", "Cedar Hollow", "Dunmore", "Eastwick", "Fallow Ridge", "Granite Bay"),
    *("Harrow Hill", "Ironbridge", "Juniper Flats", "Kettle River", "Larkfield", "Mossgate", "Nettlebrook"),
    *("Oakhaven", "Pinecrest", "Quarry Lane", "Redfern", "Stonewell", "Thistledown"),
)
_TRADES = (
    *("Dental", "Logistics", "Legal Group", "Orthopedics", "Foods", "Architects", "Machine Works", "Realty"),
    *("Credit Union", "Veterinary", "Plumbing Supply", "Insurance", "Printing", "Pediatrics", "Millwork"),
    *("Engineering", "Accounting", "Brewing", "Title", "Landscapes"),
)
_DEVICES_PER_CLIENT = 22
_SHARE_THAT_LEAVES = 0.25
_LEAVES_WITHIN_DAYS = (20, 900)
_DAYS_PER_JOINER = 2_400
"""So many days, divided by the devices of the first night, between two that join: growth of 5 % a year."""

_KINDS: tuple[tuple[float, str, str, str], ...] = (
    # share, node class, device type, first part of the hostname
    (0.820, "WINDOWS_WORKSTATION", "workstation", "WS"),
    (0.095, "MAC", "workstation", "MAC"),
    (0.010, "LINUX_WORKSTATION", "workstation", "LX"),
    (0.045, "WINDOWS_SERVER", "server", "SRV"),
    (0.010, "LINUX_SERVER", "server", "LSV"),
    (0.009, "VMWARE_VM_HOST", "server", "ESX"),
    (0.004, "HYPERV_VMM_HOST", "server", "HV"),
    (0.007, "NMS_SWITCH", "unknown", "SW"),
)


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """A device as the made-up inventory sees it, present from `joined` on and until the day before `left`.

    `joined` None: it was there before the first night. `says_organization` False: the inventory's row leaves
    the organization to the site.
    """

    key: int
    organization: str
    says_organization: bool
    location: str
    hostname: str
    display_name: str
    node_class: str | None
    device_type: str
    billing_status: str
    joined: date | None
    left: date | None

    def is_there(self, day: date) -> bool:
        """Whether it is in the snapshot of that day."""
        return (self.joined is None or self.joined <= day) and (self.left is None or day < self.left)


def clients(devices: int) -> list[str]:
    """The names of the clients that a fleet of so many devices belongs to; the usual fleet has those of ConnectWise."""
    wanted = max(3, devices // _DEVICES_PER_CLIENT)
    others = (
        f"{_PLACES[n % len(_PLACES)]} {_TRADES[(n + n // len(_PLACES)) % len(_TRADES)]}"
        for n in range(len(_PLACES) * len(_TRADES))
    )
    return list(islice(chain((name for _, name in FIRMS), others), wanted))


def fleet(seed: int, devices: int, first_night: date, today: date) -> Iterator[DemoDevice]:
    """Every device that was ever there up to `today`; `devices` of them before the first night."""
    names = clients(devices)
    for index in range(devices):
        chance = random.Random(f"{seed}:{index}")  # noqa: S311
        leaves = chance.random() < _SHARE_THAT_LEAVES
        days = chance.randrange(*_LEAVES_WITHIN_DAYS)
        yield _device(chance, index, names, None, first_night + timedelta(days) if leaves else None)
    for index in count(devices):
        joined = first_night + timedelta(1 + (index - devices) * _DAYS_PER_JOINER // devices)
        if joined > today:
            return
        yield _device(random.Random(f"{seed}:{index}"), index, names, joined, None)  # noqa: S311


def _device(
    chance: random.Random, index: int, names: list[str], joined: date | None, left: date | None
) -> DemoDevice:
    organization = chance.choice(names)
    location = chance.choice(("Main office", "Main office", "Warehouse", "Branch"))
    kind, device_type, prefix = _kind(chance.random())
    node_class: str | None = kind
    hostname = display_name = f"{_initials(organization)}-{prefix}-{index:05}"
    billing_status = "billable"
    says_organization = chance.random() > 0.01
    match index % 40:
        case 7:  # a spare by its name
            display_name, billing_status = f"SPARE {hostname}", "spare"
            node_class, device_type = "WINDOWS_WORKSTATION", "workstation"
        case 21 if index % 80 == 21:  # a spare by its place
            location, billing_status = "Spares shelf", "spare"
            node_class, device_type = "WINDOWS_WORKSTATION", "workstation"
        case 33:
            organization, billing_status = OWN_ORGANIZATION, "unknown"
            says_organization = index % 80 == 33
    if index == 11:
        node_class, device_type = None, "unknown"
    return DemoDevice(
        key=1000 + index,
        organization=organization,
        says_organization=says_organization,
        location=location,
        hostname=hostname,
        display_name=display_name,
        node_class=node_class,
        device_type=device_type,
        billing_status=billing_status,
        joined=joined,
        left=None if index == 11 else left,
    )


def _initials(name: str) -> str:
    letters = (word[0] for word in name.upper().split())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


def _kind(draw: float) -> tuple[str, str, str]:
    for share, node_class, device_type, prefix in _KINDS:
        if draw < share:
            return node_class, device_type, prefix
        draw -= share
    return _KINDS[0][1:]
