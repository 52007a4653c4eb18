"""`qbr init` as a person meets it: at a real terminal, against a ConnectWise over HTTP; what it keeps is enough."""

from __future__ import annotations

import os
import pty
import select
import stat
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qbr_pipeline_tests.end_to_end.conftest import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qbr_pipeline_tests.end_to_end.conftest import Installation

pytestmark = pytest.mark.slow

_SECRETS = (
    "CONNECTWISE_PUBLIC_KEY",
    "CONNECTWISE_PRIVATE_KEY",
    "CONNECTWISE_CLIENT_ID",
    "QBR_INVENTORY_DATABASE_URL",
)


def test_what_is_typed_at_a_terminal_is_all_that_a_collection_needs_and_no_secret_is_seen(
    installation: Installation, tmp_path: Path
) -> None:
    assert installation.qbr("db", "start").returncode == 0
    installation.simulate_vendors()
    known = installation.environment
    named = [name for name in known if name.startswith("CONNECTWISE_")]
    bare = {name: value for name, value in known.items() if name not in {*named, *_SECRETS}}
    told = _typed(
        replace(installation, environment=bare),
        tmp_path,
        ("File [1]", ""),
        ("CONNECTWISE_SERVER", known["CONNECTWISE_SERVER"]),
        ("CONNECTWISE_COMPANY_ID", known["CONNECTWISE_COMPANY_ID"]),
        ("CONNECTWISE_PUBLIC_KEY", known["CONNECTWISE_PUBLIC_KEY"]),
        ("CONNECTWISE_PRIVATE_KEY", known["CONNECTWISE_PRIVATE_KEY"]),
        ("CONNECTWISE_CLIENT_ID", known["CONNECTWISE_CLIENT_ID"]),
        ("Boards whose tickets are reactive", "Help Desk"),
        ("Statuses that mean closed", "auto"),
        ("QBR_TIMEZONE", ""),
        ("QBR_DATABASE_URL", ""),
        ("QBR_INVENTORY_DATABASE_URL", known["QBR_INVENTORY_DATABASE_URL"]),
    )

    assert f"{known['CONNECTWISE_SERVER']} grants access." in told
    assert "The inventory is reached; its newest snapshot is of " in told
    assert not [name for name in _SECRETS if known[name] in told], told
    file = installation.home / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    looked = replace(installation, environment=bare).qbr("doctor")
    assert looked.returncode == 0, looked
    assert f"read from {file}." in looked.stdout
    assert "✓ boards and closed statuses: Help Desk; closed are as ConnectWise flags them." in looked.stdout
    assert "✓ inventory: the newest snapshot is of " in looked.stdout


def _typed(installation: Installation, work: Path, *dialogue: tuple[str, str]) -> str:
    """What a terminal shows of `qbr init` while somebody types each answer to its question; it must end well."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [installation.program("qbr"), "init"],
        env=installation.environment | {"COLUMNS": "200"},
        cwd=work,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    seen = _converse(ours, dialogue)
    os.close(ours)
    assert process.wait(PATIENCE) == 0, seen
    return seen


def _converse(terminal: int, dialogue: Sequence[tuple[str, str]]) -> str:
    seen, unread, waiting, deadline = "", "", list(dialogue), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if waiting and waiting[0][0] in unread and unread.endswith(": "):
            os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
            unread = ""
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        piece = b""
        with suppress(OSError):  # the other end has closed the terminal
            piece = os.read(terminal, 65_536)
        if not piece:
            return seen
        seen, unread = seen + piece.decode(), unread + piece.decode()
    pytest.fail(f"Not within {PATIENCE} s: {waiting}. It said: {seen}")
