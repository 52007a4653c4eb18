"""The language of conditions, such as `board/name = "Help Desk" and closedDate >= [2025-01-01T06:00:00Z]`.

What belongs here: the grammar, and the tree that a text is read into. What does not: what a tree selects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import VisitError

Literal = str | int | Decimal | bool | datetime | None


class ConditionError(ValueError):
    """Conditions that the server does not understand; the message is what the vendor would answer."""


class Operator(StrEnum):
    """How a field is compared with one literal, or with several (`in`)."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    CONTAINS = "contains"
    LIKE = "like"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with literals; every operator but IN has exactly one."""

    reference: str
    operator: Operator
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where its part is not."""

    part: Condition


@dataclass(frozen=True, slots=True)
class And:
    """True where all of its parts are; true when it has none."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True where any of its parts is."""

    parts: tuple[Condition, ...]


Condition = Comparison | Not | And | Or

EVERYTHING = And(())

# A quote inside a string has no documented escape: a string ends at the next quote of its own kind.
_GRAMMAR = r"""
    disjunction: conjunction (_OR conjunction)*
    conjunction: _term (_AND _term)*
    _term: negation | comparison | membership | "(" disjunction ")"
    negation: NOT _term
    comparison: REFERENCE COMPARED _literal
              | REFERENCE [NOT] (CONTAINS | LIKE) _literal
    membership: REFERENCE [NOT] _IN "(" _literal ("," _literal)* ")"
    _literal: string | moment | number | truth | nothing
    string: DOUBLE_QUOTED | SINGLE_QUOTED
    moment: BRACKETED
    number: NUMBER
    truth: TRUE | FALSE
    nothing: _NULL

    _OR: "or"i
    _AND: "and"i
    NOT: "not"i
    CONTAINS: "contains"i
    LIKE: "like"i
    _IN: "in"i
    TRUE: "true"i
    FALSE: "false"i
    _NULL: "null"i
    COMPARED: "!=" | "<=" | ">=" | "=" | "<" | ">"
    REFERENCE: /[a-z_][a-z0-9_]*(\/[a-z_][a-z0-9_]*)*/i
    DOUBLE_QUOTED: /"[^"]*"/
    SINGLE_QUOTED: /'[^']*'/
    BRACKETED: /\[[^\]]*\]/
    NUMBER: /-?[0-9]+(\.[0-9]+)?/
    %ignore /\s+/
"""


@v_args(inline=True)
class _Reader(Transformer[Token, Condition]):
    def disjunction(self, *parts: Condition) -> Condition:
        return parts[0] if len(parts) == 1 else Or(parts)

    def conjunction(self, *parts: Condition) -> Condition:
        return parts[0] if len(parts) == 1 else And(parts)

    def negation(self, _: Token, part: Condition) -> Condition:
        return Not(part)

    def comparison(self, reference: Token, *rest: Token | Literal) -> Condition:
        *negated, operator, literal = rest
        comparison = Comparison(str(reference), Operator(str(operator).lower()), (literal,))
        return Not(comparison) if any(negated) else comparison

    def membership(self, reference: Token, negated: Token | None, *literals: Literal) -> Condition:
        comparison = Comparison(str(reference), Operator.IN, literals)
        return Not(comparison) if negated else comparison

    def string(self, token: Token) -> str:
        return str(token)[1:-1]

    def moment(self, token: Token) -> datetime:
        try:
            moment = datetime.fromisoformat(str(token)[1:-1].strip())
        except ValueError:
            raise ConditionError(f"{token} is not a valid date.") from None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def number(self, token: Token) -> int | Decimal:
        return Decimal(str(token)) if "." in token else int(token)

    def truth(self, token: Token) -> bool:
        return token.type == "TRUE"

    def nothing(self) -> None:
        return None


_PARSER = Lark(_GRAMMAR, start="disjunction", parser="lalr", maybe_placeholders=True)


@lru_cache(maxsize=256)
def parse_conditions(text: str) -> Condition:
    """The tree that `text` says; an empty text selects everything. ConditionError for any other text."""
    if not text.strip():
        return EVERYTHING
    try:
        return _Reader().transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise ConditionError(f"Syntax error at position {error.pos_in_stream} of the conditions.") from None
    except VisitError as error:
        if isinstance(error.orig_exc, ConditionError):
            raise error.orig_exc from None
        raise
