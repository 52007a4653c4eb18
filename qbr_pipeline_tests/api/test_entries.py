"""What people say through the API: set, set a whole month, release; and what the next GET shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import history
from qbr_pipeline.store.values import read_values

SET, BATCH, RELEASE, CHECK = (f"/api/qbr/metrics/manual{end}" for end in ("", "/batch", "/release", "/check"))
GOOD = {"period": "2025-03", "metric_name": "mrr", "metric_value": 110250.5, "entered_by": "Ann"}
MARCH = Month(2025, 3)
Enter = Callable[..., None]


def post(client: FlaskClient, address: str, body: object) -> tuple[int, Any]:
    answer = client.post(address, json=body)
    return answer.status_code, answer.get_json()


def value_of(client: FlaskClient, address: str, period: str, name: str) -> Any:
    told = client.get(f"/api/qbr{address}?period={period}").get_json()["data"]
    [found] = [each for each in told.get("metrics", told.get("smartnumbers")) if each["name"] == name]
    return found["value"]


def test_what_is_set_is_told_and_stored(client: FlaskClient, database: Database) -> None:
    status, told = post(client, SET, {**GOOD, "notes": "from the books"})
    assert status == 200
    [metric] = told["data"]["metrics"]
    assert (metric["name"], metric["value"], metric["source"]) == ("mrr", 110250.5, "manual")
    assert (metric["entered_by"], metric["notes"], metric["vendor"]) == (
        "Ann",
        "from the books",
        "QuickBooks",
    )
    assert told["data"]["changes"] == [{"name": "mrr", "old_value": None, "new_value": 110250.5}]
    assert str(database.fetch(read_values, MARCH)["mrr"].value) == "110250.50"


def test_the_next_get_shows_everything_that_follows(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", orr="0", product_sales="0", mrr="100", employees="8.5")
    post(client, SET, {**GOOD, "metric_name": "nrr", "metric_value": 0})
    assert value_of(client, "/metrics/monthly", "2025-03", "total_revenue") == 100
    assert value_of(client, "/metrics/quarterly", "2025-Q1", "total_revenue") == 100
    assert value_of(client, "/smartnumbers", "2025-03", "services_from_mrr_pct") == 1
    assert value_of(client, "/smartnumbers", "2025-Q1", "annual_service_rev_per_employee") == 141.1765


def test_the_history_keeps_the_name_of_the_key_beside_who_is_said_to_have_entered(
    client: FlaskClient, database: Database
) -> None:
    post(client, SET, GOOD)
    post(client, RELEASE, {**{key: GOOD[key] for key in ("period", "metric_name")}, "entered_by": "Bob"})
    changes = database.fetch(history, MARCH, "mrr")
    assert [(each.changed_by, each.key_name, each.cause) for each in changes] == [
        ("Ann", "office", "entry"),
        ("Bob", "office", "release"),
    ]
    told = client.get("/api/qbr/metrics/history?period=2025-03&metric_name=mrr").get_json()["data"]["changes"]
    assert [(each["changed_by"], each["key_name"], each["new_value"]) for each in told] == [
        ("Ann", "office", 110250.5),
        ("Bob", "office", None),
    ]


def test_a_month_before_anybody_kept_books_is_refused_and_one_that_was_kept_can_be_released(
    client: FlaskClient, database: Database
) -> None:
    old = {**GOOD, "period": "1900-01"}
    status, told = post(client, SET, old)
    assert (status, told["error"]["code"]) == (400, "INVALID_PERIOD")
    assert told["error"]["message"] == "1900-01 is too long ago: values can be entered for 2000-01 and later"
    with database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO qbr_metrics_monthly"
                " (period, organization_id, vendor_id, metric_name, metric_value, data_source)"
                " SELECT '1900-01', 1, id, 'mrr', 5, 'manual' FROM vendor WHERE name = 'QuickBooks'"
            )
        )
    assert [each["period"] for each in client.get("/api/qbr/periods").get_json()["data"]["periods"]] == [
        "1900-01"
    ]
    assert post(client, RELEASE, {"period": "1900-01", "metric_name": "mrr", "entered_by": "Bob"})[0] == 200
    assert client.get("/api/qbr/periods").get_json()["data"]["periods"] == []


@pytest.mark.parametrize("number", ["0", "-12.34", "9999999999.99", "1e3", "0.1", "1.50", "-0"])
def test_a_number_is_read_exactly_as_it_is_written(client: FlaskClient, number: str) -> None:
    body = f'{{"period":"2025-03","metric_name":"nrr","metric_value":{number},"entered_by":"Ann"}}'
    answer = client.post(SET, data=body, content_type="application/json")
    assert answer.status_code == 200
    expected = {"1e3": "1000.00", "-0": "0.00", "0": "0.00", "0.1": "0.10", "1.50": "1.50"}.get(
        number, number
    )
    assert f'"value":{expected},'.encode() in answer.data


@pytest.mark.parametrize(
    "number",
    [
        "1.001",
        "-1",
        "NaN",
        "Infinity",
        "-Infinity",
        '"5"',
        "true",
        "null",
        "[1]",
        "{}",
        "10000000000",
        "1e400",
        "1e-400",
        "1e999999999",
        "9" * 4000,
        "9" * 5000,
    ],
)
def test_a_value_that_the_metric_cannot_hold_is_refused(
    client: FlaskClient, database: Database, number: str
) -> None:
    body = f'{{"period":"2025-03","metric_name":"mrr","metric_value":{number},"entered_by":"Ann"}}'
    answer = client.post(SET, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "INVALID_VALUE")
    assert len(answer.get_json()["error"]["message"]) < 400
    assert database.fetch(read_values, MARCH) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"period": "2025-13"}, "INVALID_PERIOD"),
        ({"period": "2025-Q1"}, "INVALID_PERIOD"),
        ({"period": "2025-06"}, "INVALID_PERIOD"),
        ({"period": 202503}, "INVALID_PERIOD"),
        ({"period": None}, "INVALID_PERIOD"),
        ({"metric_name": "happiness"}, "UNKNOWN_METRIC"),
        ({"metric_name": "rhem"}, "UNKNOWN_METRIC"),
        ({"metric_name": 5}, "INVALID_FIELD"),
        ({"vendor_id": 3}, "VENDOR_MISMATCH"),
        ({"vendor_id": 99}, "UNKNOWN_VENDOR"),
        ({"vendor_id": "4"}, "INVALID_FIELD"),
        ({"vendor_id": 4.5}, "INVALID_FIELD"),
        ({"vendor_id": True}, "INVALID_FIELD"),
        ({"entered_by": ""}, "MISSING_FIELD"),
        ({"entered_by": "  \t "}, "MISSING_FIELD"),
        ({"entered_by": "x" * 101}, "INVALID_FIELD"),
        ({"entered_by": None}, "INVALID_FIELD"),
        ({"entered_by": "Ann\u0000"}, "INVALID_FIELD"),
        ({"entered_by": "\ud800"}, "INVALID_FIELD"),
        ({"notes": "x" * 2001}, "INVALID_FIELD"),
        ({"notes": 5}, "INVALID_FIELD"),
        ({"notes": "\udfff"}, "INVALID_FIELD"),
        ({"organization_id": -1}, "INVALID_FIELD"),
        ({"organization_id": 1.5}, "INVALID_FIELD"),
        ({"organization_id": 10**400}, "INVALID_FIELD"),
        ({"colour": "red"}, "UNKNOWN_FIELD"),
    ],
)
def test_bad_input_is_told_with_its_code(
    client: FlaskClient, database: Database, change: dict[str, object], code: str
) -> None:
    status, told = post(client, SET, {**GOOD, **change})
    assert (status, told["error"]["code"]) == (400, code)
    assert database.fetch(read_values, MARCH) == {}


@pytest.mark.parametrize("field", list(GOOD))
def test_a_field_that_is_missing_is_named(client: FlaskClient, field: str) -> None:
    status, told = post(client, SET, {name: value for name, value in GOOD.items() if name != field})
    assert (status, told["error"]["code"]) == (400, "MISSING_FIELD")
    assert field in told["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "INVALID_JSON"),
        (b"{", "INVALID_JSON"),
        (b"\xff\xfe", "INVALID_JSON"),
        (b'{"period": "2025-03", "period": "2025-02"}', "INVALID_JSON"),
        (b"[" * 100_000, "INVALID_JSON"),
        (b"[]", "INVALID_FIELD"),
        (b"5", "INVALID_FIELD"),
        (b"null", "INVALID_FIELD"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, body: bytes, code: str) -> None:
    answer = client.post(SET, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, code)


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post(SET, data=b" " * 1_000_001, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "BODY_TOO_LARGE")


def test_an_organization_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    status, told = post(client, SET, {**GOOD, "organization_id": 77})
    assert (status, told["error"]["code"]) == (404, "ORGANIZATION_NOT_FOUND")


def test_a_whole_month_is_set_in_one_transaction(client: FlaskClient, database: Database) -> None:
    values = [
        {"metric_name": each.label, "metric_value": number}
        for number, each in enumerate(METRICS.values())
        if each.vendor in (Vendor.QUICKBOOKS, Vendor.MANUAL) and each.kind == "input"
    ]
    status, told = post(client, BATCH, {"period": "2025-03", "entered_by": "Ann", "values": values})
    assert status == 200
    assert len(told["data"]["metrics"]) == len(values)
    assert len({each.transaction_id for each in database.fetch(history, MARCH)}) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "INVALID_FIELD"),
        ("mrr", "INVALID_FIELD"),
        ([{"metric_name": "mrr", "metric_value": -1}], "INVALID_VALUE"),
        ([{"metric_name": "mrr"}], "MISSING_FIELD"),
        ([{"metric_name": "mrr", "metric_value": 1, "vendor_id": 3}], "VENDOR_MISMATCH"),
        ([{"metric_name": "mrr", "metric_value": 1}] * 2, "DUPLICATE_METRIC"),
        ([{"metric_name": "x", "metric_value": 1}], "UNKNOWN_METRIC"),
    ],
)
def test_a_month_with_one_bad_value_is_not_set_at_all(
    client: FlaskClient, database: Database, values: Any, code: str
) -> None:
    if isinstance(values, list) and values:
        values = [{"metric_name": "nrr", "metric_value": 1}, *values]
    status, told = post(client, BATCH, {"period": "2025-03", "entered_by": "Ann", "values": values})
    assert (status, told["error"]["code"]) == (400, code)
    assert database.fetch(read_values, MARCH) == {}


def test_a_released_value_is_absent_until_somebody_knows_it_again(client: FlaskClient) -> None:
    post(client, SET, GOOD)
    status, told = post(
        client, RELEASE, {"period": "2025-03", "metric_name": "mrr", "entered_by": "Ann", "vendor_id": 4}
    )
    assert status == 200
    [metric] = told["data"]["metrics"]
    assert (metric["value"], metric["source"], metric["entered_by"]) == (None, "collected", None)


def test_releasing_what_nobody_set_changes_nothing(client: FlaskClient, database: Database) -> None:
    status, told = post(client, RELEASE, {"period": "2025-03", "metric_name": "mrr", "entered_by": "Ann"})
    assert (status, told["data"]["changes"]) == (200, [])
    assert database.fetch(history, MARCH) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"period": "2025-06"}, "INVALID_PERIOD"),
        ({"metric_name": "x"}, "UNKNOWN_METRIC"),
        ({"vendor_id": 3}, "VENDOR_MISMATCH"),
        ({"entered_by": ""}, "MISSING_FIELD"),
        ({"metric_value": 5}, "UNKNOWN_FIELD"),
    ],
)
def test_a_bad_release_is_told_with_its_code(
    client: FlaskClient, change: dict[str, object], code: str
) -> None:
    body = {"period": "2025-03", "metric_name": "mrr", "entered_by": "Ann", **change}
    status, told = post(client, RELEASE, body)
    assert (status, told["error"]["code"]) == (400, code)


def test_a_batch_sets_and_releases_in_one_transaction(
    client: FlaskClient, database: Database, enter: Enter
) -> None:
    enter("2025-03", mrr="100", nrr="0", orr="0", product_sales="0")
    values = [{"metric_name": "nrr", "metric_value": 50}]
    body = {"period": "2025-03", "entered_by": "Ann", "values": values, "release": ["mrr", "employees"]}
    status, told = post(client, BATCH, body)
    assert status == 200
    assert [(each["name"], each["value"], each["source"]) for each in told["data"]["metrics"]] == [
        ("nrr", 50, "manual"),
        ("mrr", None, "collected"),
        ("employees", None, None),
    ]
    assert {each["name"]: each["new_value"] for each in told["data"]["changes"]} == {
        "nrr": 50,
        "mrr": None,
        "total_revenue": None,
    }
    written = [each for each in database.fetch(history, MARCH) if each.changed_by == "Ann"]
    last = written[-1].transaction_id
    assert [(each.metric, each.cause) for each in written if each.transaction_id == last] == [
        ("nrr", "entry"),
        ("mrr", "release"),
        ("total_revenue", "derived"),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"values": []}, "INVALID_FIELD"),
        ({"release": ["x"]}, "UNKNOWN_METRIC"),
        ({"release": ["mrr"]}, "DUPLICATE_METRIC"),
        ({"release": ["nrr", "nrr"]}, "DUPLICATE_METRIC"),
        ({"release": "nrr"}, "INVALID_FIELD"),
        ({"release": ["nrr"] * 100}, "INVALID_FIELD"),
    ],
)
def test_a_bad_choice_is_told_with_its_code(
    client: FlaskClient, change: dict[str, object], code: str
) -> None:
    body = {
        "period": "2025-03",
        "entered_by": "Ann",
        "values": [{"metric_name": "mrr", "metric_value": 1}],
        **change,
    }
    status, told = post(client, BATCH, body)
    assert (status, told["error"]["code"]) == (400, code)


def test_what_is_stored_tells_how_smartnumbers_of_month_and_quarter_moved(
    client: FlaskClient, enter: Enter
) -> None:
    enter("2025-03", mrr="100", nrr="0", orr="0", product_sales="0", employees="4")
    _, told = post(client, SET, {**GOOD, "metric_name": "nrr", "metric_value": 100})
    moved = {(each["period"], each["name"]): each for each in told["data"]["smartnumbers"]}
    for period in ("2025-03", "2025-Q1"):
        share = moved[period, "services_from_mrr_pct"]
        assert (share["old_value"], share["new_value"]) == (1, 0.5)
        assert value_of(client, "/smartnumbers", period, "services_from_mrr_pct") == 0.5


def test_a_check_says_what_a_batch_would_do_and_stores_nothing(
    client: FlaskClient, database: Database, enter: Enter
) -> None:
    enter("2025-03", mrr="100", nrr="0", orr="0", product_sales="0", employees="4")
    before, entries = database.fetch(read_values, MARCH), database.fetch(history, MARCH)
    choice = {
        "period": "2025-03",
        "values": [{"metric_name": "nrr", "metric_value": 100.25}],
        "release": ["orr"],
        "notes": "from the books",
    }
    status, checked = post(client, CHECK, choice)
    assert (status, checked["data"]["faults"]) == (200, [])
    assert (database.fetch(read_values, MARCH), database.fetch(history, MARCH)) == (before, entries)
    _, stored = post(client, BATCH, {**choice, "entered_by": "Ann"})
    assert [stored["data"][part] for part in ("changes", "smartnumbers")] == [
        checked["data"][part] for part in ("changes", "smartnumbers")
    ]
    assert stored["data"]["smartnumbers"]


def test_a_check_names_every_value_that_is_refused_in_the_sentence_of_a_batch(
    client: FlaskClient, database: Database
) -> None:
    wrong = [
        {"metric_name": "mrr", "metric_value": -1},
        {"metric_name": "employees", "metric_value": 8.123},
    ]
    right = {"metric_name": "nrr", "metric_value": -1}
    status, checked = post(client, CHECK, {"period": "2025-03", "values": [*wrong, right]})
    assert status == 200
    assert [(each["name"], each["code"]) for each in checked["data"]["faults"]] == [
        ("mrr", "INVALID_VALUE"),
        ("employees", "INVALID_VALUE"),
    ]
    assert checked["data"]["changes"] == [{"name": "nrr", "old_value": None, "new_value": -1}]
    for value, fault in zip(wrong, checked["data"]["faults"], strict=True):
        _, rejected = post(client, BATCH, {"period": "2025-03", "values": [value], "entered_by": "Ann"})
        assert rejected["error"]["message"] == f"metric_value: {fault['message']}"
    assert database.fetch(read_values, MARCH) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"period": "2025-06"}, "INVALID_PERIOD"),
        ({"values": [{"metric_name": "x", "metric_value": 1}]}, "UNKNOWN_METRIC"),
        ({"values": [{"metric_name": "mrr", "metric_value": "1"}]}, "INVALID_VALUE"),
        ({"values": [{"metric_name": "mrr", "metric_value": 1}] * 2}, "DUPLICATE_METRIC"),
        ({"entered_by": " "}, "MISSING_FIELD"),
        ({"notes": "x" * 2001}, "INVALID_FIELD"),
        ({"colour": "red"}, "UNKNOWN_FIELD"),
    ],
)
def test_a_check_refuses_what_is_no_choice(client: FlaskClient, change: dict[str, object], code: str) -> None:
    status, told = post(client, CHECK, {"period": "2025-03", "values": [], **change})
    assert (status, told["error"]["code"]) == (400, code)


def test_a_check_of_nothing_finds_nothing(client: FlaskClient) -> None:
    _, told = post(client, CHECK, {"period": "2025-03", "values": []})
    assert told["data"] == {"period": "2025-03", "changes": [], "smartnumbers": [], "faults": []}
