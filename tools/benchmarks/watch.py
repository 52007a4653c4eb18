"""Watching processes: what each role of them uses while something is measured.

What belongs here: telling a process's role, and sampling. The simulated vendor and the benchmark itself do not count.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tools.benchmarks.figures import POSTGRES, Usage

_INTERVAL_SECONDS = 0.1
_MEMORY_EVERY = 10
"""Every so many samples: adding up what processes share takes as long as ten others."""
_ROLES = (
    ("qbr_pipeline.demo.connectwise", None),
    ("multiprocessing.resource_tracker", None),
    ("multiprocessing.spawn", "run worker"),
    ("multiprocessing.forkserver", "run worker"),
    ("dagster-daemon", "daemon"),
    ("qbr_pipeline.runtime.daemon", "daemon"),
    ("api grpc", "code server"),
    ("qbr_pipeline.runtime.code_server", "code server"),
)
"""What a command line holds, and the role that tells; None: not counted."""


def role_of(command: Sequence[str]) -> str | None:
    """The role of a process by its command line; None for those that do not count."""
    line = " ".join(command)
    if line.startswith("postgres") or Path(line.split(" ")[0]).name == "postgres":
        return POSTGRES
    return next((role for part, role in _ROLES if part in line), None)


class Watch:
    """Samples the descendants of this process and of `others` every tenth of a second; a context manager."""

    def __init__(self, others: Sequence[psutil.Process] = ()) -> None:
        self._roots = [psutil.Process(), *others]
        self._roles: dict[psutil.Process, str | None] = {}
        self._before: dict[psutil.Process, float] = {}
        self._cpu: dict[psutil.Process, float] = {}
        self._peaks: dict[psutil.Process, int] = {}
        self._samples = 0
        self.memory = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._sample()
        self._before = dict(self._cpu)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def usage(self) -> Mapping[str, Usage]:
        """What each role has used since the watch began, as far as was sampled; `memory` as `figures.Night` says."""
        roles = sorted({role for role in self._roles.values() if role is not None})
        return {role: self._of(role) for role in roles}

    def _of(self, role: str) -> Usage:
        members = [process for process in self._cpu if self._roles[process] == role]
        return Usage(
            peak=max(self._peaks[process] for process in members),
            cpu=sum(self._cpu[process] - self._before.get(process, 0.0) for process in members),
            processes=len(members),
        )

    def _run(self) -> None:
        while not self._ended.wait(_INTERVAL_SECONDS):
            self._sample()

    def _sample(self) -> None:
        self._samples += 1
        is_for_memory = self._samples % _MEMORY_EVERY == 0
        together = 0
        for process in self._processes():
            try:
                # A child bears its parent's command line for a moment; so the role is told anew each time.
                role = role_of(process.cmdline())
                with process.oneshot():
                    times, resident = process.cpu_times(), process.memory_info().rss
                if is_for_memory and role not in {None, POSTGRES}:
                    held = process.memory_full_info()
                    together += getattr(held, "pss", held.rss)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            if role is not None:
                self._roles[process] = role
                self._cpu[process] = times.user + times.system
                self._peaks[process] = max(resident, self._peaks.get(process, 0))
        self.memory = max(self.memory, together)

    def _processes(self) -> Iterator[psutil.Process]:
        for root in self._roots:
            try:
                yield from root.children(recursive=True)
            except psutil.NoSuchProcess:
                continue
