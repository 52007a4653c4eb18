"""The server's own process: making its data directory, starting it, finding it, and what it leaves when it is killed.

What belongs here: one process and its files. What does not: who uses the server, and for how long (`embedded`).
No shell reads any path: a directory may be called whatever the file system allows.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from qbr_pipeline.liveness import is_alive
from qbr_pipeline.runtime.logs import MOST_BYTES
from qbr_pipeline.runtime.postgres.programs import SYSTEM_USER, let_pass, open_programs, programs
from qbr_pipeline.runtime.postgres.sockets import make_socket_directory, socket_directory

_LEFTOVER_ATTEMPTS = 100
_SOCKET_SETTING = "unix_socket_permissions = 0700"
_ANSWER_SECONDS = 10
_RECOVERY_SECONDS = 300
_LOOK_EVERY_SECONDS = 0.05
_IN_THE_BACKGROUND = '"$@" >> "$QBR_SERVER_LOG" 2>&1 & echo $!'
"""What starts it: a shell that ends at once, so that the server is nobody's child and is buried when it ends."""


class EmbeddedServerError(RuntimeError):
    """The embedded PostgreSQL could not be started or stopped; its message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a running server listens."""

    socket_directory: Path
    port: int

    def url(self, database: str) -> URL:
        """The address of a database of it."""
        return URL.create(
            "postgresql+psycopg2",
            username="postgres",
            database=database,
            query={"host": str(self.socket_directory), "port": str(self.port)},
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as: root's one is a system user, for PostgreSQL does not run as root."""

    user: int
    group: int

    @classmethod
    def of_server(cls) -> Account:
        """The one of this process, or the system user's where that is root's."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        entry = pwd.getpwnam(SYSTEM_USER)
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def options(self) -> dict[str, Any]:
        """What starts a process as this account, for `subprocess`."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}


def data_directory(home: Path) -> Path:
    """Where the server below `home` keeps everything."""
    return home / "postgres"


def find_postmaster(data: Path) -> psutil.Process | None:
    """The running server of this data directory, going by its pid file and by what that process really is."""
    lines = _pid_file(data)
    try:
        process = psutil.Process(int(lines[0]))
        is_it = str(data) in process.cmdline() and "postgres" in process.name()
    except (IndexError, ValueError, psutil.NoSuchProcess):
        return None
    return process if is_it else None


def place_of(data: Path) -> Place | None:
    """Where the server of this data directory listens, going by its pid file; None when it has none, or none yet."""
    lines = _pid_file(data)
    if len(lines) < 5 or not lines[4]:
        return None
    return Place(Path(lines[4]), int(lines[3]))


def run_postmaster(data: Path) -> Place:
    """Start the server, unless it runs; returns when it answers, also after a long recovery.

    Raises OSError, SubprocessError, OperationalError, or SocketDirectoryError when it cannot be done.
    """
    account = Account.of_server()
    initialise(data, account)
    if find_postmaster(data) is None:
        sockets = socket_directory(data)
        if sockets != data:
            make_socket_directory(sockets, account.user, account.group)
        process = _start(data, sockets, account)
        _await_ready(data, process)
    place = place_of(data)
    if place is None:
        raise OSError(f"{data / 'postmaster.pid'} does not say where the server listens")
    _connect(place)
    return place


def clear_leftovers(data: Path, sleep: Callable[[float], None]) -> None:
    """Remove the lock files of a server that was killed, once no process of it is left.

    PostgreSQL would believe them if another process, or a zombie that nobody buries, bears the number they
    name.
    """
    if find_postmaster(data) is not None or not (data / "postmaster.pid").exists():
        return
    for _ in range(_LEFTOVER_ATTEMPTS):
        if not _has_processes(data):
            break
        sleep(0.1)
    else:
        raise EmbeddedServerError(
            f"processes of a PostgreSQL that was killed are still at work in {data}; end them and start again"
        )
    place = place_of(data)
    if place is not None:
        (place.socket_directory / f".s.PGSQL.{place.port}.lock").unlink(missing_ok=True)
    (data / "postmaster.pid").unlink(missing_ok=True)


def initialise(data: Path, account: Account, *options: str) -> None:
    """Make the data directory's first content if there is none yet, and see to who may enter.

    `options` are further ones of `initdb`. OSError or SubprocessError when it cannot be done.
    """
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        home = data.parent
        os.chown(home, -1, account.group)
        home.chmod(0o710)  # the server's user passes through, and nobody else does
        let_pass(home, account.group)
        open_programs(account.group)
        os.chown(data, account.user, account.group)
    if not (data / "PG_VERSION").exists():
        command = [
            str(programs() / "initdb"),
            "--auth=trust",
            "--encoding=utf8",
            "-U",
            "postgres",
            "-D",
            str(data),
            *options,
        ]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **account.options)  # noqa: S603 - our own
    configuration = data / "postgresql.conf"
    if _SOCKET_SETTING not in configuration.read_text():
        with configuration.open("a") as file:
            file.write(f"\n{_SOCKET_SETTING}\n")


def _start(data: Path, sockets: Path, account: Account) -> psutil.Process:
    log = data / "log"
    if log.exists() and log.stat().st_size >= MOST_BYTES:
        log.replace(data / "log.1")
    log.touch(mode=0o600)
    os.chown(log, account.user, account.group)
    server = [str(programs() / "postgres"), "-D", str(data), "-h", "", "-k", str(sockets)]
    started = subprocess.run(  # noqa: S603 - our own command line
        ["/bin/sh", "-c", _IN_THE_BACKGROUND, "sh", *server],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "QBR_SERVER_LOG": str(log)},
        cwd="/",
        umask=0o077,
        start_new_session=True,
        **account.options,
    )
    try:
        return psutil.Process(int(started.stdout))
    except psutil.NoSuchProcess as error:
        raise OSError(f"the server ended at once: see {log}") from error


def _await_ready(data: Path, process: psutil.Process) -> None:
    """Wait for as long as it lives, and for no longer than a recovery after a crash may take."""
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while time.monotonic() < deadline:
        lines = _pid_file(data)
        if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
            return
        if not is_alive(process):
            raise OSError(f"the server ended at once: see {data / 'log'}")
        time.sleep(_LOOK_EVERY_SECONDS)
    raise OSError(f"the server is not ready after {_RECOVERY_SECONDS} s: see {data / 'log'}")


def _connect(place: Place) -> None:
    """Open a connection and close it. OperationalError when the server does not answer."""
    patience = {"connect_timeout": _ANSWER_SECONDS}
    create_engine(place.url("postgres"), poolclass=NullPool, connect_args=patience).connect().close()


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return []


def _has_processes(data: Path) -> bool:
    """Whether a server process works in `data`, which is every server process's current directory."""
    for process in psutil.process_iter(["name", "cwd"]):
        if "postgres" in (process.info["name"] or "") and process.info["cwd"] == str(data):
            return True
    return False
