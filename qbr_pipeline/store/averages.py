"""The average monthly expenses of the prior year, where an earlier month's expenses change after its year was averaged.

What belongs here: bringing the months of the next year up to date, in the transaction that changed the earlier one.
What does not: the average itself (`rows.accounts.average_expenses`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.database import Database, lock_quarter
from qbr_pipeline.store.refresh import refresh_month
from qbr_pipeline.store.rows.accounts import average_expenses, published_months
from qbr_pipeline.store.values import (
    DataSource,
    NewValue,
    Origin,
    ValueChange,
    manual,
    read_values,
    write_values,
)

_AVERAGE = "average_monthly_expenses"


def lock_with_next_year(connection: Connection, db: Database, months: Iterable[Month]) -> None:
    """Take the locks of the months' quarters and of those of the years after them, oldest first."""
    own = {month.quarter for month in months}
    after = {Quarter(quarter.year + 1, number) for quarter in own for number in (1, 2, 3, 4)}
    for quarter in sorted(own | after):
        lock_quarter(connection, db, quarter)


def follow_expenses(
    connection: Connection, db: Database, months: Collection[Month], now: datetime, origin: Origin
) -> dict[Month, tuple[ValueChange, ...]]:
    """Compute the average anew in the months of books of the years after `months`; what changed in each.

    One that a person entered stays. `now` is aware; `origin` is that of a derived value. The caller holds the locks of
    `lock_with_next_year`.
    """
    years = {month.year + 1 for month in months}
    following = [each.month for each in published_months(connection, db) if each.month.year in years]
    averages = {
        year: average_expenses(connection, db, Month(year, 1)).get(_AVERAGE)
        for year in {month.year for month in following}
    }
    changed: dict[Month, tuple[ValueChange, ...]] = {}
    for month in following:
        kept, average = read_values(connection, db, month), averages[month.year]
        if _AVERAGE in manual(kept) or average == (kept[_AVERAGE].value if _AVERAGE in kept else None):
            continue
        new = {_AVERAGE: NewValue(average, DataSource.COLLECTED)}
        changes = write_values(connection, db, month, new, origin)
        changed[month] = changes + refresh_month(connection, db, month, now, origin=origin)
    return changed
