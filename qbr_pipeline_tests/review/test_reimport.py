"""What left as a file comes back: an export or a template changes nothing, one cell that is changed is one change."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from qbr_pipeline.files.exports import export_table, export_workbook
from qbr_pipeline.files.kinds import FileFormat, Subject
from qbr_pipeline.files.reading.read_file import Answers
from qbr_pipeline.periods import Month
from qbr_pipeline.review.import_previews import Upload, preview
from qbr_pipeline.review.importing import Person, import_file
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import history
from qbr_pipeline_tests.entries import set_values
from qbr_pipeline_tests.store.conftest import Collector

NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
YEAR = list(Month.span(Month(2025, 1), Month(2025, 12)))
MARCH = Month(2025, 3)
FILES: dict[str, Callable[[Database], bytes]] = {
    "numbers.xlsx": lambda database: export_workbook(database, YEAR[:6], NOW),
    "template.xlsx": lambda database: export_workbook(database, YEAR, NOW, to_fill=True),
    "numbers.csv": lambda database: export_table(database, Subject.METRICS, YEAR[:6], FileFormat.CSV, NOW),
}


@pytest.fixture
def filled(database: Database) -> Database:
    """March and April 2025: collected, entered and derived values, a total by hand, and much that is absent."""
    collector = Collector(database)
    collector.connectwise([collector.ticket(1), collector.ticket(2, created=False)], [collector.entry(9)])
    expenses = ("employee_expense", "owner_comp_taxes", "owner_comp", "product_cogs", "other_expenses")
    values = {key: Decimal("1000.10") for key in ("mrr", "nrr", "orr", "product_sales", *expenses)}
    set_values(database, MARCH, values, by="Ann", note="=1+1", now=NOW)
    values = {"total_revenue": Decimal(5000), "employees": Decimal("8.5")}
    set_values(database, Month(2025, 4), values, by="Bob", now=NOW)
    return database


@pytest.mark.parametrize("name", FILES)
def test_what_left_and_comes_back_changes_nothing(filled: Database, name: str) -> None:
    before = filled.fetch(history, MARCH)
    upload = Upload(name, FILES[name](filled), Answers())
    found = preview(filled, upload, NOW)
    assert (found.refused, found.unknown, found.writes) == ((), (), [])
    assert len(found.cells) == 13, "nine that were entered, three that were collected, and April's employees"
    done = import_file(filled, Settings.read({}).review, upload, Person("Eve"), NOW)
    assert (done.id, done.changed) == (None, 0)
    assert filled.fetch(history, MARCH) == before


def test_a_cell_that_was_filled_in_is_the_one_change(filled: Database) -> None:
    book = load_workbook(io.BytesIO(FILES["template.xlsx"](filled)))
    sheet = book["Months"]
    column = next(cell.column for cell in sheet[4] if cell.value == "May 2025")
    row = next(cells[1].row for cells in sheet.iter_rows(min_row=5) if cells[1].value == "mrr")
    sheet.cell(row, column).value = 1234.5
    changed = io.BytesIO()
    book.save(changed)
    found = preview(filled, Upload("template.xlsx", changed.getvalue(), Answers()), NOW)
    assert (found.refused, found.unknown) == ((), ())
    assert [(str(each.value.month), each.value.metric, each.value.value) for each in found.writes] == [
        ("2025-05", "mrr", Decimal("1234.50"))
    ]
