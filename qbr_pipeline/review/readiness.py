"""Whether the nights can be trusted: what the collection log and the history tell of the last nine of them.

What belongs here: how a night went, the five questions, and a sentence for each thing that is missing. What does
not: who approves (`store.approvals`), and whether nights are collected (`orchestration.schedules`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, METRICS, Vendor
from qbr_pipeline.metrics.rules.limits import SILENCE
from qbr_pipeline.periods import Month, moment_of
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, night_rows
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, State, find
from qbr_pipeline.store.history import months_changed_by
from qbr_pipeline.store.restatements.ledger import RestatementFilter, restatements_page

NIGHTS = 9
"""So many nights in a row are looked at."""

_MAY_BEGIN_LATE = timedelta(hours=1)
_MAY_PAUSE = timedelta(hours=2)
"""A night of which nothing was heard for so long has ended: no run takes longer (dagster.yaml)."""

_ALL = 10_000


class NightState(StrEnum):
    """How a night went. RUNNING: it is not over, and nothing can be said of it yet.

    FAILED goes by the last collection of each month, so that a second try can make a failure good.
    """

    GOOD = "good"
    FAILED = "failed"
    MISSING = "missing"
    RUNNING = "running"


class Question(StrEnum):
    """What is asked of the nights."""

    NIGHTS = "nights"
    PROGRESS = "progress"
    CLOSED_MONTHS = "closed_months"
    ERRORS = "errors"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class Night:
    """One night, named after the day on which it begins in the business time zone. Moments are aware.

    `months`: how many were collected from every vendor. `absent`: a sentence for each thing that did not happen;
    `errors`: one for each collection that failed. `run_ids`: its runs.
    """

    day: date
    state: NightState
    began_at: datetime | None = None
    ended_at: datetime | None = None
    months: int = 0
    absent: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    run_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether what a question asks for holds; `missing` names each thing for which it does not."""

    question: Question
    sentence: str
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the nights give reason to, as of the aware moment `at`; nights oldest first."""

    at: datetime
    nights: tuple[Night, ...]
    answers: tuple[Answer, ...]

    @property
    def is_ready(self) -> bool:
        """Whether everything holds."""
        return all(answer.holds for answer in self.answers)

    @property
    def evidence(self) -> dict[str, Any]:
        """The same as JSON, to be kept with an approval."""
        return {
            "at": self.at.isoformat(),
            "nights": [
                {
                    "day": str(night.day),
                    "state": night.state.value,
                    "began_at": night.began_at and night.began_at.isoformat(),
                    "ended_at": night.ended_at and night.ended_at.isoformat(),
                    "months": night.months,
                }
                for night in self.nights
            ],
            "answers": {
                answer.question.value: {
                    "holds": answer.holds,
                    "sentence": answer.sentence,
                    "missing": list(answer.missing),
                }
                for answer in self.answers
            },
        }


def readiness(connection: Connection, db: Database, settings: ReviewSettings, now: datetime) -> Readiness:
    """What the last nine nights that are over tell at the aware moment `now`."""
    nights = _nights(connection, db, settings, now)
    return Readiness(
        now,
        nights,
        (
            _in_a_row(nights, settings, db.timezone),
            _progress(connection, db, nights, settings),
            _closed_months(connection, db, nights),
            Answer(
                Question.ERRORS,
                "No collection failed.",
                tuple(error for night in nights for error in night.errors),
            ),
            _findings(connection, db, now),
        ),
    )


def _nights(
    connection: Connection, db: Database, settings: ReviewSettings, now: datetime
) -> tuple[Night, ...]:
    newest = _newest_day(settings, now, db.timezone)
    days = [newest - timedelta(days=back) for back in range(NIGHTS, -1, -1)]
    rows = _rows_since(connection, db, days[0])
    nights = tuple(_night_of_day(day, rows.get(day, []), db.timezone, settings, now) for day in days)
    return nights[:-1] if nights[-1].state is NightState.RUNNING else nights[1:]


def last_night(connection: Connection, db: Database, settings: ReviewSettings, now: datetime) -> Night:
    """How the last night that has come due by the aware moment `now` went, or goes.

    It is the newest that was scheduled since then: a person who changes the time of the schedule lets a day have two
    nights. Where nights do not begin at one time of each day it is the newest within the rule of silence.
    """
    due = _due(_newest_day(settings, now, db.timezone), settings, db.timezone) or now - SILENCE.duration
    rows = night_rows(connection, db, due)
    newest = [row for row in rows if row.scheduled_at == rows[-1].scheduled_at]
    scheduled = _scheduled(newest) if newest else due
    return _night(scheduled.astimezone(db.timezone).date(), newest, scheduled, db.timezone, settings, now)


def _newest_day(settings: ReviewSettings, now: datetime, timezone: ZoneInfo) -> date:
    """The day of the last night that has come due."""
    today = now.astimezone(timezone).date()
    due = _due(today, settings, timezone)
    return today if due is not None and now >= due else today - timedelta(days=1)


def _due(day: date, settings: ReviewSettings, timezone: ZoneInfo) -> datetime | None:
    """When the night of a day comes due; None where nights do not begin at one time of each day."""
    return None if settings.nightly_at is None else moment_of(day, settings.nightly_at, timezone)


def _rows_since(connection: Connection, db: Database, day: date) -> Mapping[date, list[LogRow]]:
    """The log of the nights from that day on, by their day."""
    found = night_rows(connection, db, datetime.combine(day, time(), db.timezone))
    by_day = groupby(found, key=lambda row: _scheduled([row]).astimezone(db.timezone).date())
    return {day: list(rows) for day, rows in by_day}


def _night_of_day(
    day: date, rows: Sequence[LogRow], timezone: ZoneInfo, settings: ReviewSettings, now: datetime
) -> Night:
    """The night that was scheduled for its time, or else for the newest one; what failed at another time counts too."""
    due = _due(day, settings, timezone)
    at_its_time = [row for row in rows if row.scheduled_at == due]
    chosen = at_its_time or [row for row in rows if row.scheduled_at == rows[-1].scheduled_at]
    night = _night(day, chosen, due, timezone, settings, now)
    has_failed = any(row.status is CollectionOutcome.FAILED for row in _last(rows).values())
    return replace(
        night,
        state=NightState.FAILED if has_failed else night.state,
        errors=tuple(_errors(day, rows)),
        run_ids=frozenset(row.run_id for row in rows),
    )


def _night(
    day: date,
    rows: Sequence[LogRow],
    due: datetime | None,
    timezone: ZoneInfo,
    settings: ReviewSettings,
    now: datetime,
) -> Night:
    """The night of `rows`, all of one scheduled time; None for `due`: any time of that day is right."""
    if not rows:
        has_time = now - (due or datetime.combine(day, time(), timezone)) < _MAY_BEGIN_LATE
        state = NightState.RUNNING if has_time else NightState.MISSING
        return Night(day, state, absent=(f"The night of {day} did not run.",))
    last = _last(rows)
    expected = _expected_months(day, settings)
    lacking = [m for m in expected if any((vendor, m) not in last for vendor in COLLECTED_VENDORS)]
    late = tuple(_late(day, rows, due, timezone))
    ends = [row.ended_at or row.started_at for row in rows]
    if any(row.status is CollectionOutcome.FAILED for row in last.values()):
        state = NightState.FAILED
    elif lacking:
        state = NightState.RUNNING if now - max(ends) < _MAY_PAUSE else NightState.FAILED
    else:
        state = NightState.FAILED if late else NightState.GOOD
    return Night(
        day,
        state,
        began_at=min(row.started_at for row in rows),
        ended_at=max(ends),
        months=len(expected) - len(lacking),
        absent=(*late, *(f"The night of {day} did not collect {month}." for month in lacking)),
        errors=tuple(_errors(day, rows)),
        run_ids=frozenset(row.run_id for row in rows),
    )


def _last(rows: Sequence[LogRow]) -> Mapping[tuple[Vendor, Month], LogRow]:
    """The newest row of each month and vendor."""
    return {(row.vendor, row.month): row for row in rows}


def _errors(day: date, rows: Sequence[LogRow]) -> Iterator[str]:
    for row in rows:
        if row.status is CollectionOutcome.FAILED:
            reason = row.message or "no reason was left"
            yield f"In the night of {day} {row.vendor} {row.month} failed: {reason}"


def _late(day: date, rows: Sequence[LogRow], due: datetime | None, timezone: ZoneInfo) -> Iterator[str]:
    scheduled = _scheduled(rows)
    if due is not None and scheduled != due:
        yield f"The night of {day} was scheduled for {scheduled.astimezone(timezone):%H:%M}."
    began = min(row.started_at for row in rows)
    if began - scheduled > _MAY_BEGIN_LATE:
        yield f"The night of {day} began at {began.astimezone(timezone):%Y-%m-%d %H:%M}, too late."


def _expected_months(day: date, settings: ReviewSettings) -> list[Month]:
    current = Month(day.year, day.month)
    first = max(settings.start_month, current.plus(1 - settings.months_to_collect))
    return list(Month.span(first, current))


def _in_a_row(nights: Sequence[Night], settings: ReviewSettings, timezone: ZoneInfo) -> Answer:
    if settings.nightly_at is None:
        fault = "QBR_SCHEDULE_CRON is not one time of each day: nights in a row cannot be told by it."
        return Answer(Question.NIGHTS, "Nights ran in a row.", (fault,))
    sentence = f"{len(nights)} nights in a row ran at {settings.nightly_at:%H:%M} {timezone.key}."
    return Answer(Question.NIGHTS, sentence, tuple(fault for night in nights for fault in night.absent))


def _progress(
    connection: Connection, db: Database, nights: Sequence[Night], settings: ReviewSettings
) -> Answer:
    """Whether the month in progress was another one after some night: a source that stands still is none."""
    changed = months_changed_by(connection, db, _runs(nights))
    moved = [night.day for night in nights if _moved(night, changed)]
    sentence = f"The month in progress moved in {len(moved)} of {len(nights)} nights."
    missing = () if moved else ("The values of the month in progress were the same after each night.",)
    return Answer(Question.PROGRESS, sentence, missing)


def _moved(night: Night, changed: Mapping[str, set[Month]]) -> bool:
    current = Month(night.day.year, night.day.month)
    return any(current in changed.get(run_id, ()) for run_id in night.run_ids)


def _closed_months(connection: Connection, db: Database, nights: Sequence[Night]) -> Answer:
    wanted = RestatementFilter(run_ids=_runs(nights))
    restated, _ = restatements_page(connection, db, wanted, limit=_ALL)
    day_of = {run_id: night.day for night in nights for run_id in night.run_ids}
    missing = tuple(
        f"{each.month} {METRICS[each.metric].label} changed from {each.old} to {each.new} "
        f"in the night of {day_of[each.run_id]}."
        for each in restated
    )
    return Answer(Question.CLOSED_MONTHS, "Closed months stayed as they were.", missing)


def _findings(connection: Connection, db: Database, now: datetime) -> Answer:
    page = find(connection, db, FindingFilter(states=[State.OPEN]), now, limit=_ALL, offset=0)
    missing = tuple(
        f"Not reviewed: {' '.join(each.finding.sentence.split())} ({each.finding.period})"
        for each in page.findings
    )
    return Answer(Question.FINDINGS, "Every finding is reviewed.", missing)


def _runs(nights: Sequence[Night]) -> frozenset[str]:
    return frozenset[str]().union(*(night.run_ids for night in nights))


def _scheduled(rows: Sequence[LogRow]) -> datetime:
    moment = rows[0].scheduled_at
    assert moment is not None  # noqa: S101 - only rows of nights are read
    return moment
