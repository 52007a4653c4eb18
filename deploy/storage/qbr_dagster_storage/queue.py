"""Dagster's own queue of runs, in which a pool has its limit before the first of its runs waits.

What belongs here: what `run_coordinator` of dagster.yaml names.
"""

from __future__ import annotations

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext


class LimitedRunCoordinator(QueuedRunCoordinator):
    """Gives each pool of a run the default limit of the instance before the run is queued.

    Dagster does so while it takes the first runs of a pool off the queue, and takes as many of them as may run at all:
    several at once, where one was meant.
    """

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue the run of `context`."""
        storage = self._instance.event_log_storage
        needs = context.dagster_run.run_op_concurrency
        for pool in set(needs.all_pools or ()) - storage.get_concurrency_keys() if needs else ():
            storage.initialize_concurrency_limit_to_default(pool)
        return super().submit_run(context)
