"""Is a process alive: one answer for runs, services and users of the embedded server.

What belongs here: that question, and who can answer it. A zombie, dead and not yet collected by its parent, is not
alive; a number that another process has taken over is another process: so everybody keeps the start beside it.
"""

from __future__ import annotations

import os
import socket
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Self

import psutil

_OF_THE_SYSTEM = "4026531836"
"""The namespace that Linux begins with: whatever is not in a container counts its processes there."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """Whose process numbers they are: the same number means the same process only within one of these.

    The name of the machine, its boot, and the namespace of processes, which containers have of their own.
    """

    machine: str
    boot: str
    namespace: str

    def __str__(self) -> str:
        return "/".join(astuple(self))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What `str` has made; None of any other text."""
        parts = text.split("/")
        return cls(*parts) if len(parts) == 3 and all(parts) else None

    def has_ended(self, number: int, at: float) -> bool | None:
        """Whether the process that had this number, seen here at a moment in seconds since the epoch, is over.

        None: that cannot be known from this process.
        """
        mine = numbering()
        if self == mine:
            process = living_process(number)
            return process is None or process.create_time() > at
        is_before_a_boot = self.machine == mine.machine and self.boot != mine.boot
        return True if is_before_a_boot and {self.namespace, mine.namespace} == {_OF_THE_SYSTEM} else None


@cache
def numbering() -> Numbering:
    """The numbering that this process is in."""
    return Numbering(f"{socket.gethostname()}{_first_eight(Path('/etc/machine-id'))}", _boot(), _namespace())


def _boot() -> str:
    read = _first_eight(Path("/proc/sys/kernel/random/boot_id"))
    return read.removeprefix("-") or f"{psutil.boot_time():.0f}"


def _namespace() -> str:
    try:
        return str(os.stat("/proc/self/ns/pid").st_ino)  # noqa: PTH116 - a link of the kernel's
    except OSError:
        return _OF_THE_SYSTEM


def _first_eight(file: Path) -> str:
    try:
        return f"-{file.read_text()[:8]}".rstrip().removesuffix("-")
    except OSError:
        return ""


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
