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
    assert f"{LABEL} was {was} when it was read and is 111,111.00 now" in error["message"]
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


READ = "/api/qbr/metrics/monthly?period=2025-03&metric_name=mrr"
HAND_BACK = {"period": "2025-03", "metric_name": "mrr", "entered_by": "Bob"}


def tag(client: FlaskClient, address: str = READ) -> str:
    return client.get(address).headers["ETag"]


@pytest.mark.parametrize(("address", "body"), [(SET, ENTRY), (RELEASE, HAND_BACK)])
def test_a_value_is_written_over_only_as_its_etag_says_it_was_read(
    client: FlaskClient, enter: Enter, address: str, body: dict[str, object]
) -> None:
    enter("2025-03", mrr="100000")
    read = tag(client)
    assert tag(client) == read  # the answer that is given again has it too
    enter("2025-03", mrr="111111")
    answer = client.post(address, json=body, headers={"If-Match": read})
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (412, "PRECONDITION_FAILED", 412)
    assert error["conflicts"] == [{"name": LABEL, "expected_value": 100000, "current_value": 111111}]
    assert mrr(client) == 111111
    assert client.post(address, json=body, headers={"If-Match": tag(client)}).status_code == 200
    assert mrr(client) != 111111


def test_an_absent_value_has_an_etag_too(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", nrr="1")
    read = tag(client)
    assert client.post(SET, json=ENTRY, headers={"If-Match": f"W/{read}"}).status_code == 200
    assert client.post(SET, json=ENTRY, headers={"If-Match": read}).status_code == 412


def test_an_answer_about_several_values_or_an_earlier_moment_has_no_etag(
    client: FlaskClient, enter: Enter
) -> None:
    enter("2025-03", mrr="1")
    for address in ("/api/qbr/metrics/monthly?period=2025-03", f"{READ}&as_of=2025-05-15T12:00:00Z"):
        assert "ETag" not in client.get(address).headers


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ("*", 400, "INVALID_REQUEST"),
        ("5", 400, "INVALID_REQUEST"),
        ('"1/2025-03/mrr/5", "1/2025-03/mrr/6"', 400, "INVALID_REQUEST"),
        ('"1/2025-03/nrr/5"', 412, "PRECONDITION_FAILED"),
        ('"1/2025-02/mrr/5"', 412, "PRECONDITION_FAILED"),
        ('"2/2025-03/mrr/5"', 412, "PRECONDITION_FAILED"),
        ('"1/2025-03/mrr/five"', 412, "PRECONDITION_FAILED"),
        ('"1/2025-03/mrr/NaN"', 412, "PRECONDITION_FAILED"),
        ('""', 412, "PRECONDITION_FAILED"),
    ],
)
def test_a_condition_that_is_not_understood_or_of_another_value_writes_nothing(
    client: FlaskClient, enter: Enter, given: str, status: int, code: str
) -> None:
    enter("2025-03", mrr="5")
    answer = client.post(SET, json={**ENTRY, "metric_value": 6}, headers={"If-Match": given})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)
    assert mrr(client) == 5


@pytest.mark.parametrize(("address", "body"), [(BATCH, batch(5)), (LIMITS, {})])
def test_a_condition_that_cannot_be_kept_to_is_refused(
    client: FlaskClient, enter: Enter, address: str, body: dict[str, object]
) -> None:
    enter("2025-03", mrr="5")
    assert client.post(address, json=body, headers={"If-Match": tag(client)}).status_code == 400


@pytest.mark.parametrize(("expected", "status"), [(5, 200), (6, 412), (None, 412)])
def test_what_is_said_twice_must_be_the_same(
    client: FlaskClient, enter: Enter, expected: int | None, status: int
) -> None:
    enter("2025-03", mrr="5")
    body = {**ENTRY, "expected_value": expected}
    assert client.post(SET, json=body, headers={"If-Match": tag(client)}).status_code == status


def test_a_threshold_is_deleted_only_as_it_was_seen(client: FlaskClient) -> None:
    limit = {"metric_name": "mrr", "threshold_type": "warning", "threshold_value": 60}
    assert client.post(LIMITS, json=limit).status_code == 200
    one = f"{LIMITS}?metric_name=mrr&threshold_type=warning"
    answer = client.delete(f"{one}&expected_value=50")
    assert (answer.status_code, answer.get_json()["error"]["conflicts"]) == (
        409,
        [{"name": "the warning threshold of mrr", "expected_value": 50, "current_value": 60}],
    )
    which = client.delete(f"{LIMITS}?metric_name=mrr&expected_value=60").get_json()["error"]
    assert (which["code"], which["field"]) == ("INVALID_THRESHOLD", "threshold_type")
    assert client.delete(f"{one}&expected_value=60.0").status_code == 200
    assert client.delete(f"{one}&expected_value=60").status_code == 409
