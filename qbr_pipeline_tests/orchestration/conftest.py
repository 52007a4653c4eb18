"""A company in small: its PostgreSQL, its simulated ConnectWise over HTTP, its inventory, and a Dagster instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from pydantic import SecretStr

from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.orchestration.build import build_defs
from qbr_pipeline.orchestration.dagster_internals import OURS
from qbr_pipeline.orchestration.local_runner import LocalRunner, RunOutcome
from qbr_pipeline.orchestration.sensors import recompute_changed_months
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.settings import ConnectWiseAccess, settings
from qbr_pipeline.store.collection_log import LogRow, rows
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.findings.reading import FindingFilter, StoredFinding, find
from qbr_pipeline.store.values import read_values
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline.vendors.ninja.client import NinjaOne
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline_tests.demo import truth
from qbr_pipeline_tests.entries import set_value

CHICAGO = ZoneInfo("America/Chicago")
BOARDS = ("Help Desk",)
CLOSED = (">Closed", ">Closed - No response", "Closed")
SUMMER = datetime(2025, 7, 1, 12, tzinfo=UTC)

_INVENTORY = """
CREATE TABLE device_type (id serial PRIMARY KEY, code varchar NOT NULL);
CREATE TABLE device_identity (id serial PRIMARY KEY, vendor_id integer NOT NULL REFERENCES vendor,
                              vendor_device_key varchar, first_seen_date date, last_seen_date date);
CREATE TABLE device_snapshot (
    id serial PRIMARY KEY, snapshot_date date NOT NULL, vendor_id integer NOT NULL REFERENCES vendor,
    device_identity_id integer NOT NULL REFERENCES device_identity,
    device_type_id integer REFERENCES device_type,
    hostname varchar, display_name varchar, organization_name varchar, location_name varchar,
    node_class varchar(100),
    UNIQUE (snapshot_date, vendor_id, device_identity_id));
INSERT INTO vendor (name) VALUES ('Ninja') ON CONFLICT DO NOTHING;
INSERT INTO device_type VALUES (1, 'server'), (2, 'workstation');
INSERT INTO device_identity (id, vendor_id, vendor_device_key)
SELECT n, (SELECT id FROM vendor WHERE name = 'Ninja'), 'N-' || n FROM generate_series(1, 500) AS n;
"""
_SNAPSHOT = """
INSERT INTO device_snapshot (snapshot_date, vendor_id, device_identity_id, device_type_id, display_name,
                             organization_name, node_class)
