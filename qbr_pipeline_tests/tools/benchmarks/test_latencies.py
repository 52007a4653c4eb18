from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.benchmarks.latencies import median_run, summarize_latencies


def test_percentiles_are_times_that_were_measured() -> None:
    figures = summarize_latencies("monthly", [float(each) for each in range(100, 0, -1)], seconds=4)
    assert (figures.p50, figures.p95, figures.p99) == (50, 95, 99)
    assert (figures.requests, figures.per_second) == (100, 25)


@pytest.mark.parametrize("times", [[7.0], [7.0, 7.0]])
def test_few_times_are_enough(times: list[float]) -> None:
    figures = summarize_latencies("monthly", times, seconds=1)
    assert (figures.p50, figures.p95, figures.p99) == (7, 7, 7)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_a_percentile_is_not_exceeded_by_as_many_as_it_says_and_no_smaller_time_would_do(
    times: list[float],
) -> None:
    figures = summarize_latencies("monthly", times, seconds=1)
    for percentile, share in ((figures.p50, 0.50), (figures.p95, 0.95), (figures.p99, 0.99)):
        assert sum(time <= percentile for time in times) >= share * len(times)
        assert sum(time < percentile for time in times) < share * len(times)


def test_of_several_runs_the_one_in_the_middle_counts() -> None:
    runs = [summarize_latencies("monthly", [1.0] * number, seconds=1) for number in (7, 1, 5)]
    assert median_run(runs).requests == 5
    assert median_run(runs[:2]).requests == 1
