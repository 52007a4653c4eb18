"""DataFrames of what is stored: metrics, SmartNumbers and the rows behind a number, for notebooks and for exports.

What belongs here: the columns of each frame. What does not: reading (`store`), files (`files`), and sums that are kept:
those stay exact decimals outside pandas.

Every column holds Python objects: numbers are `decimal.Decimal`, never binary floats, and what is absent is None, never
NaN or zero. `unit` says what a value is counted in: count, hours, dollars, ratio; of SmartNumbers number, hours,
dollars, percent, where a percentage is kept as a fraction (0.9991 is 99.91 %). `status` is how a value compares with
today's thresholds. pandas takes half a second to import: whoever begins fast imports this module when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pandas import DataFrame

from qbr_pipeline.metrics.catalogue import METRICS, UnknownMetricError, find_metric
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.thresholds import Threshold, ThresholdStatus, statuses
from qbr_pipeline.periods import Month, Period, Quarter, local, parse_period, span
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.figures import read_numbers_of, read_quarter, read_stored_months
from qbr_pipeline.store.rows.browsing import browse
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import present, source_of

_NUMBER = ("name", "label", "value", "unit")
METRICS_OF_MONTHS = (
    *("period", "section", *_NUMBER, "vendor", "source", "entered_by", "notes", "status", "provisional"),
)
METRICS_OF_QUARTERS = ("period", "section", *_NUMBER, "aggregation", "months_used", "provisional", "status")
SMARTNUMBERS_OF_PERIODS = ("period", "group", *_NUMBER, "months_used", "provisional", "status", "method")


def metrics(
    database: Database,
    first: Period | str,
    last: Period | str,
    *,
    at: datetime | None = None,
    as_of: datetime | None = None,
) -> DataFrame:
    """Every metric of every month or quarter from `first` to `last`, absent ones too; METRICS_OF_… are its columns.

    `at` (aware, now when None) says which months are over; `as_of` (aware) asks for what was known at an earlier
    moment. PeriodError for a text that is no period, and when `first` is later than `last` or of another kind.
    """
    periods, moment = span(_period(first), _period(last)), at or datetime.now(UTC)
    with database.read() as connection:
        limits = read_limits(connection, database)
        if isinstance(periods[0], Quarter):
            quarters = [each for each in periods if isinstance(each, Quarter)]
            kept = {each: read_quarter(connection, database, each, as_of) for each in quarters}
            return _frame(METRICS_OF_QUARTERS, _of_quarters(database, kept, limits, moment))
        months = [each for each in periods if isinstance(each, Month)]
        stored = read_stored_months(connection, database, months, as_of)
        return _frame(METRICS_OF_MONTHS, _of_months(database, stored, limits, moment))


def smartnumbers(
    database: Database,
    first: Period | str,
    last: Period | str,
    *,
    at: datetime | None = None,
    as_of: datetime | None = None,
) -> DataFrame:
    """The 18 SmartNumbers of every month or quarter from `first` to `last`; otherwise as `metrics`.

    SMARTNUMBERS_OF_PERIODS are its columns; `method` is the receipt.
    """
    periods, moment = span(_period(first), _period(last)), at or datetime.now(UTC)
    with database.read() as connection:
        limits = read_limits(connection, database)
        found = read_numbers_of(connection, database, periods, as_of, moment)
    records: list[tuple[object, ...]] = []
    for period, numbers in found.items():
        values = {key: each.value for key, each in numbers.items()}
        used = {key: each.months_used for key, each in numbers.items()}
        status = _statuses(database, period, values, limits, moment, used)
        for key, which in SMARTNUMBERS.items():
            number = numbers[key]
            records.append(
                (
                    *(str(period), which.group.value, key, which.label, number.value, which.unit.value),
                    *(_in_words(number.months_used), number.provisional, status[key], number.method),
                )
            )
    return _frame(SMARTNUMBERS_OF_PERIODS, records)


def rows(
    database: Database, metric: str, month: Month | str, *, as_of: datetime | None = None
) -> DataFrame | None:
    """The rows behind a collected metric of a month: tickets, time entries or devices; None where none are published.

    `counts` says whether a row counts for the metric, `reason` why. Moments are in the business time zone, hours are
    decimals. UnknownMetricError for a metric that is not collected.
    """
    key, wanted = find_metric(metric).key, Month.parse(str(month))
    if key not in ROWS_OF_METRIC:
        raise UnknownMetricError(
            f"{METRICS[key].label} is not collected, so there are no rows behind it; expected one of "
            f"{', '.join(ROWS_OF_METRIC)}"
        )
    page = database.fetch(browse, key, wanted, as_of=as_of)
    if page is None:
        return None
    columns = ROWS_OF_METRIC[key].columns
    return _frame(
        columns,
        (
            [
                _here(getattr(each if name in ("counts", "reason") else each.row, name), database)
                for name in columns
            ]
            for each in page.rows
        ),
    )


def _period(given: Period | str) -> Period:
    return parse_period(given) if isinstance(given, str) else given


def _of_months(
    database: Database,
    stored: Mapping[Month, Mapping[str, Any]],
    limits: Sequence[Threshold],
    moment: datetime,
) -> Iterable[tuple[object, ...]]:
    for month, kept in stored.items():
        is_over = month.is_over(moment, database.timezone)
        status = _statuses(database, month, {**dict.fromkeys(METRICS), **present(kept)}, limits, moment)
        for key, metric in METRICS.items():
            found = kept.get(key)
            yield (
                *(str(month), metric.section.value, key, metric.label),
                *(found and found.value, metric.unit.value, metric.vendor.value),
                *(found and source_of(metric, found.source).value, found and found.entered_by),
                *(found and found.notes, status[key], not is_over),
            )


def _of_quarters(
    database: Database,
    kept: Mapping[Quarter, Mapping[str, Any]],
    limits: Sequence[Threshold],
    moment: datetime,
) -> Iterable[tuple[object, ...]]:
    for quarter, numbers in kept.items():
        is_over = quarter.months[2].is_over(moment, database.timezone)
        values = {key: numbers[key].value if key in numbers else None for key in METRICS}
        used = {key: each.months_used for key, each in numbers.items()}
        status = _statuses(database, quarter, values, limits, moment, used)
        for key, metric in METRICS.items():
            months = used.get(key, ())
            yield (
                *(str(quarter), metric.section.value, key, metric.label, values[key], metric.unit.value),
                *(metric.roll_up.value, _in_words(months), not is_over or len(months) < 3, status[key]),
            )


def _statuses(
    database: Database,
    period: Period,
    values: Mapping[str, Any],
    limits: Sequence[Threshold],
    moment: datetime,
    used: Mapping[str, Sequence[Month]] | None = None,
) -> dict[str, str]:
    found = statuses(
        period, values, limits, months_used=used, in_progress=Month.of(moment, database.timezone)
    )
    return {key: found.get(key, ThresholdStatus.UNKNOWN).value for key in values}


def _in_words(months: Sequence[Month]) -> str:
    return " ".join(map(str, months))


def _here(value: object, database: Database) -> object:
    return local(value, database.timezone) if isinstance(value, datetime) else value


def _frame(columns: Sequence[str], records: Iterable[Sequence[object]]) -> DataFrame:
    return DataFrame([list(each) for each in records], columns=list(columns), dtype=object)
