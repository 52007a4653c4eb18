"""Forty nights in which vendors, PostgreSQL and runs fail: every published value is the truth on each of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from qbr_pipeline.settings import CHECKOUT
from tools.nights.figures import Measured, Result


def result(*nights: Measured) -> Result:
    """How so many nights went."""
    return Result(date(2024, 2, 5), nights, Counter(), 0, ())


def night(*, cpu: float = 5, dagster: float = 30, **tables: float) -> Measured:
    """One of four runs."""
    return Measured(cpu, 180, dagster, 12, 4, tables, 0)


def test_the_last_thirty_nights_are_held_against_nights_31_to_60() -> None:
    first, later = [night(cpu=9)] * 30 + [night(cpu=5)] * 30, [night(cpu=6)] * 30
    assert result(*first, *later).growth(lambda each: each.cpu) == pytest.approx(1.2)
    assert result(*first).growth(lambda each: each.cpu) is None


def test_a_night_that_costs_more_than_before_and_a_table_that_should_be_pruned_are_named() -> None:
    early = night(qbr_alerts=1, qbr_publications=1, runs=0.1)
    late = night(cpu=7, qbr_alerts=2, qbr_publications=2, runs=0.5)
    grown = result(*[early] * 60, *[late] * 30)
    assert list(grown.outgrown()) == ["cpu grew to 1.40 times", "qbr_alerts grew to 2.00 times, 2.0 MB"]
    assert [table for table, _, _ in grown.grown_tables()] == ["qbr_alerts", "qbr_publications"]


def test_dagsters_database_is_computed_from_what_a_run_added_to_it() -> None:
    a_run = 0.25
    nights = [night(dagster=10 + a_run * 4 * number) for number in range(1, 31)]
    ticks = 5 * 2 * 60 * 24 * 7 / 1000
    assert result(*nights).dagster_of_thirty_nights() == pytest.approx(10 + a_run * 18 * 30 + ticks)
    assert result(*nights[:29]).dagster_of_thirty_nights() is None


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_forty_nights_tell_the_truth_whatever_fails_and_nothing_is_doubled_or_lost() -> None:
    """From February 5, 2024: a month's end twice, February 29, and the night before the clocks go forward."""
    command = (
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tools.nights",
        "--nights",
        "40",
        "--first",
        "2024-02-05",
    )
    done = subprocess.run(
        command, cwd=CHECKOUT, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "40 nights from 2024-02-05" in done.stdout
    assert "values that were not the truth, doubled or lost: 0" in done.stdout
