"""Hostile text in every parameter comes back as a refusal or as data, never as behaviour."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.api.openapi import document
from qbr_pipeline.api.routes import routes
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import read_values

PREFIX = "/api/qbr"
HOSTILE = [
    "' OR '1'='1",
    "1; DROP TABLE qbr_metrics_monthly; --",
    "2025-03'; SELECT pg_sleep(10); --",
    "') UNION SELECT usename, passwd FROM pg_shadow --",
    "%s %(x)s :x {0} ${jndi:ldap://evil.example}",
    "{{ 7 * 7 }}",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "$(touch hacked) `id` | id",
    "\r\nSet-Cookie: hacked=1",
    "\x00",
    "\ufeff\u202e\u2028",
    "=cmd|' /C calc'!A0",
    "٢٠٢٥-٠٣",
    "2025-03\n",
    "9" * 5000,
]
GOOD = {
    "period": "2025-03",
    "metric_name": "mrr",
    "name": "mrr",
    "threshold_type": "warning",
    "threshold_value": 5,
    "metric_value": 5,
    "entered_by": "Ann",
    "values": [{"metric_name": "mrr", "metric_value": 5}],
}
OPERATIONS: list[tuple[str, str, dict[str, Any]]] = [
    (path, method, operation)
    for path, methods in document(routes.endpoints, PREFIX)["paths"].items()
    for method, operation in methods.items()
]
PARAMETERS = [
    (path, method, each["name"]) for path, method, operation in OPERATIONS for each in operation["parameters"]
]


def check(answer: Any) -> None:
    assert answer.status_code in {200, 400, 404}, answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.content_type.split(";")[0] in {"application/json", "text/csv"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text


@pytest.fixture
def kept(client: FlaskClient, database: Database) -> Any:
    """A value that nothing of all this may touch."""
    client.post(f"{PREFIX}/metrics/manual", json={**GOOD_ENTRY, "period": "2025-02"})
    before = database.fetch(read_values, Month(2025, 2))
    yield
    assert database.fetch(read_values, Month(2025, 2)) == before


GOOD_ENTRY = {name: GOOD[name] for name in ("period", "metric_name", "metric_value", "entered_by")}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("path", "method", "name"), PARAMETERS)
def test_hostile_text_in_a_parameter(client: FlaskClient, path: str, method: str, name: str) -> None:
    required = {
        each: str(GOOD[each]) for at, how, each in PARAMETERS if (at, how) == (path, method) and each in GOOD
    }
    for text in HOSTILE:
        answer = client.open(PREFIX + path, method=method, query_string={**required, name: text})
        check(answer)


BODIES: list[tuple[str, dict[str, Any]]] = [
    ("/metrics/manual", {**GOOD_ENTRY, "vendor_id": 4, "notes": "x", "organization_id": 1}),
    (
        "/metrics/manual/batch",
        {
            "period": "2025-03",
            "entered_by": "Ann",
            "notes": "x",
            "organization_id": 1,
            "values": GOOD["values"],
        },
    ),
    (
        "/metrics/manual/release",
        {"period": "2025-03", "metric_name": "mrr", "entered_by": "Ann", "notes": "x"},
    ),
    ("/thresholds", {name: GOOD[name] for name in ("metric_name", "threshold_type", "threshold_value")}),
]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("path", "body"), BODIES, ids=[path for path, _ in BODIES])
def test_hostile_text_in_a_body(client: FlaskClient, path: str, body: dict[str, Any]) -> None:
    for name in body:
        for held in [*HOSTILE, {"$gt": ""}, ["x"], {"__class__": "x"}]:
            check(client.post(PREFIX + path, json={**body, name: held}))
        check(client.post(PREFIX + path, json={**body, f"{name}'; --": 1}))


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\x00" not in text and len(text) <= 100])
def test_hostile_names_and_notes_come_back_as_the_text_that_they_are(client: FlaskClient, text: str) -> None:
    entry = {**GOOD_ENTRY, "notes": text, "entered_by": text}
    answer = client.post(f"{PREFIX}/metrics/manual", json=entry)
    if not text.strip():
        assert answer.status_code == 400
        return
    [metric] = answer.get_json()["data"]["metrics"]
    assert (metric["notes"], metric["entered_by"]) == (text.strip(), text.strip())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_headers_and_paths(client: FlaskClient, text: str) -> None:
    cleaned = text.replace("\r", "").replace("\n", "")
    for name in ("X-Request-ID", "Origin"):
        answer = client.get(f"{PREFIX}/periods", headers={name: cleaned.encode("utf-8").decode("latin-1")})
        check(answer)
        assert cleaned not in str(answer.headers) or re.fullmatch(r"[\w.-]*", cleaned, re.ASCII)
    check(client.get(f"{PREFIX}/{text}"))
