"""What the API answers when it cannot do what is asked: a code for programs, a sentence for people.

What belongs here: the codes and their HTTP statuses. What does not: catching anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from qbr_pipeline.store.conflicts import Conflict, ConflictError


class Code(Enum):
    """The error codes; the value is the HTTP status that each comes with."""

    status: int

    def __new__(cls, status: int) -> Code:  # noqa: D102
        code = object.__new__(cls)
        code._value_ = len(cls.__members__)
        code.status = status
        return code

    INVALID_REQUEST = 400
    INVALID_JSON = 400
    MISSING_FIELD = 400
    UNKNOWN_FIELD = 400
    INVALID_FIELD = 400
    INVALID_PERIOD = 400
    INVALID_TIMESTAMP = 400
    INVALID_VALUE = 400
    UNKNOWN_METRIC = 400
    UNKNOWN_COLUMN = 400
    DUPLICATE_METRIC = 400
    UNKNOWN_VENDOR = 400
    VENDOR_MISMATCH = 400
    INVALID_THRESHOLD = 400
    INVALID_MAPPING = 400
    FINDING_RESOLVED = 400
    NOTHING_HELD_BACK = 400
    INVALID_FILE = 400
    IMPORT_REJECTED = 400
    UNAUTHORIZED = 401
    FORBIDDEN = 403
    STALE_PAGE = 403
    NOT_FOUND = 404
    ORGANIZATION_NOT_FOUND = 404
    PERIOD_NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    CONFLICT = 409
    PRECONDITION_FAILED = 412
    BODY_TOO_LARGE = 413
    UNSUPPORTED_MEDIA_TYPE = 415
    TOO_MANY_FAILURES = 429
    INTERNAL_ERROR = 500
    DATABASE_UNAVAILABLE = 503
    STORED_NOT_REVIEWED = 503
    SERVER_BUSY = 503


class ApiError(Exception):
    """An answer other than success; `message` is a sentence for a person and holds no secret.

    `field`: which field of the request is at fault, such as `values[0].metric_name`; None where none is. `conflicts`:
    the values that have changed since their author saw them.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        field: str | None = None,
        conflicts: Sequence[Conflict] = (),
    ) -> None:
        self.code = code
        self.message = message
        self.field = field
        self.conflicts = conflicts
        self.headers = headers or {}
        super().__init__(message)


def failure(error: ApiError) -> dict[str, object]:
    """The envelope of an error."""
    body: dict[str, object] = {
        "code": error.code.name,
        "message": error.message,
        "status": error.code.status,
    }
    if error.field is not None:
        body["field"] = error.field
    if error.conflicts:
        body["conflicts"] = [
            {"name": each.name, "expected_value": each.expected, "current_value": each.current}
            for each in error.conflicts
        ]
    return {"success": False, "error": body}


def conflict(error: ConflictError, code: Code = Code.CONFLICT) -> ApiError:
    """The answer to who would write over what has changed since they looked."""
    return ApiError(code, str(error), conflicts=error.conflicts)


def rejection(code: Code, sentence: str) -> PydanticCustomError:
    """What a validator of a field raises: the error that the answer is to carry."""
    return PydanticCustomError(code.name, "{sentence}", {"sentence": sentence})


_OF_PYDANTIC = {
    "missing": (Code.MISSING_FIELD, "{where} is missing"),
    "extra_forbidden": (Code.UNKNOWN_FIELD, "{where} is not a known field"),
    "model_type": (Code.INVALID_FIELD, "{where}: expected a JSON object"),
    "list_type": (Code.INVALID_FIELD, "{where}: expected a list"),
    "too_short": (Code.INVALID_FIELD, "{where}: expected at least {min_length} entry, not {actual_length}"),
    "too_long": (Code.INVALID_FIELD, "{where}: expected at most {max_length} entries, not {actual_length}"),
    "enum": (Code.INVALID_FIELD, "{where}: expected {expected}"),
}
"""The code and sentence of each kind of fault that pydantic finds by itself."""


def from_validation(error: ValidationError) -> ApiError:
    """The answer to input that its model refuses: the first fault, and which field it is in."""
    fault = error.errors(include_url=False)[0]
    where = _place(fault["loc"])
    if fault["type"] in Code.__members__:
        message = f"{where}: {fault['msg']}" if where else fault["msg"]
        return ApiError(Code[fault["type"]], message, field=where or None)
    code, sentence = _OF_PYDANTIC.get(fault["type"], (Code.INVALID_FIELD, "{where}: not as expected"))
    message = sentence.format(where=where or "the body", **fault.get("ctx", {}))
    return ApiError(code, message, field=where or None)


def _place(parts: Iterable[int | str]) -> str:
    """Where in a body a fault is: `values[0].metric_name`. What stands in <> names a kind of body, no field."""
    place = ""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        elif not part.startswith("<"):
            place += f"{'.' if place else ''}{part[:40]}"
    return place
