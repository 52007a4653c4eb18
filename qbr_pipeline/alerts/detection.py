"""What becomes an alert: findings that are open, collections that failed, and silence where there should be news.

What belongs here: what an alert is about and when it is another one. What does not: its words (`messages`), sending.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby

from qbr_pipeline.alerts.context import look_into
from qbr_pipeline.alerts.links import Links
from qbr_pipeline.alerts.messages import AlertContext, body_of, title_of
from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, METRICS, Watched
from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules.limits import SILENCE
from qbr_pipeline.metrics.rules.table import RULES
from qbr_pipeline.metrics.words import period_name
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.plain_text import without_links
from qbr_pipeline.store.alerts.outbox import Alert, notified, put, withdraw
from qbr_pipeline.store.collection_log import activity
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import (
    FindingEvent,
    FindingFilter,
    State,
    StoredFinding,
    before_opening,
    find,
)

_REALLY_GONE = timedelta(hours=20)
"""A finding that was gone for so long is news when it comes back; within a night it may come and go."""

_HALF_A_DAY = timedelta(hours=12)
_ALL = 100_000
_JOBS = {"collection": "The collection", "recompute": "The recomputation", "refresh_quarter": "The refresh"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom alerts are for: the labels of destinations; and the addresses that they may name."""

    destinations: Collection[str]
    links: Links


