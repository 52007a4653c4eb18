"""Findings as rows: a new one, one that is found again, one that is gone, each with the event of its state.

What belongs here: writing one row and its event, and when it opens again. What does not: which findings those are
(`records`), and what people decide (`decisions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update
from sqlalchemy import insert as insert_into

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.periods import Period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import (
    CURRENT_RULES,
    State,
    StoredFinding,
    by_month_as_json,
    read_finding,
)
from qbr_pipeline.store.findings.tables import finding_events, findings

FOUND_AGAIN = "it was found again"
NO_LONGER_FOUND = "it is no longer found"
ENDED = "the acknowledgement has ended"
OTHER_VALUE = "its value has changed"
OTHER_LIST = "what it lists has changed"
OTHER_SEVERITY = "its severity has changed"


def locked(
    connection: Connection, db: Database, *conditions: ColumnElement[bool]
) -> dict[tuple[str, str], StoredFinding]:
    """The findings of rules that there are which meet all `conditions`, by subject and rule; their rows are locked."""
    query = (
        select(findings)
        .where(findings.c.organization_id == db.organization_id, CURRENT_RULES, *conditions)
        .order_by(findings.c.id)
        .with_for_update()
    )
    return {(row.subject, row.rule): read_finding(row) for row in connection.execute(query)}


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


def insert(
    connection: Connection,
    db: Database,
    scope: str,
    finding: Finding,
    now: datetime,
    by_month: Mapping[Period, Finding] | None = None,
) -> StoredFinding:
    """Keep a new finding, open since the aware moment `now`; `by_month`: what is found of a fact in each month."""
    new = insert_into(findings).values(
        organization_id=db.organization_id,
        subject=finding.subject,
        rule=finding.rule.value,
        scope=scope,
        state=State.OPEN.value,
        first_seen=now,
        last_seen=now,
        changed_at=now,
        **_columns(finding, by_month),
    )
    finding_id = connection.execute(new.returning(findings.c.id)).scalar_one()
    kept = StoredFinding(
        finding_id,
        finding,
        scope,
        State.OPEN,
        first_seen=now,
        last_seen=now,
        changed_at=now,
        by_month=by_month,
    )
    _append_event(connection, db, kept, None)
    return kept


def found_again(
    connection: Connection, db: Database, before: StoredFinding, after: StoredFinding, now: datetime
) -> StoredFinding:
    """Keep `after` in place of `before`, seen at the aware moment `now`; it opens where there is a reason for that."""
    seen = replace(after, last_seen=now)
    _update(
        connection, seen.id, {"scope": seen.scope, "last_seen": now, **_columns(seen.finding, seen.by_month)}
    )
    why = _reason_to_open(before, after.finding, now)
    if why is None:
        return seen
    opened = _by_itself(replace(seen, state=State.OPEN, why=why), now)
    write_state(connection, db, before, opened)
    return opened


def rewrite(connection: Connection, after: StoredFinding) -> None:
    """Keep what a finding says now, without having seen it again."""
    _update(connection, after.id, _columns(after.finding, after.by_month))


def resolve(connection: Connection, db: Database, before: StoredFinding, now: datetime) -> None:
    """A finding is no longer found, by the aware moment `now`."""
    _update(connection, before.id, _columns(before.finding, before.by_month))
    gone = replace(before, state=State.RESOLVED, why=NO_LONGER_FOUND)
    write_state(connection, db, before, _by_itself(gone, now))


def _reason_to_open(before: StoredFinding, finding: Finding, now: datetime) -> str | None:
    if before.state is State.RESOLVED:
        return FOUND_AGAIN
    if before.state is not State.ACKNOWLEDGED:
        return None
    if before.until is not None and before.until <= now:
        return ENDED
    if before.finding.severity is not finding.severity:
        return OTHER_SEVERITY
    if before.finding.listed and before.finding.listed != finding.listed:
        return OTHER_LIST
    return None if finding.listed or _same(before.finding.value, finding.value) else OTHER_VALUE


def _same(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None or not (one.is_finite() and other.is_finite()):
        return str(_storable(one)) == str(_storable(other))
    return one == other


def _storable(value: Decimal | None) -> Decimal | None:
    """The value as the driver writes it: it knows no infinity."""
    return Decimal("NaN") if value is not None and not value.is_finite() else value


def _by_itself(finding: StoredFinding, now: datetime) -> StoredFinding:
    return replace(finding, changed_at=now, changed_by=None, key_name=None, until=None)


def _columns(finding: Finding, by_month: Mapping[Period, Finding] | None) -> dict[str, Any]:
    return {
        "period": str(finding.period),
        "months": None if by_month is None else by_month_as_json(by_month),
        "severity": finding.severity.value,
        "value": _storable(finding.value),
        "expected": finding.expected,
        "sentence": finding.sentence,
        "moves": list(finding.moves),
        "threshold_type": finding.threshold_type,
        "listed": list(finding.listed),
    }


def _update(connection: Connection, finding_id: int, columns: dict[str, Any]) -> None:
    connection.execute(
        update(findings)
        .where(findings.c.id == finding_id)
        .values(updated_at=func.clock_timestamp(), **columns)
    )


def _append_event(connection: Connection, db: Database, finding: StoredFinding, old: State | None) -> None:
    connection.execute(
        insert_into(finding_events).values(
            organization_id=db.organization_id,
            finding_id=finding.id,
            old_state=old,
            new_state=finding.state,
            severity=finding.finding.severity,
            value=_storable(finding.finding.value),
            changed_by=finding.changed_by,
            key_name=finding.key_name,
            reason=finding.why,
            until=finding.until,
            changed_at=finding.changed_at,
        )
    )
