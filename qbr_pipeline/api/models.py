"""The kinds of values that requests and answers are made of, each with its place in the OpenAPI document.

What belongs here: what a single field may hold, and bases for the models of the endpoints.
What does not: what needs the clock or the database to be judged.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from qbr_pipeline.api.errors import Code, rejection
from qbr_pipeline.metrics.catalogue import Metric, UnknownMetricError, find_metric
from qbr_pipeline.metrics.names import MAX_AUTHOR_LENGTH
from qbr_pipeline.metrics.smartnumbers import SmartNumber, find_number
from qbr_pipeline.periods import Month, PeriodError, Quarter, parse_period

IN_ADDRESS = {"in_address": True}
"""The context in which parameters of an address are validated: there everything is text."""

MAX_ID = 2**31 - 1
MAX_NOTE = 2000
_MONTH = r"^(19|2[0-9])\d{2}-(0[1-9]|1[0-2])$"
_MOMENT = re.compile(
    r"(19|2\d)\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,20})?)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
STORABLE = r"^[^\x00]*$"
_SAYS_SOMETHING = r"^[^\x00]*[^\s\x00][^\x00]*$"
_QUARTER = r"^(19|2[0-9])\d{2}-Q[1-4]$"


def _text(given: object, expected: str) -> str:
    if not isinstance(given, str):
        raise rejection(Code.INVALID_FIELD, f"expected {expected}")
    return given


def _period(parse: Any) -> Any:
    def read(given: object) -> Any:
        if not isinstance(given, str):
            raise rejection(Code.INVALID_PERIOD, "expected a period as text, such as 2025-03 or 2025-Q1")
        try:
            return parse(given)
        except PeriodError as error:
            raise rejection(Code.INVALID_PERIOD, str(error)) from error

    return read


def _find(find: Any) -> Any:
    def read(given: object) -> Any:
        try:
            return find(_text(given, "the key or label of a metric, as text"))
        except UnknownMetricError as error:
            raise rejection(Code.UNKNOWN_METRIC, str(error)) from error

    return read


def _id(given: object, info: ValidationInfo) -> int:
    """A whole number from 1 on: digits in an address, a number in JSON."""
    if isinstance(given, str) and info.context == IN_ADDRESS and re.fullmatch(r"\d{1,10}", given, re.ASCII):
        given = int(given)
    if isinstance(given, Decimal) and given.is_finite() and given.adjusted() < 10 and given == int(given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MAX_ID:
        raise rejection(Code.INVALID_FIELD, f"expected a whole number from 1 to {MAX_ID}")
    return given


def whole_number(least: int, most: int) -> Any:
    """A whole number among the parameters of an address."""

    def read(given: object) -> int:
        if (
            isinstance(given, str)
            and re.fullmatch(r"\d{1,9}", given, re.ASCII)
            and least <= int(given) <= most
        ):
            return int(given)
        raise rejection(Code.INVALID_FIELD, f"expected a whole number from {least} to {most}")

    schema = WithJsonSchema({"type": "integer", "minimum": least, "maximum": most})
    return Annotated[int, PlainValidator(read), schema]


def _number(given: object) -> Decimal:
    """A number of JSON, exact. NaN and infinity come through: what the number is for refuses them by name."""
    if not isinstance(given, Decimal):
        raise rejection(Code.INVALID_VALUE, "expected a number such as 1234.5, not text, true, false or null")
    return given


def _expected(given: object) -> Decimal | None:
    return None if given is None else _number(given)


def _moment(given: object) -> datetime:
    expected = "expected a timestamp with its offset, such as 2025-03-01T12:00:00Z (in an address + is %2B)"
    text = _text(given, "a timestamp, as text")
    if _MOMENT.fullmatch(text) is None:
        raise rejection(
            Code.INVALID_TIMESTAMP, f'"{text[:40]}" is not a timestamp with an offset: {expected}'
        )
    try:
        # In UTC, since PostgreSQL knows no offset beyond 16 hours.
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise rejection(
            Code.INVALID_TIMESTAMP, f'"{text[:40]}" is not in the calendar: {expected}'
        ) from error


def storable(given: object) -> str:
    """A text that PostgreSQL can hold; refused when it is none."""
    text = _text(given, "a text")
    if "\0" in text:
        raise rejection(Code.INVALID_FIELD, "contains a character that is not text")
    return text


def _author(given: object) -> str:
    name = storable(given).strip()
    if not name:
        raise rejection(Code.MISSING_FIELD, "expected a name, not empty text")
    if len(name) > MAX_AUTHOR_LENGTH:
        raise rejection(
            Code.INVALID_FIELD, f"expected at most {MAX_AUTHOR_LENGTH} characters, not {len(name)}"
        )
    return name


def _note(given: object) -> str | None:
    if given is None:
        return None
    text = storable(given).strip()
    if len(text) > MAX_NOTE:
        raise rejection(Code.INVALID_FIELD, f"expected at most {MAX_NOTE} characters, not {len(text)}")
    return text or None


def _reason(given: object) -> str:
    text = _note(given)
    if text is None:
        raise rejection(Code.MISSING_FIELD, "is empty: expected a reason")
    return text


def _subject(given: object) -> str:
    text = storable(given)
    if not 1 <= len(text) <= MAX_AUTHOR_LENGTH:
        raise rejection(Code.INVALID_FIELD, f"expected a text of 1 to {MAX_AUTHOR_LENGTH} characters")
    return text


def _text_schema(**more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **more})


def _name_schema(description: str) -> WithJsonSchema:
    return _text_schema(minLength=1, maxLength=200, description=description)


MonthField = Annotated[
    Month,
    PlainValidator(_period(Month.parse)),
    _text_schema(pattern=_MONTH, description="A month, YYYY-MM, that has begun.", examples=["2025-03"]),
]
QuarterField = Annotated[
    Quarter,
    PlainValidator(_period(Quarter.parse)),
    _text_schema(pattern=_QUARTER, description="A quarter, YYYY-Qn, that has begun.", examples=["2025-Q1"]),
]
PeriodField = Annotated[
    Month | Quarter,
    PlainValidator(_period(parse_period)),
    _text_schema(
        pattern=f"({_MONTH})|({_QUARTER})",
        description="A month, YYYY-MM, or a quarter, YYYY-Qn, that has begun.",
        examples=["2025-03", "2025-Q1"],
    ),
]
MetricField = Annotated[
    Metric, PlainValidator(_find(find_metric)), _name_schema("A metric, by key or label, in any case.")
]
NumberNameField = Annotated[
    Metric | SmartNumber,
    PlainValidator(_find(find_number)),
    _name_schema("A metric or SmartNumber, by key or label, in any case."),
]
IdField = Annotated[
    int, PlainValidator(_id), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_ID})
]
NumberField = Annotated[
    Decimal,
    PlainValidator(_number),
    WithJsonSchema({"type": "number", "description": "Read exactly, as a decimal.", "examples": [1234.5]}),
]
ExpectedField = Annotated[
    Decimal | None,
    PlainValidator(_expected),
    WithJsonSchema(
        {
            "type": ["number", "null"],
            "description": "The value that you saw, null for absent: 409 CONFLICT if it has changed since. "
            "Left out, there is no conflict.",
        }
    ),
]
MomentField = Annotated[
    datetime,
    PlainValidator(_moment),
    _text_schema(
        format="date-time",
        description="A timestamp with its offset: answer with what was known then.",
        examples=["2025-03-01T12:00:00Z"],
    ),
]
AuthorField = Annotated[
    str,
    PlainValidator(_author),
    _text_schema(
        minLength=1,
        maxLength=MAX_AUTHOR_LENGTH,
        pattern=_SAYS_SOMETHING,
        description="The name of who enters it; kept in the history.",
    ),
]
NoteField = Annotated[
    str | None,
    PlainValidator(_note),
    WithJsonSchema(
        {"type": ["string", "null"], "maxLength": MAX_NOTE, "pattern": STORABLE, "description": "Why."}
    ),
]
ReasonField = Annotated[
    str,
    PlainValidator(_reason),
    _text_schema(
        minLength=1,
        maxLength=MAX_NOTE,
        pattern=_SAYS_SOMETHING,
        description="The reason; kept in the history.",
    ),
]
SubjectField = Annotated[
    str,
    PlainValidator(_subject),
    _text_schema(
        minLength=1,
        maxLength=MAX_AUTHOR_LENGTH,
        pattern=STORABLE,
        description="What it is about: the key of a metric or SmartNumber, or the name of a source or setting.",
        examples=["endpoints_managed"],
    ),
]

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""An exact number of an answer."""

