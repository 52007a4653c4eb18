"""A workbook of some months for Excel and LibreOffice: the numbers, live formulas over them, and what is known of them.

What belongs here: which sheets there are, and making the file. What does not: reading the numbers (`store.figures`).
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

from xlsxwriter import Workbook

from qbr_pipeline.files.kinds import Paper
from qbr_pipeline.files.workbook.charts import add_charts
from qbr_pipeline.files.workbook.grids import add_numbers
from qbr_pipeline.files.workbook.remarks import add_definitions, add_entries, add_findings
from qbr_pipeline.files.workbook.style import Book
from qbr_pipeline.store.figures import Figures

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)  # of a workbook in which nothing was ever changed


def workbook(figures: Figures, paper: Paper = Paper.LETTER, *, to_fill: bool = False) -> bytes:
    """An XLSX file of the figures: the same figures make the same bytes.

    Derived metrics, quarters and SmartNumbers are formulas over the cells of the months, with the true value as their
    stored result. `to_fill`: inputs that are absent are marked as to be filled in.
    """
    stream = io.BytesIO()
    made = Workbook(stream, {"in_memory": True})
    made.set_properties({"title": "QBR numbers", "created": _newest(figures)})
    book = Book(made, paper, figures.organization)
    grids = add_numbers(book, figures, to_fill=to_fill)
    add_charts(made, book, figures, grids)
    add_findings(book, figures)
    add_entries(book, figures)
    add_definitions(book)
    made.close()
    return stream.getvalue()


def _newest(figures: Figures) -> datetime:
    """The moment of the newest change, in UTC and without its zone, which the file has no place for."""
    changes = (each.changed_at for kept in figures.stored.values() for each in kept.values())
    newest = max((each for each in changes if each is not None), default=_BEGINNING)
    return newest.astimezone(UTC).replace(tzinfo=None, microsecond=0)
