"""Rules about the rows of one answer: what each finds at its limits, and in which words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.metrics.rules.answers import LeftOut, rows_left_out, rows_outside_window
from qbr_pipeline.periods import Month

MAY = Month(2025, 5)


@pytest.mark.parametrize(
    ("outside", "fetched", "flagged", "blocked"),
    [
        (0, 100, False, False),
        (1, 100, True, False),
        (3, 3, True, False),
        (4, 400, True, False),
        (4, 399, False, True),
    ],
)
def test_rows_outside_the_month_block_when_they_are_many_and_are_told_when_they_are_few(
    outside: int, fetched: int, flagged: bool, blocked: bool
) -> None:
    assert bool(rows_left_out(MAY, "tickets", fetched, {}, [(outside, fetched)])) is flagged
    assert bool(rows_outside_window(MAY, "tickets entered", outside, fetched)) is blocked


def test_rows_that_do_not_say_what_decides_are_told_with_why_and_how_many() -> None:
    left_out: Mapping[LeftOut, int] = {
        LeftOut.NO_BOARD: 4,
        LeftOut.NO_STATUS: 0,
        LeftOut.UNKNOWN_STATUS: 1200,
    }
    (finding,) = rows_left_out(MAY, "tickets", 2000, left_out, [(2, 1500), (40, 500)])
    assert (finding.rule, finding.subject, finding.value) == (Rule.ROWS_LEFT_OUT, "tickets", 1206)
    assert finding.sentence == (
        "1,206 of 2,000 tickets that ConnectWise answered for May 2025 do not say what decides, or do not fit what was "
        "asked for, so that numbers may be too small: 4 on no board, 1,200 closed in a status that their board does "
        "not list, 2 outside the month by their own date. Look at what the security role of the API member may read"
    )
    assert "rhem" in finding.moves


def test_a_whole_answer_raises_nothing() -> None:
    assert rows_left_out(MAY, "time entries", 9, dict.fromkeys(LeftOut, 0), [(0, 9)]) == []


@pytest.mark.parametrize("reason", LeftOut)
def test_every_reason_has_words(reason: LeftOut) -> None:
    (finding,) = rows_left_out(MAY, "tickets", 9, {reason: 1}, [])
    assert ": 1 " in finding.sentence
