"""A new major version of the embedded PostgreSQL: its data are upgraded by one command, and every row is there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from qbr_pipeline.runtime.postgres.embedded import EmbeddedServerError, start_embedded
from qbr_pipeline.runtime.postgres.major_version import upgrade_data
from qbr_pipeline.runtime.postgres.postmaster import Account
from qbr_pipeline.runtime.postgres.programs import library, make_system_user, open_programs, programs
from qbr_pipeline.store import migrating
from qbr_pipeline_tests.cli.test_backup import rows

BEFORE, NOW = 16, 18


@contextmanager
def of_version(version: int) -> Iterator[None]:
    """As if the package came with that version of PostgreSQL."""
    utils = library().utils
    today = utils.TARGET_POSTGRES_VERSION
    utils.TARGET_POSTGRES_VERSION = version
    try:
        if os.geteuid() == 0:
            make_system_user()
            open_programs(Account.of_server().group)
        yield
    finally:
        utils.TARGET_POSTGRES_VERSION = today


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose data are of PostgreSQL 16, with our tables and a database of somebody else."""
    place = Path(tempfile.mkdtemp(prefix="qbr-major-"))
    with of_version(BEFORE):
        server = start_embedded(place, keep_running=False)
        url = server.ensure_database("qbr")
        migrating.upgrade(url, "Test MSP")
        with sa.create_engine(server.ensure_database("dagster"), poolclass=sa.NullPool).begin() as connection:
            connection.exec_driver_sql("CREATE TABLE runs AS SELECT n FROM generate_series(1, 500) AS n")
        server.stop()
    yield place
    shutil.rmtree(place)


def test_the_package_brings_both_versions() -> None:
    assert set(library().utils.POSTGRES_VERSIONS) >= {BEFORE, NOW}
    assert programs().parent.name == "pginstall18"


def test_a_start_says_what_to_do_and_the_command_does_it(home: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="`qbr db upgrade-server` upgrades them"):
        start_embedded(home, keep_running=False)
    with of_version(BEFORE):
        server = start_embedded(home, keep_running=False)
        before = {name: rows(server.url(name)) for name in ("qbr", "dagster")}
        server.stop()
    assert upgrade_data(home) == (BEFORE, NOW, home / "postgres-16")
    server = start_embedded(home, keep_running=False)
    assert {name: rows(server.url(name)) for name in before} == before
    with sa.create_engine(server.url("qbr"), poolclass=sa.NullPool).connect() as connection:
        assert str(connection.execute(sa.text("SHOW server_version")).scalar_one()).startswith("18.")
    server.stop()
    assert (home / "postgres-16" / "PG_VERSION").read_text() == "16\n"
    assert upgrade_data(home) is None


def test_data_in_use_are_not_touched(home: Path) -> None:
    with of_version(BEFORE):
        server = start_embedded(home, keep_running=False)
        try:
            with (
                of_version(NOW),
                pytest.raises(EmbeddedServerError, match="runs: stop everything that uses it"),
            ):
                upgrade_data(home)
            assert rows(server.url("qbr"))["vendor"]
        finally:
            server.stop()


def test_a_version_whose_programs_are_gone_is_refused_with_the_other_way(home: Path) -> None:
    (home / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedServerError, match="make a backup with it"):
        upgrade_data(home)
    (home / "postgres" / "PG_VERSION").write_text("16\n")


def test_an_upgrade_that_fails_leaves_the_data_where_they_were(home: Path) -> None:
    (home / "postgres" / "global" / "pg_control").rename(home / "postgres" / "global" / "away")
    with pytest.raises(EmbeddedServerError, match="were not upgraded"):
        upgrade_data(home)
    (home / "postgres" / "global" / "away").rename(home / "postgres" / "global" / "pg_control")
    with of_version(BEFORE):
        server = start_embedded(home, keep_running=False)
        assert len(rows(server.url("dagster"))["runs"]) == 500
        server.stop()
