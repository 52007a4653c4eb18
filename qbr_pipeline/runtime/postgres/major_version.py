"""Data of an earlier major version of the embedded PostgreSQL, made those of the version that comes along today.

What belongs here: running `pg_upgrade`, for which the package keeps the programs of the version before, and putting the
new data in place of the old ones, which stay beside them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from qbr_pipeline.runtime.postgres.embedded import locked
from qbr_pipeline.runtime.postgres.postmaster import (
    Account,
    EmbeddedServerError,
    data_directory,
    find_postmaster,
    initialise,
)
from qbr_pipeline.runtime.postgres.programs import (
    keep_out_of_homes,
    make_system_user,
    open_programs,
    programs,
    programs_of,
    version_of_data,
    version_of_programs,
)


def upgrade_data(home: Path) -> tuple[int, int, Path] | None:
    """Upgrade the data below `home`: from which version, to which, and where the old ones stay; None: they are current.

    EmbeddedServerError when the server runs, the old programs do not come along, or `pg_upgrade` refuses: then the data
    are where they were.
    """
    home = home.expanduser().resolve()
    data = data_directory(home)
    old, new = version_of_data(data), version_of_programs()
    if old is None or old == new:
        return None
    kept, fresh = home / f"postgres-{old}", home / f"postgres-{new}.unfinished"
    if os.geteuid() == 0:
        make_system_user()
    with locked(home):
        if find_postmaster(data) is not None:
            raise EmbeddedServerError(
                f"the embedded PostgreSQL below {home} runs: stop everything that uses it, then `qbr db stop`"
            )
        if kept.exists():
            raise EmbeddedServerError(f"{kept} is there already: move away what an earlier upgrade has left")
        old_programs = _old_programs(old)
        keep_out_of_homes(home)
        account = Account.of_server()
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            initialise(fresh, account, *_as_before(old_programs, data, account))
            _run_upgrade(old_programs, data, fresh, account)
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedServerError(f"the data in {data} were not upgraded: {_reason(error)}") from error
        data.rename(kept)
        fresh.rename(data)
    return old, new, kept


def _old_programs(version: int) -> Path:
    found = programs_of(version)
    if found is None:
        raise EmbeddedServerError(
            f"the programs of PostgreSQL {version} do not come along any more: install the version of qbr of before, "
            "make a backup with it (`qbr backup`), and restore that with this one (`qbr restore`)"
        )
    if os.geteuid() == 0:
        open_programs(Account.of_server().group, found)
    return found


def _as_before(old_programs: Path, data: Path, account: Account) -> tuple[str, ...]:
    """Options for initdb: checksums only where the old data have them, as pg_upgrade demands."""
    told = subprocess.run(  # noqa: S603 - our own command line
        [str(old_programs / "pg_controldata"), "-D", str(data)],
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
        **account.options,
    ).stdout
    lines = (line.partition(":") for line in told.splitlines())
    version = next(value.strip() for name, _, value in lines if name == "Data page checksum version")
    return ("--no-data-checksums",) if version == "0" else ()


def _run_upgrade(old_programs: Path, data: Path, fresh: Path, account: Account) -> None:
    with tempfile.TemporaryDirectory(prefix="qbr-upgrade-") as folder:
        os.chown(folder, account.user, account.group)
        subprocess.run(  # noqa: S603 - our own command line
            [
                *(str(programs() / "pg_upgrade"), "--username=postgres", f"--socketdir={folder}"),
                *(f"--old-bindir={old_programs}", f"--new-bindir={programs()}"),
                *(f"--old-datadir={data}", f"--new-datadir={fresh}"),
            ],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            **account.options,
        )


def _reason(error: Exception) -> str:
    told = (
        f"{error.stdout}\n{error.stderr}" if isinstance(error, subprocess.CalledProcessError) else str(error)
    )
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[-1] if lines else str(error)
