"""Rules about what a source answers: rows in the window that was asked for, tickets that are found, closed statuses.

What belongs here: rules over the rows of one answer. What does not: the values that the rows give (`validation`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.names import quoted
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.smartnumbers import moved_by
from qbr_pipeline.metrics.words import percent, period_name
from qbr_pipeline.periods import Month

CLOSED_STATUSES = "QBR_CLOSED_STATUSES"
_TICKETS = ("reactive_tickets_created", "reactive_tickets_closed")
_REACTIVE = tuple(key for key in METRICS if key.startswith("reactive_"))


class LeftOut(StrEnum):
    """Why rows do not count as they should, or speak of others that are missing."""

    NO_BOARD = "no_board"
    OTHER_BOARD = "other_board"
    NO_STATUS = "no_status"
    UNKNOWN_STATUS = "unknown_status"
    NO_TICKET = "no_ticket"
    NO_HOURS = "no_hours"
    SILENT_BOARD = "silent_board"


_WORDS = {
    LeftOut.NO_BOARD: "on no board",
    LeftOut.OTHER_BOARD: "on another board than was asked for",
    LeftOut.NO_STATUS: "closed and in no status",
    LeftOut.UNKNOWN_STATUS: "closed in a status that their board does not list",
    LeftOut.NO_TICKET: "charged to no ticket",
    LeftOut.NO_HOURS: "without hours",
    LeftOut.SILENT_BOARD: "on a board of which no ticket came that was entered or closed in the month",
}


def rows_outside_window(month: Month, what: str, outside: int, fetched: int) -> list[Finding]:
    """Blocks an answer with more than a few of its rows outside the window that was asked for.

    By their own date: such a server reads the dates of conditions in another zone than it writes those of rows in, and
    is as wrong about the rows that it left out.
    """
    if not _are_too_many(outside, fetched):
        return []
    sentence = (
        f"{outside:,} of {fetched:,} rows that ConnectWise returned for {what} of {period_name(month)} lie outside the "
        "month by their own date: the server reads dates in another time zone than it writes them. "
        "Nothing was published."
    )
    return [
        found(
            Rule.OUTSIDE_WINDOW,
            what,
            month,
            Decimal(outside),
            expected="rows of the month only",
            sentence=sentence,
            moves=moved_by(_REACTIVE),
        )
    ]


def _are_too_many(outside: int, fetched: int) -> bool:
    return outside > limits.OUTSIDE_ROWS.whole and outside > fetched * limits.OUTSIDE_SHARE.exact


def rows_left_out(
    month: Month,
    source: str,
    fetched: int,
    left_out: Mapping[LeftOut, int],
    outside: Iterable[tuple[int, int]],
) -> list[Finding]:
    """Flags rows that the server answered and that do not say what decides, or are not what was asked for.

    `outside`: for each answer, how many rows lie outside its window, and how many it has; those that block anyhow are
    left to that finding.
    """
    few = sum(rows for rows, of in outside if not _are_too_many(rows, of))
    parts = [f"{rows:,} {_WORDS[reason]}" for reason, rows in left_out.items() if rows]
    parts += [f"{few:,} outside the month by their own date"] if few else []
    if not parts:
        return []
    rows = few + sum(left_out.values())
    return [
        found(
            Rule.ROWS_LEFT_OUT,
            source,
            month,
            Decimal(rows),
            expected="rows that say what decides",
            sentence=f"{rows:,} of {fetched:,} {source} that ConnectWise answered for {period_name(month)} do not say "
            "what decides, or do not fit what was asked for, so that numbers may be too small: "
            f"{', '.join(parts)}. Look at what the security role of the API member may read",
            moves=moved_by(_REACTIVE),
        )
    ]


def tickets_not_found(month: Month, not_found: int, tickets: int) -> list[Finding]:
    """Flags a share of the tickets that time entries point to being nowhere.

    Their entries count for nothing, since nobody knows their board.
    """
    share = Fraction(not_found, tickets) if tickets else Fraction(0)
    if not limits.NOT_FOUND.exact < share <= limits.UNREADABLE.exact:
        return []
    return [_not_found(Rule.TICKETS_NOT_FOUND, month, not_found, tickets, "")]


def tickets_unreadable(month: Month, not_found: int, tickets: int) -> list[Finding]:
    """Blocks a larger share of them being nowhere: then a role sees a part of the tickets only."""
    if not tickets or Fraction(not_found, tickets) <= limits.UNREADABLE.exact:
        return []
    advice = " Check what the security role of the API member may read. Nothing was published."
    return [_not_found(Rule.TICKETS_UNREADABLE, month, not_found, tickets, advice)]


def _not_found(rule: Rule, month: Month, not_found: int, tickets: int, advice: str) -> Finding:
    share = percent(Fraction(not_found, tickets)).removeprefix("+")
    return found(
        rule,
        "time entries",
        month,
        Decimal(not_found),
        expected="tickets that can be read",
        sentence=f"{not_found:,} of the {tickets:,} tickets ({share}) that time entries of {period_name(month)} are "
        f"charged to cannot be found, so their hours count on no board.{advice}",
        moves=moved_by(["reactive_time_spent"]),
    )


def rows_lost(month: Month, source: str, before: int, lost: int, now: int) -> list[Finding]:
    """Blocks a fetch of `now` rows that lacks too many of the `before` rows of a closed month."""
    if lost <= limits.LOST_ROWS.whole or lost <= before * limits.LOST.exact:
        return []
    sentence = (
        f"{period_name(month)} is closed, and {lost:,} of its {before:,} {source} are no longer returned; {now:,} were."
        " Check what the security role of the API member may read. The previous values stay until somebody accepts "
        "the new state"
    )
    return [
        found(
            Rule.ROWS_LOST,
            source,
            month,
            Decimal(now),
            expected=f"at least half of {before:,} {source}",
            sentence=sentence,
            moves=moved_by(_REACTIVE),
        )
    ]


def boards_without_closed_status(
    month: Month,
    statuses: Mapping[str, Collection[str]],
    closed: Mapping[str, Collection[str]],
    *,
    flagged: bool,
) -> list[Finding]:
    """Blocks a reactive board that has none of its closed statuses: nothing on it would ever count as closed.

    `statuses` and `closed` by board; `flagged`: the closed ones are those that ConnectWise flags, not configured ones.
    """
    reason = "that ConnectWise flags as closed" if flagged else f"that {CLOSED_STATUSES} names"
    return [
        found(
            Rule.UNKNOWN_BOARD,
            CLOSED_STATUSES,
            month,
            None,
            expected=f"a closed status of the board {quoted(board)}",
            sentence=f"The board {quoted(board)} has no status {reason}, so nothing on it would count as closed; "
            f"its statuses are {', '.join(map(quoted, sorted(existing))) or 'none'}. Nothing was published.",
            moves=moved_by(_TICKETS),
            listed=(board,),
        )
        for board, existing in statuses.items()
        if not set(existing) & set(closed.get(board, ()))
    ]


def closed_status_differs(month: Month, mismatches: Sequence[tuple[str, str, bool, int]]) -> list[Finding]:
    """Flags tickets closed in a status that ConnectWise flags as closed and the settings do not, or vice versa.

    `mismatches`: board, status, whether ConnectWise flags it, and how many tickets of the month.
    """
    if not mismatches:
        return []
    tickets = sum(count for *_, count in mismatches)
    parts = [
        f"{count:,} in {quoted(status)} on {quoted(board)}, which "
        + (
            "ConnectWise alone takes for closed: not counted"
            if flagged
            else "the setting alone names: counted"
        )
        for board, status, flagged, count in mismatches
    ]
    sentence = (
        f"ConnectWise treats other statuses as closed than {CLOSED_STATUSES}, which concerns {tickets:,} "
        f"ticket{'s' * (tickets != 1)} closed in {period_name(month)}: {'; '.join(parts)}"
    )
    expected = "; ".join(
        f"{quoted(status)} of {quoted(board)} {'named' if flagged else 'not named'}"
        for board, status, flagged, _ in mismatches
    )
    return [
        found(
            Rule.CLOSED_STATUS,
            CLOSED_STATUSES,
            month,
            Decimal(tickets),
            expected=expected,
            sentence=sentence,
            moves=moved_by(_TICKETS),
            listed=(f"{board}: {status}{' (closed)' * flagged}" for board, status, flagged, _ in mismatches),
        )
    ]
