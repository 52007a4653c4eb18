"""The processes that a command starts: each is ended with the command, or by the next one if the command was killed.

What belongs here: starting, recording, waiting and ending. What does not: which processes there are.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import psutil
import requests

from qbr_pipeline.liveness import identified, identity, is_alive
from qbr_pipeline.runtime.logs import Spoken
from qbr_pipeline.runtime.private import make_private

_GRACE_SECONDS = 10

log = logging.getLogger(__name__)


class ProcessError(RuntimeError):
    """A process did not start or ended by itself; the message is a sentence for a person."""


class Processes:
    """Child processes of a `command` that end with this object; a context manager.

    Their output goes to files below `home`. Entering ends what an earlier run of the command left behind when it was
    killed; ProcessError when one is still running.
    """

    def __init__(self, home: Path, command: str) -> None:
        self._command = command
        self._logs = home / "logs"
        self._record = home / f"{command}.processes.json"
        self._started: dict[str, psutil.Process] = {}
        self._orders: dict[str, tuple[Sequence[str], Mapping[str, str] | None]] = {}
        self._spoken: dict[str, Spoken] = {}

    def __enter__(self) -> Self:
        make_private(self._logs)
        owner, *left = self._recorded()
        if owner is not None:
            raise ProcessError(f"`qbr {self._command}` is running already, as process {owner.pid}.")
        end(process for process in left if process is not None)
        self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._started.values())
        for spoken in self._spoken.values():
            spoken.finish(seconds=5)
        self._started.clear()
        self._record.unlink(missing_ok=True)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a process; its output goes to the log file of its name."""
        spoken = Spoken(self.log(name))
        try:
            child = subprocess.Popen(  # noqa: S603 - our own command lines
                command,
                stdin=subprocess.DEVNULL,
                stdout=spoken.entrance,
                stderr=spoken.entrance,
                env=environment or os.environ,
                start_new_session=True,
            )
        finally:
            os.close(spoken.entrance)
        self._orders[name], self._spoken[name] = (command, environment), spoken
        self._started[name] = psutil.Process(child.pid)
        self._write()

    def restart_ended(self) -> None:
        """Start again those that have ended by themselves, in the way they were started."""
        for name, process in list(self._started.items()):
            if not is_alive(process):
                log.error("The %s ended by itself%s: it is started again.", name, self._last_words(name))
                self.start(name, *self._orders[name])

    def log(self, name: str) -> Path:
        """The file that holds the output of the process of that name."""
        return self._logs / f"{name}.log"

    def new_file(self, name: str) -> Path:
        """A file of that name for one of the processes to write; it does not exist yet."""
        file = self._file(name)
        file.unlink(missing_ok=True)
        return file

    def _file(self, name: str) -> Path:
        return self._record.with_name(f"{self._command}.{name}")

    def check(self) -> None:
        """ProcessError when one of the processes has ended by itself; KeyboardInterrupt once there was one."""
        check_interruption()
        for name, process in self._started.items():
            if not is_alive(process):
                raise ProcessError(
                    f"The {name} ended by itself{self._last_words(name)}: see {self.log(name)}."
                )

    def await_answer(self, name: str, url: str, seconds: float = 120) -> None:
        """Wait until `url` answers; ProcessError when a process ends before, or after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            try:
                if requests.get(url, timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        raise ProcessError(
            f"The {name} does not answer at {url} after {seconds:.0f} s: see {self.log(name)}."
        )

    def await_file(self, name: str, file: Path, seconds: float = 60) -> str:
        """Wait until the process has made `file`; what it holds. ProcessError as for `await_answer`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            if file.exists():
                return file.read_text().strip() if file.is_file() else ""
            time.sleep(0.05)
        raise ProcessError(f"The {name} is not ready after {seconds:.0f} s: see {self.log(name)}.")

    def _last_words(self, name: str) -> str:
        """What a process that ended said last, to be put into a sentence; nothing when it said nothing of note."""
        last = self._spoken[name].last_words()
        return f', and said last "{last}"' if last else ""

    def written_for(self, command: str, name: str) -> str | None:
        """What is in the file of that name of a `command` that somebody else runs in this home now; None: nothing."""
        other = Processes(self._record.parent, command)
        owner = other._recorded()[0]
        file = other._file(name)
        if owner is None or owner.pid == os.getpid() or not file.exists():
            return None
        return file.read_text().strip()

    def _recorded(self) -> list[psutil.Process | None]:
        """Who runs the command, or ran it last, and what it has started; None for each that is over."""
        return [identified(recorded) for recorded in self._read()] or [None]

    def _read(self) -> list[list[float]]:
        try:
            recorded: list[list[float]] = json.loads(self._record.read_text())
        except (FileNotFoundError, ValueError):
            return []
        return recorded

    def _write(self) -> None:
        living = [psutil.Process(), *self._started.values()]
        self._record.write_text(json.dumps([identity(process) for process in living]))


def end(processes: Iterable[psutil.Process]) -> None:
    """End processes and all their descendants: politely at first, for good after ten seconds."""
    family = {member for process in processes for member in (process, *_descendants(process))}
    for member in family:
        _signal(member, signal.SIGTERM)
    for member in _outlast(family, _GRACE_SECONDS):
        _signal(member, signal.SIGKILL)
    _outlast(family, _GRACE_SECONDS)


def _outlast(family: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those of `family` that still live after so many seconds; returns as soon as there are none.

    An orphan that has ended but that nobody buries yet counts as ended.
    """
    deadline = time.monotonic() + seconds
    while (alive := [member for member in family if is_alive(member)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def free_port(wanted: int, tries: int = 50) -> int:
    """`wanted`, or the next port on the loopback address that nobody listens on; ProcessError when there is none."""
    for port in range(wanted, wanted + tries):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ProcessError(
        f"The ports {wanted} to {wanted + tries - 1} are all taken: name another one with --port."
    )


_interrupted = threading.Event()


def check_interruption() -> None:
    """KeyboardInterrupt once there was one, also one that something else has swallowed."""
    if _interrupted.is_set():
        raise KeyboardInterrupt


def end_on_sigterm() -> None:
    """From now on SIGTERM ends this process the way Ctrl-C does: through every `finally`.

    An interruption that something else swallows is noticed by the next `Processes.check`.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        _interrupted.set()
        raise KeyboardInterrupt

    _interrupted.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
