"""The simulator's language of conditions: what a text says, and that it selects what its tree says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.demo.connectwise.conditions import (
    And,
    Comparison,
    Condition,
    ConditionError,
    Literal,
    Not,
    Operator,
    Or,
    parse_conditions,
)
from qbr_pipeline.demo.connectwise.fields import Field, FieldKind
from qbr_pipeline.demo.connectwise.filtering import bounds_of, matcher
from qbr_pipeline.periods import Window


@dataclass(frozen=True)
class Row:
    number: int | Decimal | None
    text: str | None
    flag: bool | None
    moment: datetime | None


FIELDS: dict[str, Field[Row]] = {
    "number": Field("number", FieldKind.NUMBER, lambda row: row.number),
    "board/name": Field("board/name", FieldKind.TEXT, lambda row: row.text),
    "closedflag": Field("closedFlag", FieldKind.FLAG, lambda row: row.flag),
    "dateentered": Field("dateEntered", FieldKind.MOMENT, lambda row: row.moment),
}

NUMBERS = st.integers(-3, 3) | st.decimals(-3, 3, places=2)
TEXTS = st.text("abAB Ü'é%*>-", max_size=4)
MOMENTS = st.integers(0, 6).map(
    lambda halves: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=0.5) * halves
)
ROWS = st.builds(Row, st.none() | NUMBERS, st.none() | TEXTS, st.none() | st.booleans(), st.none() | MOMENTS)
ORDERED = [Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST]
EQUALITY = [Operator.EQUAL, Operator.UNEQUAL]


def comparisons(
    reference: str, literals: st.SearchStrategy[Literal], operators: list[Operator]
) -> st.SearchStrategy[Condition]:
    one = st.tuples(literals)
    return st.one_of(
        st.builds(Comparison, st.just(reference), st.sampled_from(operators), one),
        st.builds(Comparison, st.just(reference), st.sampled_from(EQUALITY), st.tuples(st.none())),
        st.builds(
            Comparison,
            st.just(reference),
            st.just(Operator.IN),
            st.lists(literals, min_size=1, max_size=3).map(tuple),
        ),
    )


LEAVES = st.one_of(
    comparisons("number", NUMBERS, EQUALITY + ORDERED),
    comparisons("board/name", TEXTS, [*EQUALITY, *ORDERED, Operator.CONTAINS, Operator.LIKE]),
    comparisons("closedFlag", st.booleans(), EQUALITY),
    comparisons("dateEntered", MOMENTS, EQUALITY + ORDERED),
)
TREES: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.builds(And, st.lists(parts, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(parts, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def written(literal: Literal) -> str:
    match literal:
        case None:
            return "null"
        case bool():
            return str(literal)
        case datetime():
            return f"[{literal.replace(tzinfo=None).isoformat()}Z]"
        case str():
            return f'"{literal}"'
        case _:
            return format(literal, "f") if isinstance(literal, Decimal) else str(literal)


def rendered(tree: Condition, recased: Callable[[str], str]) -> str:
    match tree:
        case Comparison(reference, Operator.IN, literals):
            return f"{reference} {recased('in')} ({', '.join(map(written, literals))})"
        case Comparison(reference, operator, (literal,)):
            return f"{reference} {recased(operator)} {written(literal)}"
        case Not(part):
            return f"{recased('not')} ({rendered(part, recased)})"
        case And(parts):
            return f" {recased('and')} ".join(f"({rendered(part, recased)})" for part in parts)
        case Or(parts):
            return f" {recased('or')} ".join(f"({rendered(part, recased)})" for part in parts)
    raise AssertionError(tree)


def like(value: str, pattern: str) -> bool:
    """Wildcards without regular expressions: an independent second opinion."""
    if not pattern:
        return not value
    if pattern[0] in "*%":
        return any(like(value[start:], pattern[1:]) for start in range(len(value) + 1))
    return bool(value) and value[0] == pattern[0] and like(value[1:], pattern[1:])


def holds(tree: Condition, row: Row) -> bool:
    match tree:
        case And(parts):
            return all(holds(part, row) for part in parts)
        case Or(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
        case Comparison(reference, operator, literals):
            values = {
                "number": row.number,
                "board/name": row.text,
                "closedFlag": row.flag,
                "dateEntered": row.moment,
            }
            return compares(folded(values[reference]), operator, [folded(literal) for literal in literals])
    raise AssertionError(tree)


def folded(value: Literal) -> Literal:
    return value.casefold() if isinstance(value, str) else value


def compares(value: Any, operator: Operator, literals: list[Any]) -> bool:
    """What a comparison says, worked out case by case."""
    first = literals[0]
    if operator in (Operator.EQUAL, Operator.UNEQUAL, Operator.IN):
        return any(value == literal for literal in literals) != (operator is Operator.UNEQUAL)
    if value is None:
        return False
    if operator in (Operator.CONTAINS, Operator.LIKE):
        return like(value, f"*{first}*" if operator is Operator.CONTAINS else first)
    before, same = value < first, value == first
    return bool(
        {
            Operator.LESS: before,
            Operator.AT_MOST: before or same,
            Operator.MORE: not (before or same),
            Operator.AT_LEAST: not before,
        }[operator]
    )


@given(tree=TREES, row=ROWS, recased=st.sampled_from([str.lower, str.upper, str.title]))
def test_a_tree_written_as_text_selects_what_the_tree_says(
    tree: Condition, row: Row, recased: Callable[[str], str]
) -> None:
    parsed = parse_conditions(rendered(tree, recased))
    assert matcher(parsed, FIELDS)(row) == holds(tree, row)


@given(tree=TREES, row=ROWS)
def test_a_row_that_is_selected_lies_within_the_bounds_of_the_conditions(tree: Condition, row: Row) -> None:
    entered = bounds_of(tree).entered
    if entered is not None and holds(tree, row):
        assert row.moment is not None
        assert row.moment in entered


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And(())),
        ("id=5", Comparison("id", Operator.EQUAL, (5,))),
        ("actualHours >= 0.25", Comparison("actualHours", Operator.AT_LEAST, (Decimal("0.25"),))),
        ("parentTicketId = null", Comparison("parentTicketId", Operator.EQUAL, (None,))),
        ("closedFlag = True", Comparison("closedFlag", Operator.EQUAL, (True,))),
        ("summary = 'it says \"no\"'", Comparison("summary", Operator.EQUAL, ('it says "no"',))),
        (
            'board/name IN (">Closed", "O\'Neil")',
            Comparison("board/name", Operator.IN, (">Closed", "O'Neil")),
        ),
        ('board/name not in ("A")', Not(Comparison("board/name", Operator.IN, ("A",)))),
        ('not summary contains "x"', Not(Comparison("summary", Operator.CONTAINS, ("x",)))),
        ('summary not like "x*"', Not(Comparison("summary", Operator.LIKE, ("x*",)))),
        (
            "dateEntered < [2025-01-31T23:59:59.7Z]",
            Comparison(
                "dateEntered", Operator.LESS, (datetime(2025, 1, 31, 23, 59, 59, 700_000, tzinfo=UTC),)
            ),
        ),
        (
            "insideId = 1 or notes = 2 AND nothing = 3",
            Or(
                (
                    Comparison("insideId", Operator.EQUAL, (1,)),
                    And(
                        (
                            Comparison("notes", Operator.EQUAL, (2,)),
                            Comparison("nothing", Operator.EQUAL, (3,)),
                        )
                    ),
                )
            ),
        ),
    ],
)
def test_a_text_reads_as_its_tree(text: str, tree: Condition) -> None:
    assert parse_conditions(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "id",
        "id =",
        "id = 1 and",
        "(id = 1",
        "id in 1",
        "id in ()",
        'name = "a"b"',
        "id == 1",
        "a = [yesterday]",
        "1 = id",
    ],
)
def test_a_text_that_is_not_the_language_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse_conditions(text)


@pytest.mark.parametrize(
    "text",
    [
        "id = 1",
        'number = "1"',
        "number = true",
        "closedFlag = 1",
        'dateEntered > "2025-01-01"',
        "number contains 1",
        "number < null",
        "board/name = [2025-01-01T00:00:00Z]",
    ],
)
def test_unknown_names_and_values_of_another_kind_are_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        matcher(parse_conditions(text), FIELDS)


def test_the_bounds_of_a_month_are_its_window_and_a_microsecond_at_most() -> None:
    start, end = datetime(2025, 1, 1, 6, tzinfo=UTC), datetime(2025, 2, 1, 6, tzinfo=UTC)
    text = "dateEntered >= [2025-01-01T06:00:00Z] and dateEntered < [2025-02-01T06:00:00Z] and id in (3, 4)"
    bounds = bounds_of(parse_conditions(text))
    assert bounds.ids == frozenset({3, 4})
    assert bounds.closed is None
    assert bounds.entered == Window(start, end.replace(microsecond=1))
