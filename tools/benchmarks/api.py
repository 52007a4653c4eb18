"""The API under load: many clients at once over a real socket, on years of made-up numbers.

What belongs here: setting the scene in a home of its own, and asking. The server is a process of its own; the
clients are threads of this one, each with a connection that it keeps.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import text

from qbr_pipeline.demo.inputs import demo_inputs
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.thresholds import Threshold
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.runtime.context import RuntimeContext, prepare, require_migrated
from qbr_pipeline.runtime.processes import ProcessError, Processes
from qbr_pipeline.store.database import Database, database_now, open_database
from qbr_pipeline.store.entries import enter
from qbr_pipeline.store.publishing import publish
from qbr_pipeline.store.rows.shapes import Row, TicketRow
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import RowSource
from qbr_pipeline.store.thresholds import set_thresholds
from tools.benchmarks.latencies import Latencies, summarize_latencies

_KEY = "the-key-of-the-benchmark"
_RUN = "benchmark"
_WARM_UP_SECONDS = 1.0
_WRITE_EVERY_SECONDS = 0.005
_ROWS = 100
_TICKETS = 354
_HEADCOUNTS = ("8", "20")
"""In turn: each of them is a finding against the other."""

_COLLECTED = {
    "reactive_tickets_created": "354",
    "reactive_tickets_closed": "355",
    "reactive_time_spent": "146.46",
    "endpoints_managed": "597",
    "seats_managed": "546",
}
_LIMITS = {"reactive_tickets_created": "400", "rhem": "0.30", "net_profit_pct": "0.05", "mrr": "90000"}


@contextmanager
def serve(months: int) -> Iterator[tuple[int, Sequence[Month]]]:
    """The port of a server with the numbers of so many months, the newest that is over being the last.

    Takes over the environment of this process, for good: nothing real can be reached from it any more.
    """
    with TemporaryDirectory(prefix="qbr-benchmark-") as home:
        os.environ["QBR_HOME"] = home
        runtime = prepare(demo=True, for_dagster=False)
        assert runtime.server is not None  # noqa: S101 - the demo's environment names no other server
        try:
            require_migrated(runtime)
            filled = _fill(runtime, months)
            with Processes(runtime.settings.home, "benchmark") as processes:
                port = _start(processes)
                _enter_oddities(port, filled)
                yield port, filled
        finally:
            runtime.server.stop()


@contextmanager
def others_writing() -> Iterator[None]:
    """Meanwhile some transaction is committed every few milliseconds, so that hardly an answer can be given again."""
    enough = threading.Event()

    def write() -> None:
        with closing(open_database(os.environ["QBR_DATABASE_URL"], timezone=ZoneInfo("UTC"))) as db:
            while not enough.wait(_WRITE_EVERY_SECONDS):
                with db.begin() as connection:
                    connection.execute(text("SELECT pg_current_xact_id()"))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            yield
        finally:
            enough.set()
            writing.result()


def addresses(months: Sequence[Month]) -> dict[str, list[str]]:
    """What is asked for, by its name: each period of each endpoint, in turn."""
    quarters: list[Quarter] = sorted({month.quarter for month in months})
    prefix = "/api/qbr"
    return {
        "empty Flask route": ["/empty"],
        "monthly metrics": [f"{prefix}/metrics/monthly?period={month}" for month in months],
        "quarterly metrics": [f"{prefix}/metrics/quarterly?period={quarter}" for quarter in quarters],
        "monthly SmartNumbers": [f"{prefix}/smartnumbers?period={month}" for month in months],
        "quarterly SmartNumbers": [f"{prefix}/smartnumbers?period={quarter}" for quarter in quarters],
        "findings": [f"{prefix}/findings?limit={limit}" for limit in (40, 100)],
        "table": [
            f"{prefix}/metrics/table?from_period={month.plus(-11)}&to_period={month}" for month in months[-3:]
        ],
        "rows": [
            f"{prefix}/metrics/rows?metric_name={key}&period={months[-1]}&limit={_ROWS}"
            for key in ("reactive_tickets_created", "reactive_tickets_closed")
        ],
    }


def measure(name: str, paths: Sequence[str], *, port: int, clients: int, seconds: float) -> Latencies:
    """Let so many clients ask for `paths` in turn, each at once again when it has its answer.

    What the first second brings does not count. ProcessError for any answer but 200.
    """
    begin = time.perf_counter() + _WARM_UP_SECONDS
    end = begin + seconds
    with ThreadPoolExecutor(clients) as pool:
        asking = [
            pool.submit(_ask, islice(cycle(paths), first, None), port, begin, end) for first in range(clients)
        ]
        times = [each for client in asking for each in client.result()]
    return summarize_latencies(name, times, seconds)


def _ask(paths: Iterable[str], port: int, begin: float, end: float) -> list[float]:
    """The milliseconds that each answer between two moments took; of a client that has none, its first one after."""
    took: list[float] = []
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for path in paths:
            requests_made = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {_KEY}"})
            answer = connection.getresponse()
            answer.read()
            answered = time.perf_counter()
            if answer.status != 200:
                raise ProcessError(f"{path} answered {answer.status}: nothing was measured.")
            if requests_made >= begin and (answered <= end or not took):
                took.append((answered - requests_made) * 1000)
            if answered >= end and took:
                return took
    return took


def _fill(runtime: RuntimeContext, months: int) -> list[Month]:
    now = datetime.now(UTC)
    newest = Month.of(now, runtime.settings.timezone).previous
    filled = [newest.plus(-back) for back in reversed(range(months))]
    collected = {key: Decimal(value) for key, value in _COLLECTED.items()}
    with closing(runtime.open_database()) as db:
        for month in filled:
            enter(db, month, {**collected, **demo_inputs(month)}, by="benchmark", now=now)
        set_thresholds(
            db, [Threshold(key, ThresholdType.WARNING, Decimal(value)) for key, value in _LIMITS.items()]
        )
        _publish_tickets(db, newest, now)
    return filled


def _publish_tickets(db: Database, month: Month, now: datetime) -> None:
    """The tickets behind the newest month, as a collection would have left them."""
    entered = month.window(db.timezone).start
    tickets = [
        TicketRow(
            source_id=number,
            summary=f"Printer {number} is out of paper",
            board="Help Desk",
            status=">Closed",
            company=f"Client {number % 40}",
            parent_id=None,
            type=None,
            priority="Medium",
            owner=None,
            entered_at=entered,
            closed_at=entered,
            actual_hours=Decimal("0.50"),
            counts_as_created=True,
            created_reason="counts",
            counts_as_closed=True,
            closed_reason="counts",
        )
        for number in range(1, _TICKETS + 1)
    ]
    counts = {key: Decimal(_TICKETS) for key in ("reactive_tickets_created", "reactive_tickets_closed")}
    _stage(db, month, RowSource.TICKETS, tickets, counts, now)
    _stage(db, month, RowSource.TIME_ENTRIES, [], {"reactive_time_spent": Decimal(0)}, now)
    publish(db, Vendor.CONNECTWISE, month, _RUN, now)


def _stage(
    db: Database,
    month: Month,
    source: RowSource,
    rows: Sequence[Row],
    values: dict[str, Decimal],
    now: datetime,
) -> None:
    stage(
        db,
        Stage(
            source=source,
            month=month,
            run_id=_RUN,
            fetch_started_at=database_now(db),
            collected_as_of=now,
            source_count=len(rows),
            row_count=len(rows),
            values=values,
        ),
        rows,
    )


def _enter_oddities(port: int, months: Sequence[Month]) -> None:
    """Enter by the API what the rules find something about."""
    for month, headcount in zip(months, cycle(_HEADCOUNTS)):
        values = [{"metric_name": "employees", "metric_value": int(headcount)}]
        body = {"period": str(month), "entered_by": "benchmark", "values": values}
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            headers = {"Authorization": f"Bearer {_KEY}", "Content-Type": "application/json"}
            connection.request("POST", "/api/qbr/metrics/manual/batch", json.dumps(body), headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise ProcessError(f"{month} answered {answer.status} to an entry: nothing was measured.")


def _start(processes: Processes) -> int:
    file: Path = processes.new_file("api-port")
    keys = json.dumps({_KEY: {"name": "benchmark", "role": "write"}})
    processes.start(
        "API",
        [sys.executable, "-m", "tools.benchmarks.api_server", str(file)],
        {**os.environ, "QBR_API_KEYS": keys},
    )
    return int(processes.await_file("API", file))
