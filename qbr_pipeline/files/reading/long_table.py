"""Long tables: a row for each value, with columns for its period, its metric and its number.

What belongs here: finding those columns by their titles, and reading the rows. What does not: what a value must be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qbr_pipeline.files.reading.month_titles import MonthTitle, read_title
from qbr_pipeline.files.reading.sheets import CellFault, FileRejectedError, Sheet
from qbr_pipeline.files.reading.values_file import (
    Label,
    LabelMapping,
    UnknownLabel,
    ValuesFile,
    enterable,
    is_computed,
)
from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.names import normalise_name, quoted
from qbr_pipeline.periods import Month

_HEADER_WITHIN = 40
_TITLES: Mapping[str, tuple[str, ...]] = {
    "period": ("period", "month", "date"),
    "metric": ("metric", "name", "metric_name", "key", "label", "measure"),
    "value": ("value", "metric_value", "amount"),
    "note": ("note", "notes", "comment"),
}
_NEEDED = ("period", "metric", "value")


@dataclass(frozen=True, slots=True)
class _Columns:
    row: int
    period: int
    metric: int
    value: int
    note: int | None


def is_long_table(sheet: Sheet) -> bool:
    """Whether a row of titles names a period, a metric and a value."""
    return _columns(sheet) is not None


def read_long_table(sheet: Sheet, mapping: LabelMapping, year: int | None = None) -> ValuesFile:
    """Every row below the titles. `year`: for months that name none."""
    found, columns = ValuesFile(), _columns(sheet)
    if columns is None:
        return found
    unknown: set[tuple[str, str]] = set()
    for row in range(columns.row + 1, len(sheet.rows)):
        label = Label("", sheet.text(row, columns.metric))
        if not label.text and sheet.at(row, columns.value) is None:
            continue
        metric = _metric(label, mapping)
        if isinstance(metric, Metric):
            _read_row(sheet, columns, row, metric, year, found)
        elif is_computed(label.text):
            found.computed.append(label.text)
        elif label.key not in mapping and label.key not in unknown:
            unknown.add(label.key)
            found.unknown.append(UnknownLabel(label, sheet.where(row, columns.metric)))
    found.computed = list(dict.fromkeys(found.computed))
    return found


def _columns(sheet: Sheet) -> _Columns | None:
    for row in range(min(len(sheet.rows), _HEADER_WITHIN)):
        titles = {normalise_name(sheet.text(row, column)): column for column in range(len(sheet.rows[row]))}
        columns = {
            what: next((titles[each] for each in spellings if each in titles), None)
            for what, spellings in _TITLES.items()
        }
        period, metric, value = (columns[each] for each in _NEEDED)
        if period is not None and metric is not None and value is not None:
            _require_once(sheet, row, (period, metric, value))
            return _Columns(row, period, metric, value, columns["note"])
    return None


def _require_once(sheet: Sheet, row: int, columns: Sequence[int]) -> None:
    """FileRejectedError for a title that two columns have: either may be meant."""
    for last in columns:
        title = normalise_name(sheet.text(row, last))
        first = next(each for each in range(last + 1) if normalise_name(sheet.text(row, each)) == title)
        if first != last:
            sentence = f"the column {quoted(title)} is in {sheet.where(row, first)} already: keep one"
            raise FileRejectedError(sentence, sheet.where(row, last))


def _metric(label: Label, mapping: LabelMapping) -> Metric | None:
    """A person's word on a label comes before the catalogue's."""
    if label.key in mapping:
        key = mapping[label.key]
        return METRICS.get(key) if key is not None else None
    return enterable(label.text)


def _read_row(
    sheet: Sheet, columns: _Columns, row: int, metric: Metric, year: int | None, found: ValuesFile
) -> None:
    month = _month(sheet, row, columns.period, year)
    if isinstance(month, CellFault):
        found.faults.append(month)
        return
    note = sheet.text(row, columns.note) if columns.note is not None else ""
    found.read(sheet, (row, columns.value), month, metric, note or None)


def _month(sheet: Sheet, row: int, column: int, year: int | None) -> Month | CellFault:
    title = read_title(sheet.at(row, column))
    month = title.of(year) if isinstance(title, MonthTitle) else None
    if month is not None:
        return month
    given = sheet.at(row, column)
    reason = f"{quoted(str(given))} is not one month" if given is not None else "the period is missing"
    return CellFault(sheet.where(row, column), f"{reason}: expected one such as 2025-03")
