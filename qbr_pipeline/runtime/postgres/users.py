"""The processes that use the embedded server, the last of whom ends it.

What belongs here: the file that names them, and who of them is alive. What does not: starting and stopping
(`embedded`). Whoever reads or writes the file holds the lock of the server.
"""

from __future__ import annotations

import json
from pathlib import Path

import psutil


def _users_file(home: Path) -> Path:
    return home / ".postgres-users.json"


def identity(process: psutil.Process) -> list[float]:
    """Number of a process and its start, in seconds since the epoch."""
    return [process.pid, process.create_time()]


def record_users(home: Path, users: list[list[float]]) -> None:
    """From now on these are the users, each as `identity` tells it."""
    _users_file(home).write_text(json.dumps(users))


def forget_users(home: Path) -> None:
    """From now on none are counted."""
    _users_file(home).unlink(missing_ok=True)


def living_users(home: Path) -> list[list[float]] | None:
    """The recorded users of the server that are alive; None when none are counted."""
    try:
        recorded: list[list[float]] = json.loads(_users_file(home).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return [user for user in recorded if _lives(user)]


def _lives(user: list[float]) -> bool:
    """Whether the process is alive; one that is dead and that nobody buries is not."""
    try:
        process = psutil.Process(int(user[0]))
        return identity(process) == user and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
