from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

ADDRESS = "/api/qbr/thresholds"
CREATED = "reactive_tickets_created"


def wanted(name: object, type_: object, value: object) -> dict[str, object]:
    return {"metric_name": name, "threshold_type": type_, "threshold_value": value}


def post(client: FlaskClient, body: object) -> tuple[int, Any]:
    answer = client.post(ADDRESS, data=json.dumps(body), content_type="application/json")
    return answer.status_code, answer.get_json()


def stored(client: FlaskClient) -> list[tuple[str, str, float]]:
    told = client.get(ADDRESS).get_json()["data"]["thresholds"]
    return [(each["metric_name"], each["threshold_type"], each["threshold_value"]) for each in told]


def test_without_any_the_list_is_empty(reader: FlaskClient) -> None:
    answer = reader.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.get_json() == {"success": True, "data": {"thresholds": []}}


def test_one_is_set_and_read_back_exactly(client: FlaskClient) -> None:
    status, told = post(client, wanted("Total Close %", "warning", 0.95))
    assert status == 200
    assert told["data"]["thresholds"] == [
        {
            "metric_name": "total_close_pct",
            "label": "Total Close %",
            "threshold_type": "warning",
            "threshold_value": 0.95,
        }
    ]
    assert b'"threshold_value":0.9500}' in client.get(ADDRESS).data


def test_a_list_is_set_as_it_will_stand(client: FlaskClient) -> None:
    status, _ = post(client, [wanted(CREATED, "warning", 400), wanted(CREATED, "critical", 500)])
    assert status == 200
    status, _ = post(client, [wanted(CREATED, "warning", 600), wanted(CREATED, "critical", 700)])
    assert status == 200
    assert stored(client) == [(CREATED, "critical", 700), (CREATED, "warning", 600)]


def test_a_list_with_one_fault_sets_nothing_and_says_which(client: FlaskClient) -> None:
    status, told = post(client, [wanted("mrr", "warning", 1), wanted("mrrr", "critical", 1)])
    assert (status, told["error"]["code"]) == (400, "UNKNOWN_METRIC")
    assert "[1].metric_name" in told["error"]["message"]
    assert stored(client) == []


