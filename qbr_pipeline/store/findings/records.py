"""Keeping what a review has found: what is new, what is found again, what has gone.

What belongs here: the one way in which findings are written, with their events. What people say of them comes here too,
from `decisions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, tuple_, update

from qbr_pipeline.metrics.findings import Finding, Severity
from qbr_pipeline.periods import Period
from qbr_pipeline.store.database import Database, lock_findings
from qbr_pipeline.store.findings.reading import State, StoredFinding, read_finding
from qbr_pipeline.store.findings.tables import finding_events, findings

FOUND_AGAIN = "it was found again"
NO_LONGER_FOUND = "it is no longer found"
ENDED = "the acknowledgement has ended"
OTHER_VALUE = "its value has changed"
OTHER_LIST = "what it lists has changed"
OTHER_SEVERITY = "its severity has changed"


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
    open. Several findings of one fingerprint are kept as one. The same again changes nothing but last_seen.
    """
    lock_findings(connection, db, period)
    wanted = {(each.subject, each.rule.value): each for each in merged(found)}
    known = _known(connection, db, scope, period, wanted)
    kept = []
    for finding_key, finding in wanted.items():
        before = known.pop(finding_key, None)
        if before is None:
            kept.append(_insert(connection, db, scope, finding, now))
        else:
            kept.append(
                _found_again(connection, db, before, replace(before, finding=finding, scope=scope), now)
            )
    for before in known.values():
        if before.state is not State.RESOLVED and before.scope == scope:
            gone = replace(before, state=State.RESOLVED, why=NO_LONGER_FOUND)
            write_state(connection, db, before, _by_itself(gone, now))
    return tuple(kept)


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
            )
    return list(by_key.values())


def write_state(connection: Connection, db: Database, before: StoredFinding, after: StoredFinding) -> None:
    """Bring a finding into another state, with its event. The caller has locked its row."""
    _update(
        connection,
        before.id,
        {
            "state": after.state.value,
            "changed_at": after.changed_at,
            "changed_by": after.changed_by,
            "key_name": after.key_name,
            "reason": after.why,
            "until": after.until,
        },
    )
    _append_event(connection, db, after, before.state)


def _known(
    connection: Connection, db: Database, scope: str, period: Period, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StoredFinding]:
    """What is kept of the period by this review, or under a fingerprint that it finds now; the rows are locked."""
    table = findings
    query = (
        select(table)
        .where(
            and_(
                table.c.organization_id == db.organization_id,
                table.c.period == str(period),
                or_(table.c.scope == scope, tuple_(table.c.subject, table.c.rule).in_(list(wanted))),
            )
        )
        .order_by(table.c.id)
        .with_for_update()
    )
    return {(row.subject, row.rule): read_finding(row) for row in connection.execute(query)}


def _insert(
    connection: Connection, db: Database, scope: str, finding: Finding, now: datetime
) -> StoredFinding:
    new = insert(findings).values(
        organization_id=db.organization_id,
        subject=finding.subject,
        period=str(finding.period),
        rule=finding.rule.value,
        scope=scope,
        state=State.OPEN.value,
        first_seen=now,
        last_seen=now,
        changed_at=now,
        **_columns(finding),
    )
    finding_id = connection.execute(new.returning(findings.c.id)).scalar_one()
    kept = StoredFinding(
        finding_id, finding, scope, State.OPEN, first_seen=now, last_seen=now, changed_at=now
    )
    _append_event(connection, db, kept, None)
    return kept


def _found_again(
    connection: Connection, db: Database, before: StoredFinding, after: StoredFinding, now: datetime
) -> StoredFinding:
    seen = replace(after, last_seen=now)
    _update(connection, before.id, {"scope": seen.scope, "last_seen": now, **_columns(seen.finding)})
    why = _reason_to_open(before, after.finding, now)
    if why is None:
        return seen
    opened = _by_itself(replace(seen, state=State.OPEN, why=why), now)
    write_state(connection, db, before, opened)
    return opened


def _reason_to_open(before: StoredFinding, finding: Finding, now: datetime) -> str | None:
    if before.state is State.RESOLVED:
        return FOUND_AGAIN
    if before.state is not State.ACKNOWLEDGED:
        return None
    if before.until is not None and before.until <= now:
        return ENDED
    if before.finding.severity is not finding.severity:
        return OTHER_SEVERITY
    if before.finding.listing != finding.listing:
        return OTHER_LIST
    return None if _same(before.finding.value, finding.value) else OTHER_VALUE


def _same(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None or not (one.is_finite() and other.is_finite()):
        return str(_storable(one)) == str(_storable(other))
    return one == other


def _storable(value: Decimal | None) -> Decimal | None:
    """The value as the driver writes it: it knows no infinity."""
    return Decimal("NaN") if value is not None and not value.is_finite() else value


def _by_itself(finding: StoredFinding, now: datetime) -> StoredFinding:
    return replace(finding, changed_at=now, changed_by=None, key_name=None, until=None)


def _columns(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity.value,
        "value": _storable(finding.value),
        "expected": finding.expected,
        "sentence": finding.sentence,
        "moves": list(finding.moves),
        "threshold_type": finding.threshold_type,
    }


def _update(connection: Connection, finding_id: int, columns: dict[str, Any]) -> None:
    connection.execute(
        update(findings)
        .where(findings.c.id == finding_id)
        .values(updated_at=func.clock_timestamp(), **columns)
    )


def _append_event(connection: Connection, db: Database, finding: StoredFinding, old: State | None) -> None:
    connection.execute(
        insert(finding_events).values(
            organization_id=db.organization_id,
            finding_id=finding.id,
            old_state=None if old is None else old.value,
            new_state=finding.state.value,
            severity=finding.finding.severity.value,
            value=_storable(finding.finding.value),
            changed_by=finding.changed_by,
            key_name=finding.key_name,
            reason=finding.why,
            until=finding.until,
            changed_at=finding.changed_at,
        )
    )
