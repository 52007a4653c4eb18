"""The kinds of files that leave, and of which periods.

What belongs here: what somebody may ask for, cheap to import. What does not: making a file (`exports`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from qbr_pipeline.periods import EARLIEST_MONTH, Month, Period, PeriodError, Quarter, span

USUAL_MONTHS, USUAL_QUARTERS, MOST_MONTHS = 13, 8, 120


class FileFormat(StrEnum):
    """The kinds of files, by the ending of their names."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Subject(StrEnum):
    """What a table is about; a workbook is about both."""

    METRICS = "metrics"
    SMARTNUMBERS = "smartnumbers"


class Paper(StrEnum):
    """The paper that a workbook is set up for."""

    LETTER = "letter"
    A4 = "a4"


MEDIA = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
}
"""The media type of each."""


def requested_periods(first: Period | None, last: Period | None, current: Month) -> Sequence[Period]:
    """The months, or the quarters, from `first` to `last`, both included.

    Without `last` to the one of `current`, the month in progress; without `first` the last 13 months or 8 quarters.
    PeriodError when they are of two kinds, in the wrong order, not begun, or of more than 120 months.
    """
    of_quarters = isinstance(first or last, Quarter)
    last = last or (current.quarter if of_quarters else current)
    first = first or _usual(last)
    periods = span(first, last)
    months = [month for period in periods for month in months_of(period)]
    if months_of(last)[0] > current:
        raise PeriodError(
            f"{last} has not begun yet: expected {current.quarter if of_quarters else current} or earlier"
        )
    if len(months) > MOST_MONTHS:
        raise PeriodError(f"{first} to {last}: expected at most {MOST_MONTHS} months, not {len(months)}")
    return periods


def months_of(period: Period) -> tuple[Month, ...]:
    """The month, or the three of the quarter."""
    return period.months if isinstance(period, Quarter) else (period,)


def file_name(subject: Subject, periods: Sequence[Period], kind: FileFormat) -> str:
    """`metrics-2025-03.csv`, `smartnumbers-2025-Q1-to-2025-Q4.parquet`."""
    last = "" if len(periods) == 1 else f"-to-{periods[-1]}"
    return f"{subject}-{periods[0]}{last}.{kind}"


def _usual(last: Period) -> Period:
    if isinstance(last, Quarter):
        return max(EARLIEST_MONTH, last.months[0].plus(3 * (1 - USUAL_QUARTERS))).quarter
    return max(EARLIEST_MONTH, last.plus(1 - USUAL_MONTHS))
