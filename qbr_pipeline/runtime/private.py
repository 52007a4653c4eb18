"""Directories and files of an installation, which nobody else on the machine may read.

What belongs here: their modes. What does not: what is in them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_ROOT = Path("/")


def make_private(directory: Path) -> None:
    """Make the directory, or close one of ours that is open to others. OSError when it cannot be made.

    What is shared by everybody, as the system's temporary folder, is left as it is; so is what root has opened for the
    user of its server to pass through.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.stat()
    is_shared = found.st_mode & stat.S_ISVTX or directory.resolve() == _ROOT
    if found.st_uid == os.geteuid() and found.st_mode & stat.S_IRWXO and not is_shared:
        directory.chmod(stat.S_IMODE(found.st_mode) & (stat.S_IRWXU | stat.S_IXGRP))


def private_file(name: str | Path, flags: int) -> int:
    """An opener for `open`: a file that it makes is its owner's alone."""
    return os.open(name, flags, 0o600)
