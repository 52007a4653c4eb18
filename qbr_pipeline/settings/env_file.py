"""The file `.env`: variables of ours that are kept beside the program, and that only its owner may read.

What belongs here: reading such a file, and writing variables into it. What does not: which file counts (`model`), and
what a variable means.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from qbr_pipeline.settings.variables import SettingsError

NAME = ".env"
_FOR_OTHERS = stat.S_IRWXO | stat.S_IWGRP
_QUOTED = str.maketrans({"\\": "\\\\", "'": "\\'"})


def read_env_file(file: Path, names: Collection[str]) -> dict[str, str]:
    """Those of `names` that `file` sets; nothing when there is no such file.

    SettingsError when it cannot be read, or when it sets any of them and others than its owner could read or write it.
    """
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            return {}
        held = dotenv_values(stream=StringIO(file.read_text(encoding="utf-8-sig")), interpolate=False)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError([f"{file} cannot be read: {why}."]) from error
    ours = {
        name: value for name, value in held.items() if name in names and value is not None and value.strip()
    }
    if ours:
        _require_private(file.resolve(), found)
    return ours


def names_in(file: Path) -> list[str]:
    """The names that `file` sets, whoever may read it; none when it cannot be read."""
    try:
        held = dotenv_values(stream=StringIO(file.read_text(encoding="utf-8-sig")), interpolate=False)
    except (OSError, UnicodeDecodeError):
        return []
    return [name for name, value in held.items() if value is not None and value.strip()]


def _require_private(file: Path, found: os.stat_result) -> None:
    if hasattr(os, "geteuid") and found.st_uid not in {os.geteuid(), 0}:
        raise SettingsError([f"{file} belongs to another user: expected a file that you or root own."])
    if found.st_mode & _FOR_OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise SettingsError(
            [f'{file} is open to others (mode {mode:04o}): expected 0600; run chmod 600 "{file}".']
        )


def write_env_file(file: Path, values: Mapping[str, str]) -> None:
    """Set `values` in `file`, mode 0600, and keep its other lines; all at once or, on OSError, not at all."""
    target = file.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    before = target.read_text(encoding="utf-8-sig") if target.exists() else ""
    draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write("".join(_lines(before, values)))
            stream.flush()
            os.fsync(descriptor)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _lines(before: str, values: Mapping[str, str]) -> Iterator[str]:
    end = "\n"
    for binding in parse_stream(StringIO(before)):
        if binding.key not in values:
            yield binding.original.string
            end = binding.original.string[-1:] or end
    if end != "\n":
        yield "\n"
    for name, value in values.items():
        yield f"{name}='{value.translate(_QUOTED)}'\n"