SELECT '{day}', (SELECT id FROM vendor WHERE name = 'Ninja'), n, 2, 'PC-' || n, '{organization}', {node_class}
FROM generate_series(1, {devices}) AS n
"""


@dataclass(frozen=True)
class DeviceClassification:
    """What the latest evaluation of a check said."""

    passed: bool
    severity: dg.AssetCheckSeverity
    sentence: str | None


@dataclass
class Company:
    """Everything that a collection of one company works with. `now` is what every clock shows."""

    database: Database
    simulator: SimulatedConnectWise
    instance: dg.DagsterInstance
    now: datetime = SUMMER
    access: ConnectWiseAccess | None = None
    patience: RetryPolicy = field(default_factory=lambda: RetryPolicy(read=5.0))
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.access = self.access or ConnectWiseAccess(
            self.simulator.url,
            DEMO_COMPANY_ID,
            SecretStr(DEMO_PUBLIC_KEY),
            SecretStr(DEMO_PRIVATE_KEY),
            SecretStr(DEMO_CLIENT_ID),
        )

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def resources(self) -> Mapping[str, Any]:
        @dg.resource
        def connectwise(_context: dg.InitResourceContext) -> Iterator[Callable[[], ConnectWise]]:
            with ExitStack() as opened:
                yield cache(
                    lambda: opened.enter_context(
                        ConnectWise(self.access, self.patience, sleep=self.pauses.append)
                    )
                )

        @dg.resource
        def ninja(_context: dg.InitResourceContext) -> Iterator[Callable[[], NinjaOne]]:
            with ExitStack() as opened:
                yield cache(
                    lambda: opened.enter_context(
                        NinjaOne(settings().ninja, self.patience, sleep=self.pauses.append)
                    )
                )

        return {
            "database": self.database,
            "connectwise": connectwise,
            "ninja": ninja,
            "inventory": Inventory(self.database.engine.url),
            "clock": lambda: self.now,
        }

    @property
    def definitions(self) -> dg.Definitions:
        if not hasattr(self, "_definitions"):
            self._definitions = build_defs(**self.resources)
        return self._definitions

    def run(self, job: str, period: Month | Quarter, **options: Any) -> dg.ExecuteInProcessResult:
        key = str(period if isinstance(period, Month) else period.months[0])
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=key,
            raise_on_error=False,
            tags={**OURS, **options.pop("tags", {})},
            **options,
        )

    def collect(self, month: Month) -> dg.ExecuteInProcessResult:
        return self.run("collection", month)

    def collect_in_foreground(self, *months: Month, rolling: bool = False) -> list[RunOutcome]:
        """As a person does who names the months, or as their turn comes; every outcome that is not a success."""
        runner = LocalRunner(self.instance, self.database, self.definitions)
        current = Month.of(self.now, CHICAGO)
        return runner.collect(months, current, lambda _: None, lambda _: None, rolling=rolling)

    def enter(self, month: Month, **values: str | int) -> None:
        for metric, value in values.items():
            set_value(
                self.database, month, metric, Decimal(value), by="Kim", note="counted by hand", now=self.now
            )

    def add_snapshot(
        self,
        day: date,
        devices: int,
        node_class: str | None = "WINDOWS_WORKSTATION",
        organization: str = "Alder Creek Dental",
    ) -> None:
        literal = "NULL" if node_class is None else f"'{node_class}'"
        self.execute(
            _SNAPSHOT.format(day=day, devices=devices, node_class=literal, organization=organization)
        )

    def execute(self, statement: str) -> None:
        with self.database.begin() as connection:
            connection.exec_driver_sql(statement)

    def add_work(
        self, month: Month, tickets: int, closed: int | None = None, hours: str | Iterable[str] = ()
    ) -> None:
        """Tickets entered in a month, some of them closed in it, and entries on the first one."""
        start = month.start(CHICAGO) + timedelta(days=2)
        first = month.year * 100_000 + month.month * 5_000
        shut = tickets if closed is None else closed
        for n in range(tickets):
            at = start + timedelta(minutes=n)
            done = {"status": "Closed", "closed_at": at + timedelta(hours=1)} if n < shut else {}
            self.world.tickets.put(Ticket(first + n, at, **done))
        for n, each in enumerate([hours] if isinstance(hours, str) else hours):
            self.world.entries.put(TimeEntry(first + n, start + timedelta(minutes=n), first, Decimal(each)))

    def values(self, month: Month) -> dict[str, Decimal]:
        kept = self.database.fetch(read_values, month)
        return {key: value.value for key, value in kept.items() if value.value is not None}

    def reactive(self, month: Month) -> tuple[Decimal | None, ...]:
        """Tickets created and closed, and hours, as published."""
        values = self.values(month)
        keys = ("reactive_tickets_created", "reactive_tickets_closed", "reactive_time_spent")
        return tuple(values.get(key) for key in keys)

    def truth(self, month: Month) -> tuple[int, int, Decimal]:
        """The same, straight from the simulated world."""
        expected = truth.expected(self.world, month, BOARDS, CLOSED, CHICAGO, self.now)
        return expected.created, expected.closed, expected.hours

    def log(self, month: Month) -> list[LogRow]:
        return self.database.fetch(rows, month=month)

    def history_rows(self) -> list[tuple[Any, ...]]:
        with self.database.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT period, metric_name, old_value, new_value, cause FROM qbr_metrics_history ORDER BY id"
            )
            return [tuple(row) for row in found]

    def results(self) -> dict[tuple[str, str, str | None], DeviceClassification]:
        """The latest evaluation of every check, by asset, check and partition."""
        found = {}
        runs = sorted(self.instance.get_run_records(), key=lambda record: record.storage_id)
        for record in runs:
            events = self.instance.all_logs(
                record.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
            )
            for event in events:
                each = event.get_dagster_event().asset_check_evaluation_data
                key = (each.asset_key.path[-1], each.check_name, each.partition)
                found[key] = DeviceClassification(each.passed, each.severity, each.description)
        return found

    def failing(self, month: Month) -> dict[str, str]:
        """The sentences of a month's checks that fail now, by `asset.check`."""
        return {
            f"{asset}.{check}": verdict.sentence or ""
            for (asset, check, partition), verdict in self.results().items()
            if partition == str(month) and not verdict.passed
        }

    def findings(self, month: Month | None = None) -> list[StoredFinding]:
        """What is kept of a month's findings, or of all, resolved ones included; missing inputs left aside."""
        page = self.database.fetch(find, FindingFilter(period=month), self.now, limit=1000, offset=0)
        return [each for each in page.findings if each.finding.rule is not Rule.ABSENT]

    def close(self) -> None:
        self.simulator.stop()
        self.instance.dispose()
        self.database.close()


def _founding(fresh_database: Callable[[], str]) -> Iterator[Callable[..., Company]]:
    founded: list[Company] = []

    def found(world: World | None = None, now: datetime = SUMMER) -> Company:
        database = open_database(fresh_database(), timezone=CHICAGO)
        with database.begin() as connection:
            connection.exec_driver_sql(_INVENTORY)
        simulator = SimulatedConnectWise(world or World([Board(1, "Help Desk"), Board(2, "Projects")]))
        company = Company(database, simulator.start(), dg.DagsterInstance.ephemeral(), now)
        simulator.clock = lambda: company.now
        founded.append(company)
        return company

    yield found
    for company in founded:
        company.close()


@pytest.fixture
def companies(fresh_database: Callable[[], str]) -> Iterator[Callable[..., Company]]:
    """Founds companies that have nothing but a Help Desk and a board of projects."""
    yield from _founding(fresh_database)


@pytest.fixture(scope="module")
def lasting_companies(fresh_database: Callable[[], str]) -> Iterator[Callable[..., Company]]:
    """The same for a module whose tests only look."""
    yield from _founding(fresh_database)


@pytest.fixture
def company(companies: Callable[..., Company]) -> Company:
    return companies()


@pytest.fixture
def sense() -> Callable[[Company], list[Month]]:
    """Evaluates the recompute sensor as the daemon does; the months that it asks for, the cursor kept."""
    cursors: dict[int, str | None] = {}

    def evaluate(company: Company) -> list[Month]:
        context = dg.build_sensor_context(
            instance=company.instance,
            cursor=cursors.get(id(company)),
            resources={"database": company.database, "clock": lambda: company.now},
        )
        result = recompute_changed_months(context)
        if isinstance(result, dg.SkipReason):
            pytest.fail(f"skipped: {result.skip_message}")
        cursors[id(company)] = result.cursor
        return [Month.parse(request.partition_key) for request in result.run_requests or ()]

    return evaluate


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets variables that the settings are then read from anew, until the test ends."""

    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield put
    monkeypatch.undo()
    settings.cache_clear()
