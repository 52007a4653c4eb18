"""`qbr export`: files of any months, and the template of a year."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.entries import set_values

Qbr = Callable[..., Any]
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def directory(named_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a database with a value of March 2025."""
    set_values(named_database, Month(2025, 3), {"mrr": Decimal("110250.5")}, by="Ann", now=NOW)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return empty


def mrr_of(file: Path, month: str) -> object:
    sheet = load_workbook(file, data_only=True)["Months"]
    column = next(cell.column for cell in sheet[4] if cell.value == month)
    return next(row[column - 1].value for row in sheet.iter_rows() if row[1].value == "mrr")


def test_a_workbook_of_the_months_that_are_named_is_written(qbr: Qbr, directory: Path) -> None:
    said = qbr("export", "--from", "2025-01", "--to", "2025-06")
    assert (said.code, said.out) == (0, "Wrote metrics-2025-01-to-2025-06.xlsx: 2025-01 to 2025-06.\n")
    (file,) = directory.iterdir()
    assert (mrr_of(file, "Mar 2025"), mrr_of(file, "Feb 2025")) == (110250.5, None)
    assert file.stat().st_mode & 0o077 == 0


def test_the_ending_says_which_kind_of_file(qbr: Qbr, directory: Path) -> None:
    period = ("--from", "2025-Q1", "--to", "2025-Q2")
    assert qbr("export", "some.csv", *period).code == 0
    assert qbr("export", "some.parquet", "--table", "smartnumbers", *period).code == 0
    rows = csv.DictReader((directory / "some.csv").read_text(encoding="utf-8-sig").splitlines())
    assert [row["value"] for row in rows if row["name"] == "mrr"] == ["110250.50", ""]
    assert "method" in parquet.read_table(directory / "some.parquet").column_names


def test_the_template_of_a_year_holds_what_is_known_and_all_its_months(qbr: Qbr, directory: Path) -> None:
    assert qbr("export", "--template", "2025").code == 0
    (file,) = directory.iterdir()
    assert file.name == "template-2025.xlsx"
    assert (mrr_of(file, "Mar 2025"), mrr_of(file, "Dec 2025")) == (110250.5, None)


def test_a_file_that_is_there_is_never_overwritten(qbr: Qbr, directory: Path) -> None:
    (directory / "template-2025.xlsx").write_text("filled in")
    said = qbr("export", "--template", "2025")
    assert said.code == 2
    assert "template-2025.xlsx exists already: name another file, or remove it first." in said.err
    assert (directory / "template-2025.xlsx").read_text() == "filled in"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["some.pdf"], 'some.pdf: the ending ".pdf" is none of .csv, .xlsx, .parquet.'),
        (["some.csv", "--template", "2025"], 'some.csv: the ending ".csv" is none of .xlsx.'),
        (
            ["--from", "2025-03", "--to", "2025-Q2"],
            "expected two months or two quarters, the older one first",
        ),
        (["--from", "2999-01", "--to", "2999-02"], "2999-02 has not begun yet"),
        (["--from", "2025"], '"2025" is not a period'),
        (["--template", "25"], '"25" is not a year: expected one such as 2026'),
        (["--template", "2025", "--from", "2025-01"], "--template is of a whole year"),
        (["nowhere/some.csv"], "nowhere/some.csv cannot be written: No such file or directory."),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    qbr: Qbr, directory: Path, words: list[str], sentence: str
) -> None:
    said = qbr("export", *words)
    assert said.code == 2
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert list(directory.iterdir()) == []
