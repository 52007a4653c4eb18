"""Hosts that share a machine: each with a network, a name and numbers of processes of its own, joined by a bridge.

What belongs here: making them, starting programs on them, cutting their links, killing them whole. Root only. The
bridge lies in a network namespace that the program itself has entered: nothing of the machine's own network is touched.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from qbr_pipeline.settings import CHECKOUT

HEAD = "10.77.0.1"
"""The address of the host that this process is on, with database, broker, daemon and code."""

_INSIDE = "QBR_HOSTS_INSIDE"


def enter_own_network() -> None:
    """Go on in a network namespace with a bridge in it; starts the program anew, once."""
    if _INSIDE not in os.environ:
        os.environ[_INSIDE] = "1"
        words = [sys.executable, "-m", "tools.hosts", *sys.argv[1:]]
        os.execvp("unshare", ["unshare", "--net", *words])  # noqa: S606, S607 - our own command line
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "br0", "type", "bridge")
    _run("ip", "addr", "add", f"{HEAD}/24", "dev", "br0")
    _run("ip", "link", "set", "br0", "up")


class Host:
    """One further machine. `number` tells it from the others; its name is `host1` and so on."""

    def __init__(self, number: int, logs: Path) -> None:
        self.name = f"host{number}"
        self._logs = logs
        words = ["unshare", "--net", "--uts", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
        init = ["sh", "-c", f"hostname {self.name}; exec sleep infinity"]
        self._shell = subprocess.Popen([*words, *init])  # noqa: S603 - our own command line
        self._init = self._first_process()
        _run("ip", "link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", str(self._init))
        _run("ip", "link", "set", self.name, "master", "br0", "up")
        for words_inside in (
            ("ip", "addr", "add", f"10.77.0.{10 + number}/24", "dev", "eth0"),
            ("ip", "link", "set", "eth0", "up"),
            ("ip", "link", "set", "lo", "up"),
        ):
            _run(*self._enter("-n"), *words_inside)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a program on the host; its output goes to a log. It ends with the host."""
        with (self._logs / f"{self.name}-{name}.log").open("wb") as log:
            subprocess.Popen(  # noqa: S603 - our own command line
                [*self._enter("-n", "-u", "-p", "-m"), *command],
                env=dict(environment),
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_pod(
        self, name: str, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program in the host's network, but with numbers of processes of its own, as in a container."""
        alone = ["unshare", "--pid", "--uts", "--fork", "--kill-child=KILL", "--mount-proc"]
        named = ["sh", "-c", 'hostname "$0"; exec "$@"', name]
        with (self._logs / f"{name}.log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - our own command line
                [*self._enter("-n"), *alone, *named, *command],
                env=dict(environment),
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def cut(self) -> None:
        """Pull its cable."""
        _run("ip", "link", "set", self.name, "down")

    def heal(self) -> None:
        """Put its cable back."""
        _run("ip", "link", "set", self.name, "up")

    def kill(self) -> None:
        """`kill -9` of its first process, and so of every other one: nobody on it can say anything any more."""
        self._shell.kill()
        self._shell.wait()
        while psutil.pid_exists(self._init):
            time.sleep(0.05)

    def _first_process(self) -> int:
        while not (children := psutil.Process(self._shell.pid).children()):
            time.sleep(0.02)
        while children[0].name() != "sleep":
            time.sleep(0.02)
        return children[0].pid

    def _enter(self, *namespaces: str) -> list[str]:
        return ["nsenter", "-t", str(self._init), *namespaces]


def _run(*words: str) -> None:
    subprocess.run(words, check=True)  # noqa: S603 - our own command line
