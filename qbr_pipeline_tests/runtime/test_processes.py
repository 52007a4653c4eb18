"""Processes are ended with everything below them, and nobody waits for what has ended already."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from qbr_pipeline.runtime import processes

_FAMILY = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"])
time.sleep(600)
"""


@pytest.mark.timeout(60)
def test_a_process_that_has_ended_and_that_nobody_buries_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "_GRACE_SECONDS", 10**6)
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.read()
    processes.end([psutil.Process(child.pid)])
    assert child.wait() == 0


def test_a_process_ends_with_its_children() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _FAMILY], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    family = [psutil.Process(parent.pid), *psutil.Process(parent.pid).children(recursive=True)]
    processes.end([psutil.Process(parent.pid)])
    parent.wait()
    assert len(family) == 2
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_process_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    complains = "import sys; print('starting'); sys.exit('address already in use')"
    with processes.Processes(tmp_path, "demo") as started:
        started.start("simulator", [sys.executable, "-c", complains])
        with pytest.raises(processes.ProcessError, match='said last "address already in use"'):
            started.await_file("simulator", tmp_path / "never")


def test_a_process_that_ended_with_the_database_is_started_again(tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    script = f"open({str(counts)!r}, 'a').write('x'); import time; time.sleep(600)"
    with processes.Processes(tmp_path, "demo") as started:
        started.start("daemon", [sys.executable, "-c", script])
        started.await_file("daemon", counts)
        for child in psutil.Process().children():
            child.kill()
            child.wait(30)
        with pytest.raises(processes.ProcessError, match="The daemon ended by itself: see"):
            started.check()
        started.restart_ended()
        started.check()


def test_logs_are_nobody_elses_to_read(tmp_path: Path) -> None:
    with processes.Processes(tmp_path, "demo") as started:
        started.start("daemon", [sys.executable, "-c", "print('hello')"])
        log = started.log("daemon")
        started._spoken["daemon"].finish(60)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700
    assert log.read_text() == "hello\n"


def test_a_file_of_another_command_is_read_while_somebody_else_runs_it(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib; from qbr_pipeline.runtime.processes import Processes\n"
        "with Processes(pathlib.Path(sys.argv[1]), 'demo') as demo:\n"
        "    demo.new_file('address').write_text('http://127.0.0.1:1\\n'); print(flush=True); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    mine = processes.Processes(tmp_path, "doctor")
    assert mine.written_for("demo", "address") == "http://127.0.0.1:1"
    assert mine.written_for("demo", "nothing") is None
    other.kill()
    other.wait()
    assert mine.written_for("demo", "address") is None


def test_a_command_does_not_take_its_own_file_for_that_of_another(tmp_path: Path) -> None:
    with processes.Processes(tmp_path, "demo") as mine:
        mine.new_file("address").write_text("http://127.0.0.1:1")
        assert mine.written_for("demo", "address") is None
