"""A formula, written once as text: what people read is what is computed.

What belongs here: exact arithmetic with the four operations over named values. What does not: which formulas
there are (`derived`, `smartnumbers`), rounding (`values`).
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_NAME = re.compile(r"[a-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Formula:
    """An expression such as `(nrr + mrr) / employees * 12 / months`."""

    text: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that it uses, each once, in the order of the text."""
        found = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name)]
        return tuple(dict.fromkeys(node.id for node in sorted(found, key=lambda node: node.col_offset)))

    @cached_property
    def divides(self) -> bool:
        """Whether it divides anywhere: a ratio, which is no sum of its months."""
        return any(isinstance(node, ast.Div) for node in ast.walk(self._tree))

    def of(self, values: Mapping[str, Decimal | Fraction]) -> Fraction:
        """The exact result. Raises ZeroDivisionError, and KeyError for a name that `values` does not hold."""
        return _evaluate(self._tree, values)

    def spelled(self, name: Callable[[str], str]) -> str:
        """The text with what `name` has for each of its names: as another program has it, such as a spreadsheet."""
        return _NAME.sub(lambda found: name(found[0]), self.text)

    @cached_property
    def _tree(self) -> ast.expr:
        return ast.parse(self.text, mode="eval").body


def _evaluate(node: ast.expr, values: Mapping[str, Decimal | Fraction]) -> Fraction:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            result: Fraction = _OPERATIONS[type(op)](_evaluate(left, values), _evaluate(right, values))
            return result
        case ast.Name(id=name):
            return Fraction(values[name])
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case _:
            raise ValueError(f"a formula cannot hold {ast.unparse(node)}")
