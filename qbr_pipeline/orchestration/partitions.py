"""The calendar of the assets: one partition a day, a month, a quarter, all in the business time zone."""

from datetime import date, datetime

import dagster as dg

from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.settings import settings

_KEY = "%Y-%m"

MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=str(settings().start_month), fmt=_KEY, timezone=settings().timezone.key, end_offset=1
)
"""Every month since QBR_START_MONTH; `end_offset` makes the month in progress one of them."""

_DAYS = "qbr_snapshot_days"
DAYS = dg.DynamicPartitionsDefinition(name=_DAYS)
"""The days of which a vendor that only knows now was asked: one that went by without it can never be filled, so that it
is not missing either."""

QUARTERS = dg.TimeWindowPartitionsDefinition(
    cron_schedule="0 0 1 1,4,7,10 *",
    start=str(settings().start_month.quarter.months[0]),
    fmt=_KEY,
    timezone=settings().timezone.key,
    end_offset=1,
)
"""Every quarter since that of QBR_START_MONTH; the key of a quarter is its first month."""


def day_of(context: dg.AssetExecutionContext) -> date:
    """The day that a step of a daily asset works on."""
    return date.fromisoformat(context.partition_key)


def add_day(instance: dg.DagsterInstance, day: date) -> str:
    """Make `day` one of the days, where it is none yet; its partition key."""
    instance.add_dynamic_partitions(_DAYS, [day.isoformat()])
    return day.isoformat()


def month_of_key(partition: str) -> Month:
    """The month of the partition of a month, a quarter or a day."""
    return Month.parse(partition[: len("2000-01")])


def month_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Month:
    """The month that a step of a monthly asset or check works on."""
    return Month.parse(context.partition_key)


def quarter_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Quarter:
    """The quarter that a step of a quarterly asset or check works on."""
    return Month.parse(context.partition_key).quarter


def quarter_key(quarter: Quarter) -> str:
    """The partition key of `quarter`."""
    return str(quarter.months[0])


def is_partition(month: Month) -> bool:
    """Whether the assets have a partition for `month`: none lies before QBR_START_MONTH."""
    return month >= settings().start_month


def rolling_months(moment: datetime, count: int) -> list[Month]:
    """The month of the aware `moment` in the business time zone and those before it, `count` in all, oldest first.

    Fewer when QBR_START_MONTH is nearer than that.
    """
    keys = MONTHS.get_partition_keys(current_time=moment)[-count:]
    return [Month.parse(key) for key in keys]
