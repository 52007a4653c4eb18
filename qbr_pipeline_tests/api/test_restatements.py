"""GET /restatements and /restatements/rows: what a closed month was changed by, and the rows that explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.publishing import publish
from qbr_pipeline.store.rows.shapes import TimeEntryRow
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import RowSource

ADDRESS, ROWS = "/api/qbr/restatements", "/api/qbr/restatements/rows"
NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)
FEBRUARY, MARCH = Month(2025, 2), Month(2025, 3)
ENTRY = TimeEntryRow(
    source_id=1,
    ticket_id=7,
    ticket_summary="Printer is out of paper",
    board="Help Desk",
    company="Example Dental",
    member="Kim",
    hours=Decimal("1.5"),
    entered_at=datetime(2025, 3, 5, 15, tzinfo=UTC),
    counts=True,
    reason="counts",
)


def collect(db: Database, month: Month, run_id: str, entries: Sequence[TimeEntryRow]) -> None:
    hours = sum((each.hours or Decimal(0) for each in entries if each.counts), Decimal(0))
    none = {"reactive_tickets_created": Decimal(0), "reactive_tickets_closed": Decimal(0)}
    found = {RowSource.TICKETS: ([], none), RowSource.TIME_ENTRIES: (entries, {"reactive_time_spent": hours})}
    for source, (rows, values) in found.items():
        staged = Stage(
            source=source,
            month=month,
            run_id=run_id,
            fetch_started_at=database_now(db),
            collected_as_of=NOW,
            source_count=len(rows),
            row_count=len(rows),
            values=values,
        )
        stage(db, staged, rows)
    publish(db, Vendor.CONNECTWISE, month, run_id, NOW)


@pytest.fixture
def restated(database: Database) -> None:
    """March: 1.50 + 1.50 + 1.50 hours, then one entry edited and one moved. February: an entry came later."""
    entries = [replace(ENTRY, source_id=n) for n in (1, 2, 3)]
    collect(database, MARCH, "march", entries)
    moved = replace(entries[1], board="Projects", counts=False, reason="board is Projects")
    collect(database, MARCH, "march again", [replace(entries[0], hours=Decimal(2)), moved, entries[2]])
    collect(database, FEBRUARY, "february", [])
    collect(database, FEBRUARY, "february again", [ENTRY])


def data(client: FlaskClient, address: str, **query: Any) -> Any:
    answer = client.get(address, query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["data"]


def test_the_ledger_is_told_newest_first_with_what_happened(client: FlaskClient, restated: None) -> None:
    told = data(client, ADDRESS)
    assert {name: told[name] for name in ("total", "limit", "offset")} == {
        "total": 2,
        "limit": 100,
        "offset": 0,
    }
    february, march = told["restatements"]
    assert february["period"] == "2025-02"
    assert march.pop("published_at") < february["published_at"]
    assert march == {
        "id": 1,
        "period": "2025-03",
        "metric_name": "reactive_time_spent",
        "label": "Total Time on Reactive Tickets",
        "unit": "hours",
        "decimals": 2,
        "vendor": "ConnectWise",
        "old_value": 4.5,
        "new_value": 3.5,
        "change": -1.0,
        "rows": 2,
        "causes": [
            {"kind": "moved_board", "rows": 1, "effect": -1.5},
            {"kind": "edited", "rows": 1, "effect": 0.5},
        ],
        "run_id": "march again",
        "accepted_by": None,
        "accepted_why": None,
        "rule_change": None,
    }


def test_the_rows_of_a_restatement_are_named_with_what_they_did(client: FlaskClient, restated: None) -> None:
    told = data(client, ROWS, id=1)
    assert told["restatement"] == data(client, ADDRESS, period="2025-03")["restatements"][0]
    assert (told["total"], told["limit"], told["offset"]) == (2, 100, 0)
    common = {
        "source": "time_entries",
        "company": "Example Dental",
        "title": "Kim, ticket 7: Printer is out of paper",
    }
    assert told["rows"] == [
        {
            **common,
            "source_id": "2",
            "kind": "moved_board",
            "cause": "moved with ticket 7 to board Projects",
            "before": 1.5,
            "after": 0,
            "effect": -1.5,
        },
        {
            **common,
            "source_id": "1",
            "kind": "edited",
            "cause": "edited (hours 1.50 → 2.00)",
            "before": 1.5,
            "after": 2,
            "effect": 0.5,
        },
    ]


def test_what_was_not_there_before_is_null_and_not_zero(client: FlaskClient, restated: None) -> None:
    [row] = data(client, ROWS, id=2)["rows"]
    assert (row["before"], row["after"], row["effect"]) == (None, 1.5, 1.5)


def test_both_are_told_a_page_at_a_time(client: FlaskClient, restated: None) -> None:
    page = data(client, ADDRESS, limit=1, offset=1)
    assert (page["total"], [each["id"] for each in page["restatements"]]) == (2, [1])
    page = data(client, ROWS, id=1, limit=1, offset=1)
    assert (page["total"], [each["source_id"] for each in page["rows"]]) == (2, ["1"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"period": "2025-02"}, ["2025-02"]),
        ({"period": "2025-01"}, []),
        ({"from_period": "2025-03"}, ["2025-03"]),
        ({"to_period": "2025-02"}, ["2025-02"]),
        ({"from_period": "2025-02", "to_period": "2025-03"}, ["2025-02", "2025-03"]),
        ({"metric_name": "reactive_time_spent"}, ["2025-02", "2025-03"]),
        ({"metric_name": "seats_managed"}, []),
    ],
)
def test_restatements_are_found_by_month_and_metric(
    client: FlaskClient, restated: None, query: dict[str, str], found: list[str]
) -> None:
    assert [each["period"] for each in data(client, ADDRESS, **query)["restatements"]] == found


def test_a_company_without_restatements_is_told_so(client: FlaskClient, reader: FlaskClient) -> None:
    assert data(client, ADDRESS) == {"total": 0, "limit": 100, "offset": 0, "restatements": []}
    assert data(reader, ADDRESS)["total"] == 0


@pytest.mark.parametrize(
    ("address", "query", "status", "code"),
    [
        (ADDRESS, {"period": "2025-06"}, 400, "INVALID_PERIOD"),
        (ADDRESS, {"period": "2025-Q1"}, 400, "INVALID_PERIOD"),
        (ADDRESS, {"period": "2025-03", "from_period": "2025-01"}, 400, "INVALID_PERIOD"),
        (ADDRESS, {"from_period": "2025-03", "to_period": "2025-02"}, 400, "INVALID_PERIOD"),
        (ADDRESS, {"metric_name": "tickets"}, 400, "UNKNOWN_METRIC"),
        (ADDRESS, {"limit": "1001"}, 400, "INVALID_FIELD"),
        (ADDRESS, {"organization_id": "2"}, 404, "ORGANIZATION_NOT_FOUND"),
        (ROWS, {}, 400, "MISSING_FIELD"),
        (ROWS, {"id": "0"}, 400, "INVALID_FIELD"),
        (ROWS, {"id": "77"}, 404, "NOT_FOUND"),
    ],
)
def test_what_cannot_be_told_is_refused(
    client: FlaskClient, address: str, query: dict[str, str], status: int, code: str
) -> None:
    answer = client.get(address, query_string=query)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
