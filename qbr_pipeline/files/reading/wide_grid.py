"""Wide grids: labels down, months across, as people keep them in spreadsheets.

What belongs here: finding rows of months, of which year they are, and what each row below is called and in which
section. What does not: what a value must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qbr_pipeline.files.reading.month_titles import (
    MonthTitle,
    RangeTitle,
    read_title,
    turning_point,
    years_in,
)
from qbr_pipeline.files.reading.sheets import CellFault, FileRejectedError, Sheet, not_one_year
from qbr_pipeline.files.reading.values_file import (
    Label,
    LabelMapping,
    UnknownLabel,
    ValuesFile,
    enterable,
    is_computed,
    plain,
)
from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.names import normalise_name, quoted
from qbr_pipeline.periods import Month

_WHAT_HAPPENED = {"", "actual", "actuals", "total"}


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows of labels below a row of months, up to the next such row."""

    header: int
    end: int
    titles: Mapping[int, MonthTitle]

    @property
    def first(self) -> int:
        """The first column of months; labels stand before it."""
        return min(self.titles)


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    label: Label
    column: int
    metric: Metric


def is_wide_grid(sheet: Sheet) -> bool:
    """Whether any row holds titles of two months or more behind a column of labels."""
    return any(True for _ in _headers(sheet))


def months_go_down(sheet: Sheet) -> bool:
    """Whether one of the first columns holds titles of months, one below the other, and each once."""
    for column in range(3):
        titles = [read_title(sheet.at(row, column)) for row in range(len(sheet.rows))]
        months = [(title.year, title.number) for title in titles if isinstance(title, MonthTitle)]
        if 1 < len(months) == len(set(months)):
            return True
    return False


def read_wide_grid(sheet: Sheet, mapping: LabelMapping, year: int | None = None) -> ValuesFile:
    """Every value below the months; FileRejectedError where it is not said of which months they are.

    `year`: for months whose titles, and what stands around them, name none.
    """
    found = ValuesFile()
    section = ""
    for block in _blocks(sheet):
        months = _months(sheet, block, year)
        main = _main_column(sheet, block)
        rows: list[_Row] = []
        for row in range(block.header + 1, block.end):
            texts = {column: text for column in range(block.first) if (text := sheet.text(row, column))}
            if not texts:
                continue
            column = _label_column(texts, main)
            if column > min(texts):
                section = texts[min(texts)]
            read = _row(sheet, block, row, Label(section, texts[column]), column, mapping, found)
            if isinstance(read, _Row):
                rows.append(read)
            elif read is not None:
                section = read
        for each in _without_doubles(sheet, block, rows, mapping, found):
            for column, month in months.items():
                found.read(sheet, (each.row, column), month, each.metric)
    return found


def _headers(sheet: Sheet) -> Iterable[tuple[int, dict[int, MonthTitle]]]:
    for row in range(len(sheet.rows)):
        titles = {column: read_title(sheet.at(row, column)) for column in range(1, len(sheet.rows[row]))}
        months = {column: title for column, title in titles.items() if isinstance(title, MonthTitle)}
        if sum(title.whole for title in months.values()) > 1:
            ranges = [column for column, title in titles.items() if isinstance(title, RangeTitle)]
            if ranges:
                sentence = f"{quoted(sheet.text(row, ranges[0]))} is more than a month in one column"
                raise FileRejectedError(sentence, sheet.where(row, ranges[0]))
            yield row, months


def _blocks(sheet: Sheet) -> list[_Block]:
    headers = list(_headers(sheet))
    ends = [row for row, _ in headers[1:]] + [len(sheet.rows)]
    return [_Block(row, end, titles) for (row, titles), end in zip(headers, ends, strict=True)]


def _months(sheet: Sheet, block: _Block, year: int | None) -> dict[int, Month]:
    """The month of each column; FileRejectedError where a year is missing, or a month is there twice."""
    above = _years_above(sheet, block)
    around = _year_around(sheet, block) or year
    _require_unsplit(sheet, block)
    _require_one_year(sheet, block, {column: above.get(column, around) for column in block.titles})
    months: dict[int, Month] = {}
    for column, title in block.titles.items():
        month = title.of(above.get(column, around))
        where = sheet.where(block.header, column)
        if month is None:
            sentence = (
                f"{quoted(sheet.text(block.header, column))} does not say of which year it is: name the year"
            )
            raise FileRejectedError(sentence, where)
        first = next((other for other, known in months.items() if known == month), None)
        if first is not None:
            raise FileRejectedError(f"{month} is in {sheet.where(block.header, first)} already", where)
        months[column] = month
    return months


def _require_one_year(sheet: Sheet, block: _Block, years: Mapping[int, int | None]) -> None:
    """FileRejectedError where months that go into one year turn, as those of a year that begins in July do."""
    for year in {*years.values()} - {None}:
        columns = [
            column for column, title in block.titles.items() if title.year is None and years[column] == year
        ]
        turn = turning_point([block.titles[column].number for column in columns])
        if turn is not None:
            raise not_one_year(sheet, block.header, columns[turn - 1], columns[turn])


