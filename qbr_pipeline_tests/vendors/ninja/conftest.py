from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer, start_embedded
from qbr_pipeline.vendors.ninja.inventory import Inventory

TABLES = """
CREATE TABLE vendor (id serial PRIMARY KEY, name varchar NOT NULL UNIQUE);
CREATE TABLE site (id serial PRIMARY KEY, name varchar);
CREATE TABLE device_type (id serial PRIMARY KEY, code varchar NOT NULL);
CREATE TABLE billing_status (id serial PRIMARY KEY, code varchar NOT NULL);
CREATE TABLE device_identity (id serial PRIMARY KEY, vendor_id integer NOT NULL REFERENCES vendor,
                              vendor_device_key varchar, first_seen_date date, last_seen_date date);
CREATE TABLE device_snapshot (
    id serial PRIMARY KEY, snapshot_date date NOT NULL, vendor_id integer NOT NULL REFERENCES vendor,
    device_identity_id integer NOT NULL REFERENCES device_identity, site_id integer REFERENCES site,
    device_type_id integer REFERENCES device_type, billing_status_id integer REFERENCES billing_status,
    hostname varchar, display_name varchar, organization_name varchar, location_name varchar,
    node_class varchar(100), created_at timestamptz DEFAULT now(),
    UNIQUE (snapshot_date, vendor_id, device_identity_id));
INSERT INTO vendor VALUES (1, 'Sophos'), (2, 'Ninja');
INSERT INTO device_type VALUES (1, 'server'), (2, 'workstation'), (3, 'unknown');
INSERT INTO site VALUES (1, 'Alder Creek Dental'), (2, NULL);
"""


@dataclass(frozen=True)
class InventoryFixture:
    """An inventory database of somebody else, which a test may shape and fill."""

    url: str
    engine: sa.Engine

    @property
    def source(self) -> Inventory:
        return Inventory(self.url)

    def execute(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def add(self, day: date, devices: int = 1, vendor: int = 2, **columns: object) -> None:
        """Devices of one day, all alike; their identities are those of the vendor's other days."""
        names = "".join(f", {name}" for name in columns)
        values = "".join(f", :{name}" for name in columns)
        identity = (
            "INSERT INTO device_identity (id, vendor_id, vendor_device_key) VALUES (:id, :vendor, :key)"
        )
        snapshot = (
            f"INSERT INTO device_snapshot (snapshot_date, vendor_id, device_identity_id{names})"
            f" VALUES (:day, :vendor, :id{values})"
        )
        with self.engine.begin() as connection:
            latest = connection.execute(
                sa.text(
                    "SELECT count(*) FROM device_snapshot WHERE snapshot_date = :day AND vendor_id = :vendor"
                ),
                {"day": day, "vendor": vendor},
            ).scalar_one()
            for number in range(latest + 1, latest + 1 + devices):
                id_ = vendor * 10_000 + number
                parameters = {"id": id_, "vendor": vendor, "key": f"N-{number}", "day": day, **columns}
                connection.execute(sa.text(identity + " ON CONFLICT DO NOTHING"), parameters)
                connection.execute(sa.text(snapshot), parameters)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    home = Path(tempfile.mkdtemp(prefix="qbr-ninja-"))
    running = start_embedded(home, keep_running=False)
    with sa.create_engine(running.ensure_database("inventory_template"), poolclass=sa.NullPool).begin() as db:
        db.exec_driver_sql(TABLES)
    yield running
    running.stop()
    shutil.rmtree(home, ignore_errors=True)


_numbers = itertools.count(1)


@pytest.fixture
def empty_url(server: EmbeddedServer) -> str:
    """The address of a new database without tables."""
    return server.ensure_database(f"empty_{next(_numbers)}")


@pytest.fixture
def inventory(server: EmbeddedServer) -> InventoryFixture:
    name = f"inventory_{next(_numbers)}"
    admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE inventory_template STRATEGY FILE_COPY")
    url = server.url(name)
    return InventoryFixture(url, sa.create_engine(url, poolclass=sa.NullPool))
