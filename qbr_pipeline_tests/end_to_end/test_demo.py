"""`qbr demo` as a person meets it: its first run, its UI, and every way to end it."""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
import subprocess
import time
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import requests

from qbr_pipeline.demo.spreadsheet import FILE_NAME, KEPT
from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline_tests.conftest import unused_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbr_pipeline_tests.end_to_end.conftest import Installation, Running

pytestmark = pytest.mark.slow

_ADDRESS = r"Dagster UI: (http://127\.0\.0\.1:\d+)"


@pytest.fixture(scope="module")
def told(installation: Installation) -> subprocess.CompletedProcess[str]:
    """What `qbr demo --once` says, after a first try that was ended by SIGTERM in the middle of its collection."""
    interrupted = installation.start("demo", installation.program("qbr"), "demo", "--once")
    installation.wait_until("the demo has collected two months", lambda: interrupted.said().count("✓") >= 2)
    interrupted.send(signal.SIGTERM)
    code = interrupted.wait()
    assert code != 0, interrupted.said()
    assert "Traceback" not in interrupted.said(), interrupted.said()
    assert installation.processes() == []
    return installation.qbr("demo", "--once")


@pytest.fixture(scope="module")
def demo(installation: Installation, told: subprocess.CompletedProcess[str]) -> Installation:
    """An installation whose demo has its data."""
    assert told.returncode == 0
    return installation


def test_the_first_run_succeeds_and_leaves_no_process(
    installation: Installation, told: subprocess.CompletedProcess[str]
) -> None:
    assert told.returncode == 0, told
    assert re.search(r"(\d+) of \1 months collected", told.stdout), told.stdout
    assert told.stderr == ""
    assert installation.processes() == []


def test_the_table_shows_every_smartnumber_of_both_quarters(told: subprocess.CompletedProcess[str]) -> None:
    table = told.stdout[told.stdout.index("SmartNumbers") :]
    amount = r"-?\$?[\d,.]+(?: %)?"
    absent = [
        number.label
        for number in SMARTNUMBERS.values()
        if not re.search(rf"{re.escape(number.label)}[│\s]+{amount}[│\s]+{amount}\*", table)
    ]

    assert len(re.findall(r"\d{4}-Q\d", table)) == 2
    assert absent == [], table


def test_the_data_is_marked_as_made_up(told: subprocess.CompletedProcess[str]) -> None:
    assert "DEMO" in told.stdout
    assert "made-up data" in told.stdout[told.stdout.index("SmartNumbers") :].splitlines()[0]


def test_the_demo_stays_below_a_directory_of_its_own(demo: Installation) -> None:
    assert (demo.home / "demo" / "postgres").is_dir()
    assert not (demo.home / "postgres").exists()


def test_the_key_of_the_books_is_the_demo_s_own_and_nobody_else_s_to_read(demo: Installation) -> None:
    assert stat.S_IMODE((demo.home / "demo" / "encryption.key").stat().st_mode) == 0o600


def test_a_second_start_collects_nothing_again_and_serves_on_the_next_free_port_until_sigterm(
    demo: Installation,
) -> None:
    taken = unused_port()
    began = time.monotonic()
    with _listening(taken), _serving(demo, taken) as (serving, address):
        seconds = time.monotonic() - began
        print(f"a second start is up after {seconds:.1f} s")  # noqa: T201 - a measurement, shown with -s
        assert address != f"http://127.0.0.1:{taken}"
        assert f"Port {taken} is taken" in serving.said()
        assert _locations(address) == ["qbr_pipeline"]
        assert "collected" not in serving.said()
        _assert_the_api_serves(demo, serving)

        another = demo.qbr("demo")
        assert another.returncode == 2
        assert f"`qbr demo` is running already, as process {serving.process.pid}." in another.stderr
        assert _locations(address)

        serving.send(signal.SIGTERM)
        assert serving.wait() == 0, serving.said()
        assert demo.processes() == []


def test_after_a_kill_the_next_start_ends_what_was_left_and_works_until_ctrl_c(demo: Installation) -> None:
    with _serving(demo, unused_port()) as (killed, _):
        killed.send(signal.SIGKILL)
        killed.wait()
        left = [process for process in demo.processes() if not _is_postgres(process)]
        assert left, "daemon, webserver and simulator outlive a kill of their parent"

    with _serving(demo, unused_port()) as (serving, address):
        assert [process for process in left if process.is_running() and not _is_zombie(process)] == []
        assert _locations(address) == ["qbr_pipeline"]

        serving.send(signal.SIGINT)
        assert serving.wait() == 0, serving.said()
        assert demo.processes() == []


