"""Rehearses docs/deployment.md: its own commands install the units in a booted Debian, and a night is collected there.

`python3 -m deploy.rehearse --cache DIR`, as root on Debian 12 with debootstrap, systemd-container and iproute2, from
the checkout. Prints a line for each thing that holds, and ends with 1 when one does not. No registry, no vendor and no
port of this machine is reached from inside.
"""

from __future__ import annotations

import argparse
import re
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.debian import (
    FILL_INVENTORY,
    SIMULATED_VENDOR,
    Report,
    copy_checkout,
    debian_root,
    require_root,
    run,
    wheelhouse,
)
from deploy.rehearse.checks import SERVICES, Installation, set_values
from deploy.rehearse.document import blocks
from deploy.rehearse.machine import CommandLines, Machine, booted

_SYSTEM = ("systemd", "systemd-sysv", "dbus", "curl", "openssl", "ca-certificates", "procps")
_PYTHON = "/opt/qbr/venv/bin/python"
HOST = "qbr.example.com"


def main() -> int:
    """0 when everything holds."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.rehearse", description=__doc__)
    parser.add_argument(
        "--cache", type=Path, help="where the Debian root and the wheels are kept for the next time"
    )
    parser.add_argument(
        "--work", type=Path, help="where the machine lives, 2 GB; by default the place for temporary files"
    )
    arguments = parser.parse_args()
    require_root()
    if arguments.cache:
        arguments.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="qbr-rehearsal-", dir=arguments.work) as folder:
        return rehearse(Path(folder), arguments.cache)


def rehearse(work: Path, cache: Path | None) -> int:
    """Install, look at everything, and take it down again."""
    install, turn_on = blocks("Programs, user, databases")
    packages = install.pop(0).split()
    if packages[:2] != ["apt-get", "install"]:
        sys.exit("docs/deployment.md: the first command installs Debian's packages")
    root = work / "root"
    debian_root(root, [*_SYSTEM, *(each for each in packages[2:] if not each.startswith("-"))], cache)
    wheels = wheelhouse(work / "wheels", cache)
    copy_checkout(root / "src")
    report, lines = Report(), CommandLines()
    hidden = {name: secrets.token_urlsafe(30) for name in ("password", "reader", "session")}
    with booted(root, wheels) as machine:
        report.line(True, f"a Debian of its own network namespace is up after {machine.await_boot():.0f} s")
        for command in install:
            machine.need(command, given=f"{hidden['password']}\n" * 2 if "--pwprompt" in command else "")
        report.line(True, f"installed by the {len(install)} commands of docs/deployment.md")
        surround(machine, hidden)
        place = Installation(machine, report)
        place.look_at_units()
        for command in turn_on:
            machine.need(command)
        place.look_at_services()
        hidden["key"] = behind_nginx(machine)
        place.look_at_pages(HOST, hidden["key"])
        machine.need("qbrctl readiness --trial --by Rehearsal")
        place.a_night("one tick")
        place.look_at_night()
        place.look_at_metrics(hidden["key"], promtool(work, cache))
        place.look_at_timers()
        place.a_night("a night in which each unit is killed", killed=SERVICES)
        place.look_at_night()
        place.look_for_secrets(hidden.values(), lines.seen())
        place.stop()
    return report.end()


def surround(machine: Machine, hidden: dict[str, str]) -> None:
    """What is there of the firm's: a simulated ConnectWise, an inventory, and the values of /etc/qbr/qbr.env."""
    machine.need("runuser -u postgres -- createuser --pwprompt qbr_reader", given=f"{hidden['reader']}\n" * 2)
    options = "--encoding=UTF8 --template=template0 --owner=qbr_reader"
    machine.need(f"runuser -u postgres -- createdb {options} inventory")
    simulated = machine.need(f"{_PYTHON} -", given=SIMULATED_VENDOR)
    values = dict(line.split("=", 1) for line in simulated.splitlines())
    alerts = {"QBR_ALERT_URLS": '["syslog://"]'}
    set_values(machine, {**values, **alerts, "QBR_SESSION_SECRET": hidden["session"]})
    file = machine.root / "etc/qbr/qbr.env"
    text = file.read_text().replace("qbr_reader:PASSWORD", f"qbr_reader:{hidden['reader']}")
    file.write_text(text.replace("qbr:PASSWORD", f"qbr:{hidden['password']}"))
    service = "systemd-run --quiet --property=EnvironmentFile=/etc/qbr/qbr.env --uid=nobody"
    machine.need(f"{service} --wait --pipe {_PYTHON} -", given=FILL_INVENTORY)
    machine.need(
        f"{service} --unit=simulated-connectwise {_PYTHON} -m qbr_pipeline.demo.connectwise --port 8090"
    )


def behind_nginx(machine: Machine) -> str:
    """Make a certificate and a key for a person, and do what the document says of nginx; returns the key."""
    printed = machine.need("qbrctl key new --name Ann --role write").strip()
    set_values(machine, {"QBR_API_KEYS": printed})
    machine.need(f"systemctl restart {' '.join(SERVICES)}")
    machine.need(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST} "
        "-out /etc/ssl/qbr.pem -keyout /etc/ssl/private/qbr.key"
    )
    for command in blocks("The pages, by TLS")[0]:
        machine.need(command)
    return re.findall(r'"([^"]+)"', printed)[0]


def promtool(work: Path, cache: Path | None) -> Path:
    """Debian's promtool, alone of its package."""
    found = (cache or work) / "promtool"
    if not found.exists():
        folder = work / "prometheus"
        folder.mkdir()
        run("apt-get", "download", "prometheus", cwd=folder)
        run("dpkg-deb", "--extract", next(folder.glob("*.deb")), folder)
        shutil.copy2(folder / "usr/bin/promtool", found)
    return found


if __name__ == "__main__":
    sys.exit(main())
