import os
import subprocess
import sys

import psutil

from qbr_pipeline.liveness import identified, identity, is_alive, living_process


def test_this_process_is_alive() -> None:
    assert is_alive(psutil.Process())
    assert living_process(os.getpid()) == psutil.Process()
    assert identified(identity(psutil.Process())) == psutil.Process()


def test_a_zombie_is_not_alive_and_neither_is_what_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    recorded = identity(process)
    assert is_alive(process)
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert (is_alive(process), living_process(child.pid), identified(recorded)) == (False, None, None)
    child.wait()
    assert (is_alive(process), living_process(child.pid), identified(recorded)) == (False, None, None)


def test_another_process_of_the_same_number_is_another_one() -> None:
    number, start = identity(psutil.Process())
    assert identified([number, start - 1]) is None
