"""How long trouble is borne: tries and patience fit one another."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbr_pipeline.vendors.http.errors import RetriesExhausted
from qbr_pipeline.vendors.http.retries import Retrier, RetryPolicy, TransientError
from qbr_pipeline_tests.vendors.connectwise.conftest import FakeTime

logging.getLogger("qbr_pipeline.vendors.http.retries").setLevel(logging.ERROR)

policies = st.builds(
    RetryPolicy,
    total=st.floats(1, 600),
    first_pause=st.floats(0.1, 5),
    longest_pause=st.floats(5, 60),
)
"""Of any patience."""
ROUNDING = 1e-9
"""What sums of floats may be off by, as a share: pauses are added one by one."""


class Outage:
    """A server that fails for so many seconds, each try taking a while to fail."""

    def __init__(self, seconds: float, a_try: float) -> None:
        self.time, self.seconds, self.a_try, self.tries = FakeTime(), seconds, a_try, 0

    def answer(self) -> str:
        self.tries += 1
        if self.time.seconds >= self.seconds:
            return "well"
        self.time.seconds += self.a_try
        raise TransientError("it is out")

    def through(self, policy: RetryPolicy) -> str:
        return Retrier("ConnectWise", policy, sleep=self.time.sleep, clock=self.time.clock).run(
            "GET /x", self.answer
        )


@given(policy=policies, share=st.floats(0, 1 - ROUNDING), a_try=st.floats(0, 120))
@settings(max_examples=300)
def test_any_outage_shorter_than_the_patience_is_outlasted(policy, share, a_try) -> None:
    assert Outage(share * policy.total, a_try).through(policy) == "well"


@given(policy=policies, a_try=st.floats(0, 120))
def test_an_outage_without_end_costs_the_patience_one_more_try_and_no_storm(policy, a_try) -> None:
    outage = Outage(float("inf"), a_try)
    with pytest.raises(RetriesExhausted):
        outage.through(policy)
    assert outage.time.seconds <= policy.total + 2 * a_try + 0.001
    doublings = 12  # from a tenth of a second to beyond a minute
    assert outage.tries <= doublings + policy.total / policy.longest_pause + 2


@given(total=st.floats(1, 600), a_try=st.floats(0, 120))
def test_a_strict_patience_begins_no_try_that_it_has_no_time_for(total, a_try) -> None:
    outage = Outage(float("inf"), 0)
    retrier = Retrier(
        "ConnectWise", RetryPolicy(total=total, strict=True), sleep=outage.time.sleep, clock=outage.time.clock
    )

    def attempt() -> str:
        limits = retrier.limits
        outage.time.seconds += min(a_try, limits.read)
        raise TransientError("it is out")

    with pytest.raises(RetriesExhausted):
        retrier.run("GET /x", attempt)
    assert outage.time.seconds <= total + 0.01


def test_an_outage_of_a_minute_is_outlasted_soon_after_its_end() -> None:
    outage = Outage(60, 0)
    assert outage.through(RetryPolicy()) == "well"
    assert outage.time.seconds < 100
