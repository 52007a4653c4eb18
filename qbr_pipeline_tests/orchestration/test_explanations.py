"""What only explains a number never holds it up: refused, slow or odd, the month is published and the place says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.demo.connectwise.rows import Ticket, TimeEntry
from qbr_pipeline.demo.faults import Drop
from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.orchestration.assets import connectwise as assets_of_connectwise
from qbr_pipeline.orchestration.assets import publication
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.restatements.ledger import RestatementFilter, explanation, restatements_page
from qbr_pipeline.vendors.http.retries import RetryPolicy
from qbr_pipeline_tests.demo import replies

MAY = Month(2025, 5)
AT = datetime.fromisoformat("2025-05-10T15:00:00-05:00")
WHERE = {"tickets": "tickets/search", "time entries": r"entries\?.*id in"}


@pytest.fixture
def closed(company):
    """A closed month of two tickets and two entries, of which one each is gone since."""
    company.world.tickets.put(Ticket(1, AT), Ticket(2, AT))
    company.world.entries.put(TimeEntry(11, AT, 1, Decimal(1)), TimeEntry(12, AT, 1, Decimal(2)))
    assert company.collect(MAY).success
    company.world.tickets.remove(2)
    company.world.entries.remove(12)
    return company


def metadata(result, asset):
    (event,) = result.asset_materializations_for_node(f"qbr__{asset}")
    return {name: value.value for name, value in event.metadata.items()}


@pytest.mark.parametrize(
    "fault",
    [
        replies.forbidden(),
        replies.unauthorized(),
        replies.server_error(),
        replies.html_page(),
        replies.too_many_requests(3600),
        Drop(),
    ],
    ids=["403", "401", "500", "HTML", "429 for an hour", "dropped"],
)
def test_rows_that_are_gone_may_not_be_looked_up_and_the_numbers_are_published_all_the_same(
    fault, closed
) -> None:
    for pattern in WHERE.values():
        closed.simulator.faults.add(fault, matching=pattern, times=None)
    result = closed.collect(MAY)
    assert result.success
    assert closed.reactive(MAY) == closed.truth(MAY) == (1, 0, 1)
    for asset in ("connectwise_tickets", "connectwise_time_entries"):
        assert metadata(result, asset)["missing rows"].startswith("could not be looked up: ConnectWise ")
    found, _ = closed.database.fetch(restatements_page, RestatementFilter(), limit=10)
    causes = {
        each.metric: [row.cause for row in closed.database.fetch(explanation, each.id)] for each in found
    }
    words = "no longer among the month's rows; it could not be looked up"
    assert causes == {"reactive_tickets_created": [words], "reactive_time_spent": [words]}


def test_looking_up_what_is_gone_takes_nothing_of_the_patience_for_the_numbers(closed) -> None:
    closed.patience = RetryPolicy(total=5)
    closed.simulator.faults.add(replies.server_error(), matching=WHERE["tickets"], times=None)
    closed.simulator.faults.add(replies.server_error(), matching=r"time/entries\?", times=2)
    assert closed.collect(MAY).success


def test_a_count_that_cannot_be_had_leaves_the_rows_and_their_numbers(company) -> None:
    company.add_work(MAY, 3, 2, "1.5")
    company.simulator.faults.add(replies.server_error(), matching="/count", times=None)
    result = company.collect(MAY)
    assert result.success
    assert company.reactive(MAY) == (3, 2, Decimal("1.5"))
    (finding,) = [
        each.finding
        for each in company.findings(MAY)
        if each.finding.rule is Rule.NOT_COUNTED and each.scope == "connectwise_tickets"
    ]
    assert finding.severity is Severity.WARN
    assert "5 rows were read to the end and published" in finding.sentence
    told = metadata(result, "connectwise_tickets")
    assert told["tickets entered, counted by ConnectWise"] == "unknown"
    assert told["could not be counted"].startswith("ConnectWise gave no usable answer")


def test_an_old_server_is_asked_without_a_version_and_the_run_says_so(company) -> None:
    company.add_work(MAY, 3, 2, "1.5")
    company.simulator.faults.refuses_versions = True
    result = company.collect(MAY)
    assert result.success
    assert company.reactive(MAY) == (3, 2, Decimal("1.5"))
    for asset in ("connectwise_boards", "connectwise_tickets", "connectwise_time_entries"):
        assert metadata(result, asset)["adjusted requests"] == (
            "version 2025.1 of the API was refused and is no longer requested"
        )


@pytest.mark.parametrize("largest", [500, 60])
def test_a_server_that_fails_on_large_pages_gives_the_same_numbers(largest, company) -> None:
    hours = ["0.25"] * 120
    company.add_work(MAY, 130, 70, hours)
    company.simulator.faults.largest_page = largest
    result = company.collect(MAY)
    assert result.success
    assert company.reactive(MAY) == company.truth(MAY) == (130, 70, 30)
    assert "because a larger one failed" in metadata(result, "connectwise_time_entries")["adjusted requests"]


def test_slow_rows_are_asked_for_fewer_at_a_time(company) -> None:
    company.patience = replace(company.patience, read=0.8)
    company.add_work(MAY, 140, 0)
    company.simulator.faults.seconds_a_row = 0.01
    assert company.collect(MAY).success
    assert company.reactive(MAY) == (140, 0, 0)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z"])
def test_a_closing_date_that_means_none_is_none_everywhere(moment, company) -> None:
    company.world.tickets.put(
        Ticket(1, AT, closed_at=datetime.fromisoformat(moment)), Ticket(2, AT + timedelta(hours=1))
    )
    assert company.collect(MAY).success
    assert company.reactive(MAY)[:2] == (2, 0)


def test_a_restatement_that_cannot_be_read_keeps_nothing_that_follows_from_running(
    closed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_arguments: object) -> None:
        raise KeyError("phase_of_the_moon")

    monkeypatch.setattr(publication, "restatements_of_run", breaks)
    result = closed.collect(MAY)
    assert result.success
    assert metadata(result, "connectwise_metrics")["explanation"] == "could not be looked up: KeyError"
    assert closed.reactive(MAY) == closed.truth(MAY)


def test_a_dropped_collection_is_a_failure_for_who_asked_for_it_and_in_the_log(
    company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.add_work(MAY, 3, 2, "1.5")
    assert company.collect(MAY).success
    before = company.values(MAY)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr(assets_of_connectwise, "database_now", lambda _: an_hour_ago)
    company.add_work(MAY, 9)
    (outcome,) = [each for each in company.collect_in_foreground(MAY) if each.period == MAY]
    assert outcome.faults[0].startswith("ConnectWise 2025-05: dropped, because the collection published at ")
    (row,) = [
        each for each in company.log(MAY) if each.run_id == outcome.run_id and each.vendor == "ConnectWise"
    ]
    assert (row.status, row.metrics_collected) == (CollectionOutcome.FAILED, 0)
    assert "dropped" in (row.message or "")
    assert company.values(MAY) == before
