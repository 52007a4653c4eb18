"""Books over the API: accounts over months, the mapping with who and when, and a preview that stores nothing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import write_mappings
from qbr_pipeline.store.books import publish_books
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.api.conftest import NOW
from qbr_pipeline_tests.books import EVERYTHING, OTHER_INCOME, books, full_month, line, month

MARCH, APRIL = Month(2025, 3), Month(2025, 4)


@pytest.fixture
def kept(database: Database) -> Database:
    """Books of two months, of which one account counts as nothing and another stands in one that only holds it."""
    write_mappings(database, EVERYTHING, by="Kim")
    inside = line("4301", "70", parents=("4300-4399",), parent_names=("Resale",), name="Licences")
    lines = (*full_month(APRIL).lines, line("8000", "3.50", OTHER_INCOME, name="Interest"), inside)
    publish_books(
        database,
        books(full_month(MARCH), month(*lines, of=APRIL)),
        run_id="run",
        now=NOW,
        read_from="books.xlsx",
    )
    return database


def read(client: FlaskClient, path: str, **parameters: str) -> dict[str, Any]:
    answer = client.get(f"/api/qbr{path}", query_string=parameters)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def send(client: FlaskClient, path: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/api/qbr{path}", json=body)
    return answer.status_code, answer.get_json()


def test_accounts_come_with_their_amounts_over_months_and_what_they_count_as(
    kept: Database, reader: FlaskClient
) -> None:
    told = read(reader, "/books/accounts")
    assert told["months"] == ["2025-03", "2025-04"]
    assert (told["company"], told["basis"], told["read_from"]) == ("Example MSP", "accrual", "books.xlsx")
    accounts = {each["account"]: each for each in told["accounts"]}
    assert accounts["4301"]["amounts"] == [None, 70]
    assert (accounts["4301"]["kind"], accounts["4301"]["counts_as"]) == ("rest", "product_sales")
    assert accounts["4301"]["suggestion"]["counts_as"] == "orr"
    assert (accounts["4300-4399"]["name"], accounts["4300-4399"]["amounts"]) == ("Resale", [])
    assert accounts["4000"]["reason"] == "mapped by Kim"
    assert [each["section"] for each in told["sections"]][:3] == ["income", "cogs", "expenses"]


def test_what_counts_as_nothing_is_listed(kept: Database, reader: FlaskClient) -> None:
    assert [each["name"] for each in read(reader, "/books/unmapped")["accounts"]] == ["Interest"]


def test_a_mapping_is_kept_with_who_and_when_and_the_numbers_follow(
    kept: Database, client: FlaskClient
) -> None:
    status, told = send(
        client,
        "/books/mapping",
        mappings=[{"account": "4200", "counts_as": "mrr", "since": "2025-04", "name": "Hosting"}],
        mapped_by="Ann",
    )
    assert (status, told["data"]) == (200, {"changed": 1, "months": ["2025-04"], "held_back": []})
    [mapping] = [each for each in read(client, "/books/mapping")["mappings"] if each["mapped_by"] == "Ann"]
    assert (mapping["label"], mapping["since"], mapping["key_name"]) == (
        "Monthly Recurring Revenue (MRR)",
        "2025-04",
        "office",
    )
    [metric] = read(client, "/metrics/monthly", period="2025-04", metric_name="mrr")["metrics"]
    assert metric["value"] == 115250


def test_a_mapping_that_holds_months_back_says_so(kept: Database, client: FlaskClient) -> None:
    _, told = send(client, "/books/mapping", removed=[{"section": "income"}], mapped_by="Ann")
    assert [each["period"] for each in told["data"]["held_back"]] == ["2025-03", "2025-04"]
    assert "would count nowhere" in told["data"]["held_back"][0]["sentence"]


def test_a_mapping_can_be_taken_back_and_what_is_not_there_cannot(
    kept: Database, client: FlaskClient
) -> None:
    removal = {"account": "4200", "mapped_by": "Ann"}
    assert client.delete("/api/qbr/books/mapping", query_string=removal).status_code == 200
    assert client.delete("/api/qbr/books/mapping", query_string=removal).status_code == 404
    earlier = read(client, "/books/mapping")["earlier"]
    assert [(each["account"], each["ended_by"]) for each in earlier] == [("4200", "Ann")]


def test_a_preview_shows_every_month_before_and_after_and_stores_nothing(
    kept: Database, client: FlaskClient
) -> None:
    status, told = send(client, "/books/preview", mappings=[{"account": "4200", "counts_as": None}])
    assert status == 200
    months = told["data"]["months"]
    orr = [value for value in months[0]["values"] if value["name"] == "orr"]
    assert [each["period"] for each in months] == ["2025-03", "2025-04"]
    assert (orr[0]["now"], orr[0]["then"], orr[0]["manual"]) == (5000, None, False)
    assert months[1]["unmapped"] == 1
    assert send(client, "/books/preview")[1]["data"]["months"][0]["values"][2]["then"] == 5000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (
            {"mappings": [{"account": "1", "counts_as": "net_profit"}], "mapped_by": "Ann"},
            "mappings[0].counts_as",
        ),
        ({"mappings": [{"account": "1", "section": "income", "counts_as": "mrr"}], "mapped_by": "Ann"}, None),
        ({"mappings": [{"counts_as": "mrr"}], "mapped_by": "Ann"}, None),
        ({"mappings": [{"account": "1", "counts_as": "mrr", "negated": "yes"}], "mapped_by": "Ann"}, None),
        ({"mappings": [{"account": "1", "counts_as": "mrr"}] * 2, "mapped_by": "Ann"}, "mappings"),
        (
            {"mappings": [{"section": "bank accounts", "counts_as": "cash_reserve"}], "mapped_by": "Ann"},
            "mappings",
        ),
        ({"mappings": []}, "mapped_by"),
    ],
)
def test_a_mapping_that_says_nothing_is_refused_by_its_field(
    kept: Database, client: FlaskClient, body: dict[str, Any], field: str | None
) -> None:
    status, told = send(client, "/books/mapping", **body)
    assert status == 400
    if field:
        assert told["error"]["field"] == field


def test_who_may_only_read_maps_nothing(kept: Database, reader: FlaskClient) -> None:
    assert send(reader, "/books/mapping", mappings=[], mapped_by="Ann")[0] == 403


def test_without_books_there_is_nothing_and_no_fault(client: FlaskClient) -> None:
    assert read(client, "/books/accounts")["accounts"] == []
    assert send(client, "/books/preview")[1]["data"]["months"] == []
