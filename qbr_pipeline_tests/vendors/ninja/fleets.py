"""A fleet of NinjaOne that a test shapes by the ids of its devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline.demo.ninja.world import World

CHICAGO = ZoneInfo("America/Chicago")


@dataclass
class Fleet(World):
    """A fleet that a test shapes: workstations of four organizations in turn, by the ids that they have."""

    devices_before: int = 1
    first_night: date = date(2025, 1, 1)
    timezone: ZoneInfo = CHICAGO
    ids: Sequence[int] = ()
    changes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def devices(self, now: datetime) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "id": number,
                "organizationId": 1 + number % 4,
                "locationId": 1,
                "nodeClass": "WINDOWS_WORKSTATION",
                "systemName": f"PC-{number}",
                "approvalStatus": "APPROVED",
                "created": datetime(2025, 4, 15, tzinfo=UTC).timestamp() + 86_400 * number,
                "lastContact": now.timestamp(),
                **self.changes.get(number, {}),
            }
            for number in self.ids
        ]

    def organizations(self, _now: datetime) -> Sequence[Mapping[str, Any]]:
        return [{"id": number, "name": f"Firm {number}"} for number in range(1, 5)]

    def locations(self, _now: datetime) -> Sequence[Mapping[str, Any]]:
        return [{"id": 1, "name": "Main office", "organizationId": 1}]
