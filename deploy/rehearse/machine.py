"""A booted Debian in a network namespace of its own, and what was ever said on a command line of it.

What belongs here: starting it by systemd-nspawn, running commands in it, and leaving nothing behind.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.debian import run, wait

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Machine:
    """The running system; `root` is its file system as seen from here."""

    def __init__(self, root: Path, nspawn: subprocess.Popen[bytes]) -> None:
        self.root = root
        self._nspawn = nspawn

    def run(
        self, command: str, *, given: str = "", folder: str = "/src", seconds: float = 900
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of a shell as root, with `given` to read; a terminal it has not."""
        environment = (f"PATH={_PATH}", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")
        packages = ("PIP_NO_INDEX=1", "PIP_FIND_LINKS=/wheels", "PIP_DISABLE_PIP_VERSION_CHECK=1")
        words = ["nsenter", "--target", self._leader, "--all", "env", "-i", *environment, *packages]
        return subprocess.run(
            [*words, "bash", "-c", f"cd {folder} && {command}"],
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=seconds,
            start_new_session=True,
        )

    def need(self, command: str, *, given: str = "") -> str:
        """What a command prints that must succeed; ends this program with its last words otherwise."""
        done = self.run(command, given=given)
        if done.returncode:
            raise SystemExit(
                f"{command}: exit code {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        return done.stdout

    def is_well(self, command: str) -> bool:
        """Whether a command succeeds."""
        return self.run(command).returncode == 0

    @property
    def _leader(self) -> str:
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        return children[0] if children else "0"

    def await_boot(self) -> float:
        """The seconds until the system says that it runs."""
        state = ("running", "degraded")
        return wait(
            "a booted system",
            60,
            lambda: self.run("systemctl is-system-running", folder="/").stdout.strip() in state,
        )

    def power_off(self) -> float:
        """The seconds until it is off."""
        began = time.monotonic()
        self.run("systemctl poweroff", folder="/")
        self._nspawn.wait(60)
        return time.monotonic() - began


@contextmanager
def booted(root: Path, wheels: Path) -> Iterator[Machine]:
    """Boot `root`, where `wheels` is seen as /wheels; it is off, and its namespace gone, at the end."""
    network = f"qbr-rehearsal-{root.parent.name[-6:]}"
    run("ip", "netns", "add", network)
    run("ip", "-n", network, "link", "set", "lo", "up")
    with (root.parent / "console.log").open("wb") as console:
        nspawn = subprocess.Popen(
            [
                "systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--boot", "--console=pipe",
                "--directory", str(root), f"--network-namespace-path=/run/netns/{network}",
                f"--bind-ro={wheels}:/wheels",
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )  # fmt: skip
    machine = Machine(root, nspawn)
    try:
        yield machine
    finally:
        if nspawn.poll() is None:
            try:
                machine.power_off()
            except subprocess.TimeoutExpired:
                nspawn.kill()
        run("ip", "netns", "delete", network)
        _remove_empty_groups()


def _remove_empty_groups() -> None:
    """What nspawn leaves of itself in the tree of control groups."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        place = Path("/sys/fs/cgroup") / (controllers.removeprefix("name=") or "unified") / path.lstrip("/")
        for name in ("payload", "supervisor"):
            left = place / name
            for each in sorted(left.rglob("*/"), reverse=True) if left.is_dir() else []:
                each.rmdir()
            if left.is_dir():
                left.rmdir()


class CommandLines:
    """Looks at the command lines of every process on this host, five times a second, from its beginning on."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self._seen.add(file.read_bytes())
                except OSError:  # it has ended meanwhile
                    continue

    def seen(self) -> set[bytes]:
        """All that were seen; ends the looking."""
        self._ended.set()
        self._thread.join()
        return self._seen
