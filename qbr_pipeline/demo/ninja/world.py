"""The made-up fleet as NinjaOne's API tells it: devices, organizations and locations of a moment, as JSON.

What belongs here: how a device, an organization and a location look. What does not: which devices there are
(`demo.fleet`), and who may ask (`server`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline.demo.fleet import OWN_ORGANIZATION, DemoDevice, clients, fleet

LOCATIONS = ("Main office", "Warehouse", "Branch", "Spares shelf")
_OFFLINE, _SILENT = 23, 97
"""Every so many devices one is offline, or has not been seen for months."""

_SILENT_FOR = timedelta(days=90)
_FIRST_GUEST = 900_000


@dataclass
class World:
    """A fleet that lives on a clock: `devices` of them before `first_night`, the ones that join and leave since.

    `guests`: so many VM guests, and as many devices that wait for approval, which an inventory does not store. Days
    are those of `timezone`. `others`: rows of devices beside the fleet, as a test wants them.
    """

    devices_before: int
    first_night: date
    timezone: ZoneInfo
    seed: int = 1
    guests: int = 0
    others: list[Mapping[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = (*clients(self.devices_before), OWN_ORGANIZATION)
        self._organizations = {name: number for number, name in enumerate(names, start=1)}
        places = ((name, place) for name in names for place in LOCATIONS)
        self._locations = {place: number for number, place in enumerate(places, start=1)}
        self._of_day: tuple[date, Sequence[DemoDevice]] | None = None

    def organizations(self, _now: datetime) -> Sequence[Mapping[str, Any]]:
        """Every organization, in the order of ids."""
        return [
            {"id": number, "name": name, "nodeApprovalMode": "AUTOMATIC", "description": "made up"}
            for name, number in self._organizations.items()
        ]

    def locations(self, _now: datetime) -> Sequence[Mapping[str, Any]]:
        """Every location, in the order of ids."""
        return [
            {
                "id": number,
                "name": place,
                "address": "1 Nowhere Street",
                "organizationId": self._organizations[name],
            }
            for (name, place), number in self._locations.items()
        ]

    def devices(self, now: datetime) -> Sequence[Mapping[str, Any]]:
        """Every device that is there at the aware moment `now`, in the order of ids."""
        day = now.astimezone(self.timezone).date()
        rows = [self._row(device, now) for device in self._fleet(day)]
        return sorted([*rows, *self._guests(now), *self.others], key=lambda row: row["id"])

    def _fleet(self, day: date) -> Sequence[DemoDevice]:
        if self._of_day is None or self._of_day[0] != day:
            ever = fleet(self.seed, self.devices_before, self.first_night, day)
            self._of_day = (day, [device for device in ever if device.is_there(day)])
        return self._of_day[1]

    def _row(self, device: DemoDevice, now: datetime) -> Mapping[str, Any]:
        joined = device.joined or self.first_night - timedelta(days=device.key % 700)
        silent = device.key % _SILENT == 0
        row = {
            "id": device.key,
            "parentDeviceId": None,
            "organizationId": self._organizations[device.organization],
            "locationId": self._locations[device.organization, device.location],
            "nodeClass": device.node_class,
            "nodeRoleId": 1,
            "approvalStatus": "APPROVED",
            "offline": silent or device.key % _OFFLINE == 0,
            "displayName": device.display_name if device.display_name != device.hostname else None,
            "systemName": device.hostname,
            "dnsName": f"{device.hostname.lower()}.example",
            "created": datetime.combine(joined, time(9), self.timezone).timestamp() + 0.25,
            "lastContact": (now - (_SILENT_FOR if silent else timedelta(minutes=7))).timestamp(),
            "lastUpdate": now.timestamp(),
            "publicIP": "192.0.2.1",
            "lastLoggedInUser": "somebody made up",
            "os": {"name": "Made-up OS", "needsReboot": False},
        }
        return {name: value for name, value in row.items() if value is not None}

    def _guests(self, now: datetime) -> Iterator[Mapping[str, Any]]:
        for number in range(2 * self.guests):
            waits = number % 2 == 1
            yield {
                "id": _FIRST_GUEST + number,
                "organizationId": 1 + number % (len(self._organizations) - 1),
                "locationId": 1,
                "nodeClass": "WINDOWS_WORKSTATION" if waits else "VMWARE_VM_GUEST",
                "approvalStatus": "PENDING" if waits else "APPROVED",
                "systemName": f"{'NEW' if waits else 'VM'}-{number:03}",
                "lastContact": now.timestamp(),
            }
