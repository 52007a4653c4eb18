"""The API against its own document: generated requests, right and wrong ones, with every check of schemathesis on."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from waitress.server import create_server

from qbr_pipeline.api.access import FailedKeys
from qbr_pipeline.api.service import service_of

KEY = "write-key-of-the-tests"


def config(cases_of_an_endpoint: int) -> SchemathesisConfig:
    """Every check is on.

    Some of what the document allows is refused with 400 all the same, for what no schema can tell: a month that has not
    begun, a vendor that does not own the metric, a name that is in no catalogue.
    """
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {KEY}"},
            "generation": {"mode": "all", "max-examples": cases_of_an_endpoint, "database": "none"},
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "400", "404"]}},
        }
    )


@pytest.fixture
def address(make_app: Callable[..., Flask], enter: Callable[..., None]) -> Iterator[str]:
    """An API that has some data, served by the server that is used in production."""
    enter("2025-01", mrr="110250", nrr="0", employees="8.5", new_mrr="5", lost_mrr="1")
    enter("2025-05", mrr="1")
    app = make_app()
    patient = FailedKeys(clock=time.monotonic, limit=1_000_000)  # wrong keys are among what is generated
    app.extensions["qbr"] = replace(service_of(app), failed_keys=patient)
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/api/qbr"
    server.close()
    thread.join(timeout=10)


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
