"""Snapshots of NinjaOne's devices that were taken night after night and stored with us: it only knows now.

What belongs here: the way of a device into the store and back. What does not: taking a snapshot (`client`), the tables
(`store.device_snapshots`), and what devices count as (`rules`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from qbr_pipeline.metrics.rules.limits import UNSEEN
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.device_snapshots import (
    StoredDevice,
    devices_of_day,
    newest_snapshot,
    snapshot_sizes,
    store_snapshot,
)
from qbr_pipeline.vendors.ninja.snapshot import (
    NOTHING_KNOWN,
    Device,
    KnownSizes,
    Snapshot,
    choose,
    compare,
)


class StoredSnapshots:
    """A `SnapshotSource` over the snapshots that are stored with us."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def snapshot(self, month: Month, today: date, known: KnownSizes = NOTHING_KNOWN) -> Snapshot | None:
        """The snapshot that `month` is counted from, none after `today`; None when the month has none."""
        with self._database.read() as connection:
            counts = snapshot_sizes(connection, self._database, today)
            last_day = min(month.last_day, today)
            sizes = tuple(each for each in compare(counts, known) if month.first_day <= each.day <= last_day)
            chosen = choose(sizes)
            if chosen is None:
                return None
            devices = devices_of_day(connection, self._database, chosen.day)
        return Snapshot(chosen, sizes, tuple(map(_read, devices)), node_class_fallback=False)

    def latest_snapshot_date(self, today: date) -> date | None:
        """The day of the newest snapshot not later than `today`; None when there is none at all."""
        return self._database.fetch(newest_snapshot, today)

    def store(self, day: date, devices: Iterable[Device], *, taken_at: datetime, run_id: str) -> int:
        """Store the whole fleet of a day; how many devices changed. `taken_at` is aware. SnapshotTooLateError."""
        written = (_written(device, day) for device in devices)
        return store_snapshot(self._database, day, written, taken_at=taken_at, run_id=run_id)


def _written(device: Device, day: date) -> StoredDevice:
    last = device.last_contact
    return StoredDevice(
        device.source_id,
        device.display_name,
        device.hostname,
        device.organization,
        device.location,
        device.node_class,
        device.approval_status,
        device.created,
        last if last is not None and day - last > UNSEEN.duration else None,
    )


def _read(device: StoredDevice) -> Device:
    return Device(
        source_id=device.source_id,
        display_name=device.display_name,
        hostname=device.hostname,
        organization=device.organization,
        location=device.location,
        node_class=device.node_class,
        approval_status=device.approval_status,
        created=device.created,
        last_contact=device.unseen_since,
    )
