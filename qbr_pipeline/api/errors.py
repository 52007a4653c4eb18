"""What the API answers when it cannot do what is asked: a code for programs, a sentence for people.

What belongs here: the codes and their HTTP statuses. What does not: catching anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError


class Code(Enum):
    """The error codes; the value is the HTTP status that each comes with."""

    status: int

    def __new__(cls, status: int) -> Code:  # noqa: D102
        code = object.__new__(cls)
        code._value_ = len(cls.__members__)
        code.status = status
        return code

    INVALID_JSON = 400
    MISSING_FIELD = 400
    UNKNOWN_FIELD = 400
    INVALID_FIELD = 400
    INVALID_PERIOD = 400
    INVALID_TIMESTAMP = 400
    INVALID_VALUE = 400
    UNKNOWN_METRIC = 400
    DUPLICATE_METRIC = 400
    UNKNOWN_VENDOR = 400
    VENDOR_MISMATCH = 400
    INVALID_THRESHOLD = 400
    UNAUTHORIZED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    ORGANIZATION_NOT_FOUND = 404
    PERIOD_NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    BODY_TOO_LARGE = 413
    UNSUPPORTED_MEDIA_TYPE = 415
    TOO_MANY_FAILURES = 429
    INTERNAL_ERROR = 500
    DATABASE_UNAVAILABLE = 503


class ApiError(Exception):
    """An answer other than success; `message` is a sentence for a person and holds no secret."""

    def __init__(self, code: Code, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.code = code
        self.message = message
        self.headers = headers or {}
        super().__init__(message)


def refuse(code: Code, sentence: str) -> PydanticCustomError:
    """What a validator of a field raises: the error that the answer is to carry."""
    return PydanticCustomError(code.name, "{sentence}", {"sentence": sentence})


_OF_PYDANTIC = {
    "missing": (Code.MISSING_FIELD, "is missing"),
    "extra_forbidden": (Code.UNKNOWN_FIELD, "is not known here"),
    "string_type": (Code.INVALID_FIELD, "must be text"),
    "string_too_short": (Code.MISSING_FIELD, "is empty"),
}


def from_validation(error: ValidationError) -> ApiError:
    """The answer to input that its model refuses: the first fault, and which field it is in."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part)[:40] for part in fault["loc"])
    if fault["type"] in Code.__members__:
        return ApiError(Code[fault["type"]], f"{where}: {fault['msg']}" if where else fault["msg"])
    return _from_pydantic(fault, where)


def _from_pydantic(fault: ErrorDetails, where: str) -> ApiError:
    code, sentence = _OF_PYDANTIC.get(fault["type"], (Code.INVALID_FIELD, ""))
    if not sentence:
        return ApiError(code, f"{where or 'the body'}: {fault['msg'][:1].lower()}{fault['msg'][1:]}")
    return ApiError(code, f"{where or 'the body'} {sentence}")
