"""The review of the names that ConnectWise knows: do those in the settings exist."""

from __future__ import annotations

from dataclasses import dataclass

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.validation import unknown_boards, unknown_statuses
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import Check, NothingToReviewError, Review, ReviewContext


@dataclass(frozen=True, slots=True)
class Boards:
    """All boards, and the statuses of the reactive ones, as a collection of `month` found them.

    `reactive_boards` and `closed_statuses` are those that the settings name.
    """

    month: Month
    boards: tuple[str, ...]
    statuses: tuple[str, ...]
    reactive_boards: tuple[str, ...]
    closed_statuses: tuple[str, ...]


def _unknown_statuses(facts: Boards) -> list[Finding]:
    """Nothing while no reactive board exists: that is one fault, and every status would be missing with it."""
    if not set(facts.reactive_boards) & set(facts.boards):
        return []
    return unknown_statuses(facts.month, facts.closed_statuses, facts.statuses)


def _known_to_collections(context: ReviewContext) -> Boards:
    raise NothingToReviewError(
        f"What boards there were in {context.period} is known to its collection alone."
    )


BOARDS = Review(
    "connectwise_boards",
    (
        Check[Boards](
            "boards_exist",
            lambda facts: unknown_boards(facts.month, facts.reactive_boards, facts.boards),
        ),
        Check[Boards]("closed_statuses_exist", _unknown_statuses),
    ),
    _known_to_collections,
)
