"""The findings that are kept: their shape, and reading them.

What belongs here: one row for each fingerprint (organization, subject, period, rule), as it stands now. What does not:
keeping them (`records`), what people say of them (`decisions`).
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from qbr_pipeline.metrics.findings import Finding, Rule, Severity, ThresholdType
from qbr_pipeline.metrics.rules.table import POINT_RULES
from qbr_pipeline.periods import Month, Period, parse_period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.tables import finding_events, findings
from qbr_pipeline.store.schema import read_as

_FINDING = TypeAdapter(Finding)


class State(StrEnum):
    """How a finding stands.

    OPEN: somebody should look at it. ACKNOWLEDGED: somebody has; it stays so until a moment, or until its value, its
    list or its severity is another one. EXPECTED: the value is right and an exception, and later months are not held
    against it. RESOLVED: the rule no longer finds it.
    """

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXPECTED = "expected"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class StoredFinding:
    """A finding as it is kept. Moments are aware, in UTC.

    `scope`: the review that found it. `first_seen` is when it was first found ever, `last_seen` when last.
    `changed_at`: since when it is in its state, `changed_by`, `key_name` and `why`: by whom, with whose API key, and
    for what reason; by nobody when that came by itself. `until`: when an acknowledgement ends. `by_month`: of a fact
    about a source, what is found of it in each month; `finding` is that of the newest. None for any other finding.
    """

    id: int
    finding: Finding
    scope: str
    state: State
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime
    changed_by: str | None = None
    key_name: str | None = None
    why: str | None = None
    until: datetime | None = None
    by_month: Mapping[Period, Finding] | None = None

    @property
    def months(self) -> tuple[Period, ...]:
        """The months in which a fact is found, oldest first; of any other finding its one period."""
        return tuple(sorted(self.by_month, key=str)) if self.by_month else (self.finding.period,)


@dataclass(frozen=True)
class FindingEvent:
    """One change of a finding's state; `old_state` None: it was found for the first time."""

    changed_at: datetime
    old_state: State | None
    new_state: State
    severity: Severity
    value: Decimal | None
    changed_by: str | None
    key_name: str | None
    why: str | None
    until: datetime | None


@dataclass(frozen=True)
class FindingFilter:
    """Which findings are wanted; None: any. A quarter is between two months when one of its own is."""

    id: int | None = None
    states: Collection[State] | None = None
    period: Period | None = None
    first: Month | None = None
    last: Month | None = None
    rule: Rule | None = None
    severity: Severity | None = None
    subject: str | None = None


@dataclass(frozen=True)
class FindingPage:
    """Some of the findings that are wanted, how many there are in all, and how many of any kind are open.

    `changes_at` (aware): when the next acknowledgement ends; None: none does.
    """

    findings: list[StoredFinding]
    total: int
    open: int
    changes_at: datetime | None


CURRENT_RULES = findings.c.rule.in_([rule.value for rule in Rule])
"""What holds for findings of rules that there still are: one of a rule that was retired is nobody's any more."""


def find(
    connection: Connection, db: Database, wanted: FindingFilter, now: datetime, *, limit: int, offset: int
) -> FindingPage:
    """A page of the findings that are wanted: errors first, then the newest period.

    `now` is aware: an acknowledgement that has ended by then is open again.
    """
    table, state = findings, _state(now)
    own = table.c.organization_id == db.organization_id
    conditions = [own, CURRENT_RULES, *_conditions(wanted, state)]
    query = (
        select(table, state.label("state_now"))
        .where(*conditions)
        .order_by(
            case((table.c.severity == Severity.ERROR.value, 0), else_=1),
            table.c.period.desc(),
            table.c.subject,
            table.c.rule,
        )
    )
    found = [read_finding(row) for row in connection.execute(query.limit(limit).offset(offset))]
    ends = and_(table.c.state == State.ACKNOWLEDGED.value, table.c.until > now)
    counts = select(
        func.count().filter(*conditions),
        func.count().filter(CURRENT_RULES, state == State.OPEN.value),
        func.min(table.c.until).filter(ends),
    )
    total, open_, changes_at = connection.execute(counts.where(own)).one()
    return FindingPage(found, total, open_, changes_at)


def events(connection: Connection, db: Database, finding_id: int) -> list[FindingEvent]:
    """Every change of a finding's state, the oldest first; none when the organization has no such finding."""
    table = finding_events
    query = select(table).where(
        table.c.organization_id == db.organization_id, table.c.finding_id == finding_id
    )
    return [_event(row) for row in connection.execute(query.order_by(table.c.id))]


