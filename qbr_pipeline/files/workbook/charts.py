"""The sheet of charts: each SmartNumber from month to month, drawn by the spreadsheet itself.

What belongs here: where the charts stand and how they look. What does not: their numbers (`grids`).
"""

from __future__ import annotations

from xlsxwriter import Workbook

from qbr_pipeline.files.workbook.grids import Grids
from qbr_pipeline.files.workbook.style import Book, number_format
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.store.figures import Figures

_ACROSS, _WIDTH, _HEIGHT = 3, 440, 250
_ROW_PIXELS, _COLUMN_PIXELS = 20, 64
_COLUMNS, _ROWS = _WIDTH // _COLUMN_PIXELS + 1, _HEIGHT // _ROW_PIXELS + 1


def add_charts(workbook: Workbook, book: Book, figures: Figures, grids: Grids) -> None:
    """Add the sheet. Columns, not lines: what is absent is a gap, where a line would fall to zero."""
    sheet = book.sheet("Charts", [9])
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    book.title(sheet, f"{figures.organization}: SmartNumbers from month to month")
    grid = grids.monthly_smartnumbers
    first, last = min(grid.columns.values()), max(grid.columns.values())
    header = min(grid.rows.values()) - 2
    for position, (key, number) in enumerate(SMARTNUMBERS.items()):
        chart = workbook.add_chart({"type": "column"})
        chart.add_series(
            {
                "name": number.plain_label,
                "categories": [grid.sheet, header, first, header, last],
                "values": [grid.sheet, grid.rows[key], first, grid.rows[key], last],
                "fill": {"color": "#3B6FB6"},
                "gap": 60,
            }
        )
        chart.set_title({"name": number.plain_label, "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        axis = {"num_format": number_format(number, None, computed=True), "num_font": {"size": 8}}
        chart.set_y_axis({**axis, "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}}})
        chart.set_x_axis({"num_font": {"size": 8, "rotation": -45}, "label_position": "low"})
        chart.set_size({"width": _WIDTH, "height": _HEIGHT})
        row, column = divmod(position, _ACROSS)
        options = {"description": f"{number.label}, month by month"}
        sheet.insert_chart(2 + row * _ROWS, column * _COLUMNS, chart, options)
