"""Device snapshots from an inventory database that another program fills each night.

What belongs here: the queries, and what the tables of different installations have and lack.
What does not: the connection (`access`), which snapshot is chosen (`snapshot`), what devices mean (`rules`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.ninja.access import InventoryDatabase, InventoryError
from qbr_pipeline.vendors.ninja.rules import NO_NODE_CLASS
from qbr_pipeline.vendors.ninja.snapshot import (
    NOTHING_KNOWN,
    Device,
    KnownSizes,
    Snapshot,
    SnapshotSize,
    choose,
    compare,
)

VENDOR_NAMES = ("ninja", "ninjaone", "ninjarmm")
CLASS_OF_DEVICE_TYPE: Mapping[str, str] = {"server": "WINDOWS_SERVER", "workstation": "WINDOWS_WORKSTATION"}

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "vendor": ("id", "name"),
    "device_snapshot": ("snapshot_date", "vendor_id", "device_identity_id"),
}
_LOOKUPS: Mapping[str, tuple[str, str]] = {
    "vendor_device_key": ("device_identity", "vendor_device_key"),
    "device_type": ("device_type", "code"),
    "site_name": ("site", "name"),
}
_OPTIONAL = ("display_name", "hostname", "organization_name", "location_name", "node_class")
_ROWS_PER_FETCH = 2_000

_COLUMNS_OF = sa.text(
    """
    SELECT wanted.name AS table_name, attname AS column_name
    FROM unnest(CAST(:tables AS text[])) AS wanted(name)
    JOIN pg_attribute ON attrelid = to_regclass(wanted.name)
    WHERE attnum > 0 AND NOT attisdropped
    """
)

_NULL: sa.ColumnElement[Any] = sa.literal_column("NULL", sa.String)
_vendor = sa.table("vendor", sa.column("id", sa.Integer), sa.column("name", sa.String))
_snapshot = sa.table("device_snapshot")
_day = sa.literal_column("device_snapshot.snapshot_date", sa.Date)
_of_vendor = sa.literal_column("device_snapshot.vendor_id", sa.Integer)


class Inventory:
    """A `SnapshotSource` over an inventory database, which it only reads.

    `today` is a day of the business time zone. Every method raises InventoryUnavailableError when the
    database cannot be read at the moment, and InventoryError when it refuses or lacks what is needed.
    """

    def __init__(self, url: str | sa.URL) -> None:
        self._database = InventoryDatabase(url)

    def snapshot(self, month: Month, today: date, known: KnownSizes = NOTHING_KNOWN) -> Snapshot | None:
        """The snapshot that `month` is counted from, none after `today`; None when the month has none."""
        last_day = min(month.last_day, today)
        with self._database.read() as connection:
            reader = self._reader(connection)
            fills = reader.fills(month, today)
            counts = ((day, fill.devices) for day, fill in fills.items())
            sizes = tuple(size for size in compare(counts, known) if month.first_day <= size.day <= last_day)
            chosen = choose(sizes)
            return None if chosen is None else reader.snapshot(chosen, sizes, fills[chosen.day])

    def latest_snapshot_date(self, today: date) -> date | None:
        """The day of the newest snapshot not later than `today`; None when there is none at all."""
        with self._database.read() as connection:
            return self._reader(connection).latest(today)

    def _reader(self, connection: sa.Connection) -> _Reader:
        tables = [*_REQUIRED, *(table for table, _ in _LOOKUPS.values())]
        columns: dict[str, set[str]] = {name: set() for name in tables}
        for row in connection.execute(_COLUMNS_OF, {"tables": tables}):
            columns[row.table_name].add(row.column_name)
        for table, needed in _REQUIRED.items():
            if not columns[table]:
                raise InventoryError(
                    f"the {self._database.address} has no table {table}: is it the right database?"
                )
            if missing := [name for name in needed if name not in columns[table]]:
                raise InventoryError(
                    f"table {table} of the {self._database.address} has no column {' and no '.join(missing)}"
                )
        return _Reader(connection, columns, self._vendor_ids(connection))

    def _vendor_ids(self, connection: sa.Connection) -> tuple[int, ...]:
        """Every row that is NinjaOne, newest first: one that got another name in between goes on in a second row."""
        rows = connection.execute(sa.select(_vendor.c.name, _vendor.c.id).order_by(_vendor.c.id.desc()))
        vendors: dict[str, int] = {row.name: row.id for row in rows}
        ours = [id_ for name, id_ in vendors.items() if re.sub(r"[\W_]", "", name).lower() in VENDOR_NAMES]
        if not ours:
            known = ", ".join(sorted(vendors)) or "none"
            raise InventoryError(
                f"the {self._database.address} has no vendor Ninja, NinjaOne or NinjaRMM; it has: {known}"
            )
        return tuple(ours)


@dataclass(frozen=True, slots=True)
class _Fill:
    """How many devices a day has under one of the vendor's rows."""

    vendor_id: int
    devices: int


