"""Device snapshots of our own: what a source that knows only now has said, night after night.

What belongs here: the tables, storing the fleet of a day, and reading any day's again. A device is kept as versions, a
new one only when something of it changed: most nights write next to nothing. What does not: fetching devices, and what
they count as (the vendors' packages).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from qbr_pipeline.store.database import Database, lock_devices
from qbr_pipeline.store.schema import metadata, moment, organization_reference

device_snapshots = Table(
    "qbr_device_snapshots",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("snapshot_date", Date, nullable=False),
    moment("taken_at", required=True),
    Column("devices", Integer, nullable=False),
    Column("run_id", Text, nullable=False),
    UniqueConstraint("organization_id", "snapshot_date", name="uq_qbr_device_snapshots_snapshot_date"),
)

device_versions = Table(
    "qbr_device_versions",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("source_id", Text, nullable=False),
    Column("display_name", Text),
    Column("hostname", Text),
    Column("organization", Text),
    Column("location", Text),
    Column("node_class", Text),
    Column("approval_status", Text),
    Column("created", Date),
    Column("unseen_since", Date),
    Column("first_date", Date, nullable=False),
    Column("end_date", Date),
    Index(
        "uq_qbr_device_versions_current",
        "organization_id",
        "source_id",
        unique=True,
        postgresql_where=text("end_date IS NULL"),
    ),
    Index("idx_qbr_device_versions_first_date", "organization_id", "first_date"),
)


@dataclass(frozen=True, slots=True)
class StoredDevice:
    """A device as it was in a snapshot. Days are those of the business time zone.

    `unseen_since`: the day of its last contact, where that was long ago; None: it was seen, or nobody knows.
    """

    source_id: str
    display_name: str | None
    hostname: str | None
    organization: str | None
    location: str | None
    node_class: str | None
    approval_status: str | None
    created: date | None
    unseen_since: date | None


class SnapshotTooLateError(RuntimeError):
    """A snapshot of a day before the newest one that is stored; the message is a sentence for a person."""


def store_snapshot(
    db: Database, day: date, devices: Iterable[StoredDevice], *, taken_at: datetime, run_id: str
) -> int:
    """Store the whole fleet of a day in one transaction, in place of an earlier one of that day; devices that changed.

    `taken_at` is aware. SnapshotTooLateError when a later day is stored already: a source that knows only now cannot
    say what was then.
    """
    fleet = {_plain(device.source_id): device for device in devices}
    with db.begin() as connection:
        lock_devices(connection, db)
        newest = newest_snapshot(connection, db)
        if newest is not None and newest > day:
            raise SnapshotTooLateError(
                f"the snapshot of {newest} is stored already, and what was on {day} cannot be asked for any more"
            )
        _forget(connection, db, day)
        kept = {device.source_id: device for device in _devices(connection, db, None)}
        changed = [_clean(device) for key, device in fleet.items() if kept.get(key) != _clean(device)]
        ended = [key for key in kept if key not in fleet or kept[key] != _clean(fleet[key])]
        _write(connection, db, day, changed, ended)
        connection.execute(
            insert(device_snapshots).values(
                organization_id=db.organization_id,
                snapshot_date=day,
                taken_at=taken_at,
                devices=len(fleet),
                run_id=run_id,
            )
        )
    return len(changed) + len([key for key in ended if key not in fleet])


def forget_snapshots(connection: Connection, db: Database, before: date) -> int:
    """Delete the snapshots of days earlier than `before`, but never the newest; how many versions of devices went.

    The days that are kept read back as before.
    """
    newest = newest_snapshot(connection, db)
    if newest is None:
        return 0
    first_kept = min(before, newest)
    snapshots, versions = device_snapshots, device_versions
    connection.execute(
        delete(snapshots).where(
            snapshots.c.organization_id == db.organization_id, snapshots.c.snapshot_date < first_kept
        )
    )
    old = delete(versions).where(
        versions.c.organization_id == db.organization_id, versions.c.end_date <= first_kept
    )
    return connection.execute(old).rowcount


def snapshot_sizes(connection: Connection, db: Database, today: date) -> list[tuple[date, int]]:
    """How many devices each stored snapshot has, oldest first, none after `today`."""
    table = device_snapshots
    query = (
        select(table.c.snapshot_date, table.c.devices)
        .where(table.c.organization_id == db.organization_id, table.c.snapshot_date <= today)
        .order_by(table.c.snapshot_date)
    )
    return [(day, devices) for day, devices in connection.execute(query)]


def newest_snapshot(connection: Connection, db: Database, today: date | None = None) -> date | None:
    """The day of the newest stored snapshot, none after `today`, if given; None when there is none."""
    table = device_snapshots
    query = select(func.max(table.c.snapshot_date)).where(table.c.organization_id == db.organization_id)
    if today is not None:
        query = query.where(table.c.snapshot_date <= today)
    found: date | None = connection.execute(query).scalar_one()
    return found


def devices_of_day(connection: Connection, db: Database, day: date) -> list[StoredDevice]:
    """The devices of the stored snapshot of a day, in the order of their ids."""
    return _devices(connection, db, day)


def _devices(connection: Connection, db: Database, day: date | None) -> list[StoredDevice]:
    """Of a day, or the current versions."""
    table = device_versions
    columns = [table.c[field.name] for field in fields(StoredDevice)]
    query = select(*columns).where(table.c.organization_id == db.organization_id)
    if day is None:
        query = query.where(table.c.end_date.is_(None))
    else:
        query = query.where(
            table.c.first_date <= day, or_(table.c.end_date.is_(None), table.c.end_date > day)
        )
    ordered = query.order_by(func.length(table.c.source_id), table.c.source_id)
    return [StoredDevice(*row) for row in connection.execute(ordered)]


def _forget(connection: Connection, db: Database, day: date) -> None:
    """Take the newest snapshot back, if it is of that day: as if it had not been stored."""
    versions, snapshots = device_versions, device_snapshots
    mine = versions.c.organization_id == db.organization_id
    connection.execute(delete(versions).where(mine, versions.c.first_date == day))
    connection.execute(update(versions).where(mine, versions.c.end_date == day).values(end_date=None))
    connection.execute(
        delete(snapshots).where(
            snapshots.c.organization_id == db.organization_id, snapshots.c.snapshot_date == day
        )
    )


def _write(
    connection: Connection, db: Database, day: date, changed: Sequence[StoredDevice], ended: Sequence[str]
) -> None:
    table = device_versions
    if ended:
        connection.execute(
            update(table)
            .where(
                table.c.organization_id == db.organization_id,
                table.c.end_date.is_(None),
                table.c.source_id == func.any(ended),
            )
            .values(end_date=day)
        )
    if changed:
        rows = [
            {**asdict(device), "organization_id": db.organization_id, "first_date": day} for device in changed
        ]
        connection.execute(insert(table), rows)


def _clean(device: StoredDevice) -> StoredDevice:
    texts: dict[str, Any] = {
        name: _plain(value) for name, value in asdict(device).items() if isinstance(value, str)
    }
    return replace(device, **texts)


def _plain(value: str) -> str:
    """Text without what PostgreSQL's cannot hold: NUL, and halves of surrogate pairs that JSON can smuggle in."""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
