"""What requests about books hold, and what is answered.

What belongs here: the shapes. What does not: the endpoints (`endpoints.books`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainValidator, StrictBool, WithJsonSchema, model_validator

from qbr_pipeline.api.errors import Code, rejection
from qbr_pipeline.api.models import (
    STORABLE,
    AuthorField,
    MonthField,
    MonthText,
    Number,
    OfOrganization,
    RequestModel,
    ResponseModel,
    described,
    storable,
    whole_number,
)
from qbr_pipeline.metrics.accounts import TARGETS, AccountMapping, LineKind
from qbr_pipeline.metrics.books import Basis, BooksSection
from qbr_pipeline.store.account_mappings import Subject

MOST_AT_ONCE = 500
_MAX_ACCOUNT = 500
_MOST_MONTHS = 36
_ONE_OF_BOTH: list[Any] = [{"required": ["account"]}, {"required": ["section"]}]


def _account(given: object) -> str:
    text = storable(given)
    if not 1 <= len(text) <= _MAX_ACCOUNT:
        raise rejection(
            Code.INVALID_FIELD, f"expected the key of an account, of 1 to {_MAX_ACCOUNT} characters"
        )
    return text


def _target(given: object) -> str | None:
    if given is not None and (not isinstance(given, str) or given not in TARGETS):
        raise rejection(Code.INVALID_FIELD, f"expected null or one of {', '.join(TARGETS)}")
    return given


AccountField = Annotated[
    str,
    PlainValidator(_account),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _MAX_ACCOUNT, "pattern": STORABLE}),
]
NameField = Annotated[
    str,
    PlainValidator(lambda given: storable(given)[:_MAX_ACCOUNT]),
    WithJsonSchema(
        {"type": "string", "pattern": STORABLE, "description": "The account's name, to be told by later."}
    ),
]
TargetField = Annotated[
    str | None,
    PlainValidator(_target),
    WithJsonSchema(
        {
            "type": ["string", "null"],
            "enum": [*TARGETS, None],
            "description": "What it counts as; null: nothing, on purpose.",
        }
    ),
]


class MappingSubject(RequestModel):
    """What is mapped: one account, or the accounts of a section of which nothing else is said."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _ONE_OF_BOTH})

    account: AccountField | None = None
    section: BooksSection | None = None
    since: MonthField | None = None

    @model_validator(mode="after")
    def _names_one(self) -> MappingSubject:
        if (self.account is None) == (self.section is None):
            raise rejection(Code.INVALID_MAPPING, "expected an account or a section, and not both")
        return self

    @property
    def subject(self) -> Subject:
        """As the store knows it."""
        return self.account, self.section, self.since


class MappingRequest(MappingSubject):
    """What somebody says that it counts as, from the month `since` on, or in all months."""

    counts_as: TargetField
    with_sub_accounts: StrictBool = True
    negated: StrictBool = Field(False, description="It counts with the other sign.")
    name: NameField = ""

    @property
    def mapping(self) -> AccountMapping:
        """As the rules know it."""
        return AccountMapping(
            self.counts_as,
            self.account,
            self.section,
            self.with_sub_accounts,
            self.negated,
            self.since,
            self.name,
        )


class MappingDraft(OfOrganization):
    """Mappings to be made, and others to be taken back."""

    mappings: list[MappingRequest] = Field(default=[], max_length=MOST_AT_ONCE)
    removed: list[MappingSubject] = Field(default=[], max_length=MOST_AT_ONCE)


class MappingChange(MappingDraft):
    """The same, by somebody: all of it or nothing."""

    mapped_by: AuthorField


class MappingRemoval(MappingSubject, OfOrganization):
    """A mapping to take back."""

    mapped_by: AuthorField


class MonthsQuery(OfOrganization):
    """How many months, the newest that have books."""

    months: whole_number(1, _MOST_MONTHS) = 13  # type: ignore[valid-type]


class MappingResponse(ResponseModel):
    """A mapping with who made it and when."""

    account: str | None
    section: BooksSection | None
    name: str
    counts_as: str | None
    label: str | None = described("What it counts as, in words; null: nothing, on purpose.")
    with_sub_accounts: bool
    negated: bool
    since: MonthText | None
    mapped_by: str
    key_name: str | None
    mapped_at: datetime
    ended_by: str | None
    ended_at: datetime | None = described("When it was replaced or taken back; null: it holds.")


class TargetResponse(ResponseModel):
    """What an account can count as."""

    name: str
    label: str


class Mappings(ResponseModel):
    """What people say and said that accounts count as, and what they can count as."""

    mappings: list[MappingResponse]
    earlier: list[MappingResponse] = described("Those that were replaced or taken back, the newest first.")
    targets: list[TargetResponse]


class SuggestionResponse(ResponseModel):
    """What an account may count as, by its name. Nothing is applied unless somebody says so."""

    counts_as: str
    label: str
    because: str


class AccountResponse(ResponseModel):
    """An account over the months. One that only holds others has no amounts."""

    account: str
    name: str
    section: BooksSection
    parents: Sequence[str] = described("The keys of the accounts around it, the outermost first.")
    amounts: Sequence[Number | None] = described(
        "By month, in the order of `months`; null: it posted nothing."
    )
    kind: LineKind | None = described(
        "How it came that it counts as it does in the newest month that has it."
    )
    counts_as: str | None
    label: str | None
    reason: str | None
    suggestion: SuggestionResponse | None


class RestResponse(ResponseModel):
    """A section, what the accounts count as of which nothing else is said, and what it comes to."""

    section: BooksSection
    label: str
    totals: Sequence[Number | None] = described("What the books print, by month.")
    suggestion: SuggestionResponse | None


class Accounts(ResponseModel):
    """The accounts of the books over months."""

    months: list[MonthText]
    company: str | None
    basis: Basis | None
    currency: str | None
    read_from: str | None
    accounts: list[AccountResponse]
    sections: list[RestResponse]


class Unmapped(ResponseModel):
    """The accounts with amounts that count as nothing although nobody said so."""

    months: list[MonthText]
    accounts: list[AccountResponse]


class PreviewValue(ResponseModel):
    """A metric of a month as it is, and as it would be; null: absent."""

    name: str
    label: str
    now: Number | None
    then: Number | None
    manual: bool = described("A person entered it: it stays as it is.")


class PreviewMonth(ResponseModel):
    """A month as another mapping would have it."""

    period: MonthText
    values: list[PreviewValue]
    unmapped: int = described("How many accounts would count as nothing although nobody said so.")
    held_back: list[str] = described("Why it would not be published, in sentences; empty: it would be.")


class Preview(ResponseModel):
    """What another mapping would give; nothing is stored."""

    months: list[PreviewMonth]


class HeldBack(ResponseModel):
    """A month that stays as it is, and why."""

    period: MonthText
    sentence: str


class Mapped(ResponseModel):
    """What another mapping did."""

    changed: int = described("How many mappings were made, replaced or taken back.")
    months: list[MonthText] = described("The months whose numbers were counted anew.")
    held_back: list[HeldBack]
