"""What conditions select, in which order, and what of each row is sent.

What belongs here: the meaning of `conditions`, `orderBy` and `fields` over any kind of row.
What does not: their grammar (`conditions`), and pages (`answers`).

Undocumented by the vendor and chosen here: texts compare without regard to case, as its database does; null
equals only null, is neither before nor after anything, and `!=` is true of it.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from qbr_pipeline.demo.connectwise.conditions import (
    And,
    Comparison,
    Condition,
    ConditionError,
    Literal,
    Not,
    Operator,
    Or,
)
from qbr_pipeline.demo.connectwise.fields import Field, FieldKind, Fields, Value
from qbr_pipeline.demo.connectwise.world import Bounds
from qbr_pipeline.periods import Window

T = TypeVar("T")
Predicate = Callable[[T], bool]
Json = str | int | float | bool | dict[str, "Json"] | None

_ORDERED: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
_TAKES: dict[FieldKind, tuple[type, ...]] = {
    FieldKind.NUMBER: (int, Decimal),
    FieldKind.TEXT: (str,),
    FieldKind.FLAG: (bool,),
    FieldKind.MOMENT: (datetime,),
}
_DAWN, _DUSK = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def matcher(condition: Condition, fields: Fields[T]) -> Predicate[T]:
    """Whether a row meets the condition, as a function. ConditionError for unknown names and wrong types."""
    match condition:
        case Comparison():
            return _comparison(condition, fields)
        case Not(part):
            inner = matcher(part, fields)
            return lambda row: not inner(row)
        case And(parts):
            every = [matcher(part, fields) for part in parts]
            return lambda row: all(meets(row) for meets in every)
        case Or(parts):
            some = [matcher(part, fields) for part in parts]
            return lambda row: any(meets(row) for meets in some)


def _comparison(comparison: Comparison, fields: Fields[T]) -> Predicate[T]:
    field = fields.get(comparison.reference.casefold())
    if field is None or not field.in_conditions:
        raise ConditionError(f"{comparison.reference} is not a recognized name.")
    for literal in comparison.literals:
        _check_type(field, comparison.operator, literal)
    test = _test(comparison.operator, [_comparable(literal) for literal in comparison.literals])
    get = field.get
    if field.kind is FieldKind.TEXT:
        return lambda row: test(_comparable(get(row)))
    return lambda row: test(get(row))


def _check_type(field: Field[T], wanted: Operator, literal: Literal) -> None:
    if literal is None:
        fits = wanted in (Operator.EQUAL, Operator.UNEQUAL, Operator.IN)
    else:
        takes_text = wanted not in (Operator.CONTAINS, Operator.LIKE) or field.kind is FieldKind.TEXT
        is_flag = isinstance(literal, bool)
        fits = (
            takes_text
            and isinstance(literal, _TAKES[field.kind])
            and is_flag == (field.kind is FieldKind.FLAG)
        )
        fits = fits and not (is_flag and wanted in _ORDERED)
    if not fits:
        raise ConditionError(
            f"{field.path} is a {field.kind}: it cannot be compared by {wanted} with that value."
        )


def _comparable(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _test(wanted: Operator, literals: Sequence[Value]) -> Callable[[Value], bool]:
    literal = literals[0]
    match wanted:
        case Operator.EQUAL:
            return lambda value: value == literal
        case Operator.UNEQUAL:
            return lambda value: value != literal
        case Operator.IN:
            allowed = frozenset(literals)
            return lambda value: value in allowed
        case Operator.CONTAINS:
            part = str(literal)
            return lambda value: isinstance(value, str) and part in value
        case Operator.LIKE:
            wildcard = ".*".join(re.escape(part) for part in re.split("[*%]", str(literal)))
            pattern = re.compile(wildcard, re.DOTALL)
            return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None
        case _:
            compare = _ORDERED[wanted]
            return lambda value: value is not None and compare(value, literal)


def bounds_of(condition: Condition) -> Bounds:
    """Ids and windows outside of which no ticket or time entry can meet the condition."""
    ids: frozenset[int] | None = None
    windows = {"dateentered": Window(_DAWN, _DUSK), "closeddate": Window(_DAWN, _DUSK)}
    for part in condition.parts if isinstance(condition, And) else (condition,):
        if not isinstance(part, Comparison):
            continue
        name, literal = part.reference.casefold(), part.literals[0]
        if name == "id" and part.operator in (Operator.EQUAL, Operator.IN):
            named = frozenset(number for number in part.literals if isinstance(number, int))
            ids = named if ids is None else ids & named
        elif name in windows and isinstance(literal, datetime):
            windows[name] = _narrowed(windows[name], part.operator, literal)
    entered, closed = windows["dateentered"], windows["closeddate"]
    whole = Window(_DAWN, _DUSK)
    return Bounds(ids, None if entered == whole else entered, None if closed == whole else closed)


def _narrowed(window: Window, wanted: Operator, moment: datetime) -> Window:
    start, end = window.start, window.end
    if wanted in (Operator.MORE, Operator.AT_LEAST, Operator.EQUAL):
        start = max(start, moment)
    if wanted in (Operator.LESS, Operator.AT_MOST, Operator.EQUAL):
        end = min(end, min(moment, _DUSK) + timedelta(microseconds=1))
    return Window(start, max(start, end))


def ordered(rows: Iterable[T], order: str, fields: Fields[T]) -> list[T]:
    """Rows ordered by an `orderBy` such as `closedDate desc, id`, null first. ConditionError for others."""
    result = list(rows)
    for term in reversed([term.split() for term in order.split(",") if term.strip()]):
        name, direction = (term[0], term[1].lower()) if len(term) == 2 else (term[0], "asc")
        field = fields.get(name.casefold())
        if field is None or not field.in_conditions:
            raise ConditionError(f"{name} is not a recognized name.")
        if len(term) > 2 or direction not in ("asc", "desc"):
            raise ConditionError(f"orderBy {' '.join(term)} is not valid.")
        result.sort(key=_sort_key(field), reverse=direction == "desc")
    return result


def _sort_key(field: Field[T]) -> Callable[[T], tuple[bool, object]]:
    def key(row: T) -> tuple[bool, object]:
        value = _comparable(field.get(row))
        return value is not None, value if value is not None else 0

    return key


def selected(names: str | None, fields: Fields[T]) -> list[Field[T]]:
    """The fields that a `fields` parameter asks for, all without one; unknown names ask for nothing."""
    answerable = [field for field in fields.values() if field.in_answers]
    if not names:
        return answerable
    wanted = {name.strip().casefold() for name in names.split(",")}
    return [
        f for f in answerable if f.path.casefold() in wanted or f.path.partition("/")[0].casefold() in wanted
    ]


def as_json(rows: Iterable[T], chosen: Sequence[Field[T]], *, with_nulls: bool) -> str:
    """Rows as the text of a JSON array of these fields; a null property is left out unless `with_nulls`."""
    return json.dumps([record(row, chosen, with_nulls=with_nulls) for row in rows], ensure_ascii=False)


def record(row: T, chosen: Sequence[Field[T]], *, with_nulls: bool) -> dict[str, Json]:
    """One row as JSON; `board/name` becomes a name within a board, and an unknown board null."""
    result: dict[str, Json] = {}
    for field in chosen:
        value = field.get(row)
        parent, _, child = field.path.partition("/")
        if not child:
            if value is not None or with_nulls:
                result[parent] = _plain(value)
            continue
        inner = result.get(parent)
        if value is None:
            if with_nulls:
                result.setdefault(parent, None)
                if isinstance(inner, dict):
                    inner[child] = None
        elif isinstance(inner, dict):
            inner[child] = _plain(value)
        else:
            result[parent] = {child: _plain(value)}
    return result


def _plain(value: Value) -> Json:
    match value:
        case datetime():
            return moment_text(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case _:
            return value


def moment_text(moment: datetime) -> str:
    """An aware moment as the vendor writes it: UTC, with a fraction of the second only where there is one."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0')}Z" if "." in text else f"{text}Z"
