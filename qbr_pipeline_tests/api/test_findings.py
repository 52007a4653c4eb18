"""Findings over HTTP: found at once by what is entered, listed, and answered by people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.records import record

ADDRESS = "/api/qbr/findings"
NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)
MARCH = Month(2025, 3)
EMPLOYEES = {"subject": "employees", "period": "2025-04", "rule": "change"}
ANN = {"by": "Ann", "why": "we hired a team"}


def get(client: FlaskClient, path: str = "", **parameters: object) -> Any:
    answer = client.get(ADDRESS + path, query_string=parameters)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def post(client: FlaskClient, path: str, body: object) -> tuple[int, Any]:
    answer = client.post(f"/api/qbr/{path}", data=json.dumps(body), content_type="application/json")
    return answer.status_code, answer.get_json()


def enter(client: FlaskClient, period: str, **values: float) -> None:
    wanted = [{"metric_name": key, "metric_value": value} for key, value in values.items()]
    body = {"period": period, "entered_by": "Ann", "values": wanted}
    assert post(client, "metrics/manual/batch", body)[0] == 200


def names(told: Any) -> list[tuple[str, str, str]]:
    return [(each["period"], each["rule"], each["subject"]) for each in told["findings"]]


@pytest.fixture
def found(client: FlaskClient) -> dict[str, Any]:
    """What is found of a headcount that doubles."""
    enter(client, "2025-03", employees=8)
    enter(client, "2025-04", employees=16)
    [finding] = get(client, rule="change")["findings"]
    assert isinstance(finding, dict)
    return finding


def test_without_any_the_list_is_empty(reader: FlaskClient) -> None:
    assert get(reader) == {"total": 0, "open": 0, "limit": 100, "offset": 0, "findings": []}


def test_what_is_entered_is_reviewed_before_the_answer_goes_out(
    client: FlaskClient, found: dict[str, Any]
) -> None:
    moves = found.pop("moves")
    assert {
        "name": "annual_service_rev_per_employee",
        "label": "Annualized Service Revenue / Employee",
    } in moves
    assert found == {
        "threshold_type": None,
        "id": found["id"],
        "subject": "employees",
        "label": "# of Employees",
        "period": "2025-04",
        "months": ["2025-04"],
        "rule": "change",
        "severity": "warn",
        "value": 16,
        "unit": "count",
        "expected": "within 25 % of 8",
        "sentence": "Employees rose from 8 to 16 (+100 %) against March",
        "scope": "monthly_metrics",
        "state": "open",
        "first_seen": "2025-05-15T12:00:00+00:00",
        "last_seen": "2025-05-15T12:00:00+00:00",
        "changed_at": "2025-05-15T12:00:00+00:00",
        "changed_by": None,
        "key_name": None,
        "why": None,
        "until": None,
    }


def test_a_value_that_is_corrected_or_handed_back_resolves_its_finding(
    client: FlaskClient, found: Any
) -> None:
    enter(client, "2025-04", employees=9)
    assert get(client, rule="change")["findings"] == []
    [resolved] = get(client, state="resolved")["findings"]
    assert (resolved["id"], resolved["why"]) == (found["id"], "it is no longer found")
    enter(client, "2025-04", employees=16)
    body = {"period": "2025-04", "metric_name": "employees", "entered_by": "Ann"}
    assert post(client, "metrics/manual/release", body)[0] == 200
    assert get(client, rule="change")["findings"] == []


def test_the_month_after_what_was_entered_is_reviewed_too(client: FlaskClient, found: Any) -> None:
    enter(client, "2025-03", employees=16)
    assert get(client, rule="change")["findings"] == []


def test_what_a_check_of_a_batch_would_do_leaves_the_findings_as_they_are(
    client: FlaskClient, found: Any
) -> None:
    body = {"period": "2025-04", "values": [{"metric_name": "employees", "metric_value": 8}]}
    assert post(client, "metrics/manual/check", body)[0] == 200
    assert get(client, rule="change")["findings"] == [found]


def test_somebody_acknowledges_a_finding_until_a_moment(client: FlaskClient, found: Any) -> None:
    until = "2025-05-15T14:00:00+01:00"
    status, told = post(client, "findings/acknowledge", {"id": found["id"], **ANN, "until": until})
    assert status == 200
    assert told["data"]["finding"] == {
        **found,
        "state": "acknowledged",
        "changed_by": "Ann",
        "key_name": "office",
        "why": "we hired a team",
        "until": "2025-05-15T13:00:00+00:00",
    }
    assert get(client, state="acknowledged")["open"] == 2  # the missing inputs of March and April


def test_a_finding_goes_by_its_fingerprint(client: FlaskClient, found: Any) -> None:
    status, told = post(client, "findings/acknowledge", {**EMPLOYEES, **ANN})
    assert (status, told["data"]["finding"]["id"]) == (200, found["id"])


def test_an_expected_value_is_not_what_the_month_after_is_held_against(
    client: FlaskClient, found: Any
) -> None:
    enter(client, "2025-05", employees=8)
    assert [period for period, *_ in names(get(client, rule="change"))] == ["2025-05", "2025-04"]
    status, told = post(client, "findings/expected", {**EMPLOYEES, **ANN})
    assert (status, told["data"]["finding"]["state"]) == (200, "expected")
    assert [period for period, *_ in names(get(client, rule="change"))] == ["2025-04"]
    status, told = post(client, "findings/reopen", {**EMPLOYEES, "by": "Kim"})
    assert (told["data"]["finding"]["state"], told["data"]["finding"]["changed_by"]) == ("open", "Kim")
    assert [period for period, *_ in names(get(client, rule="change"))] == ["2025-05", "2025-04"]


def test_all_that_became_of_a_finding_is_told(client: FlaskClient, found: Any) -> None:
    post(client, "findings/acknowledge", {"id": found["id"], **ANN})
    enter(client, "2025-04", employees=17)
    told = get(client, "/history", id=found["id"])
    assert [
        (each["old_state"], each["new_state"], each["changed_by"], each["why"]) for each in told["events"]
    ] == [
        (None, "open", None, None),
        ("open", "acknowledged", "Ann", "we hired a team"),
        ("acknowledged", "open", None, "its value has changed"),
    ]
    assert [each["value"] for each in told["events"]] == [16, 16, 17]
    assert told["events"][1]["key_name"] == "office"


def test_thresholds_that_are_set_moved_or_deleted_have_their_findings_at_once(client: FlaskClient) -> None:
    def reached() -> list[tuple[str, str, str]]:
        return names(get(client, rule="threshold"))

    def set_to(value: int) -> None:
        body = {"metric_name": "mrr", "threshold_type": "critical", "threshold_value": value}
        assert post(client, "thresholds", body)[0] == 200

    enter(client, "2024-02", mrr=500)
    enter(client, "2025-03", mrr=500)
    set_to(600)
    assert reached() == [("2025-Q1", "threshold", "mrr"), ("2025-03", "threshold", "mrr")]
    assert {each["threshold_type"] for each in get(client, rule="threshold")["findings"]} == {"critical"}
    set_to(400)
    assert reached() == []
    set_to(600)
    enter(client, "2024-02", mrr=550)
    assert ("2024-02", "threshold", "mrr") in reached()
    assert client.delete("/api/qbr/thresholds?metric_name=mrr").status_code == 200
    assert reached() == []


@pytest.mark.parametrize("path", ["acknowledge", "expected", "reopen"])
def test_a_resolved_finding_takes_no_answer(client: FlaskClient, found: Any, path: str) -> None:
    enter(client, "2025-04", employees=8)
    status, told = post(client, f"findings/{path}", {"id": found["id"], **ANN})
    assert (status, told["error"]["code"]) == (400, "FINDING_RESOLVED")
    assert "change of employees, 2025-04" in told["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("acknowledge", {"id": 999, **ANN}, 404, "NOT_FOUND"),
        ("acknowledge", {**EMPLOYEES, "rule": "zero", **ANN}, 404, "NOT_FOUND"),
        ("acknowledge", ANN, 400, "MISSING_FIELD"),
        ("acknowledge", {"subject": "employees", "period": "2025-04", **ANN}, 400, "MISSING_FIELD"),
        ("acknowledge", {"id": 1, **EMPLOYEES, **ANN}, 400, "MISSING_FIELD"),
        ("acknowledge", {"id": 1, "subject": "mrr", **ANN}, 400, "MISSING_FIELD"),
        ("acknowledge", {"id": 1, "by": "Ann"}, 400, "MISSING_FIELD"),
        ("acknowledge", {"id": 1, "by": "Ann", "why": "  "}, 400, "MISSING_FIELD"),
        ("acknowledge", {"id": 1, "by": "", "why": "so"}, 400, "MISSING_FIELD"),
        ("acknowledge", {"id": 1, "why": "so"}, 400, "MISSING_FIELD"),
        ("acknowledge", {**EMPLOYEES, **ANN, "until": "2025-05-15T12:00:00Z"}, 400, "INVALID_TIMESTAMP"),
        ("acknowledge", {**EMPLOYEES, **ANN, "until": "tomorrow"}, 400, "INVALID_TIMESTAMP"),
        ("acknowledge", {"id": "1", **ANN}, 400, "INVALID_FIELD"),
        ("acknowledge", {"id": 1, **ANN, "why": "x" * 2001}, 400, "INVALID_FIELD"),
        ("expected", {"id": 1, "by": "Ann"}, 400, "MISSING_FIELD"),
        ("expected", {"id": 1, **ANN, "until": "2030-01-01T00:00:00Z"}, 400, "UNKNOWN_FIELD"),
        ("accept", {**EMPLOYEES, **ANN}, 400, "NOTHING_HELD_BACK"),
        ("reopen", {"id": 1}, 400, "MISSING_FIELD"),
        ("reopen", {"id": 1, "by": "Ann", "organization_id": 7}, 404, "ORGANIZATION_NOT_FOUND"),
    ],
)
def test_an_answer_that_cannot_be_accepted_says_why(
    client: FlaskClient, found: Any, path: str, body: object, status: int, code: str
) -> None:
    given, told = post(client, f"findings/{path}", body)
    assert (given, told["error"]["code"]) == (status, code), told
    assert get(client, rule="change")["findings"] == [found]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"period": "2025-13"}, "INVALID_PERIOD"),
        ({"period": "2025-06"}, "INVALID_PERIOD"),
        ({"from_period": "2025-04", "to_period": "2025-03"}, "INVALID_PERIOD"),
        ({"state": "ignored"}, "INVALID_FIELD"),
        ({"rule": "odd"}, "INVALID_FIELD"),
        ({"severity": "fatal"}, "INVALID_FIELD"),
        ({"subject": ""}, "INVALID_FIELD"),
        ({"limit": "0"}, "INVALID_FIELD"),
        ({"limit": "1001"}, "INVALID_FIELD"),
        ({"colour": "red"}, "UNKNOWN_FIELD"),
    ],
)
def test_a_question_that_is_not_understood_says_why(
    reader: FlaskClient, query: dict[str, str], code: str
) -> None:
    answer = reader.get(ADDRESS, query_string=query)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)


def test_there_is_no_history_of_no_finding(reader: FlaskClient) -> None:
    answer = reader.get(f"{ADDRESS}/history", query_string={"id": 1})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["acknowledge", "expected", "reopen"])
def test_who_may_only_read_cannot_answer(reader: FlaskClient, found: Any, path: str) -> None:
    assert post(reader, f"findings/{path}", {"id": found["id"], **ANN})[0] == 403
    assert get(reader, rule="change")["findings"] == [found]


@pytest.fixture
def put(database: Database) -> Callable[..., None]:
    """Records findings of a month as one review."""

    def put_(month: Month, found: Iterable[Finding]) -> None:
        with database.begin() as connection:
            record(connection, database, "made up", month, found, NOW)

    return put_


def made_up(subject: str, value: Decimal | None = None, severity: Severity = Severity.WARN) -> Finding:
    return Finding(Rule.SNAPSHOT, severity, subject, MARCH, value, "a whole one", "Half of it is missing")


def test_findings_come_in_pages(reader: FlaskClient, put: Callable[..., None]) -> None:
    put(MARCH, [made_up(f"source {number}") for number in range(5)])
    told = get(reader, limit=2, offset=4)
    assert ([each["subject"] for each in told["findings"]], told["total"], told["open"]) == (
        ["source 4"],
        5,
        5,
    )


def test_a_subject_that_is_no_metric_has_its_own_name_and_no_unit(reader: FlaskClient, put: Any) -> None:
    put(
        MARCH,
        [made_up("QBR_REACTIVE_BOARDS", severity=Severity.ERROR), made_up("devices", Decimal("Infinity"))],
    )
    first, second = get(reader)["findings"]
    assert (first["label"], first["unit"], first["severity"]) == ("QBR_REACTIVE_BOARDS", None, "error")
    assert (second["label"], second["value"]) == ("devices", None)


def test_a_finding_of_another_organization_is_not_to_be_seen(
    database: Database, client: FlaskClient, found: Any
) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("INSERT INTO organization (id, name) VALUES (2, 'Other MSP')")
    assert get(client, organization_id=2)["findings"] == []
    body = {"id": found["id"], **ANN, "organization_id": 2}
    assert post(client, "findings/acknowledge", body)[0] == 404


def test_any_state_and_one_id_find_what_has_resolved(client: FlaskClient, found: Any) -> None:
    enter(client, "2025-04", employees=8)
    assert names(get(client, state="any", subject="employees")) == [("2025-04", "change", "employees")]
    assert names(get(client, id=found["id"])) == [("2025-04", "change", "employees")]
