"""What goes wrong on purpose at ConnectWise.

What belongs here: what servers of another age or role do otherwise. What does not: what any server
may do wrong (`demo.faults`), and how the server acts it out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from qbr_pipeline.demo.connectwise.fields import BoardStatus
from qbr_pipeline.demo.connectwise.rows import Board, Ticket, TimeEntry
from qbr_pipeline.demo.faults import FaultPlan

RowTest = Callable[[Board | BoardStatus | Ticket | TimeEntry], bool]
"""Whether something holds for a row."""


def _none(_row: Board | BoardStatus | Ticket | TimeEntry) -> bool:
    return False


@dataclass(slots=True)
class Faults(FaultPlan):
    """The faults to come, and what a server of another age or role does otherwise.

    A page of more rows than `largest_page` fails with 500. With `without_ticket_board` time entries do not name the
    board, status and type of their ticket, and with `refuses_versions` no version of the model may be asked for, as on
    older servers. Rows of which `hidden` says so are not there at all, as for a role that may not see them; those of
    which `hidden_from_search` says so are missing in searches only. Dates of conditions are read `dates_misread_by`
    later than they are written, as by a server with another zone.
    """

    largest_page: int | None = None
    without_ticket_board: bool = False
    refuses_versions: bool = False
    hidden: RowTest = _none
    hidden_from_search: RowTest = _none
    dates_misread_by: timedelta = timedelta(0)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        FaultPlan.clear(self)
        self.largest_page = None
        self.without_ticket_board = self.refuses_versions = False
        self.hidden = self.hidden_from_search = _none
        self.dates_misread_by = timedelta(0)

    def hides_in(self, path: str) -> RowTest:
        """Which rows an answer to a request of that path leaves out."""
        if not path.endswith("/search"):
            return self.hidden
        return lambda row: self.hidden(row) or self.hidden_from_search(row)
