"""What `qbr doctor` finds odd about the values that are kept, and what collections found odd about their sources.

What belongs here: one sentence for each kind of oddity, with the way to mend it. What does not: judging the values.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, State, StoredFinding, find
from qbr_pipeline.store.foreign_rows import foreign_rows, unknown_rows
from qbr_pipeline.store.publications import future_publications

_NAMED = 3
_ALL = 100_000
_ODD = (
    Rule.OUTSIDE_WINDOW,
    Rule.ROWS_LEFT_OUT,
    Rule.TICKETS_UNREADABLE,
    Rule.TICKETS_NOT_FOUND,
    Rule.ROWS_LOST,
    Rule.CLOSED_STATUS,
    Rule.ZERO,
    Rule.IMPLAUSIBLE,
)
"""Rules whose findings say that a source answers well-formed and wrong."""


def oddities(connection: Connection, db: Database) -> Iterator[str]:
    """A sentence for each kind of row that should not be there; none where all is well."""
    if foreign := foreign_rows(connection, db):
        named = [f"{row.metric} of {row.month} under {row.stands_under}" for row in foreign]
        ids = ", ".join(str(row.id) for row in foreign)
        yield (
            f"{_several(len(foreign), 'row')} of a metric under a vendor that does not own it, which are ignored:"
            f" {_first(named)}. Enter what is right by `qbr metric set`, and delete the others:"
            f" DELETE FROM qbr_metrics_monthly WHERE id IN ({ids})."
        )
    if unknown := unknown_rows(connection, db):
        named = [one_line(f"{metric} of {period}") for period, metric in unknown]
        yield (
            f"{_several(len(unknown), 'row')} of no known metric or month in qbr_metrics_monthly, which are ignored:"
            f" {_first(named)}. Another program may have written them; delete those that nobody needs."
        )
    if future := future_publications(connection, db):
        named = [f"{each.vendor} {each.month} at {each.published_at:%Y-%m-%d %H:%M} UTC" for each in future]
        yield (
            f"{_several(len(future), 'publication')} dated in the future, by a clock that was ahead: {_first(named)}."
            f" Set the clock right; collecting the month again replaces each."
        )


def found_odd(connection: Connection, db: Database, now: datetime) -> Iterator[str]:
    """A sentence for each fact that collections found odd about a source and that is open at the aware moment `now`."""
    page = find(connection, db, FindingFilter(states=[State.OPEN]), now, limit=_ALL, offset=0)
    by_fact: dict[tuple[Rule, str], list[StoredFinding]] = {}
    for each in page.findings:
        if each.finding.rule in _ODD:
            by_fact.setdefault((each.finding.rule, each.finding.subject), []).append(each)
    for found in by_fact.values():
        newest = max(found, key=lambda each: str(each.finding.period))
        others = len({month for each in found for month in each.months}) - 1
        alike = f" ({_several(others, 'more month')} like this.)" if others else ""
        yield f"{' '.join(newest.finding.sentence.splitlines()).rstrip('.')}.{alike}"


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _first(named: list[str]) -> str:
    more = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")
