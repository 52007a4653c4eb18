"""Forty nights in which vendors, PostgreSQL and runs fail: every published value is the truth on each of them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from qbr_pipeline.settings import CHECKOUT


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
