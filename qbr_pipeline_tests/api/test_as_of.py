"""The answer of now and the answer as of now are one: also of what was released, and when a month has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline_tests.entries import release

Enter = Callable[..., None]
QUESTIONS = [
    ("/metrics/monthly", "2025-03", "metrics", len(METRICS)),
    ("/metrics/quarterly", "2025-Q1", "metrics", len(METRICS)),
    ("/smartnumbers", "2025-03", "smartnumbers", len(SMARTNUMBERS)),
    ("/smartnumbers", "2025-Q1", "smartnumbers", len(SMARTNUMBERS)),
]


def ask(client: FlaskClient, address: str, **parameters: str) -> tuple[int, Any]:
    answer = client.get(f"/api/qbr{address}", query_string=parameters)
    return answer.status_code, answer.get_json()


@pytest.fixture
def released(database: Database, enter: Enter) -> None:
    """A month of which everything that was ever known has been taken back."""
    enter("2025-03", new_mrr="5", lost_mrr="1", mrr="100", nrr="0", gross_margin="0.5")
    for key in ("new_mrr", "lost_mrr", "mrr", "nrr", "gross_margin"):
        release(database, Month.parse("2025-03"), key, by="Ann", now=datetime.now(UTC))


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(("address", "period", "listed", "length"), QUESTIONS)
def test_where_everything_was_released_both_tell_that_it_is_absent(
    today: FlaskClient, database: Database, address: str, period: str, listed: str, length: int
) -> None:
    live_status, live = ask(today, address, period=period)
    then_status, then = ask(today, address, period=period, as_of=database_now(database).isoformat())
    assert (live_status, then_status) == (200, 200)
    assert then["data"][listed] == [
        {**each, **({"collected_at": None} if "collected_at" in each else {})}
        for each in live["data"][listed]
    ]
    assert [each["value"] for each in live["data"][listed]] == [None] * length


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize(("address", "period"), [(each[0], each[1]) for each in QUESTIONS])
def test_before_anything_was_ever_kept_there_is_nothing(
    today: FlaskClient, address: str, period: str
) -> None:
    status, told = ask(today, address, period=period, as_of="2025-05-01T00:00:00Z")
    assert (status, told["error"]["code"]) == (404, "PERIOD_NOT_FOUND")


def test_a_quarter_of_which_only_a_ratio_is_kept_is_there(
    today: FlaskClient, enter: Enter, database: Database
) -> None:
    """A ratio that was entered by hand makes nothing of the quarter: its parts would."""
    enter("2025-03", gross_margin="0.5")
    live = ask(today, "/metrics/quarterly", period="2025-Q1")
    then = ask(today, "/metrics/quarterly", period="2025-Q1", as_of=database_now(database).isoformat())
    assert (live[0], then[0]) == (200, 200)
    assert live[1]["data"]["metrics"] == then[1]["data"]["metrics"]
    assert {each["value"] for each in live[1]["data"]["metrics"]} == {None}


class TestWhenAMonthEnds:
    """What was stored while it was in progress is told as what it is by now, before anybody stores it anew."""

    @pytest.fixture
    def at(self, make_app: Callable[..., Flask]) -> Callable[[str], FlaskClient]:
        def client_at(moment: str) -> FlaskClient:
            client = make_app(QBR_CLOCK=lambda: datetime.fromisoformat(moment)).test_client()
            client.environ_base["HTTP_AUTHORIZATION"] = "Bearer the-read-key-of-the-tests"
            return client

        return client_at

    def test_its_smartnumbers_are_no_longer_provisional(
        self, enter: Enter, at: Callable[[str], FlaskClient]
    ) -> None:
        enter("2025-05", new_mrr="5", lost_mrr="1")  # on May 15
        for moment, provisional in (("2025-06-01T04:59:59Z", True), ("2025-06-01T05:00:00Z", False)):
            _, told = ask(at(moment), "/smartnumbers", period="2025-05")
            gain = next(each for each in told["data"]["smartnumbers"] if each["name"] == "net_mrr_gain")
            assert (gain["value"], gain["provisional"]) == (4, provisional)
            assert gain["method"].endswith("; provisional") is provisional

    def test_its_quarter_uses_it(self, enter: Enter, at: Callable[[str], FlaskClient]) -> None:
        enter("2025-04", new_mrr="5", lost_mrr="1")
        enter("2025-05", new_mrr="50", lost_mrr="10")  # on May 15
        used = {
            "2025-06-01T04:59:59Z": (4, ["2025-04"]),
            "2025-06-01T05:00:00Z": (44, ["2025-04", "2025-05"]),
        }
        for moment, (value, months) in used.items():
            _, told = ask(at(moment), "/smartnumbers", period="2025-Q2")
            gain = next(each for each in told["data"]["smartnumbers"] if each["name"] == "net_mrr_gain")
            assert (gain["value"], gain["months_used"], gain["provisional"]) == (value, months, True)