MonthText = Annotated[Month, PlainSerializer(str, return_type=str), _text_schema(pattern=_MONTH)]
QuarterText = Annotated[Quarter, PlainSerializer(str, return_type=str), _text_schema(pattern=_QUARTER)]
PeriodText = Annotated[
    Month | Quarter, PlainSerializer(str, return_type=str), _text_schema(pattern=f"({_MONTH})|({_QUARTER})")
]


class RequestModel(BaseModel):
    """The parameters or the body of a request: nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class NoParameters(RequestModel):
    """No parameters, or no body."""


class OfOrganization(RequestModel):
    """A request about one organization."""

    organization_id: IdField = 1


class AsOf(OfOrganization):
    """A request that may ask for what was known at an earlier moment."""

    as_of: MomentField | None = None


class ResponseModel(BaseModel):
    """A part of an answer: 0 is 0, and what is absent is null.

    A value of `store` or `metrics` with the same names is as good as one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, from_attributes=True)

    @classmethod
    def of(cls, *values: object, **others: object) -> Self:
        """The answer with the fields `others`; each further one is that of the first value that has it."""
        names = cls.model_fields.keys() - others.keys()
        found = {name: getattr(next(each for each in values if hasattr(each, name)), name) for name in names}
        return cls.model_validate(found | others)


def described(text: str) -> Any:
    """A field of an answer with a sentence about it."""
    return Field(description=text)