def test_a_warning_worse_than_the_critical_one_is_refused(client: FlaskClient) -> None:
    post(client, wanted(CREATED, "critical", 500))
    status, told = post(client, wanted(CREATED, "warning", 501))
    assert (status, told["error"]["code"]) == (400, "INVALID_THRESHOLD")
    assert "is worse than the critical threshold" in told["error"]["message"]
    assert stored(client) == [(CREATED, "critical", 500)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (wanted("owner_comp", "warning", 1), "INVALID_THRESHOLD"),
        (wanted("mrr", "warning", 0.00001), "INVALID_THRESHOLD"),
        (wanted("mrr", "warning", 100_000_000), "INVALID_THRESHOLD"),
        (wanted("mrr", "warning", float("nan")), "INVALID_THRESHOLD"),
        (wanted("mrr", "warning", float("inf")), "INVALID_THRESHOLD"),
        (wanted("mrr", "warning", "1"), "INVALID_VALUE"),
        (wanted("mrr", "warning", True), "INVALID_VALUE"),
        (wanted("mrr", "warning", None), "INVALID_VALUE"),
        (wanted("mrr", "warning", [1]), "INVALID_VALUE"),
        (wanted("mrr", "fatal", 1), "INVALID_FIELD"),
        (wanted("mrr", "", 1), "INVALID_FIELD"),
        (wanted("mrr", 1, 1), "INVALID_FIELD"),
        (wanted("no such metric", "warning", 1), "UNKNOWN_METRIC"),
        (wanted("'; DROP TABLE qbr_thresholds; --", "warning", 1), "UNKNOWN_METRIC"),
        (wanted("mrr\0", "warning", 1), "UNKNOWN_METRIC"),
        (wanted("", "warning", 1), "UNKNOWN_METRIC"),
        (wanted(7, "warning", 1), "INVALID_FIELD"),
        ({"metric_name": "mrr", "threshold_type": "warning"}, "MISSING_FIELD"),
        ({"metric_name": "mrr", "threshold_value": 1}, "MISSING_FIELD"),
        ({}, "MISSING_FIELD"),
        ({**wanted("mrr", "warning", 1), "colour": "red"}, "UNKNOWN_FIELD"),
        ({**wanted("mrr", "warning", 1), "organization_id": 0}, "INVALID_FIELD"),
        ([wanted("mrr", "warning", 1), wanted("MRR", "warning", 1)], "INVALID_THRESHOLD"),
        (
            [wanted("mrr", "warning", 1), {**wanted("nrr", "warning", 1), "organization_id": 2}],
            "INVALID_FIELD",
        ),
        ([wanted("mrr", "warning", 1)] * 201, "INVALID_FIELD"),
        ([], "INVALID_FIELD"),
        ("mrr", "INVALID_FIELD"),
        (None, "INVALID_FIELD"),
        ([[]], "INVALID_FIELD"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(client: FlaskClient, body: object, code: str) -> None:
    status, told = post(client, body)
    assert (status, told["error"]["code"], told["error"]["status"]) == (400, code, 400)
    assert told["error"]["message"]
    assert stored(client) == []


def test_an_organization_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    status, told = post(client, {**wanted("mrr", "warning", 1), "organization_id": 77})
    assert (status, told["error"]["code"]) == (404, "ORGANIZATION_NOT_FOUND")


def test_one_type_or_both_are_deleted_and_told(client: FlaskClient) -> None:
    post(client, [wanted("mrr", "warning", 2), wanted("mrr", "critical", 1), wanted("nrr", "warning", 3)])
    answer = client.delete(ADDRESS, query_string={"metric_name": "MRR", "threshold_type": "warning"})
    assert answer.status_code == 200
    assert [each["threshold_value"] for each in answer.get_json()["data"]["thresholds"]] == [2]
    assert client.delete(ADDRESS, query_string={"metric_name": "mrr"}).status_code == 200
    assert stored(client) == [("nrr", "warning", 3)]


def test_deleting_what_is_not_there_says_so(client: FlaskClient) -> None:
    answer = client.delete(ADDRESS, query_string={"metric_name": "mrr", "threshold_type": "critical"})
    assert answer.status_code == 404
    assert answer.get_json()["error"] == {
        "code": "NOT_FOUND",
        "message": "Monthly Recurring Revenue (MRR) has no critical threshold",
        "status": 404,
        "field": "metric_name",
    }


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MISSING_FIELD"),
        ({"metric_name": "x"}, "UNKNOWN_METRIC"),
        ({"metric_name": "mrr", "threshold_type": "worst"}, "INVALID_FIELD"),
        ({"metric_name": "mrr", "all": "true"}, "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_deleted_is_refused(
    client: FlaskClient, parameters: dict[str, str], code: str
) -> None:
    answer = client.delete(ADDRESS, query_string=parameters)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)


def test_a_key_that_may_only_read_changes_nothing(client: FlaskClient, reader: FlaskClient) -> None:
    post(client, wanted("mrr", "warning", 1))
    assert post(reader, wanted("mrr", "warning", 2))[0] == 403
    assert reader.delete(ADDRESS, query_string={"metric_name": "mrr"}).status_code == 403
    assert stored(reader) == [("mrr", "warning", 1)]


def test_a_threshold_gives_the_values_of_a_month_their_status(
    client: FlaskClient, enter: Callable[..., None]
) -> None:
    enter("2025-03", mrr="90", nrr="5")
    post(client, [wanted("mrr", "warning", 100), wanted("mrr", "critical", 80)])
    told = client.get("/api/qbr/metrics/monthly", query_string={"period": "2025-03"}).get_json()
    status = {each["name"]: each["status"] for each in told["data"]["metrics"]}
    assert (status["mrr"], status["nrr"]) == ("warning", "unknown")
