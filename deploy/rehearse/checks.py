"""What must hold of the installed units, each thing a line of the report.

What belongs here: looking at the machine from outside, by the commands that a person would use.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from deploy.debian import Report, wait
from deploy.rehearse.machine import Machine

SERVICES = ("qbr-code", "qbr-daemon", "qbr-ui", "qbr-api")
MONTHS = 13
LEAST_CLOSED = 2.0
"""The level of exposure that `systemd-analyze security` may find at the most."""

_UNITS = "/etc/systemd/system/qbr-*"
_API = "http://127.0.0.1:5400"
_DAGSTER = "qbrctl dagster"
_WORKSPACE = "/etc/qbr/workspace.yaml"
_ANSWERS = {
    "qbr-code": f"{_DAGSTER} api grpc-health-check --port 4266",
    "qbr-daemon": "qbrctl dagster-daemon liveness-check",
    "qbr-ui": "curl --silent --fail --output /dev/null http://127.0.0.1:3000/qbr/live",
    "qbr-api": f"curl --silent --fail --output /dev/null {_API}/api/qbr/health/ready",
}
_MONTHS_SINCE = """
SELECT count(DISTINCT partition) FILTER (WHERE status = 'SUCCESS'),
       count(*) FILTER (WHERE status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')),
       count(*) FILTER (WHERE status IN ('STARTED')), count(*)
FROM runs WHERE pipeline_name = 'collection' AND create_timestamp > to_timestamp({since}) AT TIME ZONE 'UTC'
"""
_NOT_WELL = """
SELECT period, status, error_message
FROM (SELECT DISTINCT ON (period, vendor_id) * FROM qbr_collection_log
      ORDER BY period, vendor_id, collection_started_at DESC, id DESC) AS latest
WHERE run_id IS NOT NULL AND status = 'failed'
"""


def set_values(machine: Machine, values: Mapping[str, str]) -> None:
    """Write values into /etc/qbr/qbr.env, each in the place of what stands there."""
    file = machine.root / "etc/qbr/qbr.env"
    text = file.read_text()
    for name, value in values.items():
        text = re.sub(rf"^{name}=.*\n", "", text, flags=re.MULTILINE) + f"{name}={value}\n"
    file.write_text(text)


class Installation:
    """The units on a machine."""

    def __init__(self, machine: Machine, report: Report) -> None:
        self._machine = machine
        self._report = report

    def look_at_units(self) -> None:
        """Well formed, and closed to what they do not need."""
        verified = self._machine.run(f"systemd-analyze verify {_UNITS}")
        said = verified.stdout + verified.stderr
        self._report.line(verified.returncode == 0 and not said, "systemd-analyze verify finds nothing", said)
        units = self._machine.need(f"ls {_UNITS}service | xargs -n1 basename").split()
        levels = {}
        for unit in units:
            text = self._machine.run(f"systemd-analyze --no-pager security {unit}").stdout
            found = re.search(r"exposure level for .*: ([\d.]+)", text)
            levels[unit.removesuffix(".service")] = float(found[1]) if found else 10.0
        words = ", ".join(f"{unit} {level}" for unit, level in levels.items())
        self._report.line(max(levels.values()) <= LEAST_CLOSED, f"systemd-analyze security: {words}")

    def look_at_services(self) -> None:
        """Everything is there that a collection needs, and each service answers."""
        took = wait(
            "an answer of each service", 120, lambda: all(map(self._machine.is_well, _ANSWERS.values()))
        )
        self._report.line(True, f"the {len(SERVICES)} services answer {took:.0f} s after they were turned on")
        doctor = self._machine.run("qbrctl doctor")
        said = doctor.stdout + doctor.stderr
        self._report.line(
            doctor.returncode == 0,
            f"qbr doctor: {said.count('✓')} of {said.count('✓') + said.count('✗')} well",
            said,
        )

    def look_at_pages(self, host: str, key: str) -> None:
        """By TLS: the API answers who has a key and nobody else, and Dagster's UI asks for one too."""
        wait("an answer of each service", 120, lambda: all(map(self._machine.is_well, _ANSWERS.values())))
        page = f"https://{host}/api/qbr/collection/status"
        codes = [
            self._status(page, host),
            self._status(page, host, key),
            self._status(f"https://{host}/", host),
            self._status(f"https://{host}:3443/runs", host),
            self._status(f"http://{host}/", host),
        ]
        holds = codes[:2] == ["401", "200"] and codes[3] in {"302", "303", "401"} and codes[4] == "301"
        self._report.line(
            holds, f"nginx: API without and with a key, page, UI without a key, plain http: {' '.join(codes)}"
        )

    def _status(self, url: str, host: str, key: str = "") -> str:
        command = (
            "curl --silent --output /dev/null --write-out '%{http_code}' --cacert /etc/ssl/qbr.pem --config - "
            + " ".join(f"--resolve {host}:{port}:127.0.0.1" for port in (80, 443, 3443))
        )
        return self._machine.run(f"{command} {url}", given=_header(key)).stdout

    def a_night(self, name: str, killed: Collection[str] = ()) -> None:
        """Let the schedule tick once, in two minutes; all months are collected, and what is killed comes back."""
        machine = self._machine
        due = datetime.now(ZoneInfo("America/Chicago")) + timedelta(seconds=150)
        cron = f"{due.minute} {due.hour} * * *"
        set_values(machine, {"QBR_COLLECTION_ENABLED": "true", "QBR_SCHEDULE_CRON": cron})
        machine.need(f"systemctl restart {' '.join(SERVICES)}")
        wait("an answer of each service", 120, lambda: all(map(machine.is_well, _ANSWERS.values())))
        since = time.time()
        machine.run(f"{_DAGSTER} schedule start nightly_collection -w {_WORKSPACE}")
        wait("a tick", 240, lambda: self._months(since)[3] > 0)
        began = time.monotonic()
        wait("a run in progress", 60, lambda: self._months(since)[2] > 0)
        for unit in killed:
            self._kill(unit)
        wait(
            "an end of the night",
            900,
            lambda: self._months(since)[0] == MONTHS and not self._months(since)[1],
        )
        took = time.monotonic() - began
        succeeded, _, _, runs = self._months(since)
        log = self._psql("qbr", _NOT_WELL).strip()
        words = (
            f"{name}: {succeeded} of {MONTHS} months in {took:.0f} s, by {runs} runs, each well in the log"
        )
        self._report.line(succeeded == MONTHS and not log, words, log)

    def look_at_night(self) -> None:
        """One call of curl tells how it went."""
        word = self._machine.run(f"curl --silent {_API}/api/qbr/health/night").stdout.strip()
        self._report.line(word == "good", f"curl {_API}/api/qbr/health/night: {word}")

    def _months(self, since: float) -> list[int]:
        """Months collected, runs not yet over, runs at work, and runs at all, of those created since then."""
        return [int(each) for each in self._psql("dagster", _MONTHS_SINCE.format(since=since)).split()]

    def _psql(self, database: str, query: str) -> str:
        words = "psql --no-psqlrc --tuples-only --no-align --field-separator=' '"
        return self._machine.need(f"runuser -u postgres -- {words} --dbname={database}", given=query)

    def _kill(self, unit: str) -> None:
        machine = self._machine
        before = int(machine.need(f"systemctl show --value --property=NRestarts {unit}"))
        machine.need(f"systemctl kill --signal=KILL {unit}")
        again = f"test $(systemctl show --value --property=NRestarts {unit}) -gt {before}"
        wait(f"a new {unit}", 60, lambda: machine.is_well(f"{again} && systemctl is-active --quiet {unit}"))
        took = wait(f"an answer of {unit}", 120, lambda: machine.is_well(_ANSWERS[unit]))
        self._report.line(True, f"{unit}, killed with -9, is back and answers {took:.0f} s later")

    def look_at_metrics(self, key: str, promtool: Path) -> None:
        """What Prometheus would read is right for its own tool."""
        text = self._machine.need(f"curl --silent --fail --config - {_API}/metrics", given=_header(key))
        checked = subprocess.run(
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        said = checked.stdout + checked.stderr
        series = sum(not line.startswith("#") for line in text.splitlines())
        self._report.line(
            checked.returncode == 0 and not said, f"promtool check metrics: {series} series are right", said
        )

    def look_at_timers(self) -> None:
        """What the timers start works, as closed as it is."""
        for unit in ("qbr-doctor", "qbr-backup"):
            started = self._machine.run(f"systemctl start {unit}")
            log = self._machine.run(f"journalctl --no-pager --lines=20 --unit={unit}").stdout
            self._report.line(started.returncode == 0, f"{unit}.service does its work", log)
        made = self._machine.need("find /var/lib/qbr/backups -name '*.dump' -size +1k").split()
        self._report.line(len(made) == 2, f"the backup holds {len(made)} databases")

    def look_for_secrets(self, hidden: Iterable[str], lines: set[bytes]) -> None:
        """None was ever written to the journal or stood in a command line."""
        journal = self._machine.need("journalctl --no-pager --output=export")
        told = [each for each in hidden if each in journal]
        self._report.line(not told, f"no secret in {len(journal.encode()) // 1000} kB of the journal")
        told = [each for each in hidden if any(each.encode() in line for line in lines)]
        self._report.line(not told, f"no secret in {len(lines)} command lines")

    def stop(self) -> None:
        """Each unit ends by itself when it is told to, and the system too."""
        took = {}
        for unit in reversed(SERVICES):
            began = time.monotonic()
            self._machine.need(f"systemctl stop {unit}")
            took[unit] = time.monotonic() - began
        results = {
            unit: self._machine.need(f"systemctl show --value --property=Result {unit}").strip()
            for unit in SERVICES
        }
        words = ", ".join(f"{unit} {seconds:.1f} s" for unit, seconds in took.items())
        self._report.line(set(results.values()) == {"success"}, f"clean stop: {words}", str(results))
        failed = self._machine.need("systemctl list-units --failed --plain --no-legend --all 'qbr*'")
        self._report.line(not failed.strip(), "no unit of ours has failed", failed)
        self._report.line(True, f"the machine is off after {self._machine.power_off():.0f} s")


def _header(key: str) -> str:
    return f'header = "Authorization: Bearer {key}"\n' if key else ""
