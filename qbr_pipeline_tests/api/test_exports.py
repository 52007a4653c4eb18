"""Files for spreadsheets: what they hold, and that no text of anybody becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pyarrow import parquet

from qbr_pipeline.files.reading.read_file import Answers, read_file
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.entries import set_value

NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)

Enter = Callable[..., None]
SHEETS = {"2025-03": ("Months", "Mar 2025"), "2025-Q1": ("Quarters", "Q1 2025")}
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")']


def fetch(client: FlaskClient, subject: str, **parameters: str) -> Any:
    answer = client.get(f"/api/qbr/export/{subject}", query_string=parameters)
    assert answer.status_code == 200
    extension = parameters.get("format", "csv")
    assert f"{subject}-{parameters['period']}.{extension}" in answer.headers["Content-Disposition"]
    return answer


def csv_rows(answer: Any) -> dict[str, dict[str, str]]:
    text = answer.data.decode("utf-8-sig")
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def xlsx_rows(answer: Any, sheet: str, key: str = "Key") -> dict[str, dict[str, Any]]:
    """The cells of a sheet, by the value of one column and by heading."""
    rows = list(load_workbook(io.BytesIO(answer.data), data_only=True)[sheet].iter_rows())
    header = next(row for row in rows if key in [cell.value for cell in row])
    names = [cell.value for cell in header]
    below = rows[rows.index(header) + 1 :]
    found = {row[names.index(key)].value: dict(zip(names, row, strict=True)) for row in below}
    return {name: row for name, row in found.items() if name}


@pytest.mark.parametrize("period", ["2025-03", "2025-Q1"])
def test_metrics_as_csv_hold_every_metric_exactly_and_nothing_for_what_is_absent(
    client: FlaskClient, enter: Enter, period: str
) -> None:
    enter("2025-03", cash_reserve="9999999999.99", nrr="0", product_sales="-5")
    rows = csv_rows(fetch(client, "metrics", period=period))
    assert list(rows) == list(METRICS)
    assert [rows[name]["value"] for name in ("cash_reserve", "nrr", "product_sales", "mrr")] == [
        "9999999999.99",
        "0.00",
        "-5.00",
        "",
    ]


@pytest.mark.parametrize("period", ["2025-03", "2025-Q1"])
def test_metrics_as_xlsx_hold_numbers_as_numbers(client: FlaskClient, enter: Enter, period: str) -> None:
    enter("2025-03", mrr="1234.5", nrr="0")
    sheet, head = SHEETS[period]
    rows = xlsx_rows(fetch(client, "metrics", period=period, format="xlsx"), sheet)
    assert list(rows) == list(METRICS)
    assert [rows[name][head].value for name in ("mrr", "nrr", "orr")] == [1234.5, 0, None]
    assert rows["mrr"][head].data_type == "n"


@pytest.mark.parametrize("period", ["2025-03", "2025-Q1"])
def test_smartnumbers_as_both(client: FlaskClient, enter: Enter, period: str) -> None:
    enter("2025-03", new_mrr="5", lost_mrr="1")
    as_csv = csv_rows(fetch(client, "smartnumbers", period=period))
    sheet, head = (
        ("SmartNumbers by month", "Mar 2025") if period == "2025-03" else ("SmartNumbers", "Q1 2025")
    )
    as_xlsx = xlsx_rows(fetch(client, "smartnumbers", period=period, format="xlsx"), sheet)
    assert list(as_csv) == list(as_xlsx) == list(SMARTNUMBERS)
    assert (as_csv["net_mrr_gain"]["value"], as_xlsx["net_mrr_gain"][head].value) == ("4.0000", 4)
    assert (as_csv["rhem"]["value"], as_xlsx["rhem"][head].value) == ("", None)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_note_or_name_that_looks_like_a_formula_stays_text(
    client: FlaskClient, database: Database, text: str
) -> None:
    by = text.strip()
    set_value(database, Month(2025, 3), "mrr", Decimal(5), by=by, note=f"{text}", now=NOW)
    in_csv = csv_rows(fetch(client, "metrics", period="2025-03"))["mrr"]
    assert in_csv["entered_by"] == f"'{by}"
    assert in_csv["notes"].startswith("'")
    answer = fetch(client, "metrics", period="2025-03", format="xlsx")
    in_xlsx = xlsx_rows(answer, "Entered by hand", "Metric")["Monthly Recurring Revenue (MRR)"]
    assert (in_xlsx["Entered by"].value, in_xlsx["Entered by"].data_type) == (by, "s")
    assert in_xlsx["Note"].data_type == "s"


def test_control_characters_do_not_break_a_workbook(client: FlaskClient, database: Database) -> None:
    set_value(database, Month(2025, 3), "mrr", Decimal(5), by="Ann", note="a\x01b\x0bc", now=NOW)
    answer = fetch(client, "metrics", period="2025-03", format="xlsx")
    rows = xlsx_rows(answer, "Entered by hand", "Metric")
    assert rows["Monthly Recurring Revenue (MRR)"]["Note"].value == "abc"


def test_any_months_are_one_table(client: FlaskClient, enter: Enter) -> None:
    enter("2024-11", mrr="1")
    enter("2025-02", mrr="2")
    answer = client.get(
        "/api/qbr/export/metrics", query_string={"from_period": "2024-11", "to_period": "2025-02"}
    )
    assert "metrics-2024-11-to-2025-02.csv" in answer.headers["Content-Disposition"]
    rows = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert [(row["period"], row["value"]) for row in rows if row["name"] == "mrr"] == [
        ("2024-11", "1.00"),
        ("2024-12", ""),
        ("2025-01", ""),
        ("2025-02", "2.00"),
    ]
    read_back = read_file(answer.data, Answers()).values
    assert read_back is not None
    assert read_back.faults == read_back.unknown == []
    assert {(str(month), key): each.value for (month, key), each in read_back.values.items()} == {
        ("2024-11", "mrr"): Decimal("1.00"),
        ("2025-02", "mrr"): Decimal("2.00"),
    }


def test_quarters_are_a_range_too_and_parquet_holds_exact_decimals(client: FlaskClient, enter: Enter) -> None:
    enter("2024-11", new_mrr="10000000.01", lost_mrr="0")
    asked = {"from_period": "2024-Q4", "to_period": "2025-Q1", "format": "parquet"}
    answer = client.get("/api/qbr/export/smartnumbers", query_string=asked)
    assert "smartnumbers-2024-Q4-to-2025-Q1.parquet" in answer.headers["Content-Disposition"]
    table = parquet.read_table(io.BytesIO(answer.data))
    assert table.schema.field("value").type == pyarrow.decimal128(20, 4)
    assert table.schema.metadata == {b"qbr.schema_version": b"1", b"qbr.table": b"smartnumbers"}
    gained = [row for row in table.to_pylist() if row["name"] == "net_mrr_gain"]
    assert [(row["period"], row["value"], row["provisional"]) for row in gained] == [
        ("2024-Q4", Decimal("10000000.0100"), True),
        ("2025-Q1", None, True),
    ]


def test_a_workbook_of_a_year_holds_its_months_and_quarters(client: FlaskClient, enter: Enter) -> None:
    enter("2025-02", mrr="2", nrr="0")
    asked = {"from_period": "2024-Q2", "to_period": "2025-Q2", "format": "xlsx", "paper": "a4"}
    answer = client.get("/api/qbr/export/metrics", query_string=asked)
    months = xlsx_rows(answer, "Months")["mrr"]
    assert list(months)[3:] == [
        *(f"{month} 2024" for month in ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]),
        *(f"{month} 2025" for month in ["Jan", "Feb", "Mar", "Apr", "May"]),
    ]
    assert (months["Feb 2025"].value, months["Mar 2025"].value) == (2, None)
    quarters = xlsx_rows(answer, "Quarters")["mrr"]
    assert (quarters["Q1 2025"].value, quarters["Q2 2025"].value) == (2, None)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from_period": "2025-03", "to_period": "2025-02"}, "from_period"),
        ({"from_period": "2025-Q1", "to_period": "2025-02"}, "from_period"),
        ({"from_period": "2014-01", "to_period": "2025-02"}, "from_period"),
        ({"from_period": "2025-06"}, "from_period"),
        ({"to_period": "2025-06"}, "to_period"),
        ({"period": "2025-03", "to_period": "2025-04"}, "period"),
    ],
)
def test_what_is_no_range_of_months_is_rejected(
    client: FlaskClient, enter: Enter, asked: dict[str, str], field: str
) -> None:
    enter("2025-03", mrr="1")
    answer = client.get("/api/qbr/export/metrics", query_string=asked)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (400, "INVALID_PERIOD", field)
