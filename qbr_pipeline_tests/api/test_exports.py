"""Files for spreadsheets: what they hold, and that no text of anybody becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.entries import set_value

NOW = datetime(2025, 5, 15, 12, 0, tzinfo=UTC)

Enter = Callable[..., None]
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


def xlsx_rows(answer: Any) -> dict[str, dict[str, Any]]:
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    header, *rows = sheet.iter_rows()
    names = [cell.value for cell in header]
    return {row[names.index("name")].value: dict(zip(names, row, strict=True)) for row in rows}


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
    rows = xlsx_rows(fetch(client, "metrics", period=period, format="xlsx"))
    assert list(rows) == list(METRICS)
    assert [rows[name]["value"].value for name in ("mrr", "nrr", "orr")] == [1234.5, 0, None]
    assert rows["mrr"]["value"].data_type == "n"


@pytest.mark.parametrize("period", ["2025-03", "2025-Q1"])
def test_smartnumbers_as_both(client: FlaskClient, enter: Enter, period: str) -> None:
    enter("2025-03", new_mrr="5", lost_mrr="1")
    as_csv = csv_rows(fetch(client, "smartnumbers", period=period))
    as_xlsx = xlsx_rows(fetch(client, "smartnumbers", period=period, format="xlsx"))
    assert list(as_csv) == list(as_xlsx) == list(SMARTNUMBERS)
    assert (as_csv["net_mrr_gain"]["value"], as_xlsx["net_mrr_gain"]["value"].value) == ("4.0000", 4)
    assert (as_csv["rhem"]["value"], as_xlsx["rhem"]["value"].value) == ("", None)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_note_or_name_that_looks_like_a_formula_stays_text(
    client: FlaskClient, database: Database, text: str
) -> None:
    by = text.strip()
    set_value(database, Month(2025, 3), "mrr", Decimal(5), by=by, note=f"{text}", now=NOW)
    in_csv = csv_rows(fetch(client, "metrics", period="2025-03"))["mrr"]
    assert in_csv["entered_by"] == f"'{by}"
    assert in_csv["notes"].startswith("'")
    in_xlsx = xlsx_rows(fetch(client, "metrics", period="2025-03", format="xlsx"))["mrr"]
    assert (in_xlsx["entered_by"].value, in_xlsx["entered_by"].data_type) == (by, "s")
    assert in_xlsx["notes"].data_type == "s"


def test_control_characters_do_not_break_a_workbook(client: FlaskClient, database: Database) -> None:
    set_value(database, Month(2025, 3), "mrr", Decimal(5), by="Ann", note="a\x01b\x0bc", now=NOW)
    rows = xlsx_rows(fetch(client, "metrics", period="2025-03", format="xlsx"))
    assert rows["mrr"]["notes"].value == "abc"
