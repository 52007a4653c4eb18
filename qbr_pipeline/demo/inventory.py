"""The demo's inventory database: the tables that another program would fill each night, with a made-up fleet.

What belongs here: the tables and the filling. What does not: which devices there are (`fleet`).
It knows nothing of how we read such a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from qbr_pipeline.demo.fleet import OWN_ORGANIZATION, DemoDevice, clients, fleet
from qbr_pipeline.periods import Month

VENDOR_NAME = "Ninja"
VENDOR_ID = 2
HALF_DONE_MONTH = 3
"""The month, counted from the first, that has a snapshot which the made-up program did not finish."""

# No foreign keys from device_snapshot: a million demo rows are to be there within seconds.
_TABLES = """
CREATE TABLE IF NOT EXISTS vendor (id serial PRIMARY KEY, name varchar NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS billing_status (id serial PRIMARY KEY, code varchar(50) NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS device_type (id serial PRIMARY KEY, code varchar(50) NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS site (id serial PRIMARY KEY, name varchar(255) NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS device_identity (
    id serial PRIMARY KEY,
    vendor_id integer NOT NULL REFERENCES vendor,
    vendor_device_key varchar(255) NOT NULL,
    first_seen_date date NOT NULL,
    last_seen_date date NOT NULL,
    UNIQUE (vendor_id, vendor_device_key)
);
CREATE TABLE IF NOT EXISTS device_snapshot (
    id bigserial PRIMARY KEY,
    snapshot_date date NOT NULL,
    vendor_id integer NOT NULL,
    device_identity_id integer NOT NULL,
    site_id integer,
    device_type_id integer,
    billing_status_id integer,
    hostname varchar(255),
    display_name varchar(255),
    organization_name varchar(255),
    location_name varchar(255),
    node_class varchar(100),
    os_name varchar(255),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (snapshot_date, vendor_id, device_identity_id)
);
CREATE TEMPORARY TABLE fleet (
    key integer, organization varchar, says_organization boolean, location varchar, hostname varchar,
    display_name varchar, node_class varchar, device_type varchar, billing_status varchar,
    joined date, "left" date, number integer
) ON COMMIT DROP;
"""

_LOOKUPS = """
INSERT INTO billing_status (code) VALUES ('billable'), ('spare'), ('unknown') ON CONFLICT DO NOTHING;
INSERT INTO device_type (code) VALUES ('server'), ('workstation'), ('unknown') ON CONFLICT DO NOTHING;
"""

_IDENTITIES = sa.text(
    """
    INSERT INTO device_identity (vendor_id, vendor_device_key, first_seen_date, last_seen_date)
    SELECT :vendor_id, CAST(key AS varchar), seen, seen
    FROM fleet CROSS JOIN LATERAL greatest(joined, CAST(:first_night AS date)) AS seen
    ON CONFLICT DO NOTHING
    """
)

_SNAPSHOTS = sa.text(
    """
    INSERT INTO device_snapshot (snapshot_date, vendor_id, device_identity_id, site_id, device_type_id,
                                 billing_status_id, hostname, display_name, organization_name, location_name,
                                 node_class, os_name, created_at)
    SELECT night.day, :vendor_id, device_identity.id, site.id, device_type.id, billing_status.id,
           hostname, display_name, CASE WHEN says_organization THEN organization END, location, node_class,
           initcap(replace(node_class, '_', ' ')), night.day + time '05:10' AT TIME ZONE 'UTC'
    FROM unnest(CAST(:days AS date[]), CAST(:shares AS float[])) AS night(day, share)
    JOIN fleet ON joined <= night.day AND night.day < fleet."left" AND number % 100 < night.share * 100
    JOIN device_identity
      ON device_identity.vendor_id = :vendor_id AND vendor_device_key = CAST(fleet.key AS varchar)
    JOIN site ON site.name = organization
    JOIN device_type ON device_type.code = fleet.device_type
    JOIN billing_status ON billing_status.code = fleet.billing_status
    ORDER BY night.day, device_identity.id
    """
)

_LAST_SEEN = sa.text(
    """
    UPDATE device_identity SET last_seen_date = least(CAST(:today AS date), fleet."left" - 1)
    FROM fleet WHERE vendor_id = :vendor_id AND vendor_device_key = CAST(key AS varchar)
    """
)


@dataclass(frozen=True, slots=True)
class Filling:
    """What one call added: snapshots (days), their rows, and the seed's fleet up to today."""

    days: tuple[date, ...]
    rows: int
    fleet: int


def fill_inventory(
    url: str,
    *,
    first_month: Month,
    today: date,
    devices: int = 610,
    snapshots_per_month: int | None = None,
    seed: int = 1,
) -> Filling:
    """Create the inventory tables that are missing and the snapshots that are missing, in one transaction.

    From `first_month` to `today` each day has one, or `snapshots_per_month` days a month and `today`.
    `devices` is the size of the fleet on the first night; it and `seed` stay the same for the life of a
    database, which may be the one with our own tables: an existing `vendor` is used as it is.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('qbr demo inventory', 0))")
        connection.exec_driver_sql("SET LOCAL client_min_messages = warning")
        connection.exec_driver_sql(_TABLES)
        connection.exec_driver_sql(_LOOKUPS)
        vendor_id = _vendor_id(connection)
        first_night = _first_night(connection, vendor_id) or first_month.first_day
        everything = list(fleet(seed, devices, first_night, today))
        _enter_sites(connection, devices)
        _enter_fleet(connection, everything)
        connection.execute(_IDENTITIES, {"vendor_id": vendor_id, "first_night": first_night})
        there = set(
            connection.scalars(
                sa.text("SELECT DISTINCT snapshot_date FROM device_snapshot WHERE vendor_id = :id"),
                {"id": vendor_id},
            )
        )
        nights = [day for day in snapshot_days(first_month, today, snapshots_per_month) if day not in there]
        half_done = _half_done_night(Month(first_night.year, first_night.month), snapshots_per_month)
        shares = [0.4 if day == half_done else 1.0 for day in nights]
        added = connection.execute(_SNAPSHOTS, {"vendor_id": vendor_id, "days": nights, "shares": shares})
        connection.execute(_LAST_SEEN, {"vendor_id": vendor_id, "today": today})
    return Filling(tuple(nights), added.rowcount, len(everything))


def snapshot_days(first_month: Month, today: date, per_month: int | None) -> list[date]:
    """The days that have a snapshot, oldest first: every day, or `per_month` evenly spread and `today`."""
    days = {today} if today >= first_month.first_day else set()
    for month in Month.span(first_month, Month(today.year, today.month)):
        days.update(day for day in _days_of(month, per_month) if day <= today)
    return sorted(days)


def _days_of(month: Month, per_month: int | None) -> list[date]:
    length = month.last_day.day
    count = min(per_month or length, length)
    return [month.first_day + timedelta(length * number // count - 1) for number in range(1, count + 1)]


def _half_done_night(first: Month, per_month: int | None) -> date | None:
    """The second night of its month, where that is not the last one."""
    nights = _days_of(first.plus(HALF_DONE_MONTH), per_month)
    return nights[1] if len(nights) > 2 else None


def _vendor_id(connection: sa.Connection) -> int:
    vendors = {row.name: row.id for row in connection.execute(sa.text("SELECT id, name FROM vendor"))}
    if VENDOR_NAME in vendors:
        return int(vendors[VENDOR_NAME])
    new_id = VENDOR_ID if VENDOR_ID not in vendors.values() else max(vendors.values()) + 1
    connection.execute(
        sa.text("INSERT INTO vendor (id, name) VALUES (:id, :name)"), {"id": new_id, "name": VENDOR_NAME}
    )
    connection.exec_driver_sql(
        "SELECT setval(pg_get_serial_sequence('vendor', 'id'),"
        " greatest((SELECT max(id) FROM vendor), nextval(pg_get_serial_sequence('vendor', 'id')) - 1))"
    )
    return new_id


def _first_night(connection: sa.Connection, vendor_id: int) -> date | None:
    query = sa.text("SELECT min(first_seen_date) FROM device_identity WHERE vendor_id = :vendor_id")
    found: date | None = connection.scalar(query, {"vendor_id": vendor_id})
    return found


def _enter_sites(connection: sa.Connection, devices: int) -> None:
    names = [{"name": name} for name in (*clients(devices), OWN_ORGANIZATION)]
    connection.execute(sa.text("INSERT INTO site (name) VALUES (:name) ON CONFLICT DO NOTHING"), names)


def _enter_fleet(connection: sa.Connection, devices: Iterable[DemoDevice]) -> None:
    rows = [
        asdict(device)
        | {"number": number, "joined": device.joined or date.min, "left": device.left or date.max}
        for number, device in enumerate(devices)
    ]
    table = sa.table("fleet", *(sa.column(name) for name in rows[0]))
    connection.execute(sa.insert(table), rows)
