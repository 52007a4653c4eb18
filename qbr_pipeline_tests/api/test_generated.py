"""The API against its own document: generated requests, right and wrong ones, with every check of schemathesis on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest
import schemathesis
from flask import Flask
from schemathesis import Case, CheckContext, Response
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from waitress.server import create_server

from qbr_pipeline.api.access import FailedKeys
from qbr_pipeline.api.service import service_of
from qbr_pipeline_tests.conftest import running

KEY = "a-write-key-of-the-tests"
A_NIGHT_BEGINS = datetime.fromisoformat("2025-05-15T22:31:00-05:00")
"""A moment at which no night is missing, which `/health/night` would tell by 503."""

BEYOND_ANY_SCHEMA = {
    "INVALID_PERIOD",  # a month that has not begun; months in the wrong order, or too many of them
    "INVALID_TIMESTAMP",  # a moment of the future, or on no calendar
    "UNKNOWN_METRIC",  # a name that is in no catalogue, or of nothing that is collected
    "UNKNOWN_COLUMN",  # which columns rows have depends on the metric
    "UNKNOWN_VENDOR",  # ids differ from database to database
    "VENDOR_MISMATCH",
    "DUPLICATE_METRIC",
    "INVALID_VALUE",  # what a number may be depends on the metric
    "INVALID_THRESHOLD",
    "INVALID_MAPPING",  # an account or a section, each in its place; a month in which something else is said already
    "PERIOD_NOT_FOUND",
    "ORGANIZATION_NOT_FOUND",
    "NOTHING_HELD_BACK",  # only some findings hold rows back that can be accepted
    "INVALID_FILE",  # bytes that no schema tells from a file
    "IMPORT_REJECTED",  # an import that is undone already
    "NOT_FOUND",  # a threshold, a finding: what is named and is not there
}
"""Why a request may be refused that is right by the document; anything else the document must tell."""


@schemathesis.check
def what_the_document_allows_is_refused_for_its_meaning_alone(
    _context: CheckContext, response: Response, case: Case
) -> None:
    """Stricter than `positive_data_acceptance`, which knows statuses only: 400 and 404 must name such a reason."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code in (400, 404):
        error = response.json()["error"]
        if error["code"] not in BEYOND_ANY_SCHEMA:
            raise AssertionError(f"refused as {error['code']}: {error['message']}")


def config(cases_of_an_endpoint: int) -> SchemathesisConfig:
    """Every check is on, and one of ours that says which 400 and 404 are honest answers to a right request."""
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {KEY}"},
            "generation": {"mode": "all", "max-examples": cases_of_an_endpoint, "database": "none"},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404", "409", "412"]}
            },
        }
    )


@pytest.fixture
def address(make_app: Callable[..., Flask], enter: Callable[..., None]) -> Iterator[str]:
    """An API that has some data, served by the server that is used in production."""
    enter("2025-01", mrr="110250", nrr="0", employees="8.5", new_mrr="5", lost_mrr="1")
    enter("2025-05", mrr="1")
    app = make_app(QBR_CLOCK=lambda: A_NIGHT_BEGINS)
    patient = FailedKeys(clock=time.monotonic, limit=1_000_000)  # wrong keys are among what is generated
    app.extensions["qbr"] = replace(service_of(app), failed_keys=patient)
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    with running(server):
        yield f"http://127.0.0.1:{server.effective_port}/api/qbr"


def run(address: str, cases_of_an_endpoint: int) -> tuple[Counter[str], list[str]]:
    """How many cases were run, and every finding."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config(cases_of_an_endpoint))
    counts: Counter[str] = Counter()
    findings = []
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                counts["cases"] += len(event.recorder.cases)
                counts["endpoints"] += 1
                findings += [
                    f"{event.recorder.label}: {check.name}: {check.failure_info.failure.message}\n"
                    f"{check.failure_info.code_sample}"
                    for checks in event.recorder.checks.values()
                    for check in checks
                    if check.failure_info is not None
                ]
            case events.NonFatalError():
                findings.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                findings.append(repr(event.exception))
    return counts, findings


def test_a_request_of_each_kind_to_every_endpoint(address: str) -> None:
    counts, findings = run(address, 1)
    assert findings == []
    assert counts["cases"] > 500


@pytest.mark.slow
def test_thousands_of_requests(address: str) -> None:
    counts, findings = run(address, 40)
    assert findings == []
    assert counts["cases"] >= 2_000
