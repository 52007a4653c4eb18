"""What the snapshot of a month's devices looked like, kept beside the staged devices for their checks.

What belongs here: the shape, and its way into and out of the stage.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from qbr_pipeline.metrics.rules.snapshots import SuspectSnapshot
from qbr_pipeline.vendors.ninja.rules import ClassifiedDevices
from qbr_pipeline.vendors.ninja.snapshot import Snapshot, SnapshotSize


@dataclass(frozen=True, slots=True)
class DevicesEvidence:
    """`chosen`: the day of the snapshot that counts; None when the month has none."""

    chosen: date | None
    devices: int
    suspects: tuple[SuspectSnapshot, ...]
    unknown_classes: int
    node_class_fallback: bool
    organizations: tuple[str, ...]
    organizations_not_found: tuple[str, ...]

    @classmethod
    def of(cls, snapshot: Snapshot | None, classified: ClassifiedDevices) -> "DevicesEvidence":
        """What is worth checking about a snapshot and its judged devices."""
        if snapshot is None:
            return cls(None, 0, (), 0, False, (), ())
        return cls(
            chosen=snapshot.day,
            devices=snapshot.source_count,
            suspects=tuple(_suspects(snapshot.sizes, snapshot.day)),
            unknown_classes=classified.unknown_classes,
            node_class_fallback=snapshot.node_class_fallback,
            organizations=tuple(sorted({row.organization for row in classified.rows if row.organization})),
            organizations_not_found=classified.organizations_not_found,
        )

    def to_facts(self) -> Mapping[str, Any]:
        """As the facts of a stage: plain JSON."""
        facts: Mapping[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return facts

    @staticmethod
    def from_facts(facts: Mapping[str, Any]) -> "DevicesEvidence":
        """Back from the facts of a stage."""
        return _ADAPTER.validate_python(facts)


_ADAPTER = TypeAdapter(DevicesEvidence)


def _suspects(sizes: Iterable[SnapshotSize], chosen: date) -> Iterable[SuspectSnapshot]:
    for size in sizes:
        if size.suspect and size.compared_day is not None and size.compared_devices is not None:
            yield SuspectSnapshot(
                size.day, size.devices, size.compared_day, size.compared_devices, used=size.day == chosen
            )