def _require_unsplit(sheet: Sheet, block: _Block) -> None:
    """FileRejectedError where a second row of titles says that a month's column is not what happened."""
    row = block.header + 1
    if any(sheet.text(row, column) for column in range(block.first)):
        return
    for column in block.titles:
        below = sheet.text(row, column)
        if normalise_name(below) not in _WHAT_HAPPENED and not any(letter.isdigit() for letter in below):
            raise FileRejectedError(
                f"the months are split by {quoted(below)}: keep one column for each", sheet.where(row, column)
            )


def _years_above(sheet: Sheet, block: _Block) -> dict[int, int]:
    """The year over each column, where the row above names years over some: each goes on to the right."""
    years = {
        column: found.pop()
        for column in range(block.first, sheet.width)
        if block.header and len(found := years_in(_spoken(sheet, block.header - 1, column))) == 1
    }
    reached, over = None, {}
    for column in range(block.first, sheet.width):
        reached = years.get(column, reached)
        if reached is not None:
            over[column] = reached
    return over


def _year_around(sheet: Sheet, block: _Block) -> int | None:
    """The one year that the header's own row, the rows above it, or else the sheet's name speak of."""
    beside = [_spoken(sheet, block.header, column) for column in range(block.first)]
    above = [_spoken(sheet, row, column) for row in range(block.header) for column in range(sheet.width)]
    for texts in (beside, above[-4 * sheet.width :], above, [sheet.name]):
        years = {year for text in texts for year in years_in(text)}
        if len(years) == 1:
            return years.pop()
    return None


def _spoken(sheet: Sheet, row: int, column: int) -> str:
    value = sheet.at(row, column)
    return "" if value is None or isinstance(value, bool) else str(value)


def _row(
    sheet: Sheet, block: _Block, row: int, label: Label, column: int, mapping: LabelMapping, found: ValuesFile
) -> _Row | str | None:
    """A row with a metric; or the heading that it is; None for one that says nothing of a metric."""
    metric = _metric(label, mapping)
    if metric is not None:
        return _Row(row, label, column, metric)
    if label.key in mapping:
        return None
    if not any(_is_number(sheet, row, each) for each in block.titles):
        is_filled = any(sheet.at(row, each) is not None for each in block.titles)
        return None if is_filled else label.text
    if is_computed(label.text):
        found.computed.append(label.text)
    elif not plain(label.text).startswith("total"):
        found.unknown.append(UnknownLabel(label, sheet.where(row, column)))
    return None


def _main_column(sheet: Sheet, block: _Block) -> int:
    """The column with the most different texts: headings and units, which stand beside labels, repeat themselves."""
    texts = {
        column: len({sheet.text(row, column) for row in range(block.header + 1, block.end)})
        for column in range(block.first)
    }
    return max(texts, key=lambda column: texts[column])


def _label_column(texts: Mapping[int, str], main: int) -> int:
    """The column whose text names a number, else the one of labels."""
    for column, text in texts.items():
        if enterable(text) or is_computed(text):
            return column
    return main if main in texts else min(texts)


def _is_number(sheet: Sheet, row: int, column: int) -> bool:
    value = sheet.at(row, column)
    if isinstance(value, str):
        return any(letter.isdigit() for letter in value)
    return value is not None or (row, column) in sheet.unread


def _metric(label: Label, mapping: LabelMapping) -> Metric | None:
    """A person's word on a label comes before the catalogue's."""
    key = label.key
    if key in mapping:
        said = mapping[key]
        return METRICS.get(said) if said is not None else None
    return enterable(label.text)


def _without_doubles(
    sheet: Sheet, block: _Block, rows: Sequence[_Row], mapping: LabelMapping, found: ValuesFile
) -> list[_Row]:
    """The rows, each metric once: of two with one label the one in the metric's own section, or a fault."""
    by_metric: dict[str, list[_Row]] = {}
    for each in rows:
        by_metric.setdefault(each.metric.key, []).append(each)
    kept: list[_Row] = []
    for same in by_metric.values():
        chosen = _chosen(same, mapping)
        kept.append(chosen[0])
        if len(chosen) > 1 and not _all_alike(sheet, block, chosen):
            first, second = (sheet.where(each.row, each.column) for each in chosen[:2])
            sentence = f"{quoted(chosen[1].label.text)} is in {first} already: say which row counts"
            found.faults.append(CellFault(second, sentence))
        left = (each for each in same if each not in chosen)
        found.unknown += [UnknownLabel(each.label, sheet.where(each.row, each.column)) for each in left]
    return kept


def _chosen(same: Sequence[_Row], mapping: LabelMapping) -> Sequence[_Row]:
    """Those of one metric's rows that a person named, else those in its section, else all."""
    said = [each for each in same if each.label.key in mapping]
    return said or [each for each in same if _names_section(each.label.section, each.metric)] or same


def _names_section(section: str, metric: Metric) -> bool:
    return normalise_name(metric.section) in normalise_name(section)


def _all_alike(sheet: Sheet, block: _Block, rows: Sequence[_Row]) -> bool:
    return len({tuple(sheet.at(each.row, column) for column in block.titles) for each in rows}) == 1
