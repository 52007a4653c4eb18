"""The workbook: what its cells hold, without a spreadsheet that computes (`test_recalculation` has one)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from qbr_pipeline.files.kinds import Paper
from qbr_pipeline.files.reading.read_file import Answers, read_file
from qbr_pipeline.files.workbook import workbook
from qbr_pipeline.metrics.catalogue import METRICS, find_metric
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.figures import Figures
from qbr_pipeline_tests.files.figures import CURRENT, figures_of, inputs_of

MONTHS = list(Month.span(Month(2024, 1), CURRENT))
KNOWN_TO_EXCEL_2016 = {"IF", "IFERROR", "ROUND", "SUM", "SUMIFS", "COUNT", "AND", "N"}
SHEETS = ["Months", "SmartNumbers", "Quarters", "SmartNumbers by month", "Months used", "Charts"]
WORDS = ["Findings", "Entered by hand", "Definitions"]


@pytest.fixture(scope="module")
def figures() -> Figures:
    inputs = inputs_of(MONTHS)
    inputs[Month(2024, 1)]["mrr"] = Decimal("110250.00")
    inputs[CURRENT]["reactive_tickets_created"] = Decimal(120)
    inputs[Month(2024, 2)]["total_revenue"] = Decimal("500000.00")  # by hand: it wins over its parts
    return figures_of(inputs, manual=[(Month(2024, 1), "mrr")], notes="=1+1")


@pytest.fixture(scope="module")
def made(figures: Figures) -> bytes:
    return workbook(figures)


def rows_of(content: bytes, sheet: str, *, formulas: bool = False) -> dict[str, dict[str, Any]]:
    """The cells of a sheet of numbers by key and heading."""
    grid = load_workbook(io.BytesIO(content), data_only=not formulas)[sheet]
    heads = [cell.value for cell in grid[4]]
    return {
        row[1].value: dict(zip(heads, [cell.value for cell in row], strict=True))
        for row in grid.iter_rows(min_row=5)
        if row[1].value
    }


def all_cells(content: bytes, *, data_only: bool) -> Iterator[tuple[str, Any]]:
    book = load_workbook(io.BytesIO(content), data_only=data_only)
    for sheet in book.worksheets:
        yield from (
            (sheet.title, cell) for row in sheet.iter_rows() for cell in row if cell.value is not None
        )


def as_number(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def test_the_sheets_are_those_of_numbers_charts_and_words(made: bytes) -> None:
    assert load_workbook(io.BytesIO(made)).sheetnames == SHEETS + WORDS


def test_a_month_has_every_metric_and_an_empty_cell_for_what_is_absent(made: bytes, figures: Figures) -> None:
    rows = rows_of(made, "Months")
    assert list(rows) == list(METRICS)
    absent = 0
    for month, head in zip(MONTHS, list(rows["mrr"])[3:], strict=True):
        for key in METRICS:
            assert as_number(rows[key][head]) == figures.facts[month].values.get(key)
            absent += rows[key][head] is None
    assert absent > 20


def test_every_formula_has_the_true_value_as_its_stored_result(made: bytes, figures: Figures) -> None:
    quarters, smartnumbers = rows_of(made, "Quarters"), rows_of(made, "SmartNumbers")
    by_month = rows_of(made, "SmartNumbers by month")
    for quarter, values in figures.quarters.items():
        head = f"Q{quarter.number} {quarter.year}"
        for key in METRICS:
            expected = values[key].value if key in values else None
            assert as_number(quarters[key][head]) == expected
        for key, number in figures.smartnumbers[quarter].items():
            assert as_number(smartnumbers[key][head]) == number.value
    for month, head in zip(MONTHS, list(by_month["rhem"])[3:], strict=True):
        for key, number in figures.smartnumbers[month].items():
            assert as_number(by_month[key][head]) == number.value


def test_quarters_smartnumbers_and_derived_metrics_are_formulas(made: bytes) -> None:
    for sheet, keys in (
        ("Quarters", METRICS),
        ("SmartNumbers", SMARTNUMBERS),
        ("SmartNumbers by month", SMARTNUMBERS),
    ):
        rows = rows_of(made, sheet, formulas=True)
        cells = [cell for key in keys for head, cell in list(rows[key].items())[3:]]
        assert cells
        assert all(str(cell).startswith("=") for cell in cells)
    months = rows_of(made, "Months", formulas=True)
    assert months["net_profit"]["Jan 2024"].startswith("=IF(COUNT(")
    assert months["total_revenue"]["Feb 2024"] == 500_000


def test_formulas_use_only_what_excel_2016_and_libreoffice_7_know(made: bytes) -> None:
    formulas = [cell.value for _, cell in all_cells(made, data_only=False) if cell.data_type == "f"]
    used = {name for formula in formulas for name in re.findall(r"([A-Z][A-Z.]*)\(", formula)}
    assert used <= KNOWN_TO_EXCEL_2016
    assert max(map(len, formulas)) < 8_192


def test_no_cell_begins_as_an_error_does(figures: Figures) -> None:
    inputs = {month: dict(each.values) for month, each in figures.facts.items()}
    odd = workbook(figures_of(inputs, manual=[(MONTHS[0], "mrr")], notes="#12 of the tickets", name="#1 MSP"))
    for data_only in (True, False):
        values = [str(cell.value) for _, cell in all_cells(odd, data_only=data_only)]
        assert [value for value in values if value.startswith("#")] == []


def test_text_that_looks_like_a_formula_is_text_and_stays_so_when_it_is_edited(made: bytes) -> None:
    cells = [cell for sheet, cell in all_cells(made, data_only=False) if sheet in WORDS]
    dangerous = [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert {cell.value for cell in dangerous if cell.data_type != "n"} >= {"=1+1"}
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in dangerous if cell.data_type != "n")


def test_the_same_figures_make_the_same_bytes(made: bytes, figures: Figures) -> None:
    assert workbook(figures) == made


def test_what_is_manual_odd_or_provisional_looks_different(made: bytes) -> None:
    sheet = load_workbook(io.BytesIO(made))["Months"]
    heads = {cell.value: cell.column for cell in sheet[4]}
    rows = {row[1].value: row[1].row for row in sheet.iter_rows(min_row=5)}
    manual = sheet.cell(rows["mrr"], heads["Jan 2024"])
    flagged = sheet.cell(rows["endpoints_managed"], heads["Jan 2024"])
    provisional = sheet.cell(rows["reactive_tickets_created"], heads["May 2025"])
    usual = sheet.cell(rows["reactive_tickets_created"], heads["Feb 2024"])
    assert manual.font.color.rgb == "FF1F4E9E"
    assert flagged.fill.fgColor.rgb == "FFFFE2A8"
    assert "Endpoints fell" in flagged.comment.text
    assert (provisional.font.italic, usual.font.italic) == (True, False)
    assert usual.comment is None


@pytest.mark.parametrize(("paper", "number"), [(Paper.LETTER, "1"), (Paper.A4, "9")])
def test_every_sheet_is_set_up_for_paper_and_keeps_its_heads_in_sight(
    figures: Figures, paper: Paper, number: str
) -> None:
    book = load_workbook(io.BytesIO(workbook(figures, paper)))
    for sheet in book.worksheets:
        orientation = "portrait" if sheet.title == "Charts" else "landscape"
        assert (str(sheet.page_setup.paperSize), sheet.page_setup.orientation) == (number, orientation)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        if sheet.title != "Charts":
            assert sheet.freeze_panes is not None
            assert sheet.print_title_rows


def test_charts_are_the_spreadsheets_own_and_refer_to_the_cells(made: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        charts = [
            parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")
        ]
    assert len(charts) == len(SMARTNUMBERS)
    assert all("SmartNumbers by month" in chart for chart in charts)


def test_a_quarter_of_which_months_were_left_out_is_left_out(figures: Figures) -> None:
    some = {month: dict(figures.facts[month].values) for month in Month.span(Month(2024, 2), Month(2024, 6))}
    heads = list(rows_of(workbook(figures_of(some)), "Quarters")["mrr"])
    assert heads[3:] == ["Q2 2024"]


def test_a_template_marks_the_inputs_that_are_to_be_filled_in() -> None:
    year = figures_of(inputs_of(list(Month.span(Month(2025, 1), Month(2025, 12)))))
    content = workbook(year, to_fill=True)
    sheet = load_workbook(io.BytesIO(content))["Months"]
    heads = {cell.value: cell.column for cell in sheet[4]}
    rows = {row[1].value: row[1].row for row in sheet.iter_rows(min_row=5)}
    to_fill, collected = (sheet.cell(rows[key], heads["Dec 2025"]) for key in ("mrr", "endpoints_managed"))
    assert (to_fill.value, to_fill.fill.fgColor.rgb) == (None, "FFFFFFE0")
    assert collected.fill.fill_type is None
    assert sheet.cell(3, heads["Dec 2025"]).value == "to come"
    assert [str(cell) for cell in rows_of(content, "Quarters")["mrr"]][3:] == [
        f"Q{n} 2025" for n in range(1, 5)
    ]


def values_read_from(content: bytes) -> dict[tuple[Month, str], Decimal]:
    """What an import takes from a file, which it must understand as a whole."""
    found = read_file(content, Answers()).values
    assert found is not None
    assert (found.faults, found.unknown) == ([], [])
    return {key: each.value for key, each in found.values.items()}


@pytest.mark.parametrize("to_fill", [False, True], ids=["export", "template"])
def test_what_is_read_back_is_what_left(to_fill: bool) -> None:
    inputs = inputs_of(MONTHS)
    given = {(month, key): value for month, values in inputs.items() for key, value in values.items()}
    by_hand = list(given)[::3]
    assert values_read_from(workbook(figures_of(inputs, manual=by_hand), to_fill=to_fill)) == given


def test_a_cell_that_somebody_changes_is_read_as_it_is_now(made: bytes) -> None:
    book = load_workbook(io.BytesIO(made))
    row = next(cells[1].row for cells in book["Months"].iter_rows(min_row=5) if cells[1].value == "mrr")
    book["Months"].cell(row, 4).value = 123.45
    changed = io.BytesIO()
    book.save(changed)
    after = values_read_from(changed.getvalue())
    assert after == {**values_read_from(made), (Month(2024, 1), "mrr"): Decimal("123.45")}


def test_every_label_of_the_workbook_names_its_metric(made: bytes) -> None:
    for key, row in rows_of(made, "Months").items():
        assert find_metric(row["Metric"]).key == key