@dataclass(frozen=True, slots=True)
class _Reader:
    """One transaction's view of the snapshots of NinjaOne; `columns` are those that each table has."""

    connection: sa.Connection
    columns: Mapping[str, set[str]]
    vendor_ids: tuple[int, ...]

    def latest(self, today: date) -> date | None:
        newest = self._nearest(sa.func.max(_day), _day <= today)
        return self.connection.scalar(sa.select(newest))

    def fills(self, month: Month, today: date) -> Mapping[date, _Fill]:
        """What each day holds, oldest first: of `month` and its neighbours, none after `today`.

        And of the nearest day before or after it, where neighbours have none. What stands under two names of the vendor
        on one day is the same fleet twice: the fuller one is it.
        """
        first_day, last_day = month.first_day, min(month.last_day, today)
        before = self._nearest(sa.func.max(_day), _day < first_day)
        after = self._nearest(sa.func.min(_day), _day > last_day, _day <= today)
        query = (
            sa.select(_day, _of_vendor, sa.func.count().label("devices"))
            .select_from(_snapshot)
            .where(
                self._ours(),
                _day >= sa.func.least(before, month.plus(-1).first_day),
                _day <= sa.func.greatest(after, min(month.next.last_day, today)),
            )
            .group_by(_day, _of_vendor)
            .order_by(_day, "devices")
        )
        return {day: _Fill(vendor_id, devices) for day, vendor_id, devices in self.connection.execute(query)}

    def snapshot(self, chosen: SnapshotSize, sizes: tuple[SnapshotSize, ...], fill: _Fill) -> Snapshot:
        of_the_day = sa.and_(_day == chosen.day, _of_vendor == fill.vendor_id)
        by_device_type = not self._knows_node_classes(of_the_day)
        devices = tuple(self._devices(of_the_day, by_device_type))
        return Snapshot(chosen, sizes, devices, node_class_fallback=by_device_type)

    def _ours(self) -> sa.ColumnElement[bool]:
        return _of_vendor.in_(self.vendor_ids)

    def _nearest(self, edge: sa.ColumnElement[date], *days: sa.ColumnElement[bool]) -> sa.ScalarSelect[date]:
        return sa.select(edge).select_from(_snapshot).where(self._ours(), *days).scalar_subquery()

    def _knows_node_classes(self, of_the_day: sa.ColumnElement[bool]) -> bool:
        if "node_class" not in self.columns["device_snapshot"]:
            return False
        name = sa.func.upper(sa.func.btrim(sa.literal_column("device_snapshot.node_class", sa.String)))
        known = sa.exists().where(of_the_day, name.not_in(NO_NODE_CLASS))
        return bool(self.connection.scalar(sa.select(known.select_from(_snapshot))))

    def _devices(self, of_the_day: sa.ColumnElement[bool], by_device_type: bool) -> Iterator[Device]:
        seen: set[str] = set()
        rows = self.connection.execute(
            self._devices_query(of_the_day), execution_options={"yield_per": _ROWS_PER_FETCH}
        )
        for row in rows:
            key = _text(row.vendor_device_key) or f"identity {row.device_identity_id}"
            source_id = key if key not in seen else f"{key} (identity {row.device_identity_id})"
            seen.add(source_id)
            by_type = CLASS_OF_DEVICE_TYPE.get(row.device_type)
            yield Device(
                source_id=source_id,
                display_name=_text(row.display_name),
                hostname=_text(row.hostname),
                organization=_text(row.organization_name) or _text(row.site_name),
                location=_text(row.location_name),
                node_class=by_type if by_device_type else _text(row.node_class),
            )

    def _devices_query(self, of_the_day: sa.ColumnElement[bool]) -> sa.Select[*tuple[object, ...]]:
        source: sa.FromClause = _snapshot
        identity = sa.literal_column("device_snapshot.device_identity_id", sa.Integer)
        selected: list[sa.ColumnElement[Any]] = [identity.label("device_identity_id")]
        for name in _OPTIONAL:
            present = name in self.columns["device_snapshot"]
            selected.append((sa.literal_column(f"device_snapshot.{name}") if present else _NULL).label(name))
        for label, (table, column) in _LOOKUPS.items():
            key = f"{table}_id"
            joined = {"id", column} <= self.columns[table] and key in self.columns["device_snapshot"]
            selected.append((sa.literal_column(f"{table}.{column}") if joined else _NULL).label(label))
            if joined:
                source = source.outerjoin(sa.table(table), sa.text(f"{table}.id = device_snapshot.{key}"))
        return sa.select(*selected).select_from(source).where(of_the_day).order_by(identity)


def _text(value: object) -> str | None:
    return (str(value).strip() or None) if value is not None else None
