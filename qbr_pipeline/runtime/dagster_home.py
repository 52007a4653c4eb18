"""The directory that DAGSTER_HOME names: the administrator's, which is never written to, or ours.

What belongs here: whose it is, and keeping our `dagster.yaml` in ours as this version has it. What does not: the rest
of the environment (`context`).
"""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path

from qbr_pipeline.runtime.private import make_private, private_file
from qbr_pipeline.settings import CHECKOUT, Settings, SettingsError

_NAME = "dagster.yaml"
_SEAL = "\n# Written by qbr, which keeps it at its own version. Change a line, and it is yours for good. "
_EARLIER = frozenset(
    {
        "0069fa14231a78e93fea0cb5cbb6e2698c2a8b211daccc7991446ee20acfb9e7",
        "0085f919af9aa23ecdc589e8ed1c70048d27613fcc3e8028cad70d0cf7d37ff3",
        "2fd2d54ff469bf94cfb56bb86c5900d583ebbb23ec670c46bb9541d32c9d25ab",
        "36b945d8f1a7c8b3a0c090dc36917a93ef3b24ca95c5f18e6242f8a15c34a857",
        "46cc5ffd8d4f41c3782344825e31d2e7defa4db148322024c263074c904581ea",
        "673b9951e021906bd970db2bb7074015ddd61b73429a0faf67927dbb3e2304e4",
        "7494d2177cebfc0426c6edda03588de1d19fa54a2bc03157e2518090772d6290",
        "a9d24266be6b89de4ca95fb37fc2b0185ad3bc463e07403cd072d8b46f49837b",
        "bfe32413208cf5c58bdfd7825cc5c41832b8a2b8c24cc64990d4e22b586424eb",
    }
)
"""What files of ours hash to that were written before they were sealed."""


def dagster_home(read: Settings) -> Path:
    """The directory for DAGSTER_HOME; SettingsError when nothing can be kept there, or one's own lacks its file."""
    ours = read.home / "dagster"
    given = read.dagster_home
    if given is not None and not read.demo and given.resolve() != ours:
        if not (given / _NAME).is_file():
            raise SettingsError(
                [
                    f'DAGSTER_HOME is "{given}", which holds no {_NAME}: expected one of yours, such as a copy of '
                    f"{packaged()}; unset, it is {ours}, where qbr keeps one."
                ]
            )
        return given.resolve()
    try:
        make_private(read.home)
        make_private(ours)
        _keep(ours / _NAME)
    except OSError as error:
        raise SettingsError(
            [
                f'QBR_HOME is "{read.home}", where nothing can be stored: {error.strerror}. '
                "Expected a directory that you own."
            ]
        ) from error
    return ours


def packaged() -> Path:
    """Our `dagster.yaml`, as this version has it."""
    file = Path(__file__).parent.parent / _NAME
    return file if file.exists() else CHECKOUT / _NAME


def _keep(file: Path) -> None:
    """Bring our file to today's, all at once or not at all; one that somebody has changed stays."""
    before = file.read_text() if file.exists() else None
    wanted = _sealed(packaged().read_text())
    if before == wanted or not (before is None or _is_ours(before)):
        return
    draft = file.with_name(f"{_NAME}.{secrets.token_hex(4)}")
    try:
        with open(draft, "x", opener=private_file) as stream:
            stream.write(wanted)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _sealed(text: str) -> str:
    return f"{text}{_SEAL}{sha256(text.encode()).hexdigest()}\n"


def _is_ours(text: str) -> bool:
    content, _, _ = text.rpartition(_SEAL)
    return text == _sealed(content) or sha256(text.encode()).hexdigest() in _EARLIER
