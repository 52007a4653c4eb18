"""JSON with exact numbers: decimals come in and go out as they were written, never as binary floats.

What belongs here: the text of JSON. What does not: what a body may hold (`models`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import simplejson

from qbr_pipeline.api.errors import ApiError, Code


def write_json(value: object) -> str:
    """`value` as JSON: a Decimal as the number that it is, moments in ISO 8601, months and quarters as text."""
    return simplejson.dumps(value, use_decimal=True, default=_as_text, separators=(",", ":"))


def read_json(body: bytes) -> object:
    """What a body of JSON holds, every number a Decimal, every text one that UTF-8 can hold.

    ApiError when it is none, names a field twice, or holds what no field of anything could.
    """
    try:
        held = json.loads(
            body.decode("utf-8"),
            parse_float=_exact,
            parse_int=_exact,  # Python makes no int of more than 4,300 digits
            parse_constant=Decimal,  # NaN and Infinity: whoever expects a number refuses them in a sentence
            object_pairs_hook=_each_once,
        )
        broken = _has_lone_surrogate(held)
    except (ValueError, RecursionError) as error:
        raise ApiError(Code.INVALID_JSON, "the body is not JSON: expected an object in UTF-8") from error
    if broken:
        raise ApiError(
            Code.INVALID_FIELD, "the body contains a character that is not text: half a surrogate pair"
        )
    return held


def _exact(text: str) -> Decimal:
    """The number of that text. Zero is zero, whatever its exponent."""
    if not Decimal(text.lower().partition("e")[0]):
        return Decimal(0)
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ApiError(
            Code.INVALID_VALUE,
            f'the body holds the number "{text[:40]}", whose exponent is too large: expected one such as 1234.5',
        ) from error


def _has_lone_surrogate(held: object) -> bool:
    match held:
        case str():
            return any("\ud800" <= letter <= "\udfff" for letter in held)
        case list():
            return any(map(_has_lone_surrogate, held))
        case dict():
            return any(map(_has_lone_surrogate, [*held, *held.values()]))
    return False


def _each_once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    held: dict[str, object] = {}
    for name, value in pairs:
        if name in held:
            raise ApiError(Code.INVALID_JSON, f'the body has "{name[:40]}" twice', field=name[:40])
        held[name] = value
    return held


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
