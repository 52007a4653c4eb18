"""Findings about a source or a setting: one fact is one finding, which lists the months in which it is found.

What belongs here: bringing what the review of one month finds together with what those of other months found. What a
finding says is what its newest month says. What does not: findings about a single month (`records`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, or_, tuple_

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.periods import Period
from qbr_pipeline.store.database import Database, lock_facts
from qbr_pipeline.store.findings import states
from qbr_pipeline.store.findings.reading import StoredFinding
from qbr_pipeline.store.findings.tables import findings


def record_facts(
    connection: Connection,
    db: Database,
    scope: str,
    period: Period,
    found: Iterable[Finding],
    now: datetime,
) -> list[StoredFinding]:
    """Keep the facts that the review `scope` finds in `period`, each fingerprint once; as they are kept now.

    What it found in the period before and no longer finds loses that month; with its last one it is resolved. The state
    changes as in `records.record`, when what the newest month says is another.
    """
    wanted = {(each.subject, each.rule.value): each for each in found}
    lock_facts(connection, db)
    known = _known(connection, db, scope, period, wanted)
    kept = []
    for key, finding in wanted.items():
        before = known.pop(key, None)
        if before is None:
            kept.append(states.insert(connection, db, scope, finding, now, by_month={period: finding}))
        else:
            after = _with_months(before, {**(before.by_month or {}), period: finding})
            kept.append(states.found_again(connection, db, before, replace(after, scope=scope), now))
    for before in known.values():
        left = {each: finding for each, finding in (before.by_month or {}).items() if each != period}
        if left:
            states.rewrite(connection, _with_months(before, left))
        else:
            states.resolve(connection, db, replace(before, by_month={}), now)
    return kept


def _with_months(stored: StoredFinding, by_month: Mapping[Period, Finding]) -> StoredFinding:
    newest = max(by_month, key=str)
    return replace(stored, finding=by_month[newest], by_month=by_month)


def _known(
    connection: Connection, db: Database, scope: str, period: Period, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StoredFinding]:
    """The facts that this review found in the period, and those that it finds now; the rows are locked."""
    table = findings
    found_before = and_(table.c.scope == scope, table.c.months.has_key(str(period)))
    return states.locked(
        connection,
        db,
        table.c.months.is_not(None),
        or_(found_before, tuple_(table.c.subject, table.c.rule).in_(list(wanted))),
    )
