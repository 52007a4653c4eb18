"""How the database stands is asked once for all who want to know, and never before they do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NotAnsweredError

from qbr_pipeline.api import state_check
from qbr_pipeline.api.state_check import StateCheck
from qbr_pipeline.store.database import Database

pytestmark = pytest.mark.timeout(60)


class Questions:
    """A database whose questions begin and end when the test says so; each has another answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.began = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.fault: Exception | None = None
        self.check = StateCheck(lambda: SimpleNamespace(engine=self))  # type: ignore[arg-type, return-value]

    def connect(self) -> Any:
        return SimpleNamespace(invalidate=lambda: None)

    def state(self, _connection: object) -> str:
        self.asked += 1
        answer = f"state {self.asked}"
        self.began.release()
        self.may_end.acquire()
        if self.fault is not None:
            raise self.fault
        return answer

    def until_waiting(self, number: int) -> None:
        """Go on until so many wait for the question of somebody else."""
        while True:
            with self.check._changed:
                if len(self.check._changed._waiters) == number:  # type: ignore[attr-defined]
                    return


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> Questions:
    asked = Questions()
    monkeypatch.setattr(state_check, "state", asked.state)
    return asked


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(10) as pool:
        yield pool


def test_who_comes_while_a_question_is_on_its_way_waits_for_the_next_one_together_with_the_others(
    questions: Questions, pool: ThreadPoolExecutor
) -> None:
    first = pool.submit(questions.check.now)
    questions.began.acquire()
    others = [pool.submit(questions.check.now) for _ in range(5)]
    questions.until_waiting(5)
    questions.may_end.release()
    questions.began.acquire()
    late = pool.submit(questions.check.now)
    questions.until_waiting(5)
    questions.may_end.release(2)
    assert first.result() == "state 1"
    assert {each.result() for each in others} <= {"state 2", "state 3"}
    assert late.result() == "state 3"
    assert questions.asked == 3


def test_what_a_question_ends_with_is_told_to_all_who_wait_for_it_and_the_next_one_is_asked_anew(
    questions: Questions, pool: ThreadPoolExecutor
) -> None:
    first = pool.submit(questions.check.now)
    questions.began.acquire()
    others = [pool.submit(questions.check.now) for _ in range(3)]
    questions.until_waiting(3)
    questions.fault = ConnectionError("away")
    questions.may_end.release(2)
    for each in (first, *others):
        with pytest.raises(ConnectionError, match="away"):
            each.result()
    questions.fault = None
    questions.may_end.release()
    assert questions.check.now() == "state 3"


def test_the_question_of_somebody_else_is_not_waited_for_without_end(
    questions: Questions, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_check, "MOST_SECONDS", 0)
    first = pool.submit(questions.check.now)
    questions.began.acquire()
    with pytest.raises(NotAnsweredError):
        questions.check.now()
    questions.may_end.release()
    assert first.result() == "state 1"


def test_a_connection_that_was_lost_between_two_questions_is_replaced(
    client: FlaskClient, enter: Callable[..., None], database: Database
) -> None:
    enter("2025-03", mrr="100")
    address = "/api/qbr/metrics/monthly?period=2025-03"
    before = client.get(address)
    with database.begin() as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        ended = connection.scalars(
            text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        ).all()
    assert any(ended)
    assert client.get(address).data == before.data
