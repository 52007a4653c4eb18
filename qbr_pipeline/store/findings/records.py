"""Keeping what a review has found: what is new, what is found again, what has gone.

What belongs here: telling these apart for one period. What does not: writing a row with its event (`states`), findings
that are one over several months (`facts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, or_, tuple_

from qbr_pipeline.metrics.findings import Finding, Severity
from qbr_pipeline.metrics.rules.table import RULES
from qbr_pipeline.periods import Period
from qbr_pipeline.store.database import Database, lock_findings
from qbr_pipeline.store.findings.facts import record_facts
from qbr_pipeline.store.findings.reading import State, StoredFinding
from qbr_pipeline.store.findings.states import found_again, insert, locked, resolve
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
    unique = merged(found)
    wanted = {(each.subject, each.rule.value): each for each in unique if not RULES[each.rule].every_month}
    known = _known(connection, db, scope, period, wanted)
    kept = []
    for finding_key, finding in wanted.items():
        before = known.pop(finding_key, None)
        if before is None:
            kept.append(insert(connection, db, scope, finding, now))
        else:
            kept.append(
                found_again(connection, db, before, replace(before, finding=finding, scope=scope), now)
            )
    for before in known.values():
        if before.state is not State.RESOLVED and before.scope == scope:
            resolve(connection, db, before, now)
    facts = [each for each in unique if RULES[each.rule].every_month]
    return (*kept, *record_facts(connection, db, scope, period, facts, now))


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


def _known(
    connection: Connection, db: Database, scope: str, period: Period, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StoredFinding]:
    """What is kept of the period by this review, or under a fingerprint that it finds now; the rows are locked."""
    table = findings
    return locked(
        connection,
        db,
        table.c.period == str(period),
        table.c.months.is_(None),
        or_(table.c.scope == scope, tuple_(table.c.subject, table.c.rule).in_(list(wanted))),
    )
