"""What leaves in a spreadsheet file: text stays text, whatever it looks like."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.files.cells import csv_text, safe_text

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cells(*row: object) -> list[str]:
    text = csv_text(["a"] * len(row), [row]).encode().decode("utf-8-sig")
    _, read = csv.reader(io.StringIO(text, newline=""))
    return read


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\n=1",
        "-",
        "+",
        "--1",
        "-1e",
        "-NaN",
        "-Infinity",
        "\uff1d1+1",
        "\uff0b1",
        " \uff0d1",
        "\uff20SUM(A1)",
    ],
)
def test_what_a_spreadsheet_would_take_for_a_formula_leaves_as_text(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-5", "+5", "-5.25", "-.5", "+1e10", "5", "Help Desk", "a=b", "", "1-2", "'=1"]
)
def test_numbers_and_ordinary_text_leave_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_absent_values_decimals_and_moments_are_written_exactly() -> None:
    moment = datetime(2025, 3, 1, 6, tzinfo=UTC)
    assert cells(None, Decimal("-1E+3"), Decimal("0.10"), 0, moment, date(2025, 3, 1), True, False) == [
        "",
        "-1000",
        "0.10",
        "0",
        "2025-03-01 06:00:00+00:00",
        "2025-03-01",
        "yes",
        "no",
    ]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_text_comes_back_whole_and_never_as_a_formula(text: str) -> None:
    (cell,) = cells("x" + text)
    assert cell == "x" + text
    (cell,) = cells(text, "end")[:1]
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.startswith(DANGEROUS) or float(cell) == float(text)
