"""An owner's own spreadsheet of a year, imported alone, gives the quarterly SmartNumbers that its own formulas give.

The formulas are written here as an owner writes them; LibreOffice computes them, and shares nothing with our engine.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Quarter
from qbr_pipeline.review.import_previews import Upload, preview
from qbr_pipeline.review.importing import Person, import_file
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline_tests.files.libreoffice import needs_libreoffice, recalculated

pytestmark = needs_libreoffice

NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
QUARTERS = [Quarter(2024, number) for number in (1, 2, 3, 4)]
EXPENSES = ("employee_expense", "owner_comp_taxes", "owner_comp", "product_cogs", "other_expenses")
REVENUE = ("nrr", "mrr", "orr", "product_sales")
AVERAGES = ("endpoints_managed", "seats_managed", "employees", "technical_employees", "agreements")
INPUTS: Mapping[str, tuple[str, str]] = {
    "reactive_tickets_created": ("Operations", "# of Reactive Tickets Created"),
    "reactive_tickets_closed": ("Operations", "# of Reactive Tickets Closed"),
    "reactive_time_spent": ("Operations", "Total Time on Reactive Tickets"),
    "endpoints_managed": ("Operations", "Number of Endpoints Managed"),
    "seats_managed": ("Operations", "# Seats Managed"),
    "nrr": ("Revenue", "Non-recurring Revenue"),
    "mrr": ("Revenue", "Monthly Recurring Revenue"),
    "orr": ("Revenue", "ORR"),
    "product_sales": ("Revenue", "Product Sales:"),
    "employee_expense": ("Expenses", "EMPLOYEE EXPENSE"),
    "owner_comp_taxes": ("Expenses", "Owner Comp to pay QTR est taxes"),
    "owner_comp": ("Expenses", "Owner  Compensation"),
    "product_cogs": ("Expenses", "Product Cost of Goods Sold"),
    "other_expenses": ("Expenses", "All Other Expenses"),
    "employees": ("General Information", "Employees"),
    "technical_employees": ("General Information", "Technical Employees"),
    "agreements": ("General Information", "# of Manage Services Agreements"),
    "telemarketing_dials": ("Sales", "Telemarketing Dials"),
    "first_time_appointments": ("Sales", "First Time Appointments"),
    "new_agreements": ("Sales", "No. of New Agreements"),
    "new_mrr": ("Sales", "New MRR"),
    "lost_mrr": ("Sales", "Lost MRR"),
}
"""The inputs, with the section and the wording of an owner."""

SERVICES = "({nrr}+{mrr})"
SMARTNUMBER_FORMULAS = {
    "tickets_per_tech_per_month": "{reactive_tickets_closed}/{technical_employees}/3",
    "total_close_pct": "{reactive_tickets_closed}/{reactive_tickets_created}",
    "tickets_per_endpoint_per_month": "{reactive_tickets_created}/{endpoints_managed}/3",
    "rhem": "{reactive_time_spent}/{endpoints_managed}/3",
    "avg_resolution_time": "{reactive_time_spent}/{reactive_tickets_closed}",
    "reactive_service_pct": "({reactive_time_spent}/3)/({technical_employees}*167)",
    "net_profit_pct": "({total_revenue}-{total_expenses})/{total_revenue}",
    "revenue_from_services_pct": SERVICES + "/{total_revenue}",
    "services_from_mrr_pct": "{mrr}/" + SERVICES,
    "annual_service_rev_per_employee": SERVICES + "/{employees}*4",
    "annual_service_rev_per_tech": SERVICES + "/{technical_employees}*4",
    "avg_aisp": "{mrr}/{seats_managed}/3",
    "avg_mrr_per_agreement": "{mrr}/{agreements}/3",
    "new_mrr_added": "{new_mrr}",
    "lost_mrr_churn": "{lost_mrr}",
    "net_mrr_gain": "{new_mrr}-{lost_mrr}",
    "dials_per_appointment": "{telemarketing_dials}/{first_time_appointments}",
    "sales_call_close_pct": "{new_agreements}/{first_time_appointments}",
}
TOTALS = {"total_revenue": ("Total Revenue", REVENUE), "total_expenses": ("Total Expenses", EXPENSES)}

Columns = Mapping[int, int]
"""The column of each month, 1 to 12."""


def value(chance: random.Random, key: str) -> float | int | str:
    """A value as an owner types it: now and then a little sum, and revenue that was given back."""
    if key in ("employees", "technical_employees"):
        return chance.randrange(8, 30) / 2
    if key == "reactive_time_spent":
        return chance.randrange(10_000, 30_000) / 100
    if key not in (*REVENUE, *EXPENSES, "new_mrr", "lost_mrr"):
        return chance.randrange(5, 600)
    cents = chance.randrange(-200_000 if key in ("nrr", "product_sales") else 100_000, 12_000_000)
    return f"={cents // 100}+0.{cents % 100:02}" if chance.random() < 0.2 else cents / 100


def title_in_one_sheet(book: Workbook) -> Mapping[str, tuple[int, Mapping[int, str]]]:
    """One sheet: a title with the year, sections, blank rows, each quarter behind its months, the year at the end."""
    sheet = book.active
    sheet.title = "SmartNumbers"
    sheet["A1"] = "Our company - SmartNumbers 2024"
    columns = {month: 1 + month + (month - 1) // 3 for month in range(1, 13)}
    for month, column in columns.items():
        sheet.cell(3, column, MONTHS[month - 1])
    quarters = {number: 4 * number + 1 for number in (1, 2, 3, 4)}
    for number, column in quarters.items():
        sheet.cell(3, column, f"Q{number}")
    sheet.cell(3, 18, "Total 2024")
    rows = fill(sheet, 4, columns, label_column=1)
    for key, row in rows.items():
        for number, column in quarters.items():
            sheet.cell(row, column, "=" + over_quarter(key, row, number, columns))
        how = "AVERAGE" if key in AVERAGES else "SUM"
        cells = ",".join(f"{get_column_letter(column)}{row}" for column in quarters.values())
        sheet.cell(row, 18, f"={how}({cells})")
    start = sheet.max_row + 3
    sheet.cell(start - 1, 1, "SmartNumbers")
    return smartnumbers(sheet, start, quarters, lambda key, number: f"{cell(quarters[number], rows[key])}")


def dates_and_a_sheet_of_quarters(book: Workbook) -> Mapping[str, tuple[int, Mapping[int, str]]]:
    """Real dates over the months, numbers before the labels, a column of totals; quarters on a sheet of their own."""
    sheet = book.active
    sheet.title = "Data"
    sheet.append(["#", "KPI", *(date(2024, month, 1) for month in range(1, 13)), "Total"])
    for column in range(3, 15):
        sheet.cell(1, column).number_format = "mmm yy"
    columns = {month: 2 + month for month in range(1, 13)}
    rows = fill(sheet, 2, columns, label_column=2)
    for number, row in enumerate(rows.values(), 1):
        sheet.cell(row, 1, number)
        sheet.cell(row, 15, f"=SUM(C{row}:N{row})")
    other = book.create_sheet("Quarterly review")
    other.append(["SmartNumber", "Q1 2024", "Q2 2024", "Q3 2024", "Q4 2024"])
    quarters = {number: number + 1 for number in (1, 2, 3, 4)}
    return smartnumbers(
        other, 2, quarters, lambda key, number: over_quarter(key, rows[key], number, columns, sheet="Data")
    )


def short_titles_with_remarks(book: Workbook) -> Mapping[str, tuple[int, Mapping[int, str]]]:
    """`Jan 24` over the months, a responsible person and a unit before them, remarks and the total so far behind."""
    sheet = book.active
    sheet.title = "Scorecard"
    sheet.append(["Scorecard of our company"])
    sheet.append([None, "Confidential", None, "Printed on the 3rd"])
    columns = {month: 4 + month for month in range(1, 13)}
    sheet.append(
        ["Area", "Measurable", "Who", "Unit", *(f"{each} 24" for each in MONTHS), "YTD", None, "Remarks"]
    )
    rows = fill(sheet, 4, columns, label_column=2, section_column=1)
    for key, row in rows.items():
        sheet.cell(row, 3, "Ann" if key in REVENUE else "Bob")
        sheet.cell(row, 4, "$" if key in (*REVENUE, *EXPENSES) else "#")
        sheet.cell(row, 17, f"=SUM(E{row}:P{row})")
        sheet.cell(row, 19, "see the minutes of March" if key == "mrr" else None)
    quarters = {number: number + 20 for number in (1, 2, 3, 4)}
    for number, column in quarters.items():
        sheet.cell(3, column, f"Q{number}")
    return smartnumbers(
        sheet,
        sheet.max_row + 2,
        quarters,
        lambda key, number: over_quarter(key, rows[key], number, columns),
    )


def fill(
    sheet: Worksheet, first: int, columns: Columns, *, label_column: int, section_column: int | None = None
) -> dict[str, int]:
    """Write the inputs section by section, with totals as formulas and an empty row behind each; the row of each."""
    chance, rows, row = random.Random(sheet.title), {}, first
    for section in dict.fromkeys(section for section, _ in INPUTS.values()):
        sheet.cell(row, section_column or label_column, section)
        row += section_column is None
        of_section = [key for key, (its, _) in INPUTS.items() if its == section]
        for key in of_section:
            rows[key] = row
            sheet.cell(row, label_column, INPUTS[key][1])
            for column in columns.values():
                sheet.cell(row, column, value(chance, key))
            row += 1
        for key, (label, parts) in TOTALS.items():
            if parts[0] in of_section:
                rows[key] = row
                sheet.cell(row, label_column, label)
                for column in columns.values():
                    name = get_column_letter(column)
                    sheet.cell(row, column, f"=SUM({name}{rows[parts[0]]}:{name}{rows[parts[-1]]})")
                row += 1
        row += 1
    return rows


def cell(column: int, row: int) -> str:
    return f"{get_column_letter(column)}{row}"


def over_quarter(key: str, row: int, number: int, columns: Columns, *, sheet: str = "") -> str:
    first, last = columns[3 * number - 2], columns[3 * number]
    place = f"{sheet}!" if sheet else ""
    return f"{'AVERAGE' if key in AVERAGES else 'SUM'}({place}{cell(first, row)}:{cell(last, row)})"


def smartnumbers(
    sheet: Worksheet, start: int, quarters: Mapping[int, int], term: Callable[[str, int], str]
) -> Mapping[str, tuple[int, Mapping[int, str]]]:
    """Write the SmartNumbers as formulas; where each stands: its sheet's number and a cell for each quarter."""
    places: dict[str, tuple[int, Mapping[int, str]]] = {}
    for row, (key, formula) in enumerate(SMARTNUMBER_FORMULAS.items(), start):
        sheet.cell(row, min(2, min(quarters.values()) - 1), SMARTNUMBERS[key].label)
        for number, column in quarters.items():
            terms = {each: term(each, number) for each in (*INPUTS, *TOTALS)}
            sheet.cell(row, column, f"={formula.format(**terms)}")
        places[key] = (
            sheet.parent.worksheets.index(sheet),
            {number: cell(column, row) for number, column in quarters.items()},
        )
    return places


