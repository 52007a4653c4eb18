"""What `qbr init` asks about ConnectWise: how it is reached, which boards are reactive, and what closed means there.

What belongs here: trying the answers, and showing what there is to choose from. What does not: collecting.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from rich.markup import escape
from rich.table import Table

from qbr_pipeline.cli.console import output, print_line
from qbr_pipeline.cli.init.draft import Draft
from qbr_pipeline.cli.questions import NoAnswerError, Questions, choice_of
from qbr_pipeline.metrics.rules.validation import unknown_boards
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.review.boards import BOARDS, Boards
from qbr_pipeline.review.checks import everything
from qbr_pipeline.settings import CONNECTWISE_VARIABLES
from qbr_pipeline.settings.texts import board_names, status_names
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.connectwise.boards import ReactiveBoards
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.connectwise.models import Board, Status
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.retries import SOMEBODY_WAITS

_DAYS = 90
_BOARDS, _STATUSES, _AUTO = "QBR_REACTIVE_BOARDS", "QBR_CLOSED_STATUSES", "auto"
_NO_BOARD = (
    "ConnectWise grants access but shows no service board: the security role of the API member must let it read "
    "service boards, tickets and time entries. Nothing was written."
)

_Counts = Mapping[tuple[Board, Status | None], int]
"""How many tickets were entered lately, by board, and by status where one was asked for; some may be missing."""


def sign_in(draft: Draft, questions: Questions) -> ConnectWise:
    """A reader that ConnectWise lets in, asked for until it does.

    What a refusal is about is asked for again. NoAnswerError when nobody has a better answer.
    """
    for variable in CONNECTWISE_VARIABLES:
        draft.ask(questions, variable)
    while True:
        try:
            return _let_in(draft)
        except VendorError as error:
            named = error.settings if isinstance(error, PermanentError) else ("CONNECTWISE_SERVER",)
            questions.reject(str(error))
        suspects = [variable for variable in CONNECTWISE_VARIABLES if variable in named]
        for variable in suspects or CONNECTWISE_VARIABLES:
            draft.ask(questions, variable, again=True)


def _let_in(draft: Draft) -> ConnectWise:
    access = draft.settings.connectwise
    connectwise = ConnectWise(access, SOMEBODY_WAITS)
    try:
        with output.status("asking ConnectWise"):
            connectwise.boards()
    except VendorError:
        connectwise.close()
        raise
    print_line("; ".join((f"{access.server} grants access", *connectwise.remarks)) + ".")
    return connectwise


def choose_boards(
    draft: Draft, questions: Questions, connectwise: ConnectWise, now: datetime
) -> Sequence[Board]:
    """Every board, after the reactive ones were chosen by what was entered on each in the 90 days before `now`.

    NoAnswerError when there is none.
    """
    boards = connectwise.boards()
    names = [board.plain_name for board in boards]
    if not boards:
        raise NoAnswerError(_NO_BOARD)
    given = draft.settings.reactive_boards if _BOARDS in draft.answers else ()
    unknown = unknown_boards(Month.of(now, draft.settings.timezone), given, names)
    for finding in unknown:
        questions.reject(_without_effect(finding.sentence))
    if given and not unknown:
        return boards
    with output.status("counting tickets"):
        counts = _tickets_lately(connectwise, [(board, None) for board in boards], now)
    ordered = sorted(boards, key=lambda board: (-counts.get((board, None), 0), board.plain_name))
    output.print(_of_boards(ordered, counts))
    names = [board.plain_name for board in ordered]
    held = [name for name in draft.settings.reactive_boards if name in names]
    questions.ask(
        "Boards whose tickets are reactive: numbers, or names, with commas between them",
        lambda answer: draft.put(_BOARDS, _as_list(board_names(_as_list(choice_of(names)(answer))))),
        default=_as_answer(held) if held else None,
    )
    return boards


def choose_closed_statuses(
    draft: Draft, questions: Questions, connectwise: ConnectWise, boards: Sequence[Board], now: datetime
) -> None:
    """Ask which statuses mean closed. NoAnswerError when those that were given fit no board, or nobody answers."""
    wanted = draft.settings.reactive_boards
    statuses = {
        board: connectwise.statuses(board)
        for board in sorted(boards, key=lambda board: board.plain_name)
        if board.plain_name in wanted
    }
    names = list(dict.fromkeys(status.name for each in statuses.values() for status in each))

    def fault(configured: tuple[str, ...] | None) -> str:
        by_name = {board.plain_name: each for board, each in statuses.items()}
        found = Boards.of(
            ReactiveBoards(tuple(boards), by_name, wanted, configured), Month.of(now, draft.settings.timezone)
        )
        findings = everything(BOARDS.run(found))
        return "\n".join(_without_effect(finding.sentence) for finding in findings)

    def read(answer: str) -> None:
        chosen = _AUTO if answer.casefold() == _AUTO else _as_list(choice_of(names)(answer))
        if why_not := fault(status_names(chosen)):
            raise ValueError(why_not)
        draft.put(_STATUSES, chosen)

    if _STATUSES in draft.answers:
        why_not = fault(draft.settings.closed_statuses)
        if not why_not:
            return
        questions.reject(why_not)
    with output.status("counting tickets"):
        pairs = [(board, status) for board, each in statuses.items() for status in each]
        counts = _tickets_lately(connectwise, pairs, now)
    output.print(_of_statuses(names, statuses, counts))
    held = draft.settings.closed_statuses if draft.held(_STATUSES) else None
    default = _AUTO if held is None else _as_answer(held)
    questions.ask(
        f"Statuses that mean closed: numbers, or names, with commas between them, or {_AUTO} for the flagged ones",
        read,
        default=None if fault(held) else default,
    )


def _tickets_lately(
    connectwise: ConnectWise, wanted: Iterable[tuple[Board, Status | None]], now: datetime
) -> _Counts:
    """What can be counted: it only helps to choose, so a server that does not count in time is asked no more."""
    counts = {}
    for board, status in wanted:
        try:
            counts[board, status] = connectwise.ticket_count(board, now - timedelta(days=_DAYS), status)
        except VendorError:
            break
    return counts


def _of_boards(boards: Iterable[Board], counts: _Counts) -> Table:
    table = _table("board")
    for number, board in enumerate(boards, start=1):
        table.add_row(str(number), _plain(board.name), _in_words(counts, board, None))
    return table


def _of_statuses(names: Iterable[str], statuses: Mapping[Board, Sequence[Status]], counts: _Counts) -> Table:
    table = _table("status", "on", "flagged as closed")
    for number, name in enumerate(names, start=1):
        here = [(board, each) for board in statuses for each in statuses[board] if each.name == name]
        table.add_row(
            str(number),
            _plain(name),
            "\n".join(_in_words(counts, board, each) for board, each in here),
            "\n".join(_plain(board.name) for board, _ in here),
            "\n".join("yes" if each.closed else "" for _, each in here),
        )
    return table


def _table(what: str, *more: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column(what)
    table.add_column(f"tickets of {_DAYS} days", justify="right")
    for name in more:
        table.add_column(name)
    return table


def _in_words(counts: _Counts, board: Board, status: Status | None) -> str:
    return f"{counts[board, status]:,}" if (board, status) in counts else "not counted"


def _plain(name: str) -> str:
    return escape(one_line(name))


def _without_effect(sentence: str) -> str:
    """A finding's sentence without what it says of a collection: there is none yet."""
    return sentence.removesuffix(" Nothing was published.")


def _as_list(names: Sequence[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _as_answer(names: Sequence[str]) -> str:
    """Names as somebody may type them: with commas, or as a list where a name holds one."""
    return _as_list(names) if any("," in name or name.startswith("[") for name in names) else ", ".join(names)
