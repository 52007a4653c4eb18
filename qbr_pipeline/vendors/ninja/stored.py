"""Snapshots of NinjaOne's devices that were taken night after night and stored with us: it only knows now.

What belongs here: the way of a device into the store and back, and what of an answer is not whole. What does not:
asking (`client`), the tables (`store.device_snapshots`), and what devices count as (`rules`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from qbr_pipeline.metrics.rules.limits import SNAPSHOT_PART, UNSEEN
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.device_snapshots import (
    SnapshotTooLateError,
    StoredDevice,
    devices_of_day,
    newest_snapshot,
    snapshot_sizes,
    store_snapshot,
)
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.ninja.client import NinjaOne, NotWholeError
from qbr_pipeline.vendors.ninja.snapshot import (
    NOTHING_KNOWN,
    Device,
    KnownSizes,
    Snapshot,
    choose,
    compare,
)

_CUT_OFF_DEVICES, _CUT_OFF_ORGANIZATIONS = 10, 3
"""So many of the newest devices do not go in one day, of so many organizations that have others left."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot that was taken: how many devices it holds, and how many of them changed since the one before."""

    day: date
    devices: int
    changed: int


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

    def take(self, ninja: NinjaOne, now: datetime, *, run_id: str, as_it_is: bool = False) -> Taken:
        """Ask NinjaOne for its whole fleet, and store it as the snapshot of the day of the aware moment `now`.

        `as_it_is`: a person wants it although devices are missing. NotWholeError, and what `NinjaOne.devices` raises:
        then, and when a later day is stored already (VendorError), what was stored is as it was.
        """
        timezone = self._database.timezone
        day = now.astimezone(timezone).date()
        devices = ninja.devices(timezone)
        if not devices:
            raise NotWholeError(
                "NinjaOne answered that it has no device at all: check that the client app of NINJA_CLIENT_ID may see"
                " every organization; nothing is stored"
            )
        if not as_it_is:
            self._reject_what_is_not_whole(day, devices)
        return self.store(day, devices, taken_at=now, run_id=run_id)

    def store(self, day: date, devices: Sequence[Device], *, taken_at: datetime, run_id: str) -> Taken:
        """Store the whole fleet of a day. `taken_at` is aware. VendorError when a later one is stored already."""
        written = (_written(device, day) for device in devices)
        try:
            changed = store_snapshot(self._database, day, written, taken_at=taken_at, run_id=run_id)
        except SnapshotTooLateError as error:
            raise VendorError(str(error)) from error
        return Taken(day, len(devices), changed)

    def existed_by(self, day: date, today: date) -> tuple[Device, ...]:
        """The devices of the newest snapshot that NinjaOne had on `day` already; those that went since are not known.

        Nothing where there is no snapshot up to `today`.
        """
        with self._database.read() as connection:
            newest = newest_snapshot(connection, self._database, today)
            if newest is None:
                return ()
            devices = map(_read, devices_of_day(connection, self._database, newest))
            return tuple(each for each in devices if each.created is not None and each.created <= day)

    def _reject_what_is_not_whole(self, day: date, devices: Sequence[Device]) -> None:
        with self._database.read() as connection:
            newest = newest_snapshot(connection, self._database, day)
            before = devices_of_day(connection, self._database, newest) if newest else []
        month = Month(day.year, day.month)
        takes_it = f"if they were removed there, `qbr collect --month {month}` takes the answer as it is"
        if newest == day and len(devices) < SNAPSHOT_PART.exact * len(before):
            raise NotWholeError(
                f"NinjaOne answered with {len(devices):,} devices, less than half of the {len(before):,} that are"
                f" stored of {day} already, which stay; {takes_it}"
            )
        cut_off = devices_cut_off([_read(each) for each in before], devices)
        if cut_off:
            raise NotWholeError(
                f"NinjaOne's answer ends before {len(cut_off):,} devices that were there on {newest}, the newest ones"
                f" of several organizations: it was cut off, and nothing of it is stored; {takes_it}"
            )


def devices_cut_off(before: Sequence[Device], now: Sequence[Device]) -> list[Device]:
    """The devices of `before` that an answer was cut off before; none: it was not.

    The newest devices are the last of a list: where many of them are missing, and from organizations that have others
    left, it was not a client that left but the list that ended early, as at the 1,000th of 1,115.
    """
    left = {device.organization for device in now}
    last = max(map(_age, now))
    missing = [device for device in before if _age(device) > last]
    organizations = {device.organization for device in missing} & left - {None}
    enough = len(missing) >= _CUT_OFF_DEVICES and len(organizations) >= _CUT_OFF_ORGANIZATIONS
    return missing if enough else []


def _age(device: Device) -> tuple[int, str]:
    """By which devices stand in a list: the ids of newer ones are higher numbers."""
    return len(device.source_id), device.source_id


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
