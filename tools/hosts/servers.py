"""What all hosts share: Debian's PostgreSQL 15 and its redis-server, which listen on the bridge and nowhere else.

What belongs here: starting and ending them in a directory of their own.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import sqlalchemy as sa

from tools.hosts.network import HEAD

_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_USER = "postgres"


class PostgreSQL:
    """A server with its ordinary durability, in a directory of its own, whose tables are ours alone."""

    def __init__(self, place: Path) -> None:
        self._data = place / "data"
        self._words = ["-w", "-D", str(self._data), "-l", str(place / "log")]
        self._options = ["-o", f"-h {HEAD} -k {place} -c max_connections=200"]
        place.mkdir()
        shutil.chown(place, _USER, _USER)
        _as_user("initdb", "-A", "trust", "-D", str(self._data))
        with (self._data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {HEAD}/24 trust\n")

    def start(self) -> None:
        """Start it; returns when it answers."""
        _as_user("pg_ctl", *self._words, *self._options, "start")

    def kill(self) -> None:
        """`kill -9` of all of its processes."""
        postmaster = psutil.Process(int((self._data / "postmaster.pid").read_text().split("\n")[0]))
        family = [postmaster, *postmaster.children()]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family)

    def stop(self) -> None:
        """Stop it for good."""
        _as_user("pg_ctl", *self._words, "-m", "immediate", "stop")


@contextmanager
def postgresql(place: Path) -> Iterator[PostgreSQL]:
    """A server while the block runs."""
    server = PostgreSQL(place)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def redis(place: Path) -> Iterator[str]:
    """A broker that keeps nothing on disk; its address without the number of a database."""
    place.mkdir()
    options = (
        "--bind",
        HEAD,
        "--protected-mode",
        "no",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(place),
    )
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(["redis-server", *options], stdout=log)  # noqa: S603, S607 - our own command line
    try:
        time.sleep(0.5)
        yield f"redis://{HEAD}:6379"
    finally:
        server.terminate()
        server.wait()


def database_url(name: str) -> str:
    """The address of a database of the server."""
    return f"postgresql+psycopg2://{_USER}@{HEAD}/{name}"


def create_database(name: str) -> str:
    """A new, empty database; its address."""
    engine = sa.create_engine(database_url("postgres"), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    return database_url(name)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """What the query finds."""
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def _as_user(program: str, *words: str) -> None:
    with suppress(KeyboardInterrupt):
        subprocess.run(  # noqa: S603 - our own command line
            [str(_PROGRAMS / program), *words],
            check=True,
            user=_USER,
            group=_USER,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )
