"""Months as people and programs write them into the titles of columns, and into titles of reports.

What belongs here: every spelling of a month, and of what is more or less than one. What does not: which column or row
a title stands over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from qbr_pipeline.files.reading.sheets import Value
from qbr_pipeline.periods import Month, PeriodError

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_NAME = "(" + "|".join((*_FULL, "sept", *_NAMES)) + r")\.?"
_YEAR = r"'?(\d{4}|\d{2})"
_AS_OF = r"(?:as of |month ending |month of )?"
_DASH = r"\s*(?:-|–|to|through|thru)\s*"

_MONTH = re.compile(rf"{_AS_OF}{_NAME}(?:[\s,\-/]*{_YEAR})?")
_DAY = re.compile(rf"{_AS_OF}{_NAME}\s+(\d{{1,2}}),?\s+{_YEAR}")
_DAYS = re.compile(rf"{_NAME}\s+(\d{{1,2}}){_DASH}(?:{_NAME}\s+)?(\d{{1,2}}),?\s+{_YEAR}")
_RANGE = re.compile(
    rf"{_NAME}(?:\s+\d{{1,2}})?,?\s*(?:{_YEAR})?{_DASH}{_NAME}(?:\s+\d{{1,2}}(?=,|\s+'?\d{{2}}))?,?\s*(?:{_YEAR})?"
)
_NUMERIC = (
    (re.compile(r"(\d{4})[-/.](\d{1,2})"), 1, 2, None),
    (re.compile(r"(\d{1,2})[-/.](\d{4})"), 2, 1, None),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: 00:00:00)?"), 1, 2, 3),
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), 3, 1, 2),
)
_YEARS = range(2000, 2100)
_YEAR_IN_TEXT = re.compile(r"(?<!\d)(20\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class MonthTitle:
    """A title that names one month. `year` None: it does not say which. `whole`: up to the month's last day."""

    number: int
    year: int | None
    whole: bool = True

    def of(self, year: int | None) -> Month | None:
        """The month, with `year` where the title says none; None where nobody does."""
        known = self.year if self.year is not None else year
        return Month(known, self.number) if known is not None else None


@dataclass(frozen=True, slots=True)
class RangeTitle:
    """A title that names a stretch of more than a month. `year`: the one that all of it is in, or None."""

    text: str
    year: int | None


Title = MonthTitle | RangeTitle | None


def read_title(value: Value) -> Title:
    """The month that a cell names, whole or not; a stretch of several; None for anything else.

    A date names its month: people mean the month by its first day, programs by its last.
    """
    match value:
        case date():
            return _of_day(value.year, value.month, value.day)
        case str():
            return _of_text(" ".join(value.replace("\u00a0", " ").split()))
        case _:
            return None


def years_in(text: str) -> set[int]:
    """The years that a text names in four digits."""
    return {int(year) for year in _YEAR_IN_TEXT.findall(text)}


def turning_point(numbers: Sequence[int]) -> int | None:
    """Where months, by their numbers, begin another year or go the other way: at the 1 of 11, 12, 1; None: never."""
    pairs = list(pairwise(numbers))
    first = next((after > before for before, after in pairs if after != before), True)
    turns = (
        at
        for at, (before, after) in enumerate(pairs, 1)
        if (before, after) == (12, 1) or (after != before and (after > before) is not first)
    )
    return next(turns, None)


def _of_text(text: str) -> Title:
    bare = text.casefold().rstrip(".,: ")
    if found := _MONTH.fullmatch(bare):
        return MonthTitle(_number(found[1]), _year(found[2]))
    if found := _DAY.fullmatch(bare):
        return _of_days(_year(found[3]), _number(found[1]), 1, int(found[2]))
    if (found := _DAYS.fullmatch(bare)) and found[3] in (None, found[1]):
        return _of_days(_year(found[5]), _number(found[1]), int(found[2]), int(found[4]))
    if found := _RANGE.fullmatch(bare):
        first, last = _year(found[2]), _year(found[4])
        return RangeTitle(text, last if first in (None, last) else None)
    return _of_digits(bare)


def _of_digits(bare: str) -> MonthTitle | None:
    for spelling, year, month, day in _NUMERIC:
        if found := spelling.fullmatch(bare):
            number, named = int(found[month]), int(found[year])
            if 1 <= number <= 12 and named in _YEARS:
                return MonthTitle(number, named) if day is None else _of_day(named, number, int(found[day]))
    return None


def _of_day(year: int | None, number: int, day: int) -> MonthTitle | None:
    try:
        last = Month(year or 2000, number).last_day.day
    except PeriodError:
        return None
    return MonthTitle(number, year, whole=day in (1, last)) if 1 <= day <= last else None


def _of_days(year: int | None, number: int, first: int, last: int) -> MonthTitle | None:
    end = Month(year or 2000, number).last_day.day
    return MonthTitle(number, year, whole=(first, last) == (1, end)) if 1 <= first <= last <= end else None


def _number(name: str) -> int:
    return _NAMES.index(name[:3]) + 1


def _year(text: str | None) -> int | None:
    """Two digits are a year of this century."""
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)
