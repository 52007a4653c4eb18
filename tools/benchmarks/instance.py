"""What a Dagster instance tells of a night: its tick, its runs, and what each of them read.

What belongs here: waiting for what the daemon does by itself, and reading metadata. What does not: setting the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import dagster as dg

from qbr_pipeline.orchestration.dagster_internals import InstigatorType, TickStatus
from qbr_pipeline.periods import Month
from tools.benchmarks.figures import MonthRead

T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 3600
_SILENCE_SECONDS = 45  # sensors look every 30 seconds
_POLL_SECONDS = 0.5
_COUNTED = ", counted by ConnectWise"
_FINISHED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _FINISHED]


class BenchmarkError(RuntimeError):
    """The night did not go as it should; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of a schedule: `timestamp` is when it was due, in seconds since the epoch."""

    timestamp: float
    run_ids: Sequence[str]


class Observer:
    """Waits for what Dagster does by itself. `check` is called meanwhile; what it raises ends the wait."""

    def __init__(self, instance: dg.DagsterInstance, check: Callable[[], None]) -> None:
        self._instance = instance
        self._check = check

    def await_daemon(self) -> None:
        """Until the daemon's scheduler is at work."""
        self._await("a scheduler", lambda: "SCHEDULER" in self._instance.get_daemon_heartbeats() or None)

    def await_silence(self) -> None:
        """Until no run has been there for a while, reviews and quarters included; at once on a new instance."""
        busy = time.monotonic() if self._instance.get_runs_count() else float("-inf")

        def silent() -> bool | None:
            nonlocal busy
            if self._instance.get_runs_count(dg.RunsFilter(statuses=_UNFINISHED)):
                busy = time.monotonic()
            return time.monotonic() - busy > _SILENCE_SECONDS or None

        self._await("an end of all runs", silent)

    def await_tick(self, schedule: str, after: float) -> Tick:
        """The first tick after a moment, in seconds since the epoch, that has launched its runs.

        Turns the schedule off, so that it remains the only one.
        """
        return self._await(f"a tick of {schedule}", lambda: self._tick(schedule, after))

    def await_runs(self, run_ids: Sequence[str]) -> list[dg.RunRecord]:
        """The records of these runs once all have ended, oldest month first; BenchmarkError unless all succeeded."""
        runs = self._await("an end of the collection", lambda: self._ended(run_ids))
        failed = [
            str(_month_of(run)) for run in runs if run.dagster_run.status is not dg.DagsterRunStatus.SUCCESS
        ]
        if failed:
            raise BenchmarkError(f"The collection of {', '.join(failed)} failed: nothing was measured.")
        return sorted(runs, key=_month_of)

    def _tick(self, schedule: str, after: float) -> Tick | None:
        for state in self._instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE):
            if state.name != schedule:
                continue
            ticks = self._instance.get_ticks(
                state.instigator_origin_id, state.selector_id, after=after, statuses=[TickStatus.SUCCESS]
            )
            if ticks:
                self._instance.stop_schedule(state.instigator_origin_id, state.selector_id, None)
                first = min(ticks, key=lambda tick: tick.timestamp)
                return Tick(first.timestamp, first.run_ids)
        return None

    def _ended(self, run_ids: Sequence[str]) -> Sequence[dg.RunRecord] | None:
        filters = dg.RunsFilter(run_ids=list(run_ids), statuses=list(_FINISHED))
        if self._instance.get_runs_count(filters) < len(run_ids):
            return None
        return self._instance.get_run_records(filters)

    def _await(self, what: str, look: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            self._check()
            if (found := look()) is not None:
                return found
            time.sleep(_POLL_SECONDS)
        raise BenchmarkError(f"There was not {what} within {_LONGEST_WAIT_SECONDS} seconds.")


def month_read(instance: dg.DagsterInstance, run: dg.RunRecord) -> MonthRead:
    """What the run of a month read, by the metadata of its raw assets."""
    read = {
        entry.asset_materialization.asset_key.path[-1]: entry.asset_materialization.metadata
        for entry in instance.all_logs(
            run.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        if entry.asset_materialization
    }
    vendor = [read[f"connectwise_{name}"] for name in ("boards", "tickets", "time_entries")]
    _, tickets, entries = vendor
    return MonthRead(
        month=_month_of(run),
        entered=int(_number(tickets, f"tickets entered{_COUNTED}")),
        closed=int(_number(tickets, f"tickets closed{_COUNTED}")),
        entries=int(_number(entries, f"time entries{_COUNTED}")),
        devices=int(_number(read["ninja_devices"], "dagster/row_count")),
        requests=sum(int(_number(metadata, "requests")) for metadata in vendor),
        seconds=(run.end_time or 0.0) - (run.start_time or 0.0),
        waited=sum(_number(metadata, "seconds waited for ConnectWise") for metadata in vendor),
    )


def _number(metadata: Mapping[str, dg.MetadataValue[Any]], name: str) -> float:
    return float(str(metadata[name].value))


def _month_of(run: dg.RunRecord) -> Month:
    return Month.parse(run.dagster_run.tags["dagster/partition"])
