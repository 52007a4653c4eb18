from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.freshness import (
    Freshness,
    is_fresh,
    overall_freshness,
    source_freshness,
)
from qbr_pipeline.metrics.rules.limits import SILENCE

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GOOD, WARNING, BAD = Freshness


@pytest.mark.parametrize(
    ("age", "fresh"), [(timedelta(0), True), (SILENCE.duration, True), (SILENCE.duration + SECOND, False)]
)
def test_a_success_is_fresh_for_a_night_and_two_hours(age: timedelta, fresh: bool) -> None:
    assert is_fresh(NOW - age, NOW) is fresh


def test_a_source_that_never_succeeded_is_not_fresh() -> None:
    assert is_fresh(None, NOW) is False
    assert source_freshness(None, 0, NOW) is WARNING


def test_a_failed_month_is_worse_than_an_old_success() -> None:
    assert source_freshness(NOW, 1, NOW) is BAD
    assert source_freshness(NOW - SILENCE.duration - SECOND, 0, NOW) is WARNING
    assert source_freshness(NOW, 0, NOW) is GOOD


def test_without_any_source_nothing_is_fresh() -> None:
    assert overall_freshness([]) is WARNING


@given(st.lists(st.sampled_from(Freshness), min_size=1))
def test_all_sources_together_are_as_the_worst_of_them(sources: list[Freshness]) -> None:
    together = overall_freshness(sources)
    assert together in sources
    assert (together is BAD) == (BAD in sources)
    assert (together is GOOD) == (set(sources) == {GOOD})
