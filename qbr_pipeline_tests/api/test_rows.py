from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.publishing import publish
from qbr_pipeline.store.rows.shapes import DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import RowSource

ADDRESS = "/api/qbr/metrics/rows"
FILE = "/api/qbr/metrics/rows.csv"
MARCH = Month(2025, 3)
NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)
CREATED = {"metric_name": "reactive_tickets_created", "period": "2025-03"}

TICKET = TicketRow(
    source_id=1,
    summary="Printer is out of paper",
    board="Help Desk",
    status="New",
    company="Example Dental",
    parent_id=None,
    type=None,
    priority="High",
    owner=None,
    entered_at=datetime(2025, 3, 1, 5, 59, 59, 700_000, tzinfo=UTC),
    closed_at=datetime(2025, 3, 10, 15, tzinfo=UTC),
    actual_hours=Decimal("1.25"),
    counts_as_created=True,
    created_reason="counts",
    counts_as_closed=False,
    closed_reason="status is New",
)
CHILD = replace(
    TICKET,
    source_id=2,
    summary='=HYPERLINK("http://example.com")',
    parent_id=1,
    entered_at=None,
    actual_hours=None,
    counts_as_created=False,
    created_reason="child of ticket 1",
    closed_reason="child of ticket 1",
)
ENTRY = TimeEntryRow(
    source_id=9,
    ticket_id=1,
    ticket_summary="Printer is out of paper",
    board="Help Desk",
    company="Example Dental",
    member="Kim",
    hours=Decimal("0.10"),
    entered_at=datetime(2025, 3, 9, 7, 59, tzinfo=UTC),
    counts=True,
    reason="counts",
)
DEVICE = DeviceRow(
    source_id="77",
    name="PC-77",
    organization="Example Dental",
    location="Main",
    node_class="WINDOWS_SERVER",
    counts_as_endpoint=True,
    counts_as_seat=False,
    reason="server",
)


def put(db: Database, source: RowSource, rows: Sequence[Row], values: dict[str, int | str], run: str) -> None:
    stage(
        db,
        Stage(
            source=source,
            month=MARCH,
            run_id=run,
            fetch_started_at=database_now(db),
            collected_as_of=NOW,
            source_count=len(rows),
            row_count=len(rows),
            values={key: Decimal(value) for key, value in values.items()},
            snapshot_date=date(2025, 3, 31) if source is RowSource.DEVICES else None,
        ),
        rows,
    )


def collect_tickets(db: Database, *tickets: TicketRow, run: str = "run") -> None:
    values = {
        "reactive_tickets_created": sum(each.counts_as_created for each in tickets),
        "reactive_tickets_closed": sum(each.counts_as_closed for each in tickets),
    }
    put(db, RowSource.TICKETS, tickets, values, run)
    put(db, RowSource.TIME_ENTRIES, [ENTRY], {"reactive_time_spent": "0.10"}, run)
    publish(db, Vendor.CONNECTWISE, MARCH, run, NOW)


@pytest.fixture
def collected(database: Database) -> Database:
    """Two tickets, one of them a child, a time entry and a server, published for March 2025."""
    collect_tickets(database, TICKET, CHILD)
    put(database, RowSource.DEVICES, [DEVICE], {"endpoints_managed": 1, "seats_managed": 0}, "run")
    publish(database, Vendor.NINJA, MARCH, "run", NOW)
    return database


def ask(client: FlaskClient, **parameters: object) -> tuple[int, Any]:
    answer = client.get(ADDRESS, query_string=parameters)
    return answer.status_code, answer.get_json()


def test_rows_come_with_whether_they_count_and_why(collected: Database, reader: FlaskClient) -> None:
    status, told = ask(reader, **CREATED)
    assert status == 200
    data = told["data"]
    assert [(row["source_id"], row["counts"], row["reason"]) for row in data["rows"]] == [
        (1, True, "counts"),
        (2, False, "child of ticket 1"),
    ]
    assert (data["total"], data["counting"], data["value"]) == (2, 1, 1)
    assert (data["metric_name"], data["label"], data["period"], data["source"]) == (
        "reactive_tickets_created",
        "# of Reactive Tickets Created",
        "2025-03",
        "tickets",
    )


