"""Payroll through the API: said instead of employee expense, which follows from it and from the owner's pay."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

BATCH, CHECK = (f"/api/qbr/metrics/manual{end}" for end in ("/batch", "/check"))
PAY = [
    {"metric_name": "owner_comp", "metric_value": 9000},
    {"metric_name": "owner_comp_taxes", "metric_value": 2000.5},
]


def post(client: FlaskClient, address: str, **said: object) -> tuple[int, Any]:
    answer = client.post(address, json={"period": "2025-03", "values": [], "entered_by": "Ann", **said})
    return answer.status_code, answer.get_json()


def month(client: FlaskClient) -> Any:
    return client.get("/api/qbr/metrics/monthly?period=2025-03").get_json()["data"]


def test_payroll_gives_employee_expense_and_follows_the_owners_pay(client: FlaskClient) -> None:
    status, told = post(client, BATCH, values=PAY, payroll=50000)
    assert status == 200
    assert {each["name"]: each["value"] for each in told["data"]["metrics"]}["employee_expense"] == 38999.5
    post(client, BATCH, values=[{**PAY[0], "metric_value": 10000}])
    now = month(client)
    [expense] = [each for each in now["metrics"] if each["name"] == "employee_expense"]
    assert (now["payroll"], expense["value"], expense["source"]) == (50000, 37999.5, "manual")
    assert expense["notes"].startswith("computed: payroll $50,000 less Owner Compensation $10,000 and")


def test_what_would_follow_from_payroll_and_what_is_wrong_with_it_is_told_before(client: FlaskClient) -> None:
    _, told = post(client, CHECK, values=PAY, payroll=50000)
    assert {"name": "employee_expense", "old_value": None, "new_value": 38999.5} in told["data"]["changes"]
    _, told = post(client, CHECK, payroll=50000)
    [fault] = told["data"]["faults"]
    assert (fault["name"], fault["code"]) == ("payroll", "INVALID_VALUE")
    status, told = post(client, BATCH, payroll=50000)
    assert (status, told["error"]["code"], told["error"]["field"]) == (400, "INVALID_VALUE", "payroll")
    assert told["error"]["message"].endswith("of 2025-03 must be entered first, or together with it")
