"""The rows of RULES about what a source answers: before anything is published, most of them block.

What belongs here: the same as in `table`, which takes these rows up first. What does not: finding anything (`answers`,
`validation`).
"""

from __future__ import annotations

from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.definition import RuleDefinition, ValueUnit

_VALUE, _ROWS, _, _TICKETS, _ = ValueUnit
_WARN, _ERROR = Severity

OF_ANSWERS = (
    RuleDefinition(
        Rule.INVALID_VALUE,
        "a value must be a number that fits, and not negative where it cannot be",
        _ERROR,
        _VALUE,
        checks={
            "values_are_valid": "Every value is a finite number, not negative where it cannot be, and fits its column.",
        },
    ),
    RuleDefinition(
        Rule.COUNT_MISMATCH,
        "as many rows must be fetched as the source itself counts",
        _ERROR,
        _ROWS,
        (limits.REREADS,),
        {
            "rows_are_complete": "As many rows were fetched as the source itself counts for the same conditions.",
            "values_follow_from_rows": "Counting the stored rows another way, in SQL, gives the same values.",
        },
    ),
    RuleDefinition(
        Rule.OUTSIDE_WINDOW,
        "the rows of an answer should be dated within the month that was asked for",
        _ERROR,
        _ROWS,
        (limits.OUTSIDE_SHARE, limits.OUTSIDE_ROWS),
        {
            "rows_lie_in_the_month": "The rows of an answer lie in the month that was asked for, by their own date."
        },
        other_label="Outside the month",
    ),
    RuleDefinition(
        Rule.ROWS_LEFT_OUT,
        "the rows of an answer should say what decides whether they count, and be what was asked for",
        _WARN,
        _ROWS,
        (limits.WITHOUT_HOURS, limits.LEAST_CREATED, limits.OUTSIDE_SHARE, limits.OUTSIDE_ROWS),
        {
            "rows_say_what_decides": "Every row says what decides whether it counts, and is what was asked for.",
        },
        every_month=True,
    ),
    RuleDefinition(
        Rule.TICKETS_UNREADABLE,
        f"more than {limits.UNREADABLE} of the tickets that time entries are charged to cannot be found",
        _ERROR,
        _TICKETS,
        (limits.UNREADABLE,),
        {"tickets_are_readable": "Nearly all of the tickets that time entries are charged to can be read."},
    ),
    RuleDefinition(
        Rule.TICKETS_NOT_FOUND,
        f"more than {limits.NOT_FOUND} of the tickets that time entries are charged to cannot be found",
        _WARN,
        _TICKETS,
        (limits.NOT_FOUND, limits.UNREADABLE),
        {"tickets_are_found": "The tickets that time entries are charged to can be found."},
    ),
    RuleDefinition(
        Rule.ROWS_LOST,
        f"a closed month loses more than {limits.LOST} of its rows of one kind, and nobody has accepted that",
        _ERROR,
        _ROWS,
        (limits.LOST, limits.LOST_ROWS),
        {
            "closed_month_keeps_its_rows": "A closed month keeps its rows, or a person has accepted what it loses."
        },
    ),
    RuleDefinition(
        Rule.UNKNOWN_BOARD,
        "every configured board and closed status must exist",
        _ERROR,
        checks={
            "boards_exist": "Every board that QBR_REACTIVE_BOARDS names exists in ConnectWise.",
            "closed_statuses_exist": "Every status that QBR_CLOSED_STATUSES names exists on a reactive board.",
            "boards_have_a_closed_status": "Every reactive board has at least one of the closed statuses.",
        },
        every_month=True,
    ),
    RuleDefinition(
        Rule.CLOSED_STATUS,
        "ConnectWise should treat the same statuses as closed as QBR_CLOSED_STATUSES",
        _WARN,
        _TICKETS,
        checks={
            "closed_statuses_agree": "ConnectWise treats the same statuses as closed as QBR_CLOSED_STATUSES."
        },
        every_month=True,
    ),
)
