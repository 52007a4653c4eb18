"""The processes that use the embedded server, the last of whom ends it.

What belongs here: the file that names them, and who of them is alive. What does not: starting and stopping
(`embedded`). Whoever reads or writes the file holds the lock of the server.
"""

from __future__ import annotations

import json
from pathlib import Path

from qbr_pipeline.liveness import identified


def _users_file(home: Path) -> Path:
    return home / ".postgres-users.json"


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
    return [user for user in recorded if identified(user) is not None]
