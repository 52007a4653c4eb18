"""Programs that dump a database are told its password where no other user of the machine can read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from qbr_pipeline.runtime.postgres import dumps

_SAYS_HOW_IT_WAS_CALLED = """#!/bin/sh
printf '%s\\n' "$@" > "{folder}/words"
printf '%s' "$PGPASSWORD" > "{folder}/password"
"""


def test_a_password_stands_in_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(_SAYS_HOW_IT_WAS_CALLED.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setattr(dumps, "programs", lambda: tmp_path)
    dumps.dump("postgresql+psycopg2://qbr:pa%40ss@db.example.com:5433/qbr", tmp_path / "qbr.dump")
    words = (tmp_path / "words").read_text().splitlines()
    assert words[-1] == "postgresql://qbr@db.example.com:5433/qbr"
    assert not [word for word in words if "pa@ss" in word or "pa%40ss" in word]
    assert (tmp_path / "password").read_text() == "pa@ss"
