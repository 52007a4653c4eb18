"""The workbook computed anew by a spreadsheet: every formula gives what the engine gives, also for another input."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from qbr_pipeline.files.workbook import workbook
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.figures import Figures
from qbr_pipeline_tests.files.figures import CURRENT, figures_of, inputs_of
from qbr_pipeline_tests.files.libreoffice import needs_libreoffice, recalculated

pytestmark = needs_libreoffice

MONTHS = list(Month.span(Month(2023, 4), CURRENT))
QUARTERS = list(dict.fromkeys(month.quarter for month in MONTHS))
CHANGES: list[tuple[Month, str, str | None]] = [
    (Month(2024, 7), "mrr", "123456.78"),
    (Month(2024, 11), "first_time_appointments", "0"),
    (Month(2024, 8), "technical_employees", None),
    (CURRENT, "employees", "9.5"),
]
"""Inputs that are changed: another number, zero, absent, in the month in progress."""


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> list[Workbook]:
    """The workbook as it leaves, and with each of CHANGES, after LibreOffice has computed every formula anew."""
    work = tmp_path_factory.mktemp("recalculated")
    made = workbook(figures_of(inputs_of(MONTHS)))
    files = [work / f"{number}.xlsx" for number in range(len(CHANGES) + 1)]
    files[0].write_bytes(with_wrong_results(made))
    for file, change in zip(files[1:], CHANGES, strict=True):
        file.write_bytes(with_another_input(made, *change))
    return [load_workbook(file, data_only=True) for file in recalculated(work, files)]


def with_wrong_results(content: bytes) -> bytes:
    """The workbook with -7 as the stored result of every formula: what is right afterwards was computed."""
    spoiled = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(spoiled, "w") as written:
        for name in parts.namelist():
            part = parts.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb"</f><v>[^<]*</v>", b"</f><v>-7</v>", part)
            written.writestr(name, part)
    return spoiled.getvalue()


def with_another_input(content: bytes, month: Month, key: str, value: str | None) -> bytes:
    book = load_workbook(io.BytesIO(content))
    sheet = book["Months"]
    column = next(cell.column for cell in sheet[4] if cell.value == f"{month.first_day:%b %Y}")
    row = next(cells[1].row for cells in sheet.iter_rows(min_row=5) if cells[1].value == key)
    sheet.cell(row, column).value = None if value is None else float(value)
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


def numbers_of(book: Workbook, sheet: str) -> dict[str, dict[str, Decimal | None]]:
    """The numbers of a sheet by key and heading; None: the cell shows nothing."""
    grid = book[sheet]
    heads = [cell.value for cell in grid[4]]
    return {
        str(row[1].value): {
            str(head): _number(cell.value) for head, cell in list(zip(heads, row, strict=True))[3:] if head
        }
        for row in grid.iter_rows(min_row=5, max_col=len(heads))
        if row[1].value
    }


def _number(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def assert_computed(book: Workbook, figures: Figures) -> None:
    """Every derived metric, quarter and SmartNumber, to the decimals that are stored."""
    computed = {
        sheet: numbers_of(book, sheet)
        for sheet in ("Months", "Quarters", "SmartNumbers", "SmartNumbers by month")
    }
    assert len(figures.quarters) == 9
    for month, facts in figures.facts.items():
        head = f"{month.first_day:%b %Y}"
        for key, metric in METRICS.items():
            found = computed["Months"][key][head]
            assert _stored(found, metric.unit.decimals) == facts.values.get(key), (key, head)
        _assert_smartnumbers(computed["SmartNumbers by month"], figures.smartnumbers[month], head)
    for quarter, values in figures.quarters.items():
        head = f"Q{quarter.number} {quarter.year}"
        for key, metric in METRICS.items():
            expected = values[key].value if key in values else None
            assert _stored(computed["Quarters"][key][head], metric.unit.decimals) == expected, (key, head)
        _assert_smartnumbers(computed["SmartNumbers"], figures.smartnumbers[quarter], head)


def _assert_smartnumbers(
    computed: Mapping[str, Mapping[str, Decimal | None]], expected: Mapping[str, Any], head: str
) -> None:
    for key in SMARTNUMBERS:
        assert _stored(computed[key][head], 4) == expected[key].value, (key, head)


def _stored(value: Decimal | None, decimals: int) -> Decimal | None:
    """What a double that was rounded says, to the decimals that it was rounded to."""
    return None if value is None else value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def test_a_spreadsheet_computes_what_the_engine_computes(computed: list[Workbook]) -> None:
    figures = figures_of(inputs_of(MONTHS))
    values = [number.value for quarter in QUARTERS for number in figures.smartnumbers[quarter].values()]
    assert values.count(None) > 5, "absent ones are among them"
    assert len(values) - values.count(None) > 100
    assert_computed(computed[0], figures)


def test_months_used_are_those_of_the_engine(computed: list[Workbook]) -> None:
    figures = figures_of(inputs_of(MONTHS))
    used = numbers_of(computed[0], "Months used")
    for quarter in figures.quarters:
        for key, number in figures.smartnumbers[quarter].items():
            months = [month for month in quarter.months if month in figures.facts]
            flagged = [month for month in months if used[key][f"{month.first_day:%b %Y}"] == 1]
            assert flagged == list(number.months_used), (key, quarter)


def test_no_cell_shows_an_error(computed: list[Workbook]) -> None:
    for book in computed:
        for sheet in book.worksheets:
            values = [str(value) for row in sheet.iter_rows(values_only=True) for value in row]
            assert [value for value in values if value.startswith("#")] == []


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_one_input_that_is_changed_gives_what_the_engine_gives_for_it(
    computed: list[Workbook], number: int
) -> None:
    month, key, value = CHANGES[number]
    inputs = inputs_of(MONTHS)
    assert inputs[month].get(key) != (None if value is None else Decimal(value))
    inputs[month].pop(key, None)
    if value is not None:
        inputs[month][key] = Decimal(value)
    assert_computed(computed[number + 1], figures_of(inputs))


def test_the_quarters_are_eight_whole_ones_and_the_one_in_progress() -> None:
    assert [str(each) for each in QUARTERS] == [
        *("2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2"),
    ]
