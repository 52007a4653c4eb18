"""A signal that comes while Dagster works is not lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from qbr_pipeline.orchestration.local_runner import no_signal_lost


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def swallowed(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    before = signal.signal(request.param, lambda *_: None)
    yield request.param
    signal.signal(request.param, before)


def test_a_signal_that_somebody_swallowed_still_interrupts(swallowed: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), no_signal_lost():
        os.kill(os.getpid(), swallowed)


def test_without_a_signal_nothing_is_interrupted() -> None:
    with no_signal_lost():
        pass


def test_other_signals_do_not_interrupt() -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    with no_signal_lost():
        os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
