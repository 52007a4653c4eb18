"""A night of QuickBooks through Dagster: thirteen months from few requests, checked, published, and quiet elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import dagster as dg
import pytest
import requests
from cryptography.fernet import Fernet
from pydantic import SecretStr

from qbr_pipeline.demo.inputs import demo_inputs
from qbr_pipeline.demo.quickbooks.server import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, SimulatedQuickBooks
from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.orchestration.assets import ASSETS
from qbr_pipeline.orchestration.assets.quickbooks import quickbooks_accounts, quickbooks_metrics
from qbr_pipeline.orchestration.checks.rules import checks_of
from qbr_pipeline.orchestration.keys import ROLLING_TAG
from qbr_pipeline.orchestration.partitions import MONTHS, month_of
from qbr_pipeline.periods import Month
from qbr_pipeline.review.books import ACCOUNTS, BOOKS
from qbr_pipeline.runtime.simulated_books import demo_mappings
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.store.account_mappings import write_mappings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import present, read_values
from qbr_pipeline.vendors.quickbooks.connecting import Question, ask, connect
from qbr_pipeline.vendors.quickbooks.firm import FirmBooks

NOW = datetime(2025, 11, 20, 4, 30, tzinfo=UTC)
REDIRECT = "http://localhost"
NIGHT = list(Month.span(Month(2024, 11), Month(2025, 11)))


@pytest.fixture
def simulator() -> Iterator[SimulatedQuickBooks]:
    with SimulatedQuickBooks(clock=lambda: NOW) as server:
        yield server


class Firm:
    """A firm that has consented and mapped its accounts; its months are collected by Dagster."""

    def __init__(self, database: Database, simulator: SimulatedQuickBooks) -> None:
        self.database, self.simulator = database, simulator
        self.access = QuickBooksAccess(
            SecretStr(DEMO_CLIENT_ID),
            SecretStr(DEMO_CLIENT_SECRET),
            simulator.url,
            (SecretStr(Fernet.generate_key().decode()),),
        )
        question = Question("Ann", REDIRECT)
        page, state = ask(self.access, question, NOW)
        address = requests.get(page, allow_redirects=False, timeout=10).headers["Location"]
        connect(database, self.access, question, state, address, lambda: NOW)
        write_mappings(database, demo_mappings(), by="Ann")
        simulator.requests.clear()
        self.instance = dg.DagsterInstance.ephemeral()

    def collect(self, month: Month, *, rolling: bool = True) -> dg.ExecuteInProcessResult:
        with FirmBooks(self.database, self.access, now=lambda: NOW, sleep=lambda _: None) as firm:
            checks = [checks_of(review, MONTHS, month_of) for review in (ACCOUNTS, BOOKS)]
            return dg.materialize(
                [quickbooks_accounts, quickbooks_metrics, *checks],
                partition_key=str(month),
                instance=self.instance,
                tags={ROLLING_TAG: "month"} if rolling else {},
                resources={"database": self.database, "firm_books": lambda _: firm, "clock": lambda: NOW},
                raise_on_error=False,
            )

    def values(self, month: Month) -> dict[str, Decimal]:
        with self.database.read() as connection:
            return dict(present(read_values(connection, self.database, month)))


@pytest.fixture
def firm(database: Database, simulator: SimulatedQuickBooks) -> Firm:
    return Firm(database, simulator)


def test_a_night_of_thirteen_months_takes_few_requests_and_gives_the_firms_own_numbers(
    firm: Firm, simulator: SimulatedQuickBooks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for month in NIGHT:
        result = firm.collect(month)
        assert result.success
        blocking = [each for each in result.get_asset_check_evaluations() if not each.passed]
        assert not [each for each in blocking if each.severity is dg.AssetCheckSeverity.ERROR]
    assert simulator.requests.total == 19
    assert {each.method for each in simulator.requests.last} == {"GET"}
    for month in NIGHT[:-2]:
        said, found = demo_inputs(month), firm.values(month)
        assert {key: found[key] for key in BOOKED} == {key: said[key] for key in BOOKED}
    events = "".join(
        str(each) for record in firm.instance.get_runs() for each in firm.instance.all_logs(record.run_id)
    )
    assert not [token for token in simulator.tokens.issued if token in events + caplog.text]


def test_a_month_that_a_person_names_is_read_anew_by_itself(
    firm: Firm, simulator: SimulatedQuickBooks
) -> None:
    firm.collect(NIGHT[0])
    before = firm.values(NIGHT[1]).get("nrr")
    assert before is None
    simulator.requests.clear()
    assert firm.collect(NIGHT[1], rolling=False).success
    assert simulator.requests.total <= 3


def test_an_ended_consent_fails_with_what_to_do_and_leaves_the_values(
    firm: Firm, simulator: SimulatedQuickBooks
) -> None:
    month = NIGHT[-2]
    assert firm.collect(month).success
    values = firm.values(month)
    simulator.faults.consent_ended = True
    simulator.faults.access_lasts = 0
    result = firm.collect(month, rolling=False)
    (failed,) = [each for each in result.all_events if each.is_step_failure]
    assert "run `qbr books connect`" in str(failed.event_specific_data)
    assert firm.values(month) == values


def test_without_its_settings_quickbooks_has_no_assets() -> None:
    assert not {quickbooks_accounts.key, quickbooks_metrics.key} & {
        key for each in ASSETS for key in each.keys
    }
