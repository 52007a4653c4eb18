"""Is a process alive: one answer for runs, services and users of the embedded server.

What belongs here: that one question. A zombie, dead and not yet collected by its parent, is not alive; a number that
another process has taken over is another process, which is why everybody keeps the start beside it.
"""

from __future__ import annotations

import psutil


def is_alive(process: psutil.Process) -> bool:
    """Whether `process` itself still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def living_process(number: int) -> psutil.Process | None:
    """The process of that number; None when there is none that is alive."""
    try:
        process = psutil.Process(number)
    except psutil.NoSuchProcess:
        return None
    return process if is_alive(process) else None


def identity(process: psutil.Process) -> list[float]:
    """Number of a process and its start, in seconds since the epoch: no two processes share both."""
    return [process.pid, process.create_time()]


def identified(recorded: list[float]) -> psutil.Process | None:
    """The process that `identity` has described so; None when it is not alive any more."""
    process = living_process(int(recorded[0]))
    return process if process is not None and identity(process) == recorded else None
