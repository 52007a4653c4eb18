"""`qbr backup`, `qbr restore`, `qbr db move`: every row comes back, and nothing is ever written over."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from qbr_pipeline.demo.connectwise.rows import Ticket
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.postgres.embedded import EmbeddedServer
from qbr_pipeline.runtime.postgres.postmaster import Account
from qbr_pipeline.store.database import open_database
from qbr_pipeline_tests.cli.conftest import Decision
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.orchestration.conftest import Company, companies

__all__ = ["companies"]

Qbr = Callable[..., Decision]
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
MONTHS = Month(2025, 5), Month(2025, 6)
OF_ITS_RUN = {"run_id", "transaction_id", "duration_seconds"}

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def rows(url: str) -> dict[str, list[str]]:
    """Every row of every table, in an order that does not depend on where it lies."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = connection.execute(sa.text(_TABLES)).scalars().all()
        return {
            table: list(
                connection.execute(sa.text(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')).scalars()
            )
            for table in tables
        }


def lasting_rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of our tables by its key, without moments and what else two runs of the same night do not share."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        found = {}
        for table in (name for name in inspector.get_table_names() if name.startswith("qbr_")):
            columns = [
                each["name"]
                for each in inspector.get_columns(table)
                if each["name"] not in OF_ITS_RUN and not isinstance(each["type"], sa.DateTime)
            ]
            keys = inspector.get_pk_constraint(table)["constrained_columns"]
            texts = ", ".join(f"{name}::text" for name in columns)
            query = f"SELECT {texts} FROM {table} ORDER BY {', '.join(keys)}"
            found[table] = [tuple(row) for row in connection.exec_driver_sql(query)]
    return found


@pytest.fixture
def source(fresh_database: Callable[[], str], empty_database: Callable[[], str]) -> dict[str, str]:
    """Databases with something in them."""
    numbers, dagster = fresh_database(), empty_database()
    with sa.create_engine(dagster, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (id serial PRIMARY KEY, body text)")
        connection.exec_driver_sql(
            "INSERT INTO runs (body) SELECT repeat('é', n) FROM generate_series(1, 50) AS n"
        )
    return {"QBR_DATABASE_URL": numbers, "DAGSTER_POSTGRES_URL": dagster}


def test_a_backup_restored_into_empty_databases_holds_every_row(
    qbr: Qbr, source: dict[str, str], empty_database: Callable[[], str], tmp_path: Path
) -> None:
    assert qbr("metric", "set", "2025-03", "mrr", "5000", "--by", "Ann", **source).code == 0
    assert qbr("backup", str(tmp_path / "backups"), **source).code == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert {stat.S_IMODE(file.stat().st_mode) for file in made.iterdir()} == {0o600}
    target = {"QBR_DATABASE_URL": empty_database(), "DAGSTER_POSTGRES_URL": empty_database()}
    restored = qbr("restore", str(made), **target)
    assert restored.out == "Restored: qbr\nRestored: dagster\n"
    for name, url in source.items():
        assert rows(target[name]) == rows(url)
        assert sum(map(len, rows(url).values())) > 10
    assert "5,000" in qbr("show", "2025-03", **target).out


def test_nothing_is_restored_over_tables_that_are_there(
    qbr: Qbr, source: dict[str, str], tmp_path: Path
) -> None:
    assert qbr("backup", str(tmp_path / "backups"), **source).code == 0
    (made,) = (tmp_path / "backups").iterdir()
    before = rows(source["QBR_DATABASE_URL"])
    assert (
        "holds tables already: expected an empty one to restore into"
        in qbr("restore", str(made), **source).fault
    )
    assert rows(source["QBR_DATABASE_URL"]) == before


def test_a_folder_that_is_no_backup_is_named(qbr: Qbr, source: dict[str, str], tmp_path: Path) -> None:
    assert qbr("restore", str(tmp_path), **source).fault == (
        f"{tmp_path} holds no qbr.dump: expected a folder that `qbr backup` has made."
    )


def test_a_damaged_dump_leaves_nothing_behind(
    qbr: Qbr, source: dict[str, str], empty_database: Callable[[], str], tmp_path: Path
) -> None:
    assert qbr("backup", str(tmp_path / "backups"), **source).code == 0
    (made,) = (tmp_path / "backups").iterdir()
    whole = (made / "qbr.dump").read_bytes()
    (made / "qbr.dump").write_bytes(whole[: len(whole) // 2])
    target = {"QBR_DATABASE_URL": empty_database(), "DAGSTER_POSTGRES_URL": empty_database()}
    assert "could not be" in qbr("restore", str(made), **target).err
    assert rows(target["QBR_DATABASE_URL"]) == {}


def test_only_so_many_backups_stay_and_nothing_else_is_removed(
    qbr: Qbr, source: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "notes").mkdir()
    for day in ("2020-01-01T000000Z", "2020-01-02T000000Z"):
        old = folder / day
        old.mkdir()
        for name in ("qbr.dump", "dagster.dump"):
            (old / name).touch()
    assert qbr("backup", str(folder), "--keep", "2", **source).code == 0
    left = sorted(each.name for each in folder.iterdir())
    assert left[0] == "2020-01-02T000000Z"
    assert left[2] == "notes"
    assert len(left) == 3


def test_both_databases_are_moved_by_one_command(
    qbr: Qbr, source: dict[str, str], empty_database: Callable[[], str]
) -> None:
    to, dagster_to = empty_database(), empty_database()
    moved = qbr("db", "move", "--to", to, "--dagster-to", dagster_to, **source)
    assert moved.code == 0, moved
    assert rows(to) == rows(source["QBR_DATABASE_URL"])
    assert rows(dagster_to) == rows(source["DAGSTER_POSTGRES_URL"])


@pytest.fixture
def debian_15(postgres: EmbeddedServer) -> Iterator[str]:
    """The address of a server that is older than the embedded one: Debian's PostgreSQL 15."""
    place = Path(tempfile.mkdtemp(prefix="qbr-15-"))
    account = Account.of_server()
    os.chown(place, account.user, account.group)

    def run(*words: object) -> None:
        subprocess.run(list(map(str, words)), check=True, capture_output=True, cwd="/", **account.options)

    run(DEBIAN_15 / "initdb", "-A", "trust", "-U", "postgres", "-D", place / "data")
    pg_ctl = (DEBIAN_15 / "pg_ctl", "-w", "-D", place / "data", "-l", place / "log")
    run(*pg_ctl, "-o", f"-h '' -k {place}", "start")
    yield f"postgresql+psycopg2://postgres@/{{}}?host={place}"
    run(*pg_ctl, "-m", "immediate", "stop")
    shutil.rmtree(place)


@pytest.fixture
def empty_on_15(debian_15: str) -> dict[str, str]:
    """The addresses of two empty databases on the older server."""
    engine = sa.create_engine(
        debian_15.format("postgres"), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for name in ("qbr", "dagster"):
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return {"QBR_DATABASE_URL": debian_15.format("qbr"), "DAGSTER_POSTGRES_URL": debian_15.format("dagster")}


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="Debian's PostgreSQL 15 is not installed")
def test_both_are_moved_to_an_older_postgresql_and_the_next_entry_goes_there(
    qbr: Qbr, source: dict[str, str], empty_on_15: dict[str, str]
) -> None:
    assert qbr("metric", "set", "2025-03", "mrr", "5000", "--by", "Ann", **source).code == 0
    to, dagster_to = empty_on_15["QBR_DATABASE_URL"], empty_on_15["DAGSTER_POSTGRES_URL"]
    moved = qbr("db", "move", "--to", to, "--dagster-to", dagster_to, **source)
    assert moved.code == 0, moved
    assert rows(to) == rows(source["QBR_DATABASE_URL"])
    assert rows(dagster_to) == rows(source["DAGSTER_POSTGRES_URL"])
    assert qbr("metric", "set", "2025-03", "mrr", "6000", "--by", "Ann", **empty_on_15).code == 0
    assert "6,000" in qbr("show", "2025-03", **empty_on_15).out
    assert "5,000" in qbr("show", "2025-03", **source).out


@pytest.fixture
def firm(companies: Callable[..., Company]) -> Company:
    """A firm after its first night."""
    firm = companies()
    for number, month in enumerate(MONTHS):
        firm.add_work(month, 12 + number, 11, ["0.5", "1.25"])
        firm.add_snapshot(month.last_day, 40 + number)
    assert firm.collect_in_foreground(*MONTHS, rolling=True) == []
    return firm


def addresses(firm: Company, dagster: str) -> dict[str, str]:
    """Where the firm's numbers are, beside a database of Dagster's."""
    return {
        "QBR_DATABASE_URL": firm.database.engine.url.render_as_string(hide_password=False),
        "DAGSTER_POSTGRES_URL": dagster,
    }


def the_next_night_is_the_same(firm: Company, moved: str) -> None:
    """What a night adds to the numbers at `moved` is what it adds to the firm's own."""
    own = firm.database.engine.url.render_as_string(hide_password=False)
    assert rows(moved) == rows(own)
    before = lasting_rows(own)
    assert lasting_rows(moved) == before
    firm.now += timedelta(days=1)
    late = MONTHS[-1].start(CHICAGO) + timedelta(days=20)
    firm.world.tickets.put(Ticket(900_001, late), Ticket(900_002, late, status="Closed", closed_at=late))
    with (
        closing(open_database(moved, timezone=CHICAGO)) as database,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        twin = Company(database, firm.simulator, instance, firm.now)
        for each in (firm, twin):
            assert each.collect_in_foreground(*MONTHS, rolling=True) == []
    after = lasting_rows(own)
    assert after["qbr_metrics_history"] != before["qbr_metrics_history"]
    assert lasting_rows(moved) == after


def test_the_night_after_a_restore_writes_what_it_would_have_written_without(
    qbr: Qbr, firm: Company, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    assert qbr("backup", str(tmp_path / "backups"), **addresses(firm, empty_database())).code == 0
    (made,) = (tmp_path / "backups").iterdir()
    target = {"QBR_DATABASE_URL": empty_database(), "DAGSTER_POSTGRES_URL": empty_database()}
    assert qbr("restore", str(made), **target).code == 0
    the_next_night_is_the_same(firm, target["QBR_DATABASE_URL"])


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="Debian's PostgreSQL 15 is not installed")
def test_so_does_the_night_after_a_move_to_an_older_postgresql(
    qbr: Qbr, firm: Company, empty_database: Callable[[], str], empty_on_15: dict[str, str]
) -> None:
    to = ("--to", empty_on_15["QBR_DATABASE_URL"], "--dagster-to", empty_on_15["DAGSTER_POSTGRES_URL"])
    assert qbr("db", "move", *to, **addresses(firm, empty_database())).code == 0
    the_next_night_is_the_same(firm, empty_on_15["QBR_DATABASE_URL"])
