"""A Celery worker that is gone is noticed within a minute, and one that answers late is not taken for dead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

pytest.importorskip("dagster_celery", reason="the extra `celery` is not installed")

from dagster._core.launcher import WorkerStatus
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from qbr_pipeline.runtime.celery_launcher import MISSED_SECONDS, WatchedCeleryRunLauncher

RUN = dg.DagsterRun("collection", tags={DAGSTER_CELERY_TASK_ID_TAG: "task-1"})


class Launcher(WatchedCeleryRunLauncher):
    """One whose Celery says `state` of every task, and whose workers say that they work on `active`."""

    def __init__(self, state: str, active: Any) -> None:
        super().__init__(default_queue="dagster", broker="memory://", backend="cache+memory://")
        self.state, self.active, self.seconds = state, active, 0.0
        self.clock = lambda: self.seconds
        self.celery = SimpleNamespace(
            AsyncResult=lambda _task: SimpleNamespace(state=self.state),
            control=SimpleNamespace(inspect=lambda timeout: SimpleNamespace(active=lambda: self.active)),
        )

    def look(self, seconds: float) -> WorkerStatus:
        """What it says of the run so many seconds after the beginning."""
        self.seconds = seconds
        return self.check_run_worker_health(RUN).status


def test_a_run_that_a_worker_works_on_is_under_way_for_as_long_as_it_takes() -> None:
    launcher = Launcher("STARTED", {"celery@one": [{"id": "other"}], "celery@two": [{"id": "task-1"}]})
    assert {launcher.look(seconds) for seconds in range(0, 3600, 10)} == {WorkerStatus.RUNNING}


@pytest.mark.parametrize("active", [None, {}, {"celery@one": [{"id": "other"}]}])
def test_a_worker_that_was_killed_is_noticed_within_a_minute(active: Any) -> None:
    launcher = Launcher("STARTED", active)
    told = [launcher.look(seconds) for seconds in range(0, 60, 10)]
    assert told[:3] == [WorkerStatus.RUNNING] * 3
    assert WorkerStatus.FAILED in told
    assert MISSED_SECONDS < 60 - 10


def test_a_worker_that_does_not_answer_for_a_moment_is_not_dead() -> None:
    launcher = Launcher("STARTED", {"celery@one": [{"id": "task-1"}]})
    for seconds in range(0, 600, 10):
        launcher.active = None if seconds % 40 else {"celery@one": [{"id": "task-1"}]}
        assert launcher.look(seconds) is WorkerStatus.RUNNING


@pytest.mark.parametrize(
    ("state", "status"),
    [("SUCCESS", WorkerStatus.SUCCESS), ("FAILURE", WorkerStatus.FAILED), ("PENDING", WorkerStatus.UNKNOWN)],
)
def test_what_celery_knows_for_sure_holds(state: str, status: WorkerStatus) -> None:
    assert Launcher(state, None).look(0) is status
