"""The sheets of numbers: months, quarters, SmartNumbers of both, and which months went into a quarter.

What belongs here: which number stands in which cell, and its marks. What does not: the text of formulas (`formulas`).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from xlsxwriter.worksheet import Worksheet

from qbr_pipeline.files.workbook import formulas
from qbr_pipeline.files.workbook.formulas import Grid
from qbr_pipeline.files.workbook.style import MARKS_IN_WORDS, Book, Mark
from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind
from qbr_pipeline.metrics.derived import DERIVATIONS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumber
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store.figures import Figures
from qbr_pipeline.store.findings.reading import State
from qbr_pipeline.store.values import DataSource

MONTHS, QUARTERS, SMARTNUMBERS_SHEET = "Months", "Quarters", "SmartNumbers"
MONTHLY_SMARTNUMBERS, MONTHS_USED = "SmartNumbers by month", "Months used"
_STATE_ROW, _HEADER_ROW, _FIRST_ROW = 2, 3, 4
_LABEL, _KEY, _UNIT, _FIRST_COLUMN = 0, 1, 2, 3
_WIDTHS = (44, 26, 9, 13)

Numbers = Sequence[tuple[str, Sequence[Metric | SmartNumber]]]
"""Metrics or SmartNumbers with the heading that they stand under; one heading may come twice."""


@dataclass(frozen=True)
class Grids:
    """Where everything stands."""

    months: Grid
    quarters: Grid
    smartnumbers: Grid
    monthly_smartnumbers: Grid
    used: Grid


def add_numbers(book: Book, figures: Figures, *, to_fill: bool) -> Grids:
    """Add the five sheets. `to_fill`: inputs that are absent are marked as to be filled in."""
    metrics = _by_heading((each.section, each) for each in METRICS.values())
    smartnumbers = _by_heading((each.group, each) for each in SMARTNUMBERS.values())
    in_use: Numbers = [
        ("Metrics", [METRICS[key] for key in formulas.RATIOS]),
        ("SmartNumbers", list(SMARTNUMBERS.values())),
    ]
    months = _grid(MONTHS, metrics, figures.months)
    months = Grid(MONTHS, {**months.rows, formulas.STATE: _STATE_ROW}, months.columns)
    grids = Grids(
        months=months,
        quarters=_grid(QUARTERS, metrics, tuple(figures.quarters)),
        smartnumbers=_grid(SMARTNUMBERS_SHEET, smartnumbers, tuple(figures.quarters)),
        monthly_smartnumbers=_grid(MONTHLY_SMARTNUMBERS, smartnumbers, figures.months),
        used=_grid(MONTHS_USED, in_use, figures.months),
    )
    flagged = _flagged(figures)
    _add_months(book, figures, grids, metrics, flagged, to_fill=to_fill)
    _add_smartnumbers_of_quarters(book, figures, grids, smartnumbers, flagged)
    _add_quarters(book, figures, grids, metrics, flagged)
    _add_smartnumbers_of_months(book, figures, grids, smartnumbers, flagged)
    _add_months_used(book, figures, grids, in_use)
    return grids


def heading(period: Period) -> str:
    """`Jan 2025` or `Q1 2025`."""
    part = f"Q{period.number}" if isinstance(period, Quarter) else calendar.month_abbr[period.month]
    return f"{part} {period.year}"


def _add_months(
    book: Book,
    figures: Figures,
    grids: Grids,
    metrics: Numbers,
    flagged: Mapping[tuple[str, Period], str],
    *,
    to_fill: bool,
) -> None:
    sheet = _sheet(book, grids.months, metrics, f"{figures.organization}: months", MARKS_IN_WORDS)
    book.text(sheet, _STATE_ROW, _LABEL, "The month is", align="right", font_color="#595959")
    for month, facts in figures.facts.items():
        state = formulas.OVER if facts.is_over else formulas.IN_PROGRESS
        state = formulas.TO_COME if month > figures.current else state
        column = grids.months.columns[month]
        book.text(sheet, _STATE_ROW, column, state, align="right", font_color="#595959")
        for key, metric in METRICS.items():
            kept = figures.stored[month].get(key)
            is_manual = kept is not None and kept.value is not None and kept.source is DataSource.MANUAL
            is_computed = key in DERIVATIONS and not is_manual
            value = facts.values.get(key)
            is_to_fill = to_fill and value is None and metric.kind is MetricKind.INPUT
            marks = {
                Mark.MANUAL: is_manual,
                Mark.PROVISIONAL: not facts.is_over and value is not None,
                Mark.TO_FILL: is_to_fill,
            }
            formula = formulas.derived_of_month(key, month, grids.months.local) if is_computed else None
            cell = grids.months.rows[key], column
            chosen = _marks(sheet, cell, flagged.get((key, month)), marks)
            book.number(sheet, cell, metric, value, formula, chosen)


def _add_quarters(
    book: Book,
    figures: Figures,
    grids: Grids,
    metrics: Numbers,
    flagged: Mapping[tuple[str, Period], str],
) -> None:
    remark = "Each metric by its own rule over the months in which it is present; see Definitions."
    sheet = _sheet(book, grids.quarters, metrics, f"{figures.organization}: quarters", remark)
    for quarter, values in figures.quarters.items():
        those = _months_of(quarter, figures)
        for key, metric in METRICS.items():
            kept = values.get(key)
            value = kept.value if kept else None
            is_provisional = kept is not None and (
                not figures.facts[those[-1]].is_over or len(kept.months_used) < len(quarter.months)
            )
            formula = formulas.metric_of_quarter(metric, those, grids.months, grids.used)
            cell = grids.quarters.rows[key], grids.quarters.columns[quarter]
            marks = _marks(sheet, cell, flagged.get((key, quarter)), {Mark.PROVISIONAL: is_provisional})
            book.number(sheet, cell, metric, value, formula, marks)


def _add_smartnumbers_of_quarters(
    book: Book,
    figures: Figures,
    grids: Grids,
    smartnumbers: Numbers,
    flagged: Mapping[tuple[str, Period], str],
) -> None:
    remark = "Over the months on the sheet Months used. Italic: provisional, not three months that are over."
    title = f"{figures.organization}: SmartNumbers of quarters"
    sheet = _sheet(book, grids.smartnumbers, smartnumbers, title, remark)
    for quarter in figures.quarters:
        those = _months_of(quarter, figures)
        for key, number in SMARTNUMBERS.items():
            formula = formulas.smartnumber_of_quarter(number, those, grids.months, grids.used)
            _add_smartnumber(book, sheet, figures, grids.smartnumbers, (key, quarter), formula, flagged)


def _add_smartnumbers_of_months(
    book: Book,
    figures: Figures,
    grids: Grids,
    smartnumbers: Numbers,
    flagged: Mapping[tuple[str, Period], str],
) -> None:
    title = f"{figures.organization}: SmartNumbers of months"
    remark = "Italic: provisional, the month is in progress."
    sheet = _sheet(book, grids.monthly_smartnumbers, smartnumbers, title, remark)
    for month in figures.months:
        for key, number in SMARTNUMBERS.items():
            formula = formulas.smartnumber_of_month(number, month, grids.months)
            _add_smartnumber(book, sheet, figures, grids.monthly_smartnumbers, (key, month), formula, flagged)


def _add_smartnumber(
    book: Book,
    sheet: Worksheet,
    figures: Figures,
    grid: Grid,
    which: tuple[str, Period],
    formula: str,
    flagged: Mapping[tuple[str, Period], str],
) -> None:
    key, period = which
    number = figures.smartnumbers[period][key]
    cell = grid.rows[key], grid.columns[period]
    is_provisional = number.provisional and number.value is not None
    marks = _marks(sheet, cell, flagged.get(which), {Mark.PROVISIONAL: is_provisional})
    book.number(sheet, cell, SMARTNUMBERS[key], number.value, formula, marks)


def _add_months_used(book: Book, figures: Figures, grids: Grids, in_use: Numbers) -> None:
    remark = (
        "1: the month goes into its quarter. It is over and has every input; the month in progress is used when no "
        "other is."
    )
    sheet = _sheet(book, grids.used, in_use, f"{figures.organization}: months used", remark)
    look = book.format(num_format="0")
    for quarter, values in figures.quarters.items():
        those = _months_of(quarter, figures)
        used_by = {key: each.months_used for key, each in values.items()}
        used_by |= {key: each.months_used for key, each in figures.smartnumbers[quarter].items()}
        for position, month in enumerate(those):
            for key in grids.used.rows:
                formula = formulas.month_used(key, month, those[:position], grids.months, grids.used.local)
                is_used = month in used_by.get(key, ())
                cell = grids.used.rows[key], grids.used.columns[month]
                sheet.write_formula(*cell, formula, look, int(is_used))


def _months_of(quarter: Quarter, figures: Figures) -> tuple[Month, ...]:
    """The months of the quarter that are among the figures."""
    return tuple(month for month in quarter.months if month in figures.facts)


def _marks(
    sheet: Worksheet, cell: tuple[int, int], finding: str | None, others: Mapping[Mark, bool]
) -> list[Mark]:
    """The marks of a cell; what was found odd stands in a note beside it."""
    if finding is not None:
        sheet.write_comment(*cell, finding, {"author": "QBR"})
    return [mark for mark, holds in {**others, Mark.FLAGGED: finding is not None}.items() if holds]


def _flagged(figures: Figures) -> dict[tuple[str, Period], str]:
    """By metric or SmartNumber and period, the sentences of what is found odd and nobody has answered."""
    sentences: dict[tuple[str, Period], list[str]] = {}
    for each in figures.findings:
        if each.state is State.OPEN:
            for period in each.months:
                sentences.setdefault((each.finding.subject, period), []).append(each.finding.sentence)
    return {which: "\n".join(each) for which, each in sentences.items()}


def _by_heading(numbers: Iterable[tuple[str, Metric | SmartNumber]]) -> Numbers:
    return [(name, [each for _, each in those]) for name, those in groupby(numbers, lambda pair: pair[0])]


def _grid(sheet: str, numbers: Numbers, periods: Sequence[Period]) -> Grid:
    rows = {key: row for row, _, number in _lines(numbers) if number is not None for key in [number.key]}
    return Grid(sheet, rows, {period: _FIRST_COLUMN + index for index, period in enumerate(periods)})


def _lines(numbers: Numbers) -> Iterator[tuple[int, str, Metric | SmartNumber | None]]:
    """Row by row: a heading, with None, and what stands under it."""
    row = _FIRST_ROW
    for name, those in numbers:
        yield row, name, None
        for each in those:
            row += 1
            yield row, name, each
        row += 1


def _sheet(book: Book, grid: Grid, numbers: Numbers, title: str, remark: str) -> Worksheet:
    """A new sheet with its labels and the headings of its columns."""
    sheet = book.sheet(grid.sheet, _WIDTHS)
    book.title(sheet, title, remark)
    names = ["Metric" if grid.sheet in (MONTHS, QUARTERS) else "SmartNumber", "Key", "Unit"]
    book.header(sheet, _HEADER_ROW, [*names, *map(heading, grid.columns)], _FIRST_COLUMN)
    for row, name, number in _lines(numbers):
        if number is None:
            book.text(sheet, row, _LABEL, name, bold=True, bg_color="#EFEFEF")
        else:
            book.text(sheet, row, _LABEL, number.plain_label)
            book.text(sheet, row, _KEY, number.key, font_color="#7F7F7F", font_size=8)
            book.text(sheet, row, _UNIT, number.unit.value, font_color="#7F7F7F")
    return sheet
