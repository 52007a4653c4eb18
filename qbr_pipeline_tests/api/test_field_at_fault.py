"""Which field of a request is at fault comes as data beside the sentence that names it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.api.routes import routes

ENTRY = {"period": "2025-03", "metric_name": "mrr", "metric_value": 1, "entered_by": "Ann"}
VALUES = [{"metric_name": "mrr", "metric_value": 1}, {"metric_name": "nrr", "metric_value": 2}]
BATCH = {"period": "2025-03", "entered_by": "Ann", "values": VALUES}
WARNING = {"metric_name": "mrr", "threshold_type": "warning", "threshold_value": 1}
PARAMETERS = [
    (each.path, name)
    for each in routes.endpoints
    if each.method == "GET"
    for name in each.query.model_fields
    if each.query.model_fields[name].annotation is not bool
]


def fault_of(answer: Any) -> str | None:
    told = answer.get_json()
    assert told["success"] is False, told
    return told["error"].get("field")  # type: ignore[no-any-return]


@pytest.mark.parametrize(("path", "name"), PARAMETERS)
def test_every_parameter_that_cannot_be_read_is_named(client: FlaskClient, path: str, name: str) -> None:
    query = {"period": "2025-01", "metric_name": "reactive_tickets_created", "name": "mrr", "id": "1"}
    endpoint = next(each for each in routes.endpoints if (each.method, each.path) == ("GET", path))
    needed = {key: text for key, text in query.items() if endpoint.query.model_fields.get(key)}
    assert fault_of(client.get(f"/api/qbr{path}", query_string={**needed, name: "\0"})) == name


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/metrics/monthly", "period"),
        ("/metrics/monthly?period=2026-01", "period"),
        ("/metrics/monthly?period=2025-03&period=2025-04", "period"),
        ("/metrics/monthly?period=2025-03&as_of=2026-01-01T00:00:00Z", "as_of"),
        ("/metrics/monthly?period=2025-03&vendor_id=77", "vendor_id"),
        ("/metrics/monthly?period=2025-03&vendor_id=2&metric_name=mrr", "vendor_id"),
        ("/metrics/monthly?period=2025-03&organization_id=9", "organization_id"),
        ("/metrics/monthly?period=2025-03&colour=red", "colour"),
        ("/metrics/series?name=mrr&to_period=2026-01", "to_period"),
        ("/metrics/series?name=mrr&from_period=2025-04&to_period=2025-03", "from_period"),
        ("/findings?from_period=2025-04&to_period=2025-03", "from_period"),
        ("/findings/history?id=4711", "id"),
        ("/restatements?period=2025-03&from_period=2025-03", "period"),
        ("/restatements?from_period=2026-03", "from_period"),
        ("/restatements/rows?id=4711", "id"),
        ("/metrics/rows?metric_name=mrr&period=2025-03", "metric_name"),
        ("/metrics/rows?metric_name=endpoints_managed&period=2025-03&board=x", "board"),
        ("/metrics/rows?metric_name=endpoints_managed&period=2025-03&sort=colour", "sort"),
        ("/no/such/address", None),
    ],
)
def test_a_question_that_cannot_be_answered_names_its_field(
    client: FlaskClient, address: str, field: str | None
) -> None:
    assert fault_of(client.get(f"/api/qbr{address}")) == field


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/metrics/manual", {**ENTRY, "metric_value": -1}, "metric_value"),
        ("/metrics/manual", {**ENTRY, "period": "2026-01"}, "period"),
        ("/metrics/manual", {**ENTRY, "vendor_id": 2}, "vendor_id"),
        ("/metrics/manual", [], None),
        ("/metrics/manual/batch", {**BATCH, "values": []}, "values"),
        ("/metrics/manual/batch", {**BATCH, "values": [*VALUES, VALUES[1]]}, "values[2].metric_name"),
        ("/metrics/manual/batch", {**BATCH, "release": ["orr", "mrr"]}, "release[1]"),
        (
            "/metrics/manual/batch",
            {**BATCH, "values": [VALUES[0], {"metric_name": "employees", "metric_value": -2}]},
            "values[1].metric_value",
        ),
        (
            "/metrics/manual/batch",
            {**BATCH, "values": [VALUES[0], {**VALUES[1], "vendor_id": 2}]},
            "values[1].vendor_id",
        ),
        (
            "/thresholds",
            [WARNING, {**WARNING, "metric_name": "nrr", "threshold_value": 0.00001}],
            "[1].threshold_value",
        ),
        ("/thresholds", [WARNING, {**WARNING, "metric_name": "employees"}], "[1].metric_name"),
        ("/thresholds", [WARNING, WARNING], "[1].threshold_value"),
        ("/findings/reopen", {"id": 4711, "by": "Ann"}, "id"),
        (
            "/findings/acknowledge",
            {"id": 1, "by": "Ann", "why": "seen", "until": "2020-01-01T00:00:00Z"},
            "until",
        ),
    ],
)
def test_a_body_that_cannot_be_stored_names_its_field(
    client: FlaskClient, path: str, body: object, field: str | None
) -> None:
    assert fault_of(client.post(f"/api/qbr{path}", json=body)) == field


def test_a_threshold_that_is_not_there_names_its_metric(client: FlaskClient) -> None:
    assert fault_of(client.delete("/api/qbr/thresholds?metric_name=mrr")) == "metric_name"
