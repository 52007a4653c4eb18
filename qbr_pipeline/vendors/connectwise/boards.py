"""Which boards are reactive, and which of their statuses are closed: the settings beside what ConnectWise has.

What belongs here: bringing names of the settings and of the source together, without the blanks around them. What does
not: whether a ticket counts (`reactive`), and what is wrong about the names (`metrics.rules`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from qbr_pipeline.periods import Window
from qbr_pipeline.store.rows.evidence import StatusMismatch
from qbr_pipeline.store.rows.shapes import TicketRow
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.connectwise.models import Board, Status


@dataclass(frozen=True, slots=True)
class ReactiveBoards:
    """The boards of a company, and the statuses of its reactive ones by the plain name of the board.

    `wanted`: the names of QBR_REACTIVE_BOARDS; `configured`: those of QBR_CLOSED_STATUSES, None for `auto`.
    """

    boards: tuple[Board, ...]
    statuses: Mapping[str, tuple[Status, ...]]
    wanted: tuple[str, ...]
    configured: tuple[str, ...] | None

    @property
    def names(self) -> tuple[str, ...]:
        """The reactive boards as the source writes them, to be asked for; one that does not exist as configured."""
        written: dict[str, list[str]] = {name: [] for name in self.wanted}
        for board in self.boards:
            if board.plain_name in written:
                written[board.plain_name].append(board.name)
        return tuple(dict.fromkeys(each for name, found in written.items() for each in found or [name]))

    @property
    def closed_statuses(self) -> Mapping[str, Collection[str]]:
        """By board, the statuses in which a ticket is closed: the configured ones, or those that ConnectWise flags."""
        if self.configured is None:
            return self.flagged_statuses
        return dict.fromkeys(self.wanted, frozenset(self.configured))

    @property
    def status_names(self) -> Mapping[str, Collection[str]]:
        """By board, every status that it lists."""
        return {name: frozenset(each.name for each in statuses) for name, statuses in self.statuses.items()}

    @property
    def flagged_statuses(self) -> Mapping[str, Collection[str]]:
        """By board, the statuses that ConnectWise flags as closed; without the boards whose flags were not sent."""
        return {
            name: frozenset(status.name for status in statuses if status.closed)
            for name, statuses in self.statuses.items()
            if any(status.closed is not None for status in statuses)
        }

    def mismatches(self, rows: Iterable[TicketRow], window: Window) -> tuple[StatusMismatch, ...]:
        """The tickets closed in the window that count and are not flagged as closed, or the other way round."""
        flagged = self.flagged_statuses
        tickets: Counter[tuple[str, str, bool]] = Counter()
        for row in rows:
            if (
                row.board is None
                or row.status is None
                or row.parent_id is not None
                or row.board not in flagged
            ):
                continue
            is_flagged = row.status in flagged[row.board]
            was_closed = row.counts_as_closed or (row.closed_at is not None and row.closed_at in window)
            if was_closed and is_flagged is not row.counts_as_closed:
                tickets[row.board, row.status, is_flagged] += 1
        return tuple(StatusMismatch(*key, count) for key, count in sorted(tickets.items()))


@lru_cache(maxsize=1)
def look_at_boards(
    connectwise: ConnectWise, wanted: tuple[str, ...], configured: tuple[str, ...] | None
) -> ReactiveBoards:
    """Ask ConnectWise for its boards and the statuses of the `wanted` ones. Errors as for every read of ConnectWise.

    One reader, which is one run's, asks for them once.
    """
    boards = connectwise.boards()
    statuses: dict[str, tuple[Status, ...]] = {}
    for board in boards:
        if board.plain_name in wanted:
            statuses[board.plain_name] = (
                *statuses.get(board.plain_name, ()),
                *connectwise.statuses(board),
            )
    return ReactiveBoards(boards, statuses, wanted, configured)