def before_opening(
    connection: Connection, db: Database, finding_ids: Collection[int]
) -> dict[int, FindingEvent]:
    """How each of these findings came into its last state that is not open; none for one that was always open."""
    table = finding_events
    query = (
        select(table)
        .ext(distinct_on(table.c.finding_id))
        .where(
            table.c.organization_id == db.organization_id,
            table.c.finding_id.in_(finding_ids),
            table.c.new_state != State.OPEN.value,
        )
        .order_by(table.c.finding_id, table.c.id.desc())
    )
    return {row.finding_id: _event(row) for row in connection.execute(query)}


def expected_points(
    connection: Connection, db: Database, first: Month, last: Month
) -> set[tuple[Month, str]]:
    """The metrics of the months from `first` to `last` of which people said that they are exceptions."""
    table = findings
    query = select(table.c.period, table.c.subject).where(
        table.c.organization_id == db.organization_id,
        table.c.state == State.EXPECTED.value,
        table.c.rule.in_([rule.value for rule in POINT_RULES]),
        table.c.period.between(str(first), str(last)),
        func.substr(table.c.period, 6, 1) != "Q",
    )
    return {(Month.parse(period), subject) for period, subject in connection.execute(query)}


def reached_thresholds(connection: Connection, db: Database, subjects: Collection[str]) -> set[Period]:
    """The periods of which it is kept that a threshold of one of the subjects was reached, unless that is resolved."""
    table = findings
    query = select(table.c.period).where(
        table.c.organization_id == db.organization_id,
        table.c.state != State.RESOLVED.value,
        table.c.rule == Rule.THRESHOLD.value,
        table.c.subject.in_(list(subjects)),
    )
    return {parse_period(period) for period in connection.scalars(query)}


def read_finding(row: Row[Any]) -> StoredFinding:
    """The finding that a row of the table describes; by `state_now`, when it has one."""
    finding = read_as(
        Finding,
        row,
        rule=Rule(row.rule),
        severity=Severity(row.severity),
        period=parse_period(row.period),
        moves=tuple(row.moves),
        threshold_type=row.threshold_type and ThresholdType(row.threshold_type),
        listed=tuple(row.listed),
    )
    return read_as(
        StoredFinding,
        row,
        finding=finding,
        state=State(getattr(row, "state_now", row.state)),
        why=row.reason,
        by_month=None if row.months is None else _by_month_from_json(row.months),
    )


def _event(row: Row[Any]) -> FindingEvent:
    return read_as(
        FindingEvent,
        row,
        old_state=row.old_state and State(row.old_state),
        new_state=State(row.new_state),
        severity=Severity(row.severity),
        why=row.reason,
    )


def by_month_as_json(by_month: Mapping[Period, Finding]) -> dict[str, Any]:
    """What is found in each month, as the column keeps it."""
    return {str(period): _FINDING.dump_python(each, mode="json") for period, each in by_month.items()}


def _by_month_from_json(months: Mapping[str, Any]) -> dict[Period, Finding]:
    return {parse_period(period): _FINDING.validate_python(each) for period, each in months.items()}


def _state(now: datetime) -> ColumnElement[str]:
    """The state at `now`: an acknowledgement lasts until just before its end."""
    ended = and_(findings.c.state == State.ACKNOWLEDGED.value, findings.c.until <= now)
    return case((ended, literal(State.OPEN.value)), else_=findings.c.state)


def _conditions(wanted: FindingFilter, state: ColumnElement[str]) -> Iterable[ColumnElement[bool]]:
    table = findings
    if wanted.states is not None:
        yield state.in_([each.value for each in wanted.states])
    if wanted.period is not None:
        yield or_(table.c.period == str(wanted.period), table.c.months.has_key(str(wanted.period)))
    for name in ("id", "rule", "severity", "subject"):
        value = getattr(wanted, name)
        if value is not None:
            yield table.c[name] == value
    if wanted.first is not None or wanted.last is not None:
        yield _lies_between(wanted.first, wanted.last)


def _lies_between(first: Month | None, last: Month | None) -> ColumnElement[bool]:
    """Whether the period, or one of the months of a fact, lies between two months."""
    table = findings
    is_quarter = func.substr(table.c.period, 6, 1) == "Q"
    month = func.jsonb_object_keys(table.c.months).column_valued("month")
    of_quarter, of_month, of_fact = [is_quarter], [~is_quarter], []
    for limit, compare in ((first, operator.ge), (last, operator.le)):
        if limit is not None:
            of_quarter.append(compare(table.c.period, str(limit.quarter)))
            of_month.append(compare(table.c.period, str(limit)))
            of_fact.append(compare(month, str(limit)))
    some_month = select(month).where(*of_fact).correlate(table).exists()
    return or_(and_(*of_quarter), and_(*of_month), some_month)
