"""The directory of the embedded server's socket, which asks for no password: nobody else may open or replace it.

What belongs here: which directory it is, and making sure of whose it is. What does not: the server.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

_NAME = ".s.PGSQL.65535.lock"
_LONGEST = 103
"""Bytes of a socket's path that every system takes; on Linux it is 107."""

_PLAIN = re.compile(r"[\w./+%=@:-]+", re.ASCII)
"""What both PostgreSQL's list of directories and a connection's list of hosts take as it is written."""


class SocketDirectoryError(RuntimeError):
    """The place of the socket is somebody else's; the message is a sentence for a person."""


def socket_directory(data: Path) -> Path:
    """Where the server of this data directory has its socket: beside its data, where that is a name that works.

    It does not when it is long or holds a blank or a character that has a meaning in a list. Then it is a directory of
    its own, the same each time, which `make_socket_directory` makes.
    """
    if _works(data):
        return data
    name = f"qbr-{os.geteuid()}-{sha256(os.fsencode(data)).hexdigest()[:16]}"
    return next(base / name for base in _bases() if _works(base / name))


def make_socket_directory(directory: Path, owner: int, group: int) -> None:
    """Make the directory with mode 0700 if it is missing; SocketDirectoryError when it is somebody else's.

    `owner`, `group`: numbers of whoever the server runs as.
    """
    try:
        directory.mkdir(mode=0o700)
        os.chown(directory, owner, group)
    except FileExistsError:
        pass
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise SocketDirectoryError(
            f"{directory}, where the socket of the embedded PostgreSQL should be, belongs to the user with the number "
            f"{found.st_uid}, not {owner}: whoever connects there might reach that user's server. Remove it"
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        directory.chmod(0o700)


def _works(directory: Path) -> bool:
    length = len(os.fsencode(directory / _NAME))
    return length <= _LONGEST and _PLAIN.fullmatch(str(directory)) is not None


def _bases() -> list[Path]:
    """Directories that are there for such things, the safest first: only root can write into the first two of root."""
    if os.geteuid() == 0:
        return [place for place in (Path("/run"), Path("/var/run")) if place.is_dir()] or [Path("/tmp")]  # noqa: S108
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    own = [Path(given)] if given and _is_own(Path(given)) else []
    return [*own, Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108


def _is_own(directory: Path) -> bool:
    try:
        found = directory.stat()
    except OSError:
        return False
    return found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700
