"""Files over the API: looked at, imported by whoever has seen what they do, listed, undone."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.api.endpoints.import_models import MAX_UPLOAD_BYTES
from qbr_pipeline_tests.files.reading.made import Cells, csv_bytes, online, replaced, xlsx

IMPORTS = "/api/qbr/imports"
GRID: Cells = [["2025", "Feb", "Mar"], ["mrr", 100, 200], ["Heads", 5, 6]]
LABELS = [{"label": "Heads", "metric_name": "# of Employees"}]


def upload(content: bytes, **more: object) -> dict[str, object]:
    return {"file_name": "year.csv", "content": base64.b64encode(content).decode(), **more}


def post(client: FlaskClient, address: str, body: object) -> tuple[int, Any]:
    answer = client.post(address, json=body)
    return answer.status_code, answer.get_json()


def error_of(answer: tuple[int, Any]) -> tuple[int, str, str]:
    status, body = answer
    return status, body["error"]["code"], body["error"]["message"]


def test_a_file_is_looked_at_imported_listed_and_undone(client: FlaskClient) -> None:
    _, seen = post(client, f"{IMPORTS}/preview", upload(csv_bytes(GRID)))
    assert seen["data"]["unknown"] == [{"cell": "A3", "section": "", "label": "Heads"}]
    _, seen = post(client, f"{IMPORTS}/preview", upload(csv_bytes(GRID), labels=LABELS))
    assert (seen["data"]["months"], seen["data"]["is_new"]) == (["2025-02", "2025-03"], True)
    assert seen["data"]["cells"][1] == {
        "cell": "B2",
        "period": "2025-02",
        "name": "mrr",
        "old_value": None,
        "new_value": 100,
        "outcome": "new",
    }
    body = upload(csv_bytes(GRID), labels=LABELS, entered_by="Ann", seen=seen["data"]["seen"])
    status, done = post(client, IMPORTS, body)
    assert (status, done["data"]) == (200, {"id": 1, "changed": 4, "equal": 0})
    assert post(client, IMPORTS, {**body, "seen": None})[1]["data"]["id"] is None
    [one] = client.get(IMPORTS).get_json()["data"]["imports"]
    assert (one["file_name"], one["changed"], one["imported_by"]) == ("year.csv", 4, "Ann")
    status, undone = post(client, f"{IMPORTS}/undo", {"id": 1, "entered_by": "Bob"})
    assert (status, undone["data"]) == (200, {"restored": 4, "kept": []})
    assert client.get(IMPORTS).get_json()["data"]["imports"][0]["undone_by"] == "Bob"


def test_books_show_what_their_accounts_count_as(client: FlaskClient) -> None:
    rows = replaced(online(), {"A3": None})
    _, seen = post(client, f"{IMPORTS}/preview", upload(xlsx(rows)))
    data = seen["data"]
    assert (data["kind"], data["company"], data["basis"]) == ("profit and loss", "Example MSP LLC", "accrual")
    assert data["accounts"][0] == {
        "account": "Managed Services:MRR",
        "name": "MRR",
        "section": "Income",
        "metric_name": None,
        "is_new": True,
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (upload(b"%PDF"), (400, "INVALID_FILE", "the file is a PDF: expected a workbook or CSV")),
        (
            {**upload(b""), "content": "?"},
            (400, "INVALID_FILE", "content: expected the bytes of the file in base64"),
        ),
        (upload(b"", year=1999), (400, "INVALID_FIELD", "year: expected a year from 2000 to 2099, or null")),
        (
            upload(b"", labels=[{"label": "a", "metric_name": "total_revenue"}]),
            (400, "UNKNOWN_METRIC", "metric_name: expected a metric that can be entered, or null"),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    client: FlaskClient, body: object, expected: object
) -> None:
    assert error_of(post(client, f"{IMPORTS}/preview", body)) == expected


def test_a_file_with_a_cell_at_fault_an_outdated_preview_and_an_unknown_import_are_refused(
    client: FlaskClient,
) -> None:
    wrong = upload(csv_bytes([["2025", "Feb", "Mar"], ["mrr", "lots", 1]]), entered_by="Ann")
    assert error_of(post(client, IMPORTS, wrong)) == (400, "IMPORT_REJECTED", 'B2: "lots" is not a number')
    good = upload(csv_bytes(GRID), labels=LABELS, entered_by="Ann", seen="something else")
    assert error_of(post(client, IMPORTS, good))[:2] == (409, "CONFLICT")
    unknown = post(client, f"{IMPORTS}/undo", {"id": 9, "entered_by": "Ann"})
    assert error_of(unknown) == (404, "NOT_FOUND", "there is no import 9")


def test_a_file_may_be_larger_than_other_bodies_and_has_a_limit_too(client: FlaskClient) -> None:
    large = upload(b"a," * 1_000_000)
    assert error_of(post(client, f"{IMPORTS}/preview", large))[1] == "INVALID_FILE"
    beyond = {**upload(b""), "content": "a" * MAX_UPLOAD_BYTES}
    assert error_of(post(client, f"{IMPORTS}/preview", beyond))[:2] == (413, "BODY_TOO_LARGE")
