"""Dagster's launcher of runs on Celery workers, which also notices a worker that is gone.

What belongs here: that one look. Needs the extra `celery`; a `dagster.yaml` names the class (deploy/celery). Celery
itself says of a task whose worker was killed that it has started, for ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import dagster as dg
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from qbr_pipeline.orchestration.dagster_internals import CheckRunHealthResult, WorkerStatus

_ASK_SECONDS = 3.0
MISSED_SECONDS = 30.0
"""How long no worker may know of a run before it counts as dead: one whose link is cut for a moment comes back."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):  # type: ignore[misc]  # its package has no types
    """Starts runs as Celery tasks. A run that no worker works on for half a minute has failed, and is run again."""

    clock: Callable[[], float] = staticmethod(time.monotonic)

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._missed: dict[str, float] = {}

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """What Celery says of the task; for one that it says is under way, whether a worker says so too."""
        said: CheckRunHealthResult = super().check_run_worker_health(run)
        if said.status is not WorkerStatus.RUNNING or self._is_worked_on(
            run.tags[DAGSTER_CELERY_TASK_ID_TAG]
        ):
            self._missed.pop(run.run_id, None)
            return said
        since = self._missed.setdefault(run.run_id, self.clock())
        if self.clock() - since < MISSED_SECONDS:
            return said
        del self._missed[run.run_id]
        return CheckRunHealthResult(WorkerStatus.FAILED, "No Celery worker works on the run any more.")

    def _is_worked_on(self, task_id: str) -> bool:
        active = self.celery.control.inspect(timeout=_ASK_SECONDS).active() or {}
        return any(task["id"] == task_id for tasks in active.values() for task in tasks)