def test_the_numbers_of_the_demo_can_be_shown_and_checked_afterwards(demo: Installation) -> None:
    shown = demo.qbr("--demo", "show", "--csv")
    doctor = demo.qbr("--demo", "doctor")

    assert shown.returncode == 0, shown
    assert shown.stdout.count("\n") > len(SMARTNUMBERS)
    assert doctor.returncode == 0, doctor
    assert "Traceback" not in doctor.stdout + doctor.stderr
    assert demo.processes() == []


@contextmanager
def _serving(demo: Installation, port: int) -> Iterator[tuple[Running, str]]:
    """A demo that serves, and its address; it is over at the end of the block."""
    serving = demo.start("demo", demo.program("qbr"), "demo", "--port", str(port))
    try:
        demo.wait_until(
            "the demo prints an address",
            lambda: serving.find(_ADDRESS) or serving.process.poll() is not None,
            every=0.05,
        )
        address = serving.find(_ADDRESS)
        assert address, serving.said()
        yield serving, address
    finally:
        serving.process.terminate()
        serving.wait()


def _assert_the_api_serves(demo: Installation, serving: Running) -> None:
    printed = r"API: (http://127\.0\.0\.1:\d+/api/qbr)/docs"
    demo.wait_until("the demo prints the API's address", lambda: serving.find(printed))
    api = serving.find(printed)
    dashboard = serving.find(r"Dashboard: (http://127\.0\.0\.1:\d+)")
    assert api == f"{dashboard}/api/qbr"
    assert (
        "Demo: every company, person and figure is made up." in requests.get(f"{dashboard}", timeout=30).text
    )
    assert requests.get(f"{api}/docs", timeout=30).headers["Content-Type"].startswith("text/html")
    month = requests.get(f"{api}/periods", timeout=30).json()["data"]["periods"][-1]["period"]
    _assert_money_comes_from_books_and_the_rest_from_one_file(str(api))
    entry = {"period": month, "metric_name": "telemarketing_dials", "metric_value": 77, "entered_by": "Ann"}
    assert requests.post(f"{api}/metrics/manual", json=entry, timeout=30).status_code == 200
    told = requests.get(f"{api}/metrics/monthly", params={"period": month}, timeout=30).json()["data"]
    assert {each["name"]: each["value"] for each in told["metrics"]}["telemarketing_dials"] == 77
    rebound = requests.get(f"{api}/periods", headers={"Host": "evil.example"}, timeout=30)
    assert rebound.status_code == 403


def _assert_money_comes_from_books_and_the_rest_from_one_file(api: str) -> None:
    """Also after a second start: one import, one mapping, and every money metric opens to accounts that add up."""
    (imported,) = _data(api, "imports")["imports"]
    mappings = _data(api, "books/mapping")["mappings"]
    assert (len(imported["months"]), imported["file_name"]) == (13, FILE_NAME)
    assert {each["mapped_by"] for each in mappings} == {"demo"}
    assert not [each for each in mappings if each["ended_at"]]
    for month in imported["months"]:
        told = _data(api, "metrics/monthly", period=month)["metrics"]
        sources = {each["name"]: each["source"] for each in told if each["value"] is not None}
        assert {key for key, source in sources.items() if source == "manual"} == set(KEPT)
        assert set(BOOKED) <= set(sources)
    for metric in BOOKED:
        rows = _data(api, "metrics/rows", metric_name=metric, period=imported["months"][0], limit=1000)
        assert sum(row["counted"] for row in rows["rows"] if row["counts"]) == rows["value"]


def _data(api: str, path: str, **parameters: object) -> Any:
    answer = requests.get(f"{api}/{path}", params=parameters, timeout=30)
    return json.loads(answer.text, parse_float=Decimal)["data"]


def _locations(address: str) -> list[str]:
    query = "{ workspaceOrError { ... on Workspace { locationEntries { name } } } }"
    answer = requests.post(f"{address}/graphql", json={"query": query}, timeout=30).json()
    return [entry["name"] for entry in answer["data"]["workspaceOrError"]["locationEntries"]]


@contextmanager
def _listening(port: int) -> Iterator[None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        yield


def _is_postgres(process: psutil.Process) -> bool:
    return "postgres" in process.name()


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
