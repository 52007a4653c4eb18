"""Processes are ended with everything below them, and nobody waits for what has ended already."""

from __future__ import annotations

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
