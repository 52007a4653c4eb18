"""Formulas that are literals: numbers, plus, minus, parentheses and references to cells. They are data, never run.

What belongs here: understanding such a formula, and working it out exactly. What does not: anything a spreadsheet
program would be needed for; such a formula has a stored result, or is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from qbr_pipeline.files.reading.sheets import Place

Term = tuple[int, Decimal | Place]

_TOKEN = re.compile(r"\s*(?:([-+()])|(\d+\.?\d*|\.\d+)|\$?([A-Z]{1,3})\$?(\d{1,7}))", re.ASCII)
_LONGEST = 8_000  # what a cell can hold


def terms(formula: str) -> tuple[Term, ...] | None:
    """The signed numbers and cells that the text after `=` adds up; None where it is of another kind."""
    reader, at, formula = _Reader(), 0, formula.strip()
    while at < len(formula) <= _LONGEST:
        token = _TOKEN.match(formula, at)
        if token is None or not reader.take(token):
            return None
        at = token.end()
    return tuple(reader.found) if reader.is_whole and at == len(formula) else None


class _Reader:
    """Takes one token after the other; no recursion, for parentheses may be nested as deep as a cell is long."""

    def __init__(self) -> None:
        self.found: list[Term] = []
        self._signs = [1]
        self._sign = 1
        self._wants_operand = True

    @property
    def is_whole(self) -> bool:
        return not self._wants_operand and len(self._signs) == 1

    def take(self, token: re.Match[str]) -> bool:
        """Whether the token may stand where it does."""
        match token[1]:
            case "+" | "-":
                before = self._sign if self._wants_operand else self._signs[-1]
                self._sign = before if token[1] == "+" else -before
                self._wants_operand = True
            case "(" if self._wants_operand:
                self._signs.append(self._sign)
            case ")" if not self._wants_operand and len(self._signs) > 1:
                self._signs.pop()
            case None if self._wants_operand:
                operand = Decimal(token[2]) if token[2] else _place(token[3], token[4])
                self.found.append((self._sign, operand))
                self._wants_operand = False
            case _:
                return False
        return True


def _place(letters: str, row: str) -> Place:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(row) - 1, column - 1


def results(formulas: Mapping[Place, str], stored: Callable[[Place], object]) -> dict[Place, Decimal]:
    """What the literal formulas among `formulas` (without their `=`) come to, by cell.

    `stored`: what the file says of another cell; an empty one counts as 0, a text makes the formula unreadable, as does
    a circle.
    """
    parsed = {place: terms(text) for place, text in formulas.items()}
    known: dict[Place, Decimal | None] = {}
    for place in parsed:
        _work_out(place, parsed, stored, known)
    return {place: value for place in parsed if (value := known[place]) is not None}


def _work_out(
    start: Place,
    parsed: Mapping[Place, tuple[Term, ...] | None],
    stored: Callable[[Place], object],
    known: dict[Place, Decimal | None],
) -> None:
    """Fill `known` for one cell and all that it refers to, without recursion: such chains may be long."""
    waiting, entered = [start], set[Place]()
    while waiting:
        place = waiting[-1]
        needed = [each for each in _references(place, parsed) if each not in known]
        if place in known or (place in entered and needed):
            known.setdefault(place, None)
            waiting.pop()
        elif needed:
            entered.add(place)
            waiting.extend(needed)
        else:
            known[place] = _value(place, parsed, stored, known)
            waiting.pop()


def _references(place: Place, parsed: Mapping[Place, tuple[Term, ...] | None]) -> list[Place]:
    return [operand for _, operand in parsed.get(place) or () if not isinstance(operand, Decimal)]


def _value(
    place: Place,
    parsed: Mapping[Place, tuple[Term, ...] | None],
    stored: Callable[[Place], object],
    known: Mapping[Place, Decimal | None],
) -> Decimal | None:
    formula = parsed.get(place)
    if formula is None:
        value = stored(place)
        return (
            Decimal(0)
            if value is None and place not in parsed
            else value
            if isinstance(value, Decimal)
            else None
        )
    total = Decimal(0)
    for sign, operand in formula:
        value = operand if isinstance(operand, Decimal) else known[operand]
        if value is None:
            return None
        total += sign * value
    return total
