"""Findings: what the rules have found odd. What people say of them: `decisions`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator

from qbr_pipeline.api.annotated_response import AnnotatedResponse
from qbr_pipeline.api.errors import ApiError, Code
from qbr_pipeline.api.models import (
    IdField,
    MonthField,
    NoParameters,
    Number,
    OfOrganization,
    PeriodField,
    PeriodText,
    ResponseModel,
    SubjectField,
    described,
    whole_number,
)
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.catalogue import Unit
from qbr_pipeline.metrics.findings import Rule, Severity, ThresholdType
from qbr_pipeline.metrics.smartnumbers import Shown, known_number
from qbr_pipeline.store.findings.reading import (
    FindingFilter,
    State,
    StoredFinding,
    events,
    find,
)


class StateFilter(StrEnum):
    """The state that findings are wanted in; any of them too."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXPECTED = "expected"
    RESOLVED = "resolved"
    ANY = "any"


class FindingsQuery(OfOrganization):
    """Which findings, and which page of them; those that are resolved only when asked for by state or id."""

    id: IdField | None = None
    period: PeriodField | None = None
    from_period: MonthField | None = None
    to_period: MonthField | None = None
    state: StateFilter | None = None
    rule: Rule | None = None
    severity: Severity | None = None
    subject: SubjectField | None = None
    limit: whole_number(1, 1000) = 100  # type: ignore[valid-type]
    offset: whole_number(0, 1_000_000) = 0  # type: ignore[valid-type]


class FindingQuery(OfOrganization):
    """Which finding."""

    id: IdField


def _finite(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() else None


FiniteNumber = Annotated[Number | None, BeforeValidator(_finite)]
"""What is no number, such as NaN, is null."""


class Moved(ResponseModel):
    """A SmartNumber that the finding concerns."""

    name: str
    label: str


class FindingResponse(ResponseModel):
    """A finding as it stands."""

    id: int
    subject: str = described("The key of a metric or SmartNumber, or the name of a source or setting.")
    label: str
    period: PeriodText = described("Of a fact that is found in several months: the newest of them.")
    months: list[PeriodText] = described(
        "Where it is found, oldest first: the months of a fact about a source or setting; else its one period."
    )
    rule: Rule
    severity: Severity = described("error: nothing of that month and vendor was published; warn: published.")
    value: FiniteNumber = described("Null where there is none, or none that is a number.")
    unit: Unit | Shown | None = described("Of the value; null where the subject is no metric or SmartNumber.")
    expected: str
    sentence: str
    threshold_type: ThresholdType | None = described(
        "The threshold that is reached; null for any other rule."
    )
    moves: list[Moved] = described("The SmartNumbers that it concerns.")
    scope: str = described("The review that finds it: the name of its asset.")
    state: State = described("An acknowledgement that has ended is open.")
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime = described("When its state began.")
    changed_by: str | None = described("Null: nobody, it changed by itself.")
    key_name: str | None = described("The name of the key that was used.")
    why: str | None
    until: datetime | None = described("When the acknowledgement ends.")


class FindingsResponse(AnnotatedResponse):
    """A page of findings: errors first, then the newest period."""

    total: int
    open: int = described("How many of the organization are open, whatever the filter.")
    limit: int
    offset: int
    findings: list[FindingResponse]


class EventResponse(ResponseModel):
    """One change of a finding's state."""

    changed_at: datetime
    old_state: State | None = described("Null: it was found for the first time.")
    new_state: State
    severity: Severity
    value: FiniteNumber
    changed_by: str | None
    key_name: str | None
    why: str | None
    until: datetime | None


class Events(ResponseModel):
    """Every change of a finding's state, the oldest first."""

    id: int
    events: list[EventResponse]


@routes.get("/findings", query=FindingsQuery, data=FindingsResponse, tag="findings", cacheable=True)
def list_findings(call: Call[FindingsQuery, NoParameters]) -> FindingsResponse:
    """What the rules have found, a page at a time. A quarter is between two months when one of its own is."""
    query = call.query
    if query.period is not None:
        call.begun(query.period)
    call.in_order(query.from_period, query.to_period)
    wanted = FindingFilter(
        id=query.id,
        states=_states(query),
        period=query.period,
        first=query.from_period,
        last=query.to_period,
        rule=query.rule,
        severity=query.severity,
        subject=query.subject,
    )
    page = call.database.fetch(find, wanted, call.now, limit=query.limit, offset=query.offset)
    response = FindingsResponse.of(page, query, findings=[to_response(each) for each in page.findings])
    response._changes_at = page.changes_at
    return response


@routes.get("/findings/history", query=FindingQuery, data=Events, tag="findings")
def finding_history(call: Call[FindingQuery, NoParameters]) -> Events:
    """Every change of a finding's state: when, by whom and why, the oldest first."""
    found = call.database.fetch(events, call.query.id)
    if not found:
        raise ApiError(Code.NOT_FOUND, f"there is no finding {call.query.id}", field="id")
    return Events.of(call.query, events=found)


def _states(query: FindingsQuery) -> list[State] | None:
    if query.state is None:
        return None if query.id else [state for state in State if state is not State.RESOLVED]
    return None if query.state is StateFilter.ANY else [State(query.state.value)]


def to_response(stored: StoredFinding) -> FindingResponse:
    """A finding as the API tells it."""
    finding = stored.finding
    subject = known_number(finding.subject)
    return FindingResponse.of(
        stored,
        finding,
        label=subject.label if subject else finding.subject,
        unit=subject.unit if subject else None,
        moves=[
            Moved(name=key, label=known.label if (known := known_number(key)) else key)
            for key in finding.moves
        ],
    )
