"""The PostgreSQL server that comes with the project, for when nobody has named another one.

What belongs here: starting, finding and stopping it, and creating databases in it. What does not: our tables.
The server listens on a Unix socket only and keeps PostgreSQL's own durability settings.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fasteners  # type: ignore[import-untyped]
import psutil
from psycopg2 import errors
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from qbr_pipeline.liveness import identity
from qbr_pipeline.runtime.postgres.postmaster import (
    EmbeddedServerError,
    Place,
    clear_leftovers,
    data_directory,
    find_postmaster,
    place_of,
    run_postmaster,
)
from qbr_pipeline.runtime.postgres.programs import (
    home_directory_above,
    keep_out_of_homes,
    make_system_user,
    unusable_path,
    version_of_data,
    version_of_programs,
)
from qbr_pipeline.runtime.postgres.sockets import SocketDirectoryError, socket_directory
from qbr_pipeline.runtime.postgres.users import forget_users, living_users, record_users
from qbr_pipeline.runtime.private import make_private

__all__ = [
    "EmbeddedServer",
    "EmbeddedServerError",
    "find_running",
    "is_counted",
    "is_embedded",
    "start_embedded",
    "stop_embedded",
    "users_of",
]

_START_ATTEMPTS = 6
_STOP_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded server.

    `counted` says whether this object stands for its process among the users of the server, the last of whom
    ends it. A server that somebody was asked to keep running counts none.
    """

    home: Path
    place: Place
    counted: bool

    @property
    def socket_directory(self) -> Path:
        """Where its socket is."""
        return self.place.socket_directory

    @property
    def port(self) -> int:
        """The number in its socket's name."""
        return self.place.port

    def url(self, database: str) -> str:
        """The `postgresql+psycopg2://` address of a database of this server."""
        return self.place.url(database).render_as_string(hide_password=False)

    def ensure_database(self, name: str) -> str:
        """Create the database when it is missing; its address."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            known = connection.execute(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
            )
            if known.first() is None:
                quoted = engine.dialect.identifier_preparer.quote_identifier(name)
                try:
                    connection.exec_driver_sql(f"CREATE DATABASE {quoted}")
                except DBAPIError as error:
                    # Another process may have been faster.
                    if not isinstance(error.orig, errors.DuplicateDatabase | errors.UniqueViolation):
                        raise
        return self.url(name)

    def stop(self) -> None:
        """Use the server no longer: it is stopped when no other process does. Does nothing a second time."""
        if not self.counted or not self.home.is_dir():
            return
        with locked(self.home):
            users, myself = living_users(self.home), identity(psutil.Process())
            if users is None or myself not in users:
                return
            users.remove(myself)
            if users:
                record_users(self.home, users)
            else:
                _stop(self.home)


def start_embedded(
    home: Path, *, keep_running: bool, sleep: Callable[[float], None] = time.sleep
) -> EmbeddedServer:
    """Start the embedded server below `home`, or use the one that runs there already.

    With `keep_running` it outlives this process and all others, until `stop_embedded`; without, the last of its
    users ends it by `stop`, at the latest when the process exits, and a server that was left behind by users
    that were killed has a new one. EmbeddedServerError when it cannot be started, or as root below somebody's
    home directory.
    """
    home = home.expanduser().resolve()
    _reject_home_for_root(home)
    data = data_directory(home)
    _reject_path_of_programs(home)
    make_private(home)
    with locked(home):
        users = living_users(home)
        if find_postmaster(data) is None:
            users = users or []  # those of a server that was killed use the next one
        keep_out_of_homes(home)
        place = _start(data, sleep)
        myself = identity(psutil.Process())
        counted = not keep_running and users is not None and myself not in users
        if keep_running:
            forget_users(home)
        elif users is not None and counted:
            record_users(home, [*users, myself])
    server = EmbeddedServer(home, place, counted)
    if counted:
        atexit.register(server.stop)
    return server


def is_embedded(url: str, database: str, home: Path) -> bool:
    """Whether `url` is that of a database of that name in the embedded server below `home`, running or not."""
    address = make_url(url)
    host = address.query.get("host")
    data = data_directory(home)
    running = place_of(data)
    sockets = {str(data), str(socket_directory(data)), str(running and running.socket_directory)}
    return address.database == database and host is not None and host in sockets


def find_running(home: Path) -> psutil.Process | None:
    """The process of the server below `home`, whoever started it; None when none runs."""
    return find_postmaster(data_directory(home.expanduser().resolve()))


def users_of(home: Path) -> list[int]:
    """The numbers of the living processes that count on the server below `home`, whether it runs or not."""
    return [int(number) for number, _ in living_users(home.expanduser().resolve()) or []]


def is_counted(home: Path) -> bool:
    """Whether the server below `home` ends with the last of its users; else it was asked to keep running."""
    return living_users(home) is not None


def stop_embedded(home: Path) -> bool:
    """Stop the embedded server below `home`, whoever started it; whether there was one. Cuts connections."""
    home = home.expanduser().resolve()
    if not home.is_dir():
        return False
    with locked(home):
        return _stop(home)


def _stop(home: Path) -> bool:
    """As `stop_embedded`, for who holds the lock."""
    data = data_directory(home)
    postmaster = find_postmaster(data)
    forget_users(home)
    if postmaster is None:
        return False
    postmaster.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
    deadline = time.monotonic() + _STOP_TIMEOUT_SECONDS
    while find_postmaster(data) is not None:
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the embedded PostgreSQL below {home} (process {postmaster.pid}) did not stop "
                f"within {_STOP_TIMEOUT_SECONDS} s"
            )
        time.sleep(0.02)
    return True


def locked(home: Path) -> fasteners.InterProcessLock:
    """Held while the server is started, left or stopped: one process at a time."""
    return fasteners.InterProcessLock(home / ".postgres.lock")


def _reject_home_for_root(home: Path) -> None:
    forbidden = home_directory_above(home)
    if os.geteuid() == 0 and forbidden is not None:
        raise EmbeddedServerError(
            f"QBR_HOME is {home}: run by root, the embedded PostgreSQL belongs to a system user of its own, "
            f"which would need {forbidden} opened to everybody; set QBR_HOME to a place outside of it, "
            "such as /var/lib/qbr"
        )


def _start(data: Path, sleep: Callable[[float], None]) -> Place:
    _reject_other_version(data)
    if os.geteuid() == 0:
        make_system_user()
    for attempt in range(1, _START_ATTEMPTS + 1):
        clear_leftovers(data, sleep)
        try:
            return run_postmaster(data)
        except SocketDirectoryError as error:
            raise EmbeddedServerError(str(error)) from error
        except (subprocess.SubprocessError, OSError, OperationalError) as error:
            # A server that was just killed still counts as running for a moment.
            if attempt == _START_ATTEMPTS:
                raise EmbeddedServerError(
                    f"the embedded PostgreSQL in {data} does not start: see {data / 'log'}"
                ) from error
            sleep(1.0)
    raise AssertionError("unreachable")


def _reject_other_version(data: Path) -> None:
    held, known = version_of_data(data), version_of_programs()
    if held is not None and held != known:
        raise EmbeddedServerError(
            f"the embedded PostgreSQL cannot use {data}: Version mismatch: its data are of version {held}, "
            f"the programs of version {known}; with everything stopped, `qbr db upgrade-server` upgrades them"
        )


def _reject_path_of_programs(home: Path) -> None:
    place = unusable_path(home)
    if place is not None:
        raise EmbeddedServerError(
            f"the programs of the embedded PostgreSQL are in {place}, from where they cannot be started: expected "
            "a path without double quotes, dollar signs, backquotes and backslashes"
        )
