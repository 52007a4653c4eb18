"""What an error says: one sentence that names the field, what it held and what is expected."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

ENTRY = {"period": "2025-03", "metric_name": "mrr", "metric_value": 1, "entered_by": "Ann"}
LIMIT = {"metric_name": "mrr", "threshold_type": "warning", "threshold_value": 1}
MANUAL, BATCH, THRESHOLDS = "/metrics/manual", "/metrics/manual/batch", "/thresholds"
NUMBER = "expected a number such as 1234.5, not text, true, false or null"


@pytest.mark.parametrize(
    ("address", "body", "sentence"),
    [
        (MANUAL, [], "the body: expected a JSON object"),
        (MANUAL, 5, "the body: expected a JSON object"),
        (MANUAL, {**ENTRY, "metric_value": None}, f"metric_value: {NUMBER}"),
        (MANUAL, {**ENTRY, "metric_value": "1"}, f"metric_value: {NUMBER}"),
        (MANUAL, {**ENTRY, "entered_by": None}, "entered_by: expected a text"),
        (
            MANUAL,
            {**ENTRY, "entered_by": " "},
            "entered_by: expected a name, not empty text",
        ),
        (MANUAL, {**ENTRY, "entered_by": "a" * 101}, "entered_by: expected at most 100 characters, not 101"),
        (MANUAL, {**ENTRY, "notes": "a" * 2001}, "notes: expected at most 2000 characters, not 2001"),
        (MANUAL, {**ENTRY, "entered_by": "\0"}, "entered_by: contains a character that is not text"),
        (
            MANUAL,
            {**ENTRY, "period": 202503},
            "period: expected a period as text, such as 2025-03 or 2025-Q1",
        ),
        (MANUAL, {**ENTRY, "period": "2025-06"}, "2025-06 has not begun yet: expected 2025-05 or earlier"),
        (MANUAL, {**ENTRY, "metric_name": 5}, "metric_name: expected the key or label of a metric, as text"),
        (MANUAL, {**ENTRY, "colour": "red"}, "colour is not a known field"),
        (MANUAL, {"period": "2025-03"}, "metric_name is missing"),
        (
            BATCH,
            {"period": "2025-03", "entered_by": "Ann", "values": []},
            "values: expected at least 1 entry, or a metric to release",
        ),
        (
            BATCH,
            {"period": "2025-03", "entered_by": "Ann", "values": [5]},
            "values[0]: expected a JSON object",
        ),
        (BATCH, {"period": "2025-03", "entered_by": "Ann", "values": 5}, "values: expected a list"),
        (
            BATCH,
            {
                "period": "2025-03",
                "entered_by": "Ann",
                "values": [{"metric_name": "mrr", "metric_value": 1}] * 37,
            },
            "values: expected at most 36 entries, not 37",
        ),
        (THRESHOLDS, [], "the body: expected at least 1 entry, not 0"),
        (THRESHOLDS, [LIMIT, 5], "[1]: expected a JSON object"),
        (THRESHOLDS, [LIMIT, {**LIMIT, "threshold_value": True}], f"[1].threshold_value: {NUMBER}"),
        (THRESHOLDS, 5, "the body: expected a JSON object"),
        (THRESHOLDS, {}, "metric_name is missing"),
        (
            THRESHOLDS,
            {**LIMIT, "threshold_type": "bad"},
            "threshold_type: expected 'warning' or 'critical'",
        ),
    ],
)
def test_a_body(client: FlaskClient, address: str, body: object, sentence: str) -> None:
    answer = client.post(f"/api/qbr{address}", json=body)
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (400, sentence)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/metrics/quarterly?period=2025-Q3", "2025-Q3 has not begun yet: expected 2025-Q2 or earlier"),
        ("/collection/log?period=2025-06", "2025-06 has not begun yet: expected 2025-05 or earlier"),
        ("/collection/log?status=fine", "status: expected 'success', 'partial' or 'failed'"),
        ("/export/metrics?period=2025-03&format=pdf", "format: expected 'csv', 'xlsx' or 'parquet'"),
        (
            "/metrics/history?period=2025-03&period=2025-04",
            "period is given 2 times: expected once",
        ),
    ],
)
def test_an_address(client: FlaskClient, address: str, sentence: str) -> None:
    answer = client.get(f"/api/qbr{address}")
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (400, sentence)