@dataclass(frozen=True, slots=True)
class Detected:
    """How many findings became alerts now, and how many wait for the next time."""

    new: int
    left: int


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that failed for another reason than a finding.

    `cause` is the same for one cause in whatever run; `at` is aware.
    """

    run_id: str
    what: str
    cause: str
    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Subject:
    """Open findings that are one alert, the newest period first, and what it says of them."""

    key: str
    content: str
    findings: Sequence[StoredFinding]


def detect_findings(db: Database, audience: Audience, now: datetime, *, limit: int) -> Detected:
    """Put at most `limit` alerts about open findings in the outbox, the oldest finding first; `now` is aware.

    Of what waits for a digest and is no longer open, the alert is taken back.
    """
    subjects = _subjects(db, now)
    withdraw(db, "finding:", [each.key for each in subjects])
    known = db.fetch(notified, audience.destinations)
    due = [each for each in subjects if known.get(each.key) != each.content]
    put(
        db,
        [_alert(db, each, audience.links, now) for each in due[:limit]],
        audience.destinations,
        now,
    )
    return Detected(len(due[:limit]), len(due[limit:]))


def detect_failures(db: Database, audience: Audience, failures: Iterable[FailedRun], now: datetime) -> None:
    """Put failed runs in the outbox: the same cause once a night, whichever months it concerns."""
    alerts: dict[str, Alert] = {}
    for each in failures:
        run = audience.links.run(each.run_id)
        lines = [
            f"{each.what} failed: {without_links(each.sentence)}",
            "The previous values stay.",
            f"Run: {run}",
        ]
        alert = Alert(
            f"failure:{each.cause}",
            _night(each.at, db),
            True,
            f"[ERROR] {each.what} failed",
            "\n".join(lines if run else lines[:-1]),
        )
        alerts.setdefault(alert.subject, alert)
    put(db, list(alerts.values()), audience.destinations, now)


def detect_broken_detection(
    db: Database, audience: Audience, what: str, error: Exception, now: datetime
) -> None:
    """Put in the outbox, once a night, that alerts about `what` could not be made, so that nobody waits in vain."""
    sentence = f"Alerts about {what} could not be made: {type(error).__name__}"
    health = audience.links.health()
    body = f"{sentence}. See the log of the sensor alert_detection. Other alerts are sent as usual."
    lines = [body, *([f"Data health: {health}"] if health else [])]
    alert = Alert(f"detection:{what}", _night(now, db), True, f"[ERROR] {sentence}", "\n".join(lines))
    put(db, [alert], audience.destinations, now)


def detect_silent_sources(db: Database, audience: Audience, now: datetime, since: datetime) -> None:
    """Put every vendor that has been silent for too long in the outbox, once; `since`: when one began to expect any."""
    known = db.fetch(activity)
    alerts = []
    for vendor in COLLECTED_VENDORS:
        last = known[vendor].succeeded_at if vendor in known else None
        if now - max(since, last or since) > SILENCE.duration:
            sentence = f"{vendor} has had no successful collection {_since(db, last)}"
            alerts.append(_silence(f"source:{vendor}", last, sentence, audience.links))
    put(db, alerts, audience.destinations, now)


def detect_missing_night(
    db: Database, audience: Audience, now: datetime, since: datetime | None, night: datetime | None
) -> bool:
    """Put a night in which no collection began in the outbox, once; whether there is such a night.

    `since`: when somebody began to watch; None: only the log tells. `night`: for when the schedule asked for a
    collection last; where it ever did, a collection by hand does not stand in for a night.
    """
    begun = [each.began_at for each in db.fetch(activity).values() if each.began_at is not None]
    last = night or max(begun, default=None)
    expected = max((each for each in (last, since) if each is not None), default=now)
    if now - expected <= SILENCE.duration:
        return False
    what = "nightly collection" if night else "collection"
    sentence = (
        f"No {what} has begun {_since(db, last)}. Check that Dagster's daemon is running and that "
        "the schedule nightly_collection is turned on"
    )
    put(db, [_silence("night", last, sentence, audience.links)], audience.destinations, now)
    return True


def _silence(subject: str, last: datetime | None, sentence: str, links: Links) -> Alert:
    health = links.health()
    body = f"{sentence}." + (f"\nData health: {health}" if health else "")
    return Alert(subject, last.isoformat() if last else "never", True, f"[ERROR] {sentence}", body)


def _since(db: Database, last: datetime | None) -> str:
    return f"since {last.astimezone(db.timezone):%Y-%m-%d %H:%M}" if last else "yet"


def _subjects(db: Database, now: datetime) -> list[_Subject]:
    """What is open, as alerts; the one with the oldest finding first.

    An acknowledgement that has ended stays quiet until a review finds the same again.
    """
    found = db.fetch(find, FindingFilter(states=[State.OPEN]), now, limit=_ALL, offset=0).findings
    open_ = sorted((each for each in found if each.until is None), key=lambda each: (_key(each), -each.id))
    before = db.fetch(before_opening, [each.id for each in open_])
    subjects = []
    for key, group in groupby(open_, _key):
        findings = sorted(group, key=lambda each: str(each.finding.period), reverse=True)
        parts = sorted({part for each in findings for part in _content(each, before.get(each.id), now, db)})
        subjects.append(_Subject(key, "; ".join(parts), findings))
    return sorted(subjects, key=lambda each: min(finding.id for finding in each.findings))


def _key(stored: StoredFinding) -> str:
    finding = stored.finding
    is_one = RULES[finding.rule].every_month
    return f"finding:{finding.rule}:{finding.subject}" if is_one else f"finding:{stored.id}"


def _content(
    stored: StoredFinding, before: FindingEvent | None, now: datetime, db: Database
) -> Iterable[str]:
    finding = stored.finding
    if finding.listed:
        yield f"{finding.severity} {_digest(chr(10).join(finding.listed))}"
    elif finding.rule is not Rule.NODE_CLASS and _grows(finding.period, finding.subject, now, db):
        yield f"{finding.severity} in progress"
    else:
        yield f"{finding.severity} {finding.value}"
    if before is None:
        return
    if before.new_state is State.RESOLVED and stored.changed_at - before.changed_at > _REALLY_GONE:
        yield f"again {_night(before.changed_at, db)}"
    by_itself = stored.changed_by is None
    if by_itself and before.until is not None and before.until <= stored.changed_at:
        yield f"no longer acknowledged {stored.changed_at.isoformat()}"


def _grows(period: Period, subject: str, now: datetime, db: Database) -> bool:
    """Whether the value changes every night by nature: a flow, or what is made of flows, of a period in progress."""
    current = Month.of(now, db.timezone)
    in_progress = current in period.months if isinstance(period, Quarter) else current == period
    return in_progress and not (subject in METRICS and METRICS[subject].watched is Watched.STOCK)


def _alert(db: Database, subject: _Subject, links: Links, now: datetime) -> Alert:
    newest = subject.findings[0]
    months = sorted({month for each in subject.findings for month in each.months}, key=str, reverse=True)
    context = _context(db, newest, [month for month in months if month != newest.finding.period], now)
    return Alert(
        subject.key,
        subject.content,
        any(each.finding.severity is Severity.ERROR for each in subject.findings),
        title_of(context),
        body_of(context, links, db.timezone),
    )


def _context(db: Database, newest: StoredFinding, others: Sequence[Period], now: datetime) -> AlertContext:
    """What is known beside a finding; it only explains, so the alert goes without it when looking it up fails."""
    try:
        return db.fetch(look_into, newest, others, now)
    except Exception as error:  # noqa: BLE001  one odd finding must not keep the others from being told
        _log.warning("The explanation of finding %d could not be looked up: %r", newest.id, error)
        return AlertContext(newest.id, newest.finding, others, is_incomplete=True)


def _night(at: datetime, db: Database) -> str:
    """The day on whose evening the night of an aware moment began."""
    return (at.astimezone(db.timezone) - _HALF_A_DAY).date().isoformat()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def run_name(job: str, month: Month | None) -> str:
    """What failed, in words; runs that people start from assets belong to a job of Dagster's own."""
    what = _JOBS.get(job, "The materialization" if job.startswith("__") else f"The job {job}")
    return f"{what} of {period_name(month)}" if month else what
