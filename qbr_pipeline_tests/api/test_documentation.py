"""docs/api.md is true: every example is run as it is written, against a real server, and none is missing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Response, request
from waitress.server import create_server

from qbr_pipeline.api.blueprint import PREFIX
from qbr_pipeline.api.errors import Code
from qbr_pipeline.api.openapi import document
from qbr_pipeline.api.routes import routes
from qbr_pipeline.dashboard.application import create_app
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.rules.answers import rows_lost
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database, database_now, open_database
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.publishing import publish
from qbr_pipeline.store.restatements.missing_rows import as_facts
from qbr_pipeline.store.rows.shapes import TicketRow
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline_tests.conftest import running
from qbr_pipeline_tests.entries import set_values

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
KEY = "a-write-key-of-the-tests"
KEYS = json.dumps({KEY: {"name": "office", "role": "write"}})
APRIL = datetime(2025, 4, 15, 12, 0, tzinfo=UTC)
MARCH = Month(2025, 3)
SECONDS = 60
NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@dataclass(frozen=True)
class Example:
    """A block of the document to be run, and the answer that is shown below it."""

    line: int
    language: str
    code: str
    shown: Any

    @property
    def mounts(self) -> bool:
        """Whether it is about somebody else's application and not about a server of ours."""
        return "register_blueprint" in self.code


