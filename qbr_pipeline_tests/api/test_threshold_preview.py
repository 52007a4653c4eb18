"""What thresholds mark before they are set: by the same rule that marks values afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.metrics.catalogue import METRICS, Better
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS

Enter = Callable[..., None]
CREATED = "reactive_tickets_created"


def ask(client: FlaskClient, **parameters: str) -> tuple[int, Any]:
    answer = client.get("/api/qbr/thresholds/preview", query_string=parameters)
    return answer.status_code, answer.get_json()


def marks(client: FlaskClient, name: str, **limits: str) -> dict[str, tuple[Any, str]]:
    status, told = ask(client, metric_name=name, **limits)
    assert status == 200
    [subject] = told["data"]["subjects"]
    return {
        each["period"]: (each["value"], each["status"])
        for each in subject["months"]
        if each["value"] is not None
    }


def set_threshold(client: FlaskClient, name: str, type_: str, value: float) -> None:
    body = {"metric_name": name, "threshold_type": type_, "threshold_value": value}
    assert client.post("/api/qbr/thresholds", json=body).status_code == 200


def test_without_a_name_every_number_with_a_direction_is_listed(reader: FlaskClient) -> None:
    status, told = ask(reader)
    assert status == 200
    subjects = told["data"]["subjects"]
    expected = [
        each.key for each in (*SMARTNUMBERS.values(), *METRICS.values()) if each.better is not Better.NEITHER
    ]
    assert [each["name"] for each in subjects] == expected
    assert {each["kind"] for each in subjects} == {"smartnumber", "metric"}
    assert all(len(each["months"]) == 13 and each["months"][-1]["period"] == "2025-05" for each in subjects)


def test_an_absent_month_holds_null_and_is_not_compared(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="0")
    _, told = ask(client, metric_name="mrr", warning="1")
    months = {each["period"]: each for each in told["data"]["subjects"][0]["months"]}
    assert (months["2025-03"]["value"], months["2025-03"]["status"]) == (0, "warning")
    assert (months["2025-02"]["value"], months["2025-02"]["status"]) == (None, "unknown")


def test_at_the_limit_counts_and_the_critical_one_goes_before(client: FlaskClient, enter: Enter) -> None:
    for month, tickets in (("2025-01", "22"), ("2025-02", "23"), ("2025-03", "24"), ("2025-04", "25")):
        enter(month, **{CREATED: tickets})
    assert marks(client, CREATED, warning="23", critical="24.5") == {
        "2025-01": (22, "ok"),
        "2025-02": (23, "warning"),
        "2025-03": (24, "warning"),
        "2025-04": (25, "critical"),
    }


def test_the_bad_direction_of_a_smartnumber_is_its_own(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", reactive_tickets_created="100", reactive_tickets_closed="97")
    assert marks(client, "total_close_pct", warning="0.97")["2025-03"] == (0.97, "warning")
    assert marks(client, "total_close_pct", warning="0.9699")["2025-03"] == (0.97, "ok")


def test_a_value_that_still_grows_is_not_compared_and_one_that_does_not_is(
    client: FlaskClient, enter: Enter
) -> None:
    enter("2025-05", **{CREATED: "900", "endpoints_managed": "900"})
    assert marks(client, CREATED, warning="1")["2025-05"] == (900, "unknown")
    assert marks(client, "endpoints_managed", warning="1000")["2025-05"] == (900, "warning")


def test_the_thresholds_of_the_request_go_in_place_of_those_that_are_set_and_set_nothing(
    client: FlaskClient, enter: Enter
) -> None:
    enter("2025-03", mrr="100")
    set_threshold(client, "mrr", "warning", 150)
    status, told = ask(client)
    assert status == 200
    [subject] = [each for each in told["data"]["subjects"] if each["name"] == "mrr"]
    assert subject["limits"] == {"warning": 150, "critical": None}
    assert marks(client, "mrr")["2025-03"] == (100, "unknown")
    assert marks(client, "mrr", critical="100")["2025-03"] == (100, "critical")
    stored = client.get("/api/qbr/thresholds").get_json()["data"]["thresholds"]
    assert [(each["threshold_type"], each["threshold_value"]) for each in stored] == [("warning", 150)]


def test_a_preview_marks_what_the_table_marks_once_it_is_set(client: FlaskClient, enter: Enter) -> None:
    for number, month in enumerate(("2025-01", "2025-02", "2025-03", "2025-04", "2025-05")):
        enter(month, mrr=str(100 + number), **{CREATED: str(20 + number)})
    for name, warning, critical in (("mrr", "103", "101"), (CREATED, "21", "23")):
        before = marks(client, name, warning=warning, critical=critical)
        set_threshold(client, name, "critical", float(critical))
        set_threshold(client, name, "warning", float(warning))
        table = client.get("/api/qbr/metrics/table").get_json()["data"]
        [line] = [each for each in table["metrics"] if each["name"] == name]
        stored = dict(zip([month["period"] for month in table["months"]], line["statuses"], strict=True))
        assert {month: status for month, (_, status) in before.items()} == {
            month: stored[month] for month in before
        }


@pytest.mark.parametrize(
    ("parameters", "code", "field"),
    [
        ({"metric_name": "owner_comp"}, "INVALID_THRESHOLD", "metric_name"),
        ({"metric_name": "no such metric"}, "UNKNOWN_METRIC", "metric_name"),
        ({"warning": "1"}, "INVALID_THRESHOLD", None),
        ({"metric_name": "mrr", "warning": "1e5"}, "INVALID_VALUE", "warning"),
        ({"metric_name": "mrr", "warning": "NaN"}, "INVALID_VALUE", "warning"),
        ({"metric_name": "mrr", "critical": ""}, "INVALID_VALUE", "critical"),
        ({"metric_name": "mrr", "critical": "\u0663"}, "INVALID_VALUE", "critical"),
        ({"metric_name": "mrr", "colour": "red"}, "UNKNOWN_FIELD", "colour"),
    ],
)
def test_what_cannot_be_previewed_is_rejected_with_the_field_at_fault(
    reader: FlaskClient, parameters: dict[str, str], code: str, field: str | None
) -> None:
    status, told = ask(reader, **parameters)
    assert (status, told["error"]["code"], told["error"].get("field")) == (400, code, field)


def test_a_rejected_threshold_names_its_place_in_the_list(client: FlaskClient) -> None:
    def post(body: object) -> str | None:
        answer = client.post("/api/qbr/thresholds", json=body)
        assert answer.status_code == 400
        return answer.get_json()["error"].get("field")

    def one(type_: str, value: float) -> dict[str, object]:
        return {"metric_name": "mrr", "threshold_type": type_, "threshold_value": value}

    assert post([one("critical", 5), one("warning", 0.00001)]) == "[1].threshold_value"
    assert post([one("critical", 9), one("warning", 5)]) == "[1].threshold_value"
    assert post(one("critical", 0.00001)) == "threshold_value"
    assert post({**one("critical", 1), "colour": "red"}) == "colour"


def test_what_a_label_leaves_open_is_said_in_a_note(client: FlaskClient, enter: Enter) -> None:
    enter("2025-03", mrr="100")
    defined = client.get("/api/qbr/metrics/definitions").get_json()["data"]["smartnumbers"]
    answered = client.get("/api/qbr/smartnumbers?period=2025-03").get_json()["data"]["smartnumbers"]
    expected = {
        "avg_resolution_time": "hours worked per closed ticket",
        "avg_mrr_per_agreement": "per agreement",
    }
    for told in (defined, answered):
        assert {each["name"]: each["note"] for each in told if each["note"] is not None} == expected
