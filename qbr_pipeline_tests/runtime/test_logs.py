"""Log files are turned over when they are full, whoever writes, and no line is lost."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qbr_pipeline.runtime import logs
from qbr_pipeline.runtime.logs import RotatingFile, RotatingHandler, Spoken


def lines_of(path: Path) -> list[str]:
    files = [*sorted(path.parent.glob(f"{path.name}.[0-9]"), reverse=True), path]
    return [line for file in files for line in file.read_text().splitlines()]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 1000)


def test_a_full_file_is_turned_over_and_only_so_many_stay(tmp_path: Path) -> None:
    path = tmp_path / "some.log"
    file = RotatingFile(path)
    for number in range(1000):
        file.append(f"line {number:04}\n".encode())
    assert len(list(tmp_path.glob("some.log*"))) == 1 + logs.KEPT
    assert all(each.stat().st_size <= 1010 for each in tmp_path.glob("some.log*"))
    lines = lines_of(path)
    assert lines == [f"line {number:04}" for number in range(1000 - len(lines), 1000)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_several_writers_lose_no_line_between_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "KEPT", 9)
    path = tmp_path / "some.log"

    def write(name: str) -> None:
        handler = RotatingHandler(path)
        for number in range(150):
            handler.emit(logging.LogRecord("x", logging.INFO, "", 0, f"{name} {number:04}", (), None))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert sorted(lines_of(path)) == [f"{name} {number:04}" for name in "abcd" for number in range(150)]


def test_a_file_that_somebody_else_has_moved_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "some.log"
    file = RotatingFile(path)
    file.append(b"one\n")
    path.rename(tmp_path / "moved.log")
    file.append(b"two\n")
    assert path.read_text() == "two\n"


def test_what_a_process_says_is_turned_over_too(tmp_path: Path) -> None:
    path = tmp_path / "child.log"
    spoken = Spoken(path)
    script = (
        "import sys\nfor n in range(300): print(f'line {n:04}', flush=True)\nsys.stderr.write('no newline')"
    )
    subprocess.run([sys.executable, "-c", script], stdout=spoken.entrance, stderr=spoken.entrance, check=True)
    os.close(spoken.entrance)
    spoken.finish(30)
    assert lines_of(path) == [*(f"line {number:04}" for number in range(300)), "no newline"]
    assert spoken.last_words() == "no newline"


@pytest.mark.parametrize(
    "line",
    [
        '2026-11-30 03:41:17,123 INFO qbr_pipeline.api.access {"request_id": "1", "status": 200}',
        "2026-11-30 03:41:17 +0000 - dagster.daemon.SensorDaemon - INFO - Checking for new runs",
        'INFO:     127.0.0.1:5 - "GET /server_info HTTP/1.1" 200 OK',
    ],
)
def test_a_line_of_the_ordinary_course_is_nobodys_last_word(tmp_path: Path, line: str) -> None:
    spoken = Spoken(tmp_path / "child.log")
    os.write(spoken.entrance, f"2026-11-30 03:41:16,000 ERROR qbr: it broke\n{line}\n\n".encode())
    os.close(spoken.entrance)
    assert spoken.last_words() == "2026-11-30 03:41:16,000 ERROR qbr: it broke"


def test_who_only_said_what_was_going_on_has_no_last_words(tmp_path: Path) -> None:
    spoken = Spoken(tmp_path / "child.log")
    os.write(spoken.entrance, b"2026-11-30 03:41:17,123 INFO qbr_pipeline.api.access {}\n")
    os.close(spoken.entrance)
    assert spoken.last_words() is None
