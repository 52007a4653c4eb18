"""The spreadsheet in which the made-up MSP's people keep what its books do not know: headcounts and sales work.

What belongs here: its layout, labels down and months across, as owners keep such sheets. What does not: its figures
(`inputs`), and importing it.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time

from qbr_pipeline.demo.environment import ORGANIZATION
from qbr_pipeline.demo.inputs import demo_inputs
from qbr_pipeline.periods import Month

FILE_NAME = "people-and-sales.xlsx"

_SECTIONS: Mapping[str, Mapping[str, str]] = {
    "General Information": {
        "Employees": "employees",
        "Technical Employees": "technical_employees",
        "Manage Services Agreements": "agreements",
        "Average monthly expenses of the prior year": "average_monthly_expenses",
    },
    "Sales": {
        "Telemarketing Dials": "telemarketing_dials",
        "First Time Appointments (FTA)": "first_time_appointments",
        "Prospects to Hit PBR": "prospects_to_pbr",
        "New Agreements": "new_agreements",
        "New MRR": "new_mrr",
        "Lost MRR": "lost_mrr",
    },
}

KEPT = tuple(key for rows in _SECTIONS.values() for key in rows.values())
"""The metrics that the spreadsheet has a row of."""


def spreadsheet(months: Sequence[Month], filled: Collection[Month]) -> bytes:
    """A workbook with a column for each of `months`, oldest first, of which `filled` have figures.

    ValueError for a filled month before the company's first one.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - most commands make no workbook

    stream = io.BytesIO()
    figures = {month: demo_inputs(month) for month in filled}
    with Workbook(stream, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True})
        titles = workbook.add_format({"bold": True, "num_format": "mmm yyyy", "bottom": 1})
        numbers = workbook.add_format({"num_format": "#,##0.##"})
        sheet = workbook.add_worksheet("Months")
        sheet.set_column(0, 0, 42)
        sheet.freeze_panes(3, 1)
        sheet.write(0, 0, f"{ORGANIZATION}: people and sales", bold)
        for column, month in enumerate(months, start=1):
            sheet.write_datetime(2, column, datetime.combine(month.first_day, time()), titles)
        row = 3
        for section, labels in _SECTIONS.items():
            sheet.write(row, 0, section, bold)
            for label, key in labels.items():
                row += 1
                sheet.write(row, 0, label)
                for column, month in enumerate(months, start=1):
                    if month in figures:
                        sheet.write_number(row, column, figures[month][key], numbers)
            row += 2
    return stream.getvalue()
