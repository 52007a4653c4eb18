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
from typing import Any

import fasteners  # type: ignore[import-untyped]
import psutil
from psycopg2 import errors
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from qbr_pipeline.liveness import identity
from qbr_pipeline.runtime.postgres.programs import home_directory_above, keep_out_of_homes, library
from qbr_pipeline.runtime.postgres.users import forget_users, living_users, record_users

_START_ATTEMPTS = 6
_LEFTOVER_ATTEMPTS = 100
_SOCKET_SETTING = "unix_socket_permissions = 0700"
_STOP_TIMEOUT_SECONDS = 60
_ANSWER_TIMEOUT_SECONDS = 10


class EmbeddedServerError(RuntimeError):
    """The embedded PostgreSQL could not be started or stopped; its message is a sentence for a person."""


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded server.

    `counted` says whether this object stands for its process among the users of the server, the last of whom
    ends it. A server that somebody was asked to keep running counts none.
    """

    home: Path
    socket_directory: Path
    port: int
    counted: bool

    def url(self, database: str) -> str:
        """The `postgresql+psycopg2://` address of a database of this server."""
        return _address(self.socket_directory, self.port, database).render_as_string(hide_password=False)

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
        with _lock(self.home):
            users, myself = living_users(self.home), identity(psutil.Process())
            if users is None or myself not in users:
                return
            users.remove(myself)
            if users:
                record_users(self.home, users)
            else:
                _stop(self.home)


def _address(socket_directory: Path, port: int, database: str) -> URL:
    return URL.create(
        "postgresql+psycopg2",
        username="postgres",
        database=database,
        query={"host": str(socket_directory), "port": str(port)},
    )


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
    _reject_homes_for_root(home)
    data = _data_directory(home)
    home.mkdir(parents=True, exist_ok=True)
    with _lock(home):
        users = living_users(home) if _postmaster(data) is not None else []
        keep_out_of_homes(home)
        info = _start(data, sleep)
        myself = identity(psutil.Process())
        counted = not keep_running and users is not None and myself not in users
        if keep_running:
            forget_users(home)
        elif users is not None and counted:
            record_users(home, [*users, myself])
    server = EmbeddedServer(home, Path(info.socket_dir), int(info.port), counted)
    if counted:
        atexit.register(server.stop)
    return server


def is_embedded(url: str, database: str, home: Path) -> bool:
    """Whether `url` is that of a database of that name in the embedded server below `home`, running or not."""
    address = make_url(url)
    host = address.query.get("host")
    sockets = {str(_data_directory(home)), _socket_directory(_data_directory(home))}
    return address.database == database and host is not None and host in sockets


def _socket_directory(data: Path) -> str | None:
    """Where the running server has its socket, which is elsewhere when the path of `data` is long."""
    try:
        return (data / "postmaster.pid").read_text().split("\n")[4] or None
    except (OSError, IndexError):
        return None


def stop_embedded(home: Path) -> bool:
    """Stop the embedded server below `home`, whoever started it; whether there was one. Cuts connections."""
    home = home.expanduser().resolve()
    if not home.is_dir():
        return False
    with _lock(home):
        return _stop(home)


def _stop(home: Path) -> bool:
    """As `stop_embedded`, for who holds the lock."""
    data = _data_directory(home)
    postmaster = _postmaster(data)
    forget_users(home)
    if postmaster is None:
        return False
    postmaster.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
    deadline = time.monotonic() + _STOP_TIMEOUT_SECONDS
    while _postmaster(data) is not None:
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the embedded PostgreSQL below {home} (process {postmaster.pid}) did not stop "
                f"within {_STOP_TIMEOUT_SECONDS} s"
            )
        time.sleep(0.02)
    return True


def _lock(home: Path) -> fasteners.InterProcessLock:
    """Held while the server is started, left or stopped: one process at a time."""
    return fasteners.InterProcessLock(home / ".postgres.lock")


def _reject_homes_for_root(home: Path) -> None:
    forbidden = home_directory_above(home)
    if os.geteuid() == 0 and forbidden is not None:
        raise EmbeddedServerError(
            f"QBR_HOME is {home}: run by root, the embedded PostgreSQL belongs to a system user of its own, "
            f"which would need {forbidden} opened to everybody; set QBR_HOME to a place outside of it, "
            "such as /var/lib/qbr"
        )


def _start(data: Path, sleep: Callable[[float], None]) -> Any:
    try:
        server = library().get_server(data, cleanup_mode=None, start=False)
    except RuntimeError as error:
        raise EmbeddedServerError(f"the embedded PostgreSQL cannot use {data}: {error}") from error
    # The library's lock is one file for all users of the machine; ours is below `home`, and held already.
    server._lock = fasteners.InterProcessLock(data.parent / ".postgres-library.lock")
    for attempt in range(1, _START_ATTEMPTS + 1):
        if _postmaster(data) is None and (data / "postmaster.pid").exists():
            _clear_leftovers(data, sleep)
        try:
            server.ensure_pgdata_inited()
            _keep_others_out(data)
            server.start()
            atexit.unregister(server._cleanup)  # who ends the server, and when, is for its owner to say
            info = server.get_postmaster_info()
            _connect(_address(Path(info.socket_dir), int(info.port), "postgres"))
        except (subprocess.SubprocessError, AssertionError, OSError, OperationalError) as error:
            # Recovery after a crash can outlast the library's patience of 10 s, and a server that was just
            # killed still counts as running for a moment.
            if attempt == _START_ATTEMPTS:
                raise EmbeddedServerError(
                    f"the embedded PostgreSQL in {data} does not start: see {data / 'log'}"
                ) from error
            sleep(1.0)
        else:
            return info
    raise AssertionError("unreachable")


def _connect(address: URL) -> None:
    """Open a connection and close it. OperationalError when the server does not answer."""
    patience = {"connect_timeout": _ANSWER_TIMEOUT_SECONDS}
    create_engine(address, poolclass=NullPool, connect_args=patience).connect().close()


def _keep_others_out(data: Path) -> None:
    """Let only the server's own system user, and root, open its socket, which asks for no password.

    A socket in the data directory is out of reach anyway; for a long path the library puts it below /tmp.
    """
    configuration = data / "postgresql.conf"
    if _SOCKET_SETTING not in configuration.read_text():
        with configuration.open("a") as file:
            file.write(f"\n{_SOCKET_SETTING}\n")


def _clear_leftovers(data: Path, sleep: Callable[[float], None]) -> None:
    """Remove the lock files of a server that was killed, once no process of it is left.

    PostgreSQL would believe them if another process, or a zombie that nobody buries, bears the number they
    name.
    """
    for _ in range(_LEFTOVER_ATTEMPTS):
        if not _has_processes(data):
            break
        sleep(0.1)
    else:
        raise EmbeddedServerError(
            f"processes of a PostgreSQL that was killed are still at work in {data}; end them and start again"
        )
    lines = (data / "postmaster.pid").read_text().split("\n")
    if len(lines) > 4 and lines[4]:
        (Path(lines[4]) / f".s.PGSQL.{lines[3]}.lock").unlink(missing_ok=True)
    (data / "postmaster.pid").unlink()


def _has_processes(data: Path) -> bool:
    """Whether a server process works in `data`, which is every server process's current directory."""
    for process in psutil.process_iter(["name", "cwd"]):
        if "postgres" in (process.info["name"] or "") and process.info["cwd"] == str(data):
            return True
    return False


def _data_directory(home: Path) -> Path:
    return home / "postgres"


def _postmaster(data: Path) -> psutil.Process | None:
    """The running server of this data directory, going by its pid file and by what that process really is."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        arguments = process.cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    return process if str(data) in arguments and "postgres" in process.name() else None
