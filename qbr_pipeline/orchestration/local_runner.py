"""Runs in the foreground: the jobs of the background on the same instance, one after the other, while a person watches.

What belongs here: the order of things that schedule, sensors and daemon see to in the background.
"""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException

from qbr_pipeline.orchestration.build import build_defs
from qbr_pipeline.orchestration.dagster_internals import RunFailureReason, run_here
from qbr_pipeline.orchestration.jobs import collection, recompute, refresh_quarter
from qbr_pipeline.orchestration.keys import ROLLING_TAG
from qbr_pipeline.orchestration.partitions import quarter_key
from qbr_pipeline.orchestration.rechecks import pending_rechecks
from qbr_pipeline.orchestration.run_cleanup import complete_the_log, end_dead_runs, faults_of
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import horizon

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_NOT_AGAIN = {"dagster/max_retries": "0"}
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run in the foreground ended. `faults` holds a sentence for each step and blocking check that failed."""

    period: Month | Quarter
    run_id: str
    succeeded: bool
    faults: tuple[str, ...]
    seconds: float


Watch = Callable[[Month], None]


class DagsterStorageError(RuntimeError):
    """Dagster's own database went away under a run."""


class LocalRunner:
    """Runs jobs of `definitions` on `instance` inside this process."""

    def __init__(self, instance: dg.DagsterInstance, database: Database, definitions: dg.Definitions) -> None:
        self._instance = instance
        self._database = database
        self._jobs = {
            job.name: definitions.resolve_job_def(job.name)
            for job in (collection, recompute, refresh_quarter)
        }

    def collect(
        self,
        months: Iterable[Month],
        current: Month,
        begun: Watch,
        ended: Callable[[RunOutcome], None],
        *,
        rolling: bool = False,
    ) -> list[RunOutcome]:
        """Collect `months` oldest first, then review what they touched and refresh their quarters.

        `current` is the month in progress. `begun` and `ended` hear of each month. `rolling`: nobody named them. A
        month that fails does not stop the others; Ctrl-C does: KeyboardInterrupt, once the log is complete. Returns
        every outcome that is not a success, also of reviews and quarters.
        """
        end_dead_runs(self._instance)
        complete_the_log(self._instance, self._database)
        with self._database.read() as connection:
            before = horizon(connection)
        outcomes = []
        for month in sorted(set(months)):
            began = datetime.now(UTC)
            begun(month)
            try:
                outcome = self._run(
                    collection.name, month, str(month), {ROLLING_TAG: "month"} if rolling else {}
                )
            finally:
                complete_the_log(self._instance, self._database, since=began)
            outcomes.append(outcome)
            ended(outcome)
        rechecked = pending_rechecks(self._instance, self._database, before, current).months
        outcomes += [self._run(recompute.name, month, str(month)) for month in rechecked]
        quarters = sorted(
            {outcome.period.quarter for outcome in outcomes if isinstance(outcome.period, Month)}
        )
        outcomes += [self._run(refresh_quarter.name, quarter, quarter_key(quarter)) for quarter in quarters]
        return [outcome for outcome in outcomes if not outcome.succeeded]

    def _run(
        self, job: str, period: Month | Quarter, partition: str, tags: Mapping[str, str] = _NO_TAGS
    ) -> RunOutcome:
        start = time.monotonic()
        with no_signal_lost():
            result = run_here(
                self._instance, self._jobs[job], partition, run_config=_SILENT, tags={**_NOT_AGAIN, **tags}
            )
        if any(_is_interruption(event) for event in result.all_events):
            raise KeyboardInterrupt
        faults = tuple(fault.sentence for fault in faults_of(result.all_events))
        return RunOutcome(period, result.run_id, result.success, faults, time.monotonic() - start)


@contextmanager
def no_signal_lost() -> Iterator[None]:
    """KeyboardInterrupt at the end of the block when SIGINT or SIGTERM came during it, whoever handled it.

    Dagster captures signals between steps and forgets one that comes after the last step. Does nothing outside the main
    thread, which is the only one that signals reach.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
        try:
            came = set(reader.recv(4096))
        except BlockingIOError:
            return
    if came & {signal.SIGINT, signal.SIGTERM}:
        raise KeyboardInterrupt


def _is_interruption(event: dg.DagsterEvent) -> bool:
    """Whether the run ended by a signal: Dagster makes a failure of it, and the next run would begin."""
    return (
        event.event_type == dg.DagsterEventType.RUN_FAILURE
        and event.job_failure_data.failure_reason is RunFailureReason.UNEXPECTED_TERMINATION
    )


@contextmanager
def local_runner(database: Database) -> Iterator[LocalRunner]:
    """A runner of our own definitions on the instance that DAGSTER_HOME names; DagsterStorageError when it is lost."""
    try:
        with dg.DagsterInstance.get() as instance:
            yield LocalRunner(instance, database, build_defs())
    except DagsterPostgresException as error:
        raise DagsterStorageError("The connection to the database of Dagster was lost.") from error