def test_moments_are_in_the_business_time_zone_which_is_named(
    collected: Database, reader: FlaskClient
) -> None:
    _, told = ask(reader, **CREATED)
    assert told["data"]["timezone"] == "America/Chicago"
    assert told["data"]["rows"][0]["entered_at"] == "2025-02-28T23:59:59.700000-06:00"
    assert told["data"]["rows"][0]["closed_at"] == "2025-03-10T10:00:00-05:00"
    assert told["data"]["rows"][1]["entered_at"] is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Chicago"])
def test_rows_kept_with_the_first_and_last_moments_of_the_calendar_are_shown_without_them(
    zone: str, database: Database, reader: FlaskClient
) -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    collect_tickets(database, replace(TICKET, entered_at=first, closed_at=last), CHILD)
    with database.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {database.engine.url.database} SET timezone = '{zone}'")
    database.engine.dispose()
    status, told = ask(reader, **CREATED)
    as_file = reader.get(FILE, query_string=CREATED)
    assert (status, as_file.status_code) == (200, 200)
    row = told["data"]["rows"][0]
    assert row["entered_at"] is None
    assert row["closed_at"] == "9999-12-31T17:59:59-06:00"


def test_hours_leave_exactly(collected: Database, reader: FlaskClient) -> None:
    answer = reader.get(
        ADDRESS, query_string={"metric_name": "Total Time on Reactive Tickets", "period": "2025-03"}
    )
    assert b'"hours":0.10,' in answer.data
    assert b'"value":0.10,' in answer.data


