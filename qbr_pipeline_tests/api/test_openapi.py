"""The OpenAPI document: that it is one, that the API keeps its promises, that the page is served by us alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qbr_pipeline.api.errors import Code
from qbr_pipeline.api.routes import routes

PREFIX = "/api/qbr"


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    told: dict[str, Any] = app.test_client().get(f"{PREFIX}/openapi.json").get_json()
    return told


def test_every_endpoint_is_in_the_document(document: dict[str, Any]) -> None:
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(each.method, each.path) for each in routes.endpoints if each.tag != "documentation"}
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": PREFIX}]


def test_every_endpoint_says_what_it_is_for(document: dict[str, Any]) -> None:
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    assert all(each["summary"] for each in operations)
    assert len({each["operationId"] for each in operations}) == len(operations)


def test_every_error_code_is_in_the_document(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["ErrorResponse"]["properties"]["code"]["enum"] == list(
        Code.__members__
    )


def test_every_reference_leads_somewhere_and_no_schema_is_there_for_nothing(document: dict[str, Any]) -> None:
    referred = set(re.findall(r"#/components/schemas/([^'\"]+)", str(document)))
    assert referred == set(document["components"]["schemas"])


def test_the_page_and_all_it_needs_come_from_here(app: Flask) -> None:
    caller = app.test_client()
    page = caller.get(f"{PREFIX}/docs")
    assert page.mimetype == "text/html"
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    needed = re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text)
    assert needed == ["docs/viewer.css", "docs/viewer.js", "docs/start.js"]
    for each in needed:
        answer = caller.get(f"{PREFIX}/{each}")
        assert (answer.status_code, bool(answer.data)) == (200, True)
    assert "://" not in page.text


def test_a_path_or_method_that_does_not_exist_is_told_in_the_envelope(client: FlaskClient) -> None:
    for method in ("GET", "POST", "TRACE", "PROPFIND", "OPTIONS"):
        missing = client.open(f"{PREFIX}/no/such", method=method)
        assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "NOT_FOUND")
    for method in ("POST", "PUT", "TRACE", "PROPFIND"):
        rejected = client.open(f"{PREFIX}/periods", method=method)
        assert (rejected.status_code, rejected.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert rejected.get_json()["error"]["code"] == "METHOD_NOT_ALLOWED"
    assert client.options(f"{PREFIX}/thresholds").headers["Allow"] == "GET, POST, DELETE, HEAD, OPTIONS"
    assert client.head(f"{PREFIX}/periods").status_code == 200
