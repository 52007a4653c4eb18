"""JSON with exact numbers: decimals come in and go out as they were written, never as binary floats.

What belongs here: the text of JSON. What does not: what a body may hold (`models`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import simplejson

from qbr_pipeline.api.errors import ApiError, Code


def write_json(value: object) -> str:
    """`value` as JSON: a Decimal as the number that it is, moments in ISO 8601, months and quarters as text."""
    return simplejson.dumps(value, use_decimal=True, default=_as_text, separators=(",", ":"))


def read_json(body: bytes) -> object:
    """What a body of JSON holds, every number a Decimal; ApiError when it is none, or names a field twice."""
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,  # Python makes no int of more than 4,300 digits
            parse_constant=Decimal,  # NaN and Infinity: whoever expects a number refuses them in a sentence
            object_pairs_hook=_each_once,
        )
    except (ValueError, RecursionError) as error:
        raise ApiError(Code.INVALID_JSON, "the body is not JSON: expected an object in UTF-8") from error


def _each_once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    held: dict[str, object] = {}
    for name, value in pairs:
        if name in held:
            raise ApiError(Code.INVALID_JSON, f'the body names "{name[:40]}" twice')
        held[name] = value
    return held


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