def test_devices_are_told_with_the_day_of_their_snapshot(collected: Database, reader: FlaskClient) -> None:
    _, told = ask(reader, metric_name="seats_managed", period="2025-03")
    assert told["data"]["snapshot_date"] == "2025-03-31"
    assert (told["data"]["total"], told["data"]["value"]) == (1, 0)
    assert told["data"]["rows"] == [
        {
            "source_id": "77",
            "name": "PC-77",
            "organization": "Example Dental",
            "location": "Main",
            "node_class": "WINDOWS_SERVER",
            "counts": False,
            "reason": "server",
        }
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"counts": "true"}, [1]),
        ({"counts": "false"}, [2]),
        ({"search": "PAPER"}, [1]),
        ({"search": "%"}, []),
        ({"search": "' OR 1=1 --"}, []),
        ({"board": "Help Desk", "company": "Example Dental"}, [1, 2]),
        ({"company": "Example%"}, []),
        ({"reason": "counts"}, [1]),
        ({"sort": "counts"}, [2, 1]),
        ({"sort": "source_id", "descending": "true"}, [2, 1]),
        ({"sort": "entered_at", "descending": "true"}, [1, 2]),
        ({"limit": "1"}, [1]),
        ({"limit": "1", "offset": "1"}, [2]),
        ({"limit": "1", "offset": "2"}, []),
    ],
)
def test_rows_are_filtered_sorted_and_paged(
    collected: Database, reader: FlaskClient, wanted: dict[str, str], expected: list[int]
) -> None:
    status, told = ask(reader, **CREATED, **wanted)
    assert status == 200
    assert [row["source_id"] for row in told["data"]["rows"]] == expected


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MISSING_FIELD"),
        ({"period": "2025-03"}, "MISSING_FIELD"),
        ({"metric_name": "seats_managed"}, "MISSING_FIELD"),
        ({**CREATED, "period": "2025-13"}, "INVALID_PERIOD"),
        ({**CREATED, "period": "2025-Q1"}, "INVALID_PERIOD"),
        ({**CREATED, "period": "2025-06"}, "INVALID_PERIOD"),
        ({**CREATED, "metric_name": "tickets"}, "UNKNOWN_METRIC"),
        ({**CREATED, "metric_name": "mrr"}, "UNKNOWN_METRIC"),
        ({**CREATED, "counts": "yes"}, "INVALID_FIELD"),
        ({**CREATED, "counts": ""}, "INVALID_FIELD"),
        ({**CREATED, "sort": "valid_from"}, "INVALID_FIELD"),
        ({**CREATED, "sort": "hours"}, "UNKNOWN_COLUMN"),
        ({**CREATED, "sort": "id; DROP TABLE qbr_tickets"}, "INVALID_FIELD"),
        ({**CREATED, "limit": "0"}, "INVALID_FIELD"),
        ({**CREATED, "limit": "1001"}, "INVALID_FIELD"),
        ({**CREATED, "limit": "ten"}, "INVALID_FIELD"),
        ({**CREATED, "limit": "+5"}, "INVALID_FIELD"),
        ({**CREATED, "limit": "\u0665"}, "INVALID_FIELD"),
        ({**CREATED, "offset": "-1"}, "INVALID_FIELD"),
        ({**CREATED, "offset": "99999999999999999999"}, "INVALID_FIELD"),
        ({**CREATED, "search": "x" * 501}, "INVALID_FIELD"),
        ({**CREATED, "search": "a\0b"}, "INVALID_FIELD"),
        ({**CREATED, "as_of": "yesterday"}, "INVALID_TIMESTAMP"),
        ({**CREATED, "as_of": "2025-05-15T12:00:01Z"}, "INVALID_TIMESTAMP"),
        ({**CREATED, "filter": "1"}, "UNKNOWN_FIELD"),
        ({"metric_name": "seats_managed", "period": "2025-03", "board": "Help Desk"}, "UNKNOWN_COLUMN"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(
    collected: Database, reader: FlaskClient, parameters: dict[str, str], code: str
) -> None:
    for address in (ADDRESS, FILE):
        answer = reader.get(address, query_string=parameters)
        told = answer.get_json()
        assert (answer.status_code, told["success"]) == (400, False)
        if address == ADDRESS or ("limit" not in parameters and "offset" not in parameters):
            assert told["error"]["code"] == code


def test_a_month_without_publication_is_not_found(collected: Database, reader: FlaskClient) -> None:
    status, told = ask(reader, metric_name="seats_managed", period="2025-02")
    assert (status, told["error"]["code"]) == (404, "PERIOD_NOT_FOUND")


def test_rows_are_those_that_were_known_at_the_moment(collected: Database, today: FlaskClient) -> None:
    moment = database_now(collected).isoformat()
    collect_tickets(collected, replace(TICKET, company="Sample Law"), run="later")
    _, now = ask(today, **CREATED)
    assert [row["company"] for row in now["data"]["rows"]] == ["Sample Law"]
    _, then = ask(today, **CREATED, as_of=moment)
    assert [row["company"] for row in then["data"]["rows"]] == ["Example Dental", "Example Dental"]
    status, _ = ask(today, **CREATED, as_of="2025-01-01T00:00:00Z")
    assert status == 404


def test_the_file_holds_every_row_with_local_times_and_no_formula(
    collected: Database, reader: FlaskClient
) -> None:
    answer = reader.get(FILE, query_string=CREATED)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="reactive_tickets_created-2025-03.csv"'
    )
    first, second = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert (first["source_id"], first["counts"], first["reason"]) == ("1", "yes", "counts")
    assert first["entered_at (America/Chicago)"] == "2025-02-28 23:59:59.700000-06:00"
    assert first["actual_hours"] == "1.25"
    assert second["summary"] == '\'=HYPERLINK("http://example.com")'
    assert (second["entered_at (America/Chicago)"], second["counts"]) == ("", "no")


def test_the_file_obeys_the_filter(collected: Database, reader: FlaskClient) -> None:
    answer = reader.get(FILE, query_string={**CREATED, "counts": "false"})
    assert len(answer.data.decode().splitlines()) == 2


def test_another_organization_has_no_rows_here(collected: Database, reader: FlaskClient) -> None:
    status, told = ask(reader, **CREATED, organization_id=2)
    assert (status, told["error"]["code"]) == (404, "ORGANIZATION_NOT_FOUND")
