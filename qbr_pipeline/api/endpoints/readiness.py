"""Whether the nights can be trusted, and who has approved them: what the command `qbr readiness` says, as data."""

from __future__ import annotations

from datetime import date, datetime

from qbr_pipeline.api.models import NoParameters, OfOrganization, ResponseModel, described
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.review.readiness import NightState, Question, readiness
from qbr_pipeline.store.approvals import Purpose, last_approval


class NightResponse(ResponseModel):
    """How one night went."""

    day: date = described("The day on which it began, in the business time zone.")
    state: NightState
    began_at: datetime | None
    ended_at: datetime | None
    months: int = described("How many months were collected from every vendor.")
    missing: list[str] = described("A sentence for each thing that did not happen or failed.")


class AnswerResponse(ResponseModel):
    """What one question is answered by the nights."""

    question: Question
    holds: bool
    sentence: str = described("What holds when nothing is missing.")
    missing: list[str] = described("A sentence for each thing that is missing.")


class ApprovalResponse(ResponseModel):
    """Who let nights be collected."""

    purpose: Purpose
    approved_by: str
    approved_at: datetime
    reason: str | None = described("Why in spite of what was missing; null when nothing was.")


class ReadinessResponse(ResponseModel):
    """What the last nine nights give reason to."""

    is_ready: bool
    nights: list[NightResponse] = described("The oldest first.")
    answers: list[AnswerResponse]
    approval: ApprovalResponse | None = described(
        "Null while nobody has approved: the schedule skips its nights."
    )


@routes.get("/readiness", query=OfOrganization, data=ReadinessResponse, tag="collection")
def nights_readiness(call: Call[OfOrganization, NoParameters]) -> ReadinessResponse:
    """What log and history tell of the last nine nights, and who has approved that nights are collected."""
    with call.database.read() as connection:
        found = readiness(connection, call.database, call.review, call.now)
        approval = last_approval(connection, call.database)
    return ReadinessResponse(
        is_ready=found.is_ready,
        nights=[NightResponse.of(each, missing=[*each.absent, *each.errors]) for each in found.nights],
        answers=[AnswerResponse.of(each, missing=list(each.missing)) for each in found.answers],
        approval=ApprovalResponse.of(approval) if approval else None,
    )
