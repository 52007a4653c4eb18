"""How often and how long a vendor is tried again.

What belongs here: pauses, the server's Retry-After, and the bound on all waiting of one client. What a
passing trouble is, is said by `transport`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from qbr_pipeline.vendors.http.errors import RetriesExhausted

T = TypeVar("T")

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How much trouble one client bears; all in seconds.

    `total` bounds what all pauses and failed tries of a client take together, over its whole life. Pauses double from
    `first_pause` to `longest_pause`, and the last one ends when `total` is used up, so that any outage which is
    shorter is outlasted, and one of 300 seconds costs some 15 tries. `connect` and `read` bound a silence, `answer` a
    whole answer, so that one which trickles in ends too. `strict`: no try outlasts `total`, and none begins then.
    """

    total: float = 300.0
    connect: float = 10.0
    read: float = 30.0
    answer: float = 120.0
    first_pause: float = 1.0
    longest_pause: float = 30.0
    strict: bool = False


ANSWER_TO_COUNT = RetryPolicy(total=40.0, read=40.0, answer=40.0, longest_pause=8.0, strict=True)
"""For a count of rows that were all read: it only confirms them."""

EXPLANATION = RetryPolicy(total=30.0, read=20.0, answer=20.0, longest_pause=8.0, strict=True)
"""For what only explains a number, or only says where to ask: the numbers do not wait long for it."""

SOMEBODY_WAITS = RetryPolicy(total=20.0, connect=10.0, read=20.0, answer=20.0, strict=True)
"""For a person at a terminal: less patience than a collection has."""


class TransientError(Exception):
    """One try that failed in a way that may pass.

    `retry_after` is what the server asked for, in seconds. `overload`: less to do at once may be what helps.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        overload: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.retry_after = retry_after
        self.overload = overload


class Retrier:
    """Tries again after a TransientError, with growing, jittered pauses, until a client's patience is used up."""

    def __init__(
        self, vendor: str, policy: RetryPolicy, *, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        """`vendor`: its name, for messages."""
        self._vendor = vendor
        self._policy = policy
        self._sleep = sleep
        self._clock = clock
        self._left = policy.total
        self._began_late = False
        self._backoff = wait_exponential_jitter(
            multiplier=policy.first_pause, max=policy.longest_pause, jitter=policy.first_pause
        )

    @property
    def limits(self) -> RetryPolicy:
        """What holds for the next try: of a strict policy, nothing takes longer than what is left of it."""
        policy, most = self._policy, self._left
        if not policy.strict:
            return policy
        connect, read, answer = (min(bound, most) for bound in (policy.connect, policy.read, policy.answer))
        return replace(policy, connect=connect, read=read, answer=answer)

    def run(self, what: str, attempt: Callable[[], T]) -> T:
        """The result of `attempt`, which `what` names in messages.

        Raises RetriesExhausted when a try failed that began when the patience was used up, or when the server asks
        for a longer pause than the patience that is left.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=self._pause,
            stop=self._gives_up,
            sleep=self._wait,
            before_sleep=lambda state: _log.warning(
                "%s: %s; trying again in %.1f s", what, _transient_error(state).sentence, state.upcoming_sleep
            ),
            reraise=True,
        )
        tries = 0

        def timed() -> T:
            nonlocal tries
            tries += 1
            self._began_late = self._left <= 0
            began = self._clock()
            try:
                return attempt()
            except TransientError:
                self._left -= self._clock() - began
                raise

        try:
            return retrying(timed)
        except TransientError as last:
            error = last
        raise RetriesExhausted(self._reason(what, error, tries), status=error.status)

    def _pause(self, state: RetryCallState) -> float:
        requested = _transient_error(state).retry_after or 0.0
        return min(max(requested, self._backoff(state)), max(self._left, 0.0))

    def _gives_up(self, state: RetryCallState) -> bool:
        is_over = state.upcoming_sleep >= self._left if self._policy.strict else self._began_late
        return is_over or self._is_asked_for_too_much(_transient_error(state))

    def _is_asked_for_too_much(self, error: TransientError) -> bool:
        return error.retry_after is not None and error.retry_after > max(self._left, 0.0)

    def _wait(self, seconds: float) -> None:
        self._left -= seconds
        self._sleep(seconds)

    def _reason(self, what: str, error: TransientError, tries: int) -> str:
        times = "1 try" if tries == 1 else f"{tries} tries"
        if self._is_asked_for_too_much(error):
            return (
                f"{self._vendor} asked to wait {error.retry_after:.0f} seconds before {what}, which is"
                f" longer than the {max(0.0, self._left):.0f} seconds that this collection can still wait:"
                f" {error.sentence}"
            )
        return (
            f"{self._vendor} gave no usable answer to {what} in {times}, and the {self._policy.total:.0f}"
            f" seconds that this collection may spend on retries are used up: {error.sentence}"
        )


def _transient_error(state: RetryCallState) -> TransientError:
    fault = state.outcome.exception() if state.outcome else None
    if not isinstance(fault, TransientError):
        raise TypeError(f"a pause was asked for after {fault!r}, which is no TransientError")
    return fault


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """The pause that a Retry-After header asks for, in seconds from the aware `now`; None when it names none.

    Both forms of RFC 9110, section 10.2.3: a number of seconds, and an HTTP date. A date in the past is 0.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def http_date(text: str | None) -> datetime | None:
    """The moment, aware, that an HTTP date names; None for anything else."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
