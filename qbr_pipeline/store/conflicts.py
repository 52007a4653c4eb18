"""Two people at one value: who writes may say what they saw, and nothing is written over what has changed since.

What belongs here: comparing the two. What does not: what is stored (`values`, `thresholds`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value that is another one than somebody saw; None is absent."""

    name: str
    expected: Decimal | None
    current: Decimal | None


class ConflictError(RuntimeError):
    """Nothing was written, since values have changed; the message is a sentence for a person, with both of each."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        sentences = "; ".join(map(_sentence, conflicts))
        super().__init__(f"{sentences}: nothing was stored; read the value again first")


def require_unchanged(
    expected: Mapping[KeyT, Decimal | None], current: Mapping[KeyT, Decimal | None], names: Mapping[KeyT, str]
) -> None:
    """ConflictError unless all that was `expected` is still so; what has no key in `current` is absent."""
    conflicts = [
        Conflict(names[key], value, current.get(key))
        for key, value in expected.items()
        if value != current.get(key)
    ]
    if conflicts:
        raise ConflictError(conflicts)


def _sentence(conflict: Conflict) -> str:
    before, now = _spoken(conflict.expected), _spoken(conflict.current)
    return f"{conflict.name} was {before} when it was read and is {now} now"


def _spoken(value: Decimal | None) -> str:
    return "absent" if value is None else f"{value:,f}"
