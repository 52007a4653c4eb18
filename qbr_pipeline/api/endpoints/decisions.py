"""What people say of a finding: that they have seen it, that it is as expected, that it is open after all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import ConfigDict, JsonValue, WithJsonSchema, model_validator

from qbr_pipeline.api.endpoints.findings import FindingResponse, to_response
from qbr_pipeline.api.errors import ApiError, Code, rejection
from qbr_pipeline.api.models import (
    AuthorField,
    IdField,
    MomentField,
    NoParameters,
    NoteField,
    OfOrganization,
    PeriodField,
    ReasonField,
    ResponseModel,
    SubjectField,
)
from qbr_pipeline.api.post_commit import post_commit
from qbr_pipeline.api.routes import Call, routes
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.review.reviewing import review_after_decision
from qbr_pipeline.store.findings.decisions import (
    Decision,
    FindingError,
    FindingKey,
    FindingResolvedError,
    NothingHeldBackError,
    UnknownFindingError,
    accept,
    acknowledge,
    expect,
    reopen,
)
from qbr_pipeline.store.findings.reading import FindingFilter, StoredFinding, find

UntilField = Annotated[
    MomentField,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "A timestamp with its offset, in the future: until just before it.",
            "examples": ["2030-03-01T12:00:00Z"],
        }
    ),
]
_NONE: JsonValue = {"type": "null"}
_TEXT: JsonValue = {"type": "string"}
_BY_ID_OR_KEY: list[JsonValue] = [
    {
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "subject": _NONE, "period": _NONE, "rule": _NONE},
    },
    {
        "required": ["subject", "period", "rule"],
        "properties": {"id": _NONE, "subject": _TEXT, "period": _TEXT, "rule": _TEXT},
    },
]
"""What the document says of naming a finding: one way, whole, and not the other."""


class About(OfOrganization):
    """Which finding somebody says something of: by its id, or by its subject, period and rule."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _BY_ID_OR_KEY})

    id: IdField | None = None
    subject: SubjectField | None = None
    period: PeriodField | None = None
    rule: Rule | None = None

    @model_validator(mode="after")
    def _either(self) -> About:
        parts = (self.subject, self.period, self.rule)
        named = all(part is not None for part in parts)
        if (self.id is None) != named or (self.id is not None and any(part is not None for part in parts)):
            raise rejection(Code.MISSING_FIELD, "expected either id, or all of subject, period and rule")
        return self

    @property
    def which(self) -> int | FindingKey:
        """The id, or what the finding is known by."""
        if self.subject is None or self.period is None or self.rule is None:
            assert self.id is not None  # noqa: S101 - one of them is there: validated above
            return self.id
        return FindingKey(self.subject, self.period, self.rule)


class Acknowledgement(About):
    """Somebody has seen it: nobody needs to, until its value, list or severity changes, or until a moment."""

    by: AuthorField
    why: ReasonField
    until: UntilField | None = None


class Expectation(About):
    """The value is right and an exception: it stays out of what later months are compared with."""

    by: AuthorField
    why: ReasonField


class Reopening(About):
    """What was said of it no longer holds."""

    by: AuthorField
    why: NoteField = None


class FindingNow(ResponseModel):
    """A finding as it stands now."""

    finding: FindingResponse


@routes.post("/findings/acknowledge", body=Acknowledgement, data=FindingNow, tag="findings")
def acknowledge_finding(call: Call[NoParameters, Acknowledgement]) -> FindingNow:
    """Say that somebody has seen it: it is open again when its value, list or severity changes, or at `until`."""
    body = call.body
    if body.until is not None and body.until <= call.now:
        raise ApiError(
            Code.INVALID_TIMESTAMP, "until: expected a time in the future, or nothing", field="until"
        )
    return _say(
        call, body, lambda decision: acknowledge(call.database, body.which, decision, until=body.until)
    )


@routes.post("/findings/expected", body=Expectation, data=FindingNow, tag="findings")
def expect_finding(call: Call[NoParameters, Expectation]) -> FindingNow:
    """Say that a value is right and an exception: later months are not compared with it.

    A new level that lasts is better acknowledged: then it becomes a part of what is usual.
    """
    return _say(call, call.body, lambda decision: expect(call.database, call.body.which, decision))


@routes.post("/findings/accept", body=Expectation, data=FindingNow, tag="findings")
def accept_finding(call: Call[NoParameters, Expectation]) -> FindingNow:
    """Accept that a month loses most of its rows, or a fleet most of its devices: the next collection publishes that.

    Only of a finding of the rule rows_lost, which then holds for as many rows as it says, or more; or of the rule
    snapshot about one that looks incomplete, which then is right, and later ones are held against it.
    """
    return _say(call, call.body, lambda decision: accept(call.database, call.body.which, decision))


@routes.post("/findings/reopen", body=Reopening, data=FindingNow, tag="findings")
def reopen_finding(call: Call[NoParameters, Reopening]) -> FindingNow:
    """Take back what was said of a finding."""
    return _say(call, call.body, lambda decision: reopen(call.database, call.body.which, decision))


def _say(
    call: Call[NoParameters, Acknowledgement]
    | Call[NoParameters, Expectation]
    | Call[NoParameters, Reopening],
    body: Acknowledgement | Expectation | Reopening,
    decide: Callable[[Decision], StoredFinding],
) -> FindingNow:
    try:
        decided = decide(Decision(body.by, call.now, body.why, call.caller.key_name))
    except UnknownFindingError as error:
        raise ApiError(Code.NOT_FOUND, str(error), field=None if body.id is None else "id") from error
    except FindingResolvedError as error:
        raise ApiError(Code.FINDING_RESOLVED, str(error)) from error
    except NothingHeldBackError as error:
        raise ApiError(Code.NOTHING_HELD_BACK, str(error)) from error
    except FindingError as error:
        raise ApiError(Code.INVALID_FIELD, str(error)) from error
    with post_commit():
        review_after_decision(call.database, call.review, decided, call.now)
        [now] = call.database.fetch(find, FindingFilter(id=decided.id), call.now, limit=1, offset=0).findings
    return FindingNow(finding=to_response(now))
