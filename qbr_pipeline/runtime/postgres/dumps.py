"""Dumps of a database and their way into another one, which may be older: by the programs of the embedded server.

What belongs here: running pg_dump, pg_restore and psql. Two PostgreSQLs lie in the package; the programs of the newer
one read its server, and every older one too. No password stands in a command line.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from qbr_pipeline.runtime.postgres.programs import programs

_UNKNOWN_TO_OLDER = (b"SET transaction_timeout = ",)
"""What PostgreSQL 17 and newer write at the head of a dump, and older servers take for a fault."""

_TABLES = text(
    "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)


class DumpError(RuntimeError):
    """A dump was not made or not read; the message is a sentence for a person."""


def dump(url: str, file: Path, *, without_rows: Iterable[tuple[str, str]] = ()) -> None:
    """Write the whole database to `file`, mode 0600, in PostgreSQL's own format; DumpError.

    `without_rows`: tables, by schema and name, of which no row is written.
    """
    where, environment = _without_password(url)
    draft = file.with_name(f"{file.name}.draft")
    draft.touch(0o600)
    try:
        left_out = (
            f"--exclude-table-data={_quoted(schema)}.{_quoted(table)}" for schema, table in without_rows
        )
        _run("pg_dump", "--format=custom", f"--file={draft}", *left_out, where, environment=environment)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def restore(file: Path, url: str) -> None:
    """Read a dump into a database that has no table yet, all of it or nothing; DumpError."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if connection.execute(_TABLES).scalar_one():
            raise DumpError(
                f'The database "{engine.url.database}" holds tables already: expected an empty one to restore into.'
            )
    where, environment = _without_password(url)
    words = (
        *("--no-psqlrc", "--quiet", "--single-transaction"),
        *("--set=ON_ERROR_STOP=1", "--output=/dev/null", where),
    )
    with subprocess.Popen(  # noqa: S603 - our own command line
        [programs() / "psql", *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as psql:
        assert psql.stdin is not None  # noqa: S101 - it is a pipe
        assert psql.stderr is not None  # noqa: S101 - it is a pipe
        try:
            for line in _statements(file):
                if not line.startswith(_UNKNOWN_TO_OLDER):
                    psql.stdin.write(line)
            psql.stdin.close()
        except DumpError:
            psql.kill()  # an end of its input would have it commit a half
            raise
        except BrokenPipeError:
            psql.stdin = None  # it has ended, and says why
        told = psql.stderr.read().decode(errors="replace")
        if psql.wait():
            raise DumpError(f"{file} could not be restored: {_last_line(told)}")


def _statements(file: Path) -> Iterator[bytes]:
    """The statements of a dump, line by line; DumpError at their end when that came too early."""
    words = [str(programs() / "pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reader:  # noqa: S603 - our own
        assert reader.stdout is not None  # noqa: S101 - it is a pipe
        assert reader.stderr is not None  # noqa: S101 - it is a pipe
        yield from reader.stdout
        told = reader.stderr.read().decode(errors="replace")
        if reader.wait():
            raise DumpError(f"{file} could not be read: {_last_line(told)}")


def _run(program: str, *words: str, environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own command line
        [programs() / program, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DumpError(f"{program} failed: {_last_line(done.stderr)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _last_line(told: str) -> str:
    return (told.strip().splitlines() or ["it left no word why"])[-1]


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address as PostgreSQL's programs take it, and an environment that holds the password."""
    address = make_url(url)
    bare = address._replace(drivername="postgresql", password=None).render_as_string(hide_password=False)
    given = {} if address.password is None else {"PGPASSWORD": str(address.password)}
    return bare, {**os.environ, **given}
