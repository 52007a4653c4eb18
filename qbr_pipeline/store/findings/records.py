"""Keeping what a review has found: what is new, what is found again, what has gone.

What belongs here: telling these apart, for one period and for facts about a source that last over several months. What
does not: writing a row with its event (`states`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, or_, tuple_

from qbr_pipeline.metrics.findings import Finding, Severity
from qbr_pipeline.metrics.rules.table import RULES
from qbr_pipeline.periods import Period
from qbr_pipeline.store.database import Database, lock_facts, lock_findings
from qbr_pipeline.store.findings.reading import State, StoredFinding
from qbr_pipeline.store.findings.states import found_again, insert, locked, resolve, rewrite
from qbr_pipeline.store.findings.tables import findings


def record(
    connection: Connection,
    db: Database,
    scope: str,
    period: Period,
    found: Iterable[Finding],
    now: datetime,
) -> tuple[StoredFinding, ...]:
    """Keep what the review `scope` finds of `period` at the aware moment `now`; as it is kept now.

    What it found before and no longer finds is resolved. What is found again keeps its first_seen, and its state unless
    it was resolved, or acknowledged until a moment that has come or with another value, list or severity: then it is
    open. Several findings of one fingerprint are kept as one; a fact about a source is kept as one over all its months.
    The same again changes nothing but last_seen.
    """
    lock_findings(connection, db, period)
    table, unique = findings, merged(found)
    wanted = {_key(each): each for each in unique if not RULES[each.rule].every_month}
    known = locked(
        connection,
        db,
        table.c.period == str(period),
        table.c.months.is_(None),
        or_(table.c.scope == scope, tuple_(table.c.subject, table.c.rule).in_(list(wanted))),
    )
    kept = []
    for key, each in wanted.items():
        before = known.pop(key, None)
        if before is None:
            kept.append(insert(connection, db, scope, each, now))
        else:
            kept.append(found_again(connection, db, before, replace(before, finding=each, scope=scope), now))
    for before in known.values():
        if before.state is not State.RESOLVED:
            resolve(connection, db, before, now)
    facts = {_key(each): each for each in unique if RULES[each.rule].every_month}
    return (*kept, *_record_facts(connection, db, scope, period, facts, now))


def _record_facts(
    connection: Connection,
    db: Database,
    scope: str,
    period: Period,
    wanted: Mapping[tuple[str, str], Finding],
    now: datetime,
) -> Iterator[StoredFinding]:
    """Keep facts about a source or a setting, each of which is one finding that lists its months.

    What a finding says is what its newest month says. One that is no longer found in `period` loses that month, and is
    resolved with its last one.
    """
    lock_facts(connection, db)
    table = findings
    found_before = and_(table.c.scope == scope, table.c.months.has_key(str(period)))
    known = locked(
        connection,
        db,
        table.c.months.is_not(None),
        or_(found_before, tuple_(table.c.subject, table.c.rule).in_(list(wanted))),
    )
    for key, each in wanted.items():
        before = known.pop(key, None)
        if before is None:
            yield insert(connection, db, scope, each, now, by_month={period: each})
        else:
            after = _with_months(before, {**(before.by_month or {}), period: each})
            yield found_again(connection, db, before, replace(after, scope=scope), now)
    for before in known.values():
        left = {each: finding for each, finding in (before.by_month or {}).items() if each != period}
        if left:
            rewrite(connection, _with_months(before, left))
        else:
            resolve(connection, db, replace(before, by_month={}), now)


def _with_months(stored: StoredFinding, by_month: Mapping[Period, Finding]) -> StoredFinding:
    newest = max(by_month, key=str)
    return replace(stored, finding=by_month[newest], by_month=by_month)


def _key(finding: Finding) -> tuple[str, str]:
    return finding.subject, finding.rule.value


def merged(found: Iterable[Finding]) -> list[Finding]:
    """Each fingerprint once: the worst severity, the first value, all sentences, and every SmartNumber concerned."""
    by_key: dict[tuple[str, str, str], Finding] = {}
    for each in found:
        finding_key = (each.subject, str(each.period), each.rule.value)
        before = by_key.setdefault(finding_key, each)
        if before is not each:
            by_key[finding_key] = replace(
                before,
                severity=Severity.ERROR if each.blocks else before.severity,
                value=each.value if before.value is None else before.value,
                expected=f"{before.expected}; {each.expected}",
                sentence=f"{before.sentence}\n{each.sentence}",
                moves=tuple(dict.fromkeys((*before.moves, *each.moves))),
                listed=tuple(dict.fromkeys((*before.listed, *each.listed))),
            )
    return list(by_key.values())
