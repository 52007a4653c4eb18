"""What a source of NinjaOne devices hands out: the snapshot that a month is counted from.

What belongs here: the shapes, and which snapshot of a month is chosen.
What does not: where snapshots come from (`inventory`; one over the vendor's API would stand beside it), and
what a device counts as (`rules`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Protocol

from qbr_pipeline.metrics.rules.limits import SNAPSHOT_PART
from qbr_pipeline.periods import Month


@dataclass(frozen=True, slots=True)
class Device:
    """A device as NinjaOne knows it; None is what the source does not say. Days are those of the business time zone."""

    source_id: str
    display_name: str | None = None
    hostname: str | None = None
    organization: str | None = None
    location: str | None = None
    node_class: str | None = None
    approval_status: str | None = None
    created: date | None = None
    last_contact: date | None = None


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
        """Whether even the chosen snapshot looks incomplete: the month has no better one."""
        return self.size.suspect

    @property
    def source_count(self) -> int:
        """The source's own count of this snapshot's devices."""
        return self.size.devices

    @property
    def newest(self) -> SnapshotSize:
        """The month's latest snapshot; not the chosen one when it is suspect and an earlier one is not."""
        return self.sizes[-1]


@dataclass(frozen=True, slots=True)
class KnownSizes:
    """How many devices days are known to have had: as published of a sound snapshot, or as a person accepted them."""

    published: Mapping[date, int] = field(default_factory=dict)
    accepted: Mapping[date, int] = field(default_factory=dict)

    def begin_before(self, day: date) -> bool:
        """Whether it is known from what is right on `day`: from an earlier one, or because somebody said so."""
        return day in self.accepted or any(each < day for each in (*self.published, *self.accepted))


NOTHING_KNOWN = KnownSizes()


class SnapshotSource(Protocol):
    """Anything that keeps daily snapshots of NinjaOne's devices. `known` as in `compare`."""

    def snapshot(self, month: Month, today: date, known: KnownSizes = NOTHING_KNOWN) -> Snapshot | None:
        """The snapshot that `month` is counted from, none after `today`; None when the month has none."""

    def latest_snapshot_date(self, today: date) -> date | None:
        """The day of the newest snapshot not later than `today`; None when there is none at all."""


def compare(counts: Iterable[tuple[date, int]], known: KnownSizes = NOTHING_KNOWN) -> list[SnapshotSize]:
    """Each day's count of devices beside that of the last sound snapshot before it; `counts` come oldest first.

    However many nights a fault lasts, each of them is held against the last one that was sound. Days that the source
    has purged may be `known`; what is known of a day that it still has counts for that day itself. Once a person has
    accepted a count, the suspects right before it are held against that one.
    """
    days = list(counts)
    held, right = dict(days), {**known.published, **known.accepted}
    sizes = [] if not days or known.begin_before(days[0][0]) else _held_against_later(days)
    begun = {size.day for size in sizes}
    sound = next(((size.day, size.devices) for size in sizes if not size.suspect), None)
    for day in sorted((held.keys() | right.keys()) - begun):
        here = (day, right[day]) if day in right else None
        if day in held:
            size = SnapshotSize(day, held[day], *(here or sound or ()))
            if day in known.accepted and not size.suspect:
                sizes = _confirmed(sizes, size)
            sizes.append(size)
            here = here if size.suspect else (day, held[day])
        sound = here or sound
    return sizes


def _held_against_later(days: Sequence[tuple[date, int]]) -> list[SnapshotSize]:
    """The first days, where each holds less than half of the day that ends them; else the first day alone.

    Nothing is before them, because old snapshots are purged: once the full one of the 30th is gone, the half-done one
    of the 31st must not begin to look sound.
    """
    for end in range(1, len(days)):
        first = [SnapshotSize(*day, *days[end]) for day in days[:end]]
        if all(size.suspect for size in first):
            return first
    return [SnapshotSize(*days[0], *after) for after in days[1:2]]


def _confirmed(sizes: Sequence[SnapshotSize], accepted: SnapshotSize) -> list[SnapshotSize]:
    """`sizes`, the suspects right before the accepted one held against that one instead."""
    run = len(list(takewhile(lambda size: size.suspect, reversed(sizes))))
    kept, again = sizes[: len(sizes) - run], sizes[len(sizes) - run :]
    return [
        *kept,
        *(SnapshotSize(each.day, each.devices, accepted.day, accepted.devices) for each in again),
    ]


def choose(sizes: Iterable[SnapshotSize]) -> SnapshotSize | None:
    """The latest that is not suspect; else the latest; None of nothing. `sizes` come oldest first."""
    newest_first = sorted(sizes, key=lambda size: size.day, reverse=True)
    sound = (size for size in newest_first if not size.suspect)
    return next(sound, newest_first[0] if newest_first else None)
