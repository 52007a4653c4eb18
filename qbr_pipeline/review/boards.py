"""The review of the names that ConnectWise knows: do those in the settings exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.answers import boards_without_closed_status
from qbr_pipeline.metrics.rules.validation import unknown_boards, unknown_statuses
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import Check, NothingToReviewError, Review, ReviewContext
from qbr_pipeline.vendors.connectwise.boards import ReactiveBoards


@dataclass(frozen=True, slots=True)
class Boards:
    """All boards as a collection of `month` found them; the statuses of the reactive ones, by board.

    Each status with whether ConnectWise flags it as closed (None: it was not sent). Names are without blanks around.
    `reactive_boards` and `closed_statuses` (None: the flagged ones) are those that the settings name.
    """

    month: Month
    boards: tuple[str, ...]
    statuses: Mapping[str, Mapping[str, bool | None]]
    reactive_boards: tuple[str, ...]
    closed_statuses: tuple[str, ...] | None

    @classmethod
    def of(cls, found: ReactiveBoards, month: Month) -> Boards:
        """What a look at the boards found."""
        statuses = {
            board: {status.name: status.closed for status in statuses}
            for board, statuses in found.statuses.items()
        }
        boards = tuple(sorted(board.plain_name for board in found.boards))
        return cls(month, boards, statuses, found.wanted, found.configured)


def _unknown_statuses(facts: Boards) -> list[Finding]:
    """Nothing while no reactive board exists: that is one fault, and every status would be missing with it."""
    existing = {name for statuses in facts.statuses.values() for name in statuses}
    if not facts.statuses:
        return []
    return unknown_statuses(facts.month, facts.closed_statuses or (), existing)


def _boards_without_status(facts: Boards) -> list[Finding]:
    """Nothing while no board has any of the configured statuses: that is said status by status."""
    if facts.closed_statuses is None:
        flagged = {
            board: [name for name, is_closed in statuses.items() if is_closed]
            for board, statuses in facts.statuses.items()
        }
        return boards_without_closed_status(facts.month, facts.statuses, flagged, flagged=True)
    if not any(set(facts.closed_statuses) & statuses.keys() for statuses in facts.statuses.values()):
        return []
    configured = dict.fromkeys(facts.statuses, facts.closed_statuses)
    return boards_without_closed_status(facts.month, facts.statuses, configured, flagged=False)


def _known_to_collections(context: ReviewContext) -> Boards:
    raise NothingToReviewError(f"Only the collection of {context.period} knows which boards there were.")


BOARDS = Review(
    "connectwise_boards",
    (
        Check[Boards](
            "boards_exist",
            lambda facts: unknown_boards(facts.month, facts.reactive_boards, facts.boards),
        ),
        Check[Boards]("closed_statuses_exist", _unknown_statuses),
        Check[Boards]("boards_have_a_closed_status", _boards_without_status),
    ),
    _known_to_collections,
)
