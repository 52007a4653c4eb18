"""Conditions in ConnectWise's query language.

What belongs here: how names, lists and moments are written in it. What does not: sending them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from qbr_pipeline.periods import Window
from qbr_pipeline.vendors.http.errors import PermanentError

_UNQUOTABLE = re.compile(r'["\\\x00-\x1f\x7f]')


def quoted(name: str) -> str:
    """A board's name as a string of a condition.

    Raises PermanentError for a name with a double quote, a backslash or a control character: how such a one
    is escaped is documented nowhere, and a wrong guess would ask for other rows.
    """
    if not name or _UNQUOTABLE.search(name):
        raise PermanentError(
            f"QBR_REACTIVE_BOARDS holds {name!r}, which cannot be asked for: expected a name without double"
            " quotes, backslashes and control characters",
            ("QBR_REACTIVE_BOARDS",),
        )
    return f'"{name}"'


def moment(at: datetime) -> str:
    """An aware moment as ConnectWise writes it: UTC, whole seconds, the fraction cut off."""
    return f"[{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}]"


def within(field: str, window: Window) -> str:
    """That a date-time field lies in a half-open window, its bounds cut to whole seconds."""
    return f"{field} >= {moment(window.start)} and {field} < {moment(window.end)}"


def on_boards(boards: Sequence[str]) -> str:
    """That a ticket is on one of these boards."""
    if len(boards) == 1:
        return f"board/name = {quoted(boards[0])}"
    return f"board/name in ({','.join(map(quoted, boards))})"


def with_ids(ids: Sequence[int]) -> str:
    """That a row has one of these ids."""
    return f"id in ({','.join(map(str, ids))})"


def that_fit(boards: Sequence[str], fits: Callable[[Sequence[str]], bool]) -> Iterator[tuple[str, ...]]:
    """The boards in as few runs, in order, as have conditions that fit into a URL.

    A ticket is on one board only, so what the runs bring together is what one request would have brought.
    Raises PermanentError when there are no boards, or when the name of a single one is too long.
    """
    if not boards:
        raise PermanentError(
            "QBR_REACTIVE_BOARDS is empty: expected the name of at least one board", ("QBR_REACTIVE_BOARDS",)
        )
    run: tuple[str, ...] = ()
    for board in dict.fromkeys(boards):
        if not fits((board,)):
            raise PermanentError(
                f"QBR_REACTIVE_BOARDS holds a name of {len(board)} characters, {board[:40]!r}…, which is too"
                " long to be asked for",
                ("QBR_REACTIVE_BOARDS",),
            )
        if run and not fits((*run, board)):
            yield run
            run = ()
        run = (*run, board)
    yield run
