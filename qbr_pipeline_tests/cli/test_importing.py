"""`qbr import`: a file is shown before it is taken, and undone by its number."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.files.reading.made import csv_bytes

MARCH = Month(2025, 3)
Qbr = Callable[..., Any]


@pytest.fixture(autouse=True)
def _named(named_database: Database) -> None:
    pass


def written(folder: Path, *rows: list[object]) -> str:
    file = folder / "year.csv"
    file.write_bytes(csv_bytes([["", "Feb", "Mar"], *rows]))
    return str(file)


def value_of(database: Database, key: str) -> Decimal | None:
    kept = database.fetch(read_values, MARCH).get(key)
    return kept.value if kept else None


def test_a_file_is_shown_taken_and_undone(qbr: Qbr, database: Database, tmp_path: Path) -> None:
    file = written(tmp_path, ["mrr", 100, 200], ["Heads", 5, 6])
    said = qbr("import", file, "--year", "2025", "--map", "heads=employees", "--yes", "--by", "Ann")
    assert said.code == 0, said
    assert "year.csv: wide grid, 2025-02 to 2025-03." in said.out
    assert "Cells: 4 new, 0 changed, 0 equal, 0 kept." in said.out
    assert "Import 1: 4 values changed, 0 stay. `qbr import --undo 1` undoes it." in said.out
    assert value_of(database, "employees") == 6
    assert "Nothing changed" in qbr("import", file, "--year", "2025", "--yes").out
    assert qbr("import", "--undo", "1").out == "Import 1 is undone: 4 are as before.\n"
    assert value_of(database, "mrr") is None


def test_what_cannot_be_taken_is_one_sentence_and_changes_nothing(
    qbr: Qbr, database: Database, tmp_path: Path
) -> None:
    file = written(tmp_path, ["mrr", 100, "lots"])
    asked = qbr("import", file, "--yes")
    assert (asked.code, asked.err) == (
        1,
        'B1: "Feb" does not say of which year it is: name the year. Nothing was changed.\n',
    )
    refused = qbr("import", file, "--year", "2025", "--yes")
    assert (refused.code, refused.err) == (1, 'C2: "lots" is not a number. Nothing was changed.\n')
    assert value_of(database, "mrr") is None
    assert "there is no import 7" in qbr("import", "--undo", "7").err