def examples() -> list[Example]:
    blocks = [
        (TEXT[: found.start()].count("\n") + 1, found[1], found[2])
        for found in re.finditer(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    ]
    following = [*blocks[1:], (0, "", "")]
    return [
        Example(line, language, code, json.loads(after) if what_follows == "json" else None)
        for (line, language, code), (_, what_follows, after) in zip(blocks, following, strict=True)
        if language in {"bash", "python"}
    ]


EXAMPLES = [example for example in examples() if not example.mounts]
[MOUNTING] = [example for example in examples() if example.mounts]


@dataclass
class Served:
    """A server, and what it was asked: method, path below the prefix, status."""

    address: str
    asked: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Ran:
    """How an example went."""

    code: int
    output: str
    complaint: str
    statuses: list[int]
    files: dict[str, int]


@pytest.fixture(scope="module")
def filled(fresh_database: Callable[[], str]) -> Iterator[Database]:
    """The first quarter of 2025: entered by hand, and the tickets of March collected, twice."""
    db = open_database(fresh_database(), timezone=ZoneInfo("America/Chicago"))
    for month in MARCH.quarter.months:
        values = {"mrr": Decimal(110_250), "nrr": Decimal(18_400), "orr": Decimal(0)}
        set_values(db, month, values, by="Ann", now=APRIL)
    _collect_tickets(db)
    yield db
    db.close()


def _collect_tickets(db: Database) -> None:
    ticket = TicketRow(
        source_id=1,
        summary="Printer is out of paper",
        board="Help Desk",
        status="New",
        company="Example Dental",
        parent_id=None,
        type=None,
        priority="High",
        owner=None,
        entered_at=datetime(2025, 3, 10, 15, tzinfo=UTC),
        closed_at=None,
        actual_hours=None,
        counts_as_created=True,
        created_reason="counts",
        counts_as_closed=False,
        closed_reason="status is New",
    )
    other = replace(ticket, source_id=2)
    _publish(db, "first", [ticket, other], {})
    _publish(db, "run", [ticket], as_facts(RowSource.TICKETS, [2], []))
    held_back = rows_lost(MARCH, RowSource.TICKETS.label, before=8, lost=8, now=0)
    with db.begin() as connection:
        record(connection, db, "connectwise_tickets", MARCH, held_back, APRIL)


def _publish(db: Database, run_id: str, tickets: list[TicketRow], facts: Mapping[str, Any]) -> None:
    created = {"reactive_tickets_created": len(tickets), "reactive_tickets_closed": 0}
    found = {
        RowSource.TICKETS: (tickets, created, facts),
        RowSource.TIME_ENTRIES: ([], {"reactive_time_spent": 0}, {}),
    }
    for source, (rows, values, told) in found.items():
        staged = Stage(
            source=source,
            month=MARCH,
            run_id=run_id,
            fetch_started_at=database_now(db),
            collected_as_of=APRIL,
            source_count=len(rows),
            row_count=len(rows),
            values={key: Decimal(value) for key, value in values.items()},
            facts=told,
        )
        stage(db, staged, rows)
    publish(db, Vendor.CONNECTWISE, MARCH, run_id, APRIL)


@pytest.fixture(scope="module")
def served(filled: Database) -> Iterator[Served]:
    """Our own application behind the server that `qbr serve` uses."""
    app = create_app(filled, Settings.read({"QBR_API_KEYS": KEYS}))
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    told = Served(f"http://127.0.0.1:{server.effective_port}{PREFIX}")

    @app.after_request
    def note(response: Response) -> Response:
        told.asked.append((request.method, request.path.removeprefix(PREFIX), response.status_code))
        return response

    with running(server):
        yield told


@pytest.fixture(scope="module")
def ran(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Ran]:
    """Every example, run once in the order of the document, by the line it begins in."""
    return {example.line: _run(example, served, tmp_path_factory.mktemp("files")) for example in EXAMPLES}


def _run(example: Example, served: Served, folder: Path) -> Ran:
    shell = ["bash", "-euo", "pipefail", "-c"]
    command = shell if example.language == "bash" else [sys.executable, "-c"]
    before = len(served.asked)
    done = subprocess.run(
        [*command, example.code],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "QBR": served.address, "QBR_KEY": KEY, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    statuses = [status for _, _, status in served.asked[before:]]
    files = {file.name: file.stat().st_size for file in folder.iterdir()}
    return Ran(done.returncode, done.stdout, done.stderr, statuses, files)


def _named(example: Example) -> Any:
    marks = [NEEDS_CURL] if example.language == "bash" else []
    return pytest.param(example, id=f"{example.language} of line {example.line}", marks=marks)


@pytest.mark.parametrize("example", [_named(each) for each in EXAMPLES])
def test_an_example_does_what_the_document_says(ran: dict[int, Ran], example: Example) -> None:
    done = ran[example.line]
    assert done.code == 0, done.complaint
    assert done.complaint == ""
    shown_status = (
        200 if example.shown is None or example.shown["success"] else example.shown["error"]["status"]
    )
    assert done.statuses
    no_night_yet = {503} if "/health/night" in example.code else set()
    assert set(done.statuses) == {shown_status} | no_night_yet
    if "-fsSOJ" in example.code:
        assert len(done.files) == len(done.statuses)
        assert all(done.files.values())
    else:
        assert done.output
    if example.shown is not None:
        assert_holds(_answers(done.output)[-1], example.shown)


def _answers(output: str) -> list[Any]:
    """The JSON texts that were written one after the other."""
    found, decoder, at = [], json.JSONDecoder(), 0
    while at < len(output.rstrip()):
        answer, at = decoder.raw_decode(output, at)
        found.append(answer)
    return found


def assert_holds(answer: Any, shown: Any) -> None:
    """The answer holds what is shown of it; it may hold more fields, but not more items of a list."""
    if isinstance(shown, dict):
        assert shown.keys() <= answer.keys()
        for name, value in shown.items():
            assert_holds(answer[name], value)
    elif isinstance(shown, list):
        for one, other in zip(answer, shown, strict=True):
            assert_holds(one, other)
    else:
        assert answer == shown


@NEEDS_CURL
def test_every_operation_of_the_openapi_document_is_in_an_example(
    ran: dict[int, Ran], served: Served
) -> None:
    described = document(routes.endpoints, PREFIX)["paths"]
    operations = {(method.upper(), path) for path, methods in described.items() for method in methods}
    answered = {(method, path) for method, path, status in served.asked if status == 200}
    assert operations - answered == {("GET", "/health/night")}, "of which no night was yet"


def test_every_error_code_is_named() -> None:
    assert [code for code in Code.__members__ if f"`{code}`" not in TEXT] == []


def test_what_was_exported_can_be_told_from_its_name(ran: dict[int, Ran]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    names = {name for done in ran.values() for name in done.files}
    assert names == {
        "metrics-2025-03.csv",
        "smartnumbers-2025-Q1.xlsx",
        "metrics-2024-04-to-2025-03.parquet",
        "reactive_tickets_created-2025-03.csv",
    }


@pytest.mark.parametrize(
    ("keys", "sent", "status"),
    [(KEYS, KEY, 200), (KEYS, "", 401), ("{}", KEY, 403)],
    ids=["a right key", "no key", "no keys"],
)
def test_the_lines_for_a_foreign_application_are_all_it_takes(
    filled: Database, keys: str, sent: str, status: int
) -> None:
    ask = f"""
headers = {{"Authorization": "Bearer {sent}"}}
print(app.test_client().get("{PREFIX}/metrics/monthly?period=2025-03", headers=headers).status_code)
"""
    url = filled.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", MOUNTING.code + ask],
        env={"PATH": os.environ["PATH"], "QBR_DATABASE_URL": url, "QBR_API_KEYS": keys},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, str(status), "")
