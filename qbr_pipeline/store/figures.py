"""What is known of months and quarters at a moment: as stored, or as the history says it was known at an earlier one.

What belongs here: values, quarters and SmartNumbers read together, for whoever shows or exports them; what is stored is
computed anew only where time has made it old. What does not: what a number is (`metrics`), writing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.rollup import roll_up
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumberValue, smartnumbers_of
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, State, StoredFinding, find
from qbr_pipeline.store.history import known_as_of, read_facts_as_of
from qbr_pipeline.store.reading import (
    PeriodT,
    QuarterlyValue,
    organization_name,
    read_quarterly,
    read_smartnumbers_of,
)
from qbr_pipeline.store.restatements.ledger import Restatement, RestatementFilter, restatements_page
from qbr_pipeline.store.rows.snapshots import with_remarks
from qbr_pipeline.store.values import DataSource, present, read_facts, read_values_between

_MOST = 10_000  # findings and restatements that are read at once


@dataclass(frozen=True)
class StoredMetric:
    """What is kept of a metric in a month, now or at an earlier moment. Moments are aware."""

    value: Decimal | None
    source: DataSource
    entered_by: str | None
    notes: str | None
    collected_at: datetime | None
    changed_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """All that is known of some months without a gap, oldest first.

    `quarters`: those of which every month that has begun is among them. `findings` and `restatements` are those of
    the months, as they stand now. Moments are aware; people read them in `timezone`.
    """

    organization: str
    timezone: ZoneInfo
    current: Month
    facts: Mapping[Month, MonthFacts]
    stored: Mapping[Month, Mapping[str, StoredMetric]]
    quarters: Mapping[Quarter, Mapping[str, QuarterlyValue]]
    smartnumbers: Mapping[Period, Mapping[str, SmartNumberValue]]
    findings: Sequence[StoredFinding] = ()
    restatements: Sequence[Restatement] = ()

    @property
    def months(self) -> tuple[Month, ...]:
        """Oldest first."""
        return tuple(self.facts)


def read_figures(
    connection: Connection,
    db: Database,
    months: Sequence[Month],
    moment: datetime,
    as_of: datetime | None = None,
) -> Figures:
    """All that is known of `months` (without a gap, oldest first) at the aware `moment`, or at `as_of` before it.

    Months may lie in the future: nothing is known of them.
    """
    current = Month.of(moment, db.timezone)
    stored = read_stored_months(connection, db, months, as_of)
    facts = {
        month: MonthFacts(month, present(kept), is_over=month.is_over(moment, db.timezone))
        for month, kept in stored.items()
    }
    quarters = whole_quarters(months, current)
    wanted = FindingFilter(states=set(State) - {State.RESOLVED}, first=months[0], last=months[-1])
    found = find(connection, db, wanted, moment, limit=_MOST, offset=0)
    ledger = RestatementFilter(first=months[0], last=months[-1])
    return Figures(
        organization=organization_name(connection, db) or "",
        timezone=db.timezone,
        current=current,
        facts=facts,
        stored=stored,
        quarters={each: read_quarter(connection, db, each, as_of) for each in quarters},
        smartnumbers=read_numbers_of(connection, db, [*months, *quarters], as_of, moment),
        findings=found.findings,
        restatements=restatements_page(connection, db, ledger, limit=_MOST)[0],
    )


def whole_quarters(months: Sequence[Month], current: Month) -> list[Quarter]:
    """The quarters of `months` of which no month that has begun by the month `current` is missing, oldest first.

    Months to come count as well where they are given.
    """
    given = set(months)
    return [
        quarter
        for quarter in dict.fromkeys(month.quarter for month in months)
        if all(month in given or month > current for month in quarter.months)
    ]


def read_stored_months(
    connection: Connection, db: Database, months: Sequence[Month], as_of: datetime | None
) -> dict[Month, dict[str, StoredMetric]]:
    """What is kept of the metrics of several months without a gap, oldest first, or was at the moment `as_of`."""
    if as_of is not None:
        return {month: _stored_then(connection, db, month, as_of) for month in months}
    return {
        month: {
            key: StoredMetric(
                each.value, each.source, each.entered_by, each.notes, each.collected_at, each.updated_at
            )
            for key, each in values.items()
            if key in METRICS
        }
        for month, values in read_values_between(connection, db, months[0], months[-1]).items()
    }


def _stored_then(
    connection: Connection, db: Database, month: Month, as_of: datetime
) -> dict[str, StoredMetric]:
    return {
        key: StoredMetric(
            entry.new_value,
            entry.new_source,
            entry.changed_by if entry.new_source is DataSource.MANUAL else None,
            entry.note if entry.new_source is DataSource.MANUAL else None,
            None,
            entry.changed_at,
        )
        for key, entry in known_as_of(connection, db, month, as_of).items()
    }


def read_quarter(
    connection: Connection, db: Database, quarter: Quarter, as_of: datetime | None
) -> Mapping[str, QuarterlyValue]:
    """The rolled-up metrics of a quarter by key, as stored, or from what was known at the moment `as_of`."""
    if as_of is None:
        return read_quarterly(connection, db, quarter)
    facts = [read_facts_as_of(connection, db, month, as_of) for month in quarter.months]
    return {
        key: QuarterlyValue(key, each.value, each.months_used)
        for key, each in roll_up(quarter, facts).items()
    }


def read_numbers(
    connection: Connection, db: Database, period: Period, as_of: datetime | None, moment: datetime
) -> Mapping[str, SmartNumberValue]:
    """The 18 SmartNumbers of a period by key, as stored, or computed from what was known at the moment `as_of`.

    They are computed from what is stored when, by the aware `moment`, a month may have ended since they were stored:
    that makes a month final, and one more that its quarter uses.
    """
    return read_numbers_of(connection, db, [period], as_of, moment)[period]


def read_numbers_of(
    connection: Connection, db: Database, periods: Sequence[PeriodT], as_of: datetime | None, moment: datetime
) -> dict[PeriodT, Mapping[str, SmartNumberValue]]:
    """The same of several periods."""
    stored = read_smartnumbers_of(connection, db, periods) if as_of is None else {}
    return {
        period: _current(connection, db, period, stored.get(period, {}), as_of, moment) for period in periods
    }


def _current(
    connection: Connection,
    db: Database,
    period: Period,
    stored: Mapping[str, SmartNumberValue],
    as_of: datetime | None,
    moment: datetime,
) -> Mapping[str, SmartNumberValue]:
    """What is `stored` where that still holds, else computed anew."""
    months = (period,) if isinstance(period, Month) else period.months
    if as_of is None:
        has_ended = months[0].is_over(moment, db.timezone)
        is_provisional = any(each.provisional for each in stored.values())
        if len(stored) == len(SMARTNUMBERS) and not (has_ended and is_provisional):
            return stored
        facts = [read_facts(connection, db, month, moment) for month in months]
    else:
        facts = [read_facts_as_of(connection, db, month, as_of) for month in months]
    return smartnumbers_of(period, [with_remarks(connection, db, each, as_of) for each in facts])
