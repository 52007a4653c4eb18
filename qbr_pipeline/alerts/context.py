"""What a person needs to judge a finding, looked up in the database.

What belongs here: which facts those are. What does not: their wording (`messages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from qbr_pipeline.alerts.messages import AlertContext, LastChange, Moved
from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.derived import with_changes
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, monthly_smartnumbers
from qbr_pipeline.metrics.words import period_name
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store import collection_log
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import StoredFinding
from qbr_pipeline.store.history import HistoryEntry, history
from qbr_pipeline.store.reading import read_quarterly, read_smartnumbers
from qbr_pipeline.store.restatements.ledger import RestatementFilter, restatements_page
from qbr_pipeline.store.rows.contributors import Contributor, contributors
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC, RowSource
from qbr_pipeline.store.values import ValueChangeCause, manual, present, read_values

_CAUSES = {
    ValueChangeCause.COLLECTION: "a collection",
    ValueChangeCause.DERIVED: "a change of its parts",
    ValueChangeCause.RECOMPUTE: "a recomputation",
    ValueChangeCause.ENTRY: "a manual entry",
    ValueChangeCause.RELEASE: "a release",
    ValueChangeCause.ADOPTED: "an adoption from another program's tables",
}
_JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What a value is compared with: that of another month, or of the same month at an aware moment."""

    value: Decimal | None
    name: str
    month: Month
    as_of: datetime | None = None


def look_into(
    connection: Connection, db: Database, stored: StoredFinding, others: Sequence[Period], now: datetime
) -> AlertContext:
    """All that is known of a finding at the aware moment `now`; `others`: periods of which the same was found."""
    finding = stored.finding
    rows_of = _rows_of(finding.subject)
    if isinstance(finding.period, Quarter):
        last = _of_quarter(connection, db, finding.subject, finding.period.previous)
        return AlertContext(
            stored.id, finding, others, last=last, last_of=period_name(finding.period.previous)
        )
    run_id = _last_run(connection, db, finding.period, finding.subject)
    if finding.subject in SMARTNUMBERS:
        return AlertContext(
            stored.id,
            finding,
            others,
            last=_smartnumber(connection, db, finding.subject, finding.period.previous),
            last_of=period_name(finding.period.previous),
            run_id=run_id,
        )
    if finding.subject not in METRICS:
        return AlertContext(stored.id, finding, others, run_id=run_id, rows_of=rows_of)
    earlier = _earlier(connection, db, finding, finding.period)
    return AlertContext(
        stored.id,
        finding,
        others,
        last=earlier.value,
        last_of=earlier.name,
        numbers=_numbers(connection, db, finding, finding.period, earlier.value, now),
        contributors=_contributors(connection, db, finding, finding.period, earlier),
        last_change=_last_change(history(connection, db, finding.period, finding.subject)),
        run_id=run_id,
        rows_of=rows_of,
    )


def _rows_of(subject: str) -> str | None:
    """The metric whose rows the subject of a finding is counted from: itself, or the first of a source."""
    source = RowSource.named(subject)
    return next(
        (key for key, rows in ROWS_OF_METRIC.items() if key == subject or rows.source is source), None
    )


def _smartnumber(connection: Connection, db: Database, key: str, period: Period) -> Decimal | None:
    number = read_smartnumbers(connection, db, period).get(key)
    return number.value if number else None


def _of_quarter(connection: Connection, db: Database, subject: str, quarter: Quarter) -> Decimal | None:
    if subject in SMARTNUMBERS:
        return _smartnumber(connection, db, subject, quarter)
    metric = read_quarterly(connection, db, quarter).get(subject)
    return metric.value if metric else None


def _earlier(connection: Connection, db: Database, finding: Finding, month: Month) -> _Earlier:
    if finding.rule is Rule.RESTATED:
        wanted = RestatementFilter(month, month, finding.subject)
        found, _ = restatements_page(connection, db, wanted, limit=1)
        if found:
            before = found[0].published_at - _JUST_BEFORE
            return _Earlier(found[0].old, "as published before", month, before)
    stored = read_values(connection, db, month.previous).get(finding.subject)
    return _Earlier(stored.value if stored else None, period_name(month.previous), month.previous)


def _numbers(
    connection: Connection, db: Database, finding: Finding, month: Month, last: Decimal | None, now: datetime
) -> tuple[Moved, ...]:
    """The SmartNumbers of the month had the metric its last value, and as they are; those that it moves."""
    if last is None or finding.severity is Severity.ERROR:
        return ()
    stored = read_values(connection, db, month)
    is_over = month.is_over(now, db.timezone)
    before = monthly_smartnumbers(
        MonthFacts(month, with_changes(present(stored), {finding.subject: last}, manual(stored)), is_over)
    )
    after = monthly_smartnumbers(MonthFacts(month, present(stored), is_over))
    return tuple(
        Moved(key, before[key].value, after[key].value)
        for key in finding.moves
        if key in before and before[key].value != after[key].value
    )


def _contributors(
    connection: Connection, db: Database, finding: Finding, month: Month, earlier: _Earlier
) -> Sequence[Contributor]:
    if finding.subject not in ROWS_OF_METRIC or finding.severity is Severity.ERROR:
        return ()
    return contributors(connection, db, finding.subject, month, earlier.month, as_of=earlier.as_of)


def _last_change(entries: Sequence[HistoryEntry]) -> LastChange | None:
    if not entries:
        return None
    entry = entries[-1]
    return LastChange(
        entry.changed_at, entry.changed_by or _CAUSES[entry.cause], entry.old_value, entry.new_value
    )


def _last_run(connection: Connection, db: Database, month: Month, subject: str) -> str | None:
    """The run that collected the month last: of the metric's vendor, when it is a metric."""
    vendor: Vendor | None = METRICS[subject].vendor if subject in METRICS else None
    found = [
        row
        for row in collection_log.rows(connection, db, month=month)
        if vendor is None or row.vendor is vendor
    ]
    return found[-1].run_id if found else None
