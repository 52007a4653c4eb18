from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import METRICS

ADDRESS = "/api/qbr/metrics/monthly"
Enter = Callable[..., None]


def ask(client: FlaskClient, **parameters: object) -> tuple[int, Any]:
    answer = client.get(ADDRESS, query_string=parameters)
    return answer.status_code, answer.get_json()


def test_a_month_tells_every_metric_of_the_catalogue_in_its_order(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="110250.50", nrr="0")
    status, told = ask(client, period="2025-03")
    assert status == 200
    assert told["success"] is True
    assert told["data"]["period"] == "2025-03"
    assert [metric["name"] for metric in told["data"]["metrics"]] == list(METRICS)


def test_zero_is_zero_and_absent_is_null(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", nrr="0")
    _, told = ask(client, period="2025-03")
    values = {metric["name"]: metric["value"] for metric in told["data"]["metrics"]}
    assert values["nrr"] == 0
    assert values["nrr"] is not None
    assert values["mrr"] is None


def test_a_value_leaves_exactly_as_it_is_stored(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", cash_reserve="9999999999.99")
    answer = client.get(ADDRESS, query_string={"period": "2025-03", "metric_name": "cash_reserve"})
    assert b'"value":9999999999.99,' in answer.data


@pytest.mark.parametrize("name", ["mrr", "MRR", "Monthly Recurring Revenue (MRR)"])
def test_one_metric_can_be_asked_for_by_key_or_label(client: FlaskClient, enter: Enter, name: str) -> None:
    enter("2025-03", mrr="1", nrr="2")
    _, told = ask(client, period="2025-03", metric_name=name)
    [metric] = told["data"]["metrics"]
    assert (metric["name"], metric["value"], metric["source"], metric["entered_by"]) == (
        "mrr",
        1,
        "manual",
        "Ann",
    )


def test_one_vendor_can_be_asked_for(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="1")
    _, told = ask(client, period="2025-03", vendor_id=3)
    assert [metric["name"] for metric in told["data"]["metrics"]] == [
        "reactive_tickets_created",
        "reactive_tickets_closed",
        "reactive_time_spent",
    ]


def test_a_month_of_which_nothing_is_kept_is_not_found(client: FlaskClient) -> None:
    status, told = ask(client, period="2025-03")
    assert (status, told["success"], told["error"]["code"]) == (404, False, "PERIOD_NOT_FOUND")
    assert told["error"]["status"] == 404


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MISSING_FIELD"),
        ({"period": ""}, "INVALID_PERIOD"),
        ({"period": "2025-13"}, "INVALID_PERIOD"),
        ({"period": "2025-1"}, "INVALID_PERIOD"),
        ({"period": "2025-+1"}, "INVALID_PERIOD"),
        ({"period": "2025-Q1"}, "INVALID_PERIOD"),
        ({"period": "2025-06"}, "INVALID_PERIOD"),
        ({"period": "2025-03", "metric_name": "happiness"}, "UNKNOWN_METRIC"),
        ({"period": "2025-03", "vendor_id": "99"}, "UNKNOWN_VENDOR"),
        ({"period": "2025-03", "vendor_id": "3", "metric_name": "mrr"}, "VENDOR_MISMATCH"),
        ({"period": "2025-03", "organization_id": "one"}, "INVALID_FIELD"),
        ({"period": "2025-03", "organization_id": "0"}, "INVALID_FIELD"),
        ({"period": "2025-03", "as_of": "yesterday"}, "INVALID_TIMESTAMP"),
        ({"period": "2025-03", "as_of": "2025-04-01T00:00:00"}, "INVALID_TIMESTAMP"),
        ({"period": "2025-03", "as_of": "2025-06-01T00:00:00Z"}, "INVALID_TIMESTAMP"),
        ({"period": "2025-03", "colour": "red"}, "UNKNOWN_FIELD"),
        ({"period": ["2025-03", "2025-02"]}, "INVALID_FIELD"),
    ],
)
def test_bad_input_is_told_with_its_code(
    client: FlaskClient, enter: Enter, parameters: dict[str, object], code: str
) -> None:
    enter("2025-03", mrr="1")
    status, told = ask(client, **parameters)
    assert (status, told["error"]["code"]) == (400, code)
    assert told["error"]["message"]


def test_an_organization_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    status, told = ask(client, period="2025-03", organization_id=77)
    assert (status, told["error"]["code"]) == (404, "ORGANIZATION_NOT_FOUND")