LAYOUTS = (title_in_one_sheet, dates_and_a_sheet_of_quarters, short_titles_with_remarks)


@dataclass(frozen=True)
class Own:
    """An owner's file as his program saved it, and the quarterly SmartNumbers that it shows."""

    content: bytes
    shown: Mapping[Quarter, Mapping[str, Decimal]]


@pytest.fixture(scope="module")
def spreadsheets(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Own]:
    work = tmp_path_factory.mktemp("own")
    places, files = [], []
    for layout in LAYOUTS:
        book = Workbook()
        places.append(layout(book))
        files.append(work / f"{layout.__name__}.xlsx")
        book.save(files[-1])
    saved = recalculated(work, files)
    return {
        layout.__name__: Own(file.read_bytes(), shown(file, where))
        for layout, file, where in zip(LAYOUTS, saved, places, strict=True)
    }


def shown(
    file: Path, places: Mapping[str, tuple[int, Mapping[int, str]]]
) -> dict[Quarter, dict[str, Decimal]]:
    book = load_workbook(io.BytesIO(file.read_bytes()), data_only=True)
    return {
        quarter: {
            key: Decimal(repr(book.worksheets[sheet][cells[quarter.number]].value)).quantize(
                Decimal("0.0001"), ROUND_HALF_UP
            )
            for key, (sheet, cells) in places.items()
        }
        for quarter in QUARTERS
    }


@pytest.mark.parametrize("layout", [layout.__name__ for layout in LAYOUTS])
def test_a_year_of_an_owners_own_gives_the_quarterly_smartnumbers_of_its_own_formulas(
    database, spreadsheets: Mapping[str, Own], layout: str
) -> None:
    own = spreadsheets[layout]
    upload = Upload(f"{layout}.xlsx", own.content)
    found = preview(database, upload, NOW)
    assert ([str(each.label) for each in found.unknown], found.refused) == ([], ())
    import_file(database, Settings.read({}).review, upload, Person("Ann"), NOW)
    for quarter in QUARTERS:
        stored = database.fetch(read_smartnumbers, quarter)
        assert {key: each.value for key, each in stored.items()} == own.shown[quarter], quarter
        assert all(len(each.months_used) == 3 for each in stored.values())
