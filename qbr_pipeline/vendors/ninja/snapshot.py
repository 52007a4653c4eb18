"""What a source of NinjaOne devices hands out: the snapshot that a month is counted from.

What belongs here: the shapes, and which snapshot of a month is chosen.
What does not: where snapshots come from (`inventory`; one over the vendor's API would stand beside it), and
what a device counts as (`rules`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol

from qbr_pipeline.metrics.rules.limits import SNAPSHOT_PART
from qbr_pipeline.periods import Month


@dataclass(frozen=True, slots=True)
class Device:
    """A device as NinjaOne knows it; None is what the source does not say."""

    source_id: str
    display_name: str | None = None
    hostname: str | None = None
    organization: str | None = None
    location: str | None = None
    node_class: str | None = None
    approval_status: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotSize:
    """How many devices the source counts in the snapshot of a day, and in the one it is compared with."""

    day: date
    devices: int
    compared_day: date | None = None
    compared_devices: int | None = None

    @property
    def suspect(self) -> bool:
        """Whether it holds too few of the other's devices: the night's fill was perhaps half done."""
        other = self.compared_devices
        return other is not None and self.devices < SNAPSHOT_PART.exact * other


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The devices of the day that a month is counted from.

    `sizes` are all the month's snapshots, oldest first. `node_class_fallback` says that the source knows no
    node class on this day, so that each device's class was made from its type (server or workstation).
    """

    size: SnapshotSize
    sizes: tuple[SnapshotSize, ...]
    devices: tuple[Device, ...]
    node_class_fallback: bool

    @property
    def day(self) -> date:
        """The day of the snapshot, as the source dates it."""
        return self.size.day

    @property
    def suspect(self) -> bool:
        """Whether even the chosen snapshot looks half done: the month has no better one."""
        return self.size.suspect

    @property
    def source_count(self) -> int:
        """The source's own count of this snapshot's devices."""
        return self.size.devices

    @property
    def newest(self) -> SnapshotSize:
        """The month's latest snapshot; not the chosen one when it is suspect and an earlier one is not."""
        return self.sizes[-1]


class SnapshotSource(Protocol):
    """Anything that keeps daily snapshots of NinjaOne's devices."""

    def snapshot(self, month: Month, today: date) -> Snapshot | None:
        """The snapshot that `month` is counted from, none after `today`; None when the month has none."""

    def latest_snapshot_date(self, today: date) -> date | None:
        """The day of the newest snapshot not later than `today`; None when there is none at all."""


def compare(counts: Iterable[tuple[date, int]]) -> list[SnapshotSize]:
    """Each day's count of devices beside that of the snapshot before it; `counts` come oldest first.

    The first has none before it. It is held against the one after it, because old snapshots are purged: once
    the full one of the 30th is gone, the half-done one of the 31st must not begin to look sound.
    """
    days = list(counts)
    first = [SnapshotSize(*days[0], *days[1])] if len(days) > 1 else [SnapshotSize(*day) for day in days]
    return first + [SnapshotSize(*day, *before) for before, day in pairwise(days)]


def choose(sizes: Iterable[SnapshotSize]) -> SnapshotSize | None:
    """The latest that is not suspect; else the latest; None of nothing. `sizes` come oldest first."""
    newest_first = sorted(sizes, key=lambda size: size.day, reverse=True)
    sound = (size for size in newest_first if not size.suspect)
    return next(sound, newest_first[0] if newest_first else None)
