"""What endpoints of a period share: how values stand to their thresholds, and whether anything is kept at all.

What belongs here: steps of several endpoints. What does not: what a threshold means (`metrics.thresholds`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Connection

from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.metrics.thresholds import ThresholdStatus, statuses
from qbr_pipeline.periods import Month, Period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import known_as_of
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import read_values


class HasValue(Protocol):
    """A number of a period, and the months that it was made of."""

    @property
    def value(self) -> Decimal | None:
        """None: absent."""

    @property
    def months_used(self) -> tuple[Month, ...]:
        """What a sum is divided by before it is compared."""


def status_of_month(
    connection: Connection, db: Database, month: Month, values: Mapping[str, Decimal | None], moment: datetime
) -> dict[str, ThresholdStatus]:
    """How the metrics of a month stand at an aware `moment` to the thresholds of today, by key."""
    return statuses(month, values, read_limits(connection, db), in_progress=Month.of(moment, db.timezone))


def status_of_period(
    connection: Connection, db: Database, period: Period, numbers: Mapping[str, HasValue], moment: datetime
) -> dict[str, ThresholdStatus]:
    """The same of what is made of months: quarterly metrics, and SmartNumbers."""
    return statuses(
        period,
        {key: each.value for key, each in numbers.items()},
        read_limits(connection, db),
        months_used={key: each.months_used for key, each in numbers.items()},
        in_progress=Month.of(moment, db.timezone),
    )


def months_of(period: Period) -> tuple[Month, ...]:
    """The month, or the three of the quarter."""
    return (period,) if isinstance(period, Month) else period.months


def require_stored(
    connection: Connection,
    db: Database,
    period: Period,
    as_of: datetime | None,
    numbers: Mapping[str, HasValue],
) -> None:
    """ApiError when nothing at all is kept of the period's metrics, or was at the moment `as_of`.

    A value among `numbers` shows that something is; without one there may still be what was released, which is
    kept as absent.
    """
    if any(each.value is not None for each in numbers.values()):
        return
    for month in months_of(period):
        if read_values(connection, db, month) if as_of is None else known_as_of(connection, db, month, as_of):
            return
    raise nothing_stored(period)


def nothing_stored(*periods: Period) -> ApiError:
    """The error where nothing is kept of a period, or from a first to a last one."""
    return ApiError(Code.PERIOD_NOT_FOUND, f"there is no data for {' to '.join(map(str, periods))}")
