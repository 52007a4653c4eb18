"""What a fetch from ConnectWise brought home: rows, the source's own counts beside them, and what it took.

What belongs here: the shapes. What does not: fetching (`client`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Identified(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int:
        """The id that the source gave it."""
        ...


RowT = TypeVar("RowT", bound=Identified)


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows fetched for one set of conditions, the source's own count right after, and the reads it took.

    `counted` is None when the count could not be had; `why_not` says why, in a sentence. `outside`: how many of them
    lie outside the window that was asked for, by their own date.
    """

    what: str
    fetched: int
    counted: int | None
    reads: int
    why_not: str | None = None
    outside: int = 0

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against every row, and no other, having been fetched."""
        return self.counted in (None, self.fetched)


@dataclass(frozen=True, slots=True)
class Fetched(Generic[RowT]):
    """Rows, each id once, ordered by id, with what it took to get them; `waited` in seconds.

    `tickets`: how many tickets the rows point to; `not_found`: those of them that were looked up and are nowhere.
    """

    rows: tuple[RowT, ...]
    counts: tuple[Counted, ...]
    requests: int
    waited: float
    tickets: int = 0
    not_found: int = 0

    @property
    def fetched(self) -> int:
        """Rows fetched over all conditions; more than `rows` when a row meets several."""
        return sum(part.fetched for part in self.counts)

    @property
    def source_count(self) -> int | None:
        """The source's own count over all conditions; None when that of one of them could not be had."""
        counts = [part.counted for part in self.counts if part.counted is not None]
        return sum(counts) if len(counts) == len(self.counts) else None

    @property
    def uncounted(self) -> tuple[Counted, ...]:
        """The parts whose count could not be had: their rows are as many as came."""
        return tuple(part for part in self.counts if part.counted is None)

    @property
    def reads(self) -> int:
        """How often the part that was read most often was read: 1 to 4."""
        return max(part.reads for part in self.counts)

    @property
    def disagreeing(self) -> tuple[Counted, ...]:
        """The parts whose count still differed after the last read: their month must not be published."""
        return tuple(part for part in self.counts if not part.agrees)
