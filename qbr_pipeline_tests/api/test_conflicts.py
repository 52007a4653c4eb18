"""Two people at one value: who says what they saw writes over nothing that has changed since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

SET, BATCH, RELEASE, CHECK, LIMITS = (
    f"/api/qbr/{path}"
    for path in (
        "metrics/manual",
        "metrics/manual/batch",
        "metrics/manual/release",
        "metrics/manual/check",
        "thresholds",
    )
)
ENTRY = {"period": "2025-03", "metric_name": "mrr", "metric_value": 5, "entered_by": "Bob"}
VALUES = [{"metric_name": "mrr", "metric_value": 5}]
LABEL = "Monthly Recurring Revenue (MRR)"
Enter = Callable[..., None]


def batch(expected: object, **more: object) -> dict[str, object]:
    return {
        "period": "2025-03",
        "entered_by": "Bob",
        "values": VALUES,
        "expected": [{"metric_name": "mrr", "expected_value": expected}],
        **more,
    }


def mrr(client: FlaskClient) -> Any:
    metrics = client.get("/api/qbr/metrics/monthly?period=2025-03").get_json()["data"]["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "mrr")


@pytest.mark.parametrize("seen", [100000, None])
@pytest.mark.parametrize(
    ("address", "body"),
    [
        (SET, lambda seen: {**ENTRY, "expected_value": seen}),
        (BATCH, batch),
        (BATCH, lambda seen: batch(seen, values=[], release=["mrr"])),
        (CHECK, batch),
        (
            RELEASE,
            lambda seen: {
                "period": "2025-03",
                "metric_name": "mrr",
                "entered_by": "Bob",
                "expected_value": seen,
            },
        ),
    ],
)
def test_a_value_that_changed_since_is_a_conflict_that_holds_both(
    client: FlaskClient, enter: Enter, address: str, body: Callable[[object], object], seen: object
) -> None:
    enter("2025-03", mrr="111111")
    answer = client.post(address, json=body(seen))
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (409, "CONFLICT", 409)
    assert error["conflicts"] == [{"name": LABEL, "expected_value": seen, "current_value": 111111}]
    was = "absent" if seen is None else "100,000"
    assert f"{LABEL} was {was} when it was looked at and is 111,111.00 now" in error["message"]
    assert mrr(client) == 111111


def test_what_is_as_it_was_seen_is_written(client: FlaskClient, enter: Enter) -> None:
    assert client.post(SET, json={**ENTRY, "expected_value": None}).status_code == 200
    assert client.post(SET, json={**ENTRY, "metric_value": 6, "expected_value": 5.0}).status_code == 200
    assert client.post(BATCH, json=batch(6)).status_code == 200
    assert mrr(client) == 5


def test_without_it_the_last_one_wins(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="111111")
    assert client.post(SET, json=ENTRY).status_code == 200
    assert mrr(client) == 5


def test_a_batch_with_one_conflict_stores_nothing(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="1", nrr="2")
    seen = [{"metric_name": "nrr", "expected_value": 2}, {"metric_name": "mrr", "expected_value": 9}]
    values = [{"metric_name": "nrr", "metric_value": 7}, *VALUES]
    answer = client.post(BATCH, json={**batch(None), "values": values, "expected": seen})
    assert [each["name"] for each in answer.get_json()["error"]["conflicts"]] == [LABEL]
    assert mrr(client) == 1


def test_thresholds_know_conflicts_too(client: FlaskClient) -> None:
    limit = {"metric_name": "mrr", "threshold_type": "warning", "threshold_value": 50}
    assert client.post(LIMITS, json={**limit, "expected_value": None}).status_code == 200
    answer = client.post(LIMITS, json=[{**limit, "threshold_value": 60, "expected_value": None}])
    assert answer.status_code == 409
    assert answer.get_json()["error"]["conflicts"] == [
        {"name": "the warning threshold of mrr", "expected_value": None, "current_value": 50}
    ]
    assert client.post(LIMITS, json={**limit, "threshold_value": 60, "expected_value": 50}).status_code == 200


@pytest.mark.parametrize("seen", ["5", True, [], {}])
def test_what_is_no_number_is_refused(client: FlaskClient, seen: object) -> None:
    answer = client.post(SET, json={**ENTRY, "expected_value": seen})
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (400, "INVALID_VALUE", "expected_value")
