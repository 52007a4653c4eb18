"""The outbox: which alert goes to which destination, how often that was tried, and when it arrived.

What belongs here: one row for each alert and destination. What does not: what an alert says, and sending it (the
package `alerts`). A destination is known here by a label; its address, which holds secrets, is in no table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on

from qbr_pipeline.store.database import Database, lock_alerts
from qbr_pipeline.store.schema import created_and_updated, metadata, moment, organization_reference

alerts = Table(
    "qbr_alerts",
    metadata,
    Column("id", BigInteger, primary_key=True),
    organization_reference(),
    Column("destination", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    moment("next_try_at"),
    moment("delivered_at"),
    *created_and_updated(),
    Index("idx_qbr_alerts_destination_subject", "organization_id", "destination", "subject", "id"),
    Index("idx_qbr_alerts_undelivered", "organization_id", postgresql_where=text("delivered_at IS NULL")),
)

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
"""After how long an alert that did not arrive is tried again: doubled each time, up to the longest."""

_MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Alert:
    """What people are told, once.

    `subject`: what it is about, for good; `content`: what about it, so that the same again is not told again and
    another value or severity is. `urgent`: at once; else in the digest of the night.
    """

    subject: str
    content: str
    urgent: bool
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An alert on its way to one destination. `attempts`: how often it was tried, this time included."""

    id: int
    destination: str
    alert: Alert
    attempts: int


def notified(connection: Connection, db: Database, destinations: Collection[str]) -> Mapping[str, str]:
    """What each subject's last alert said, by subject, where all `destinations` were told the same."""
    last = [_last(connection, db, destination) for destination in destinations]
    if not last:
        return {}
    return {
        subject: content
        for subject, content in last[0].items()
        if all(each.get(subject) == content for each in last[1:])
    }


def put(db: Database, new: Sequence[Alert], destinations: Collection[str], now: datetime) -> int:
    """Put alerts in the outbox for every destination whose last one of that subject said something else.

    One that has not arrived yet is brought up to date. `now` is aware. Returns how many rows were written.
    """
    written = 0
    with db.begin() as connection:
        lock_alerts(connection, db)
        for destination in destinations:
            last = _last(connection, db, destination)
            for alert in new:
                if last.get(alert.subject) != alert.content:
                    _write(connection, db, destination, alert, now)
                    written += 1
    return written


def withdraw(db: Database, prefix: str, still: Collection[str]) -> int:
    """Take back what waits for a digest, whose subject begins with `prefix` and is not among `still`.

    What a digest has released stays: a destination that was out then is told what the others were.
    """
    with db.begin() as connection:
        return connection.execute(
            delete(alerts).where(
                _own(db),
                alerts.c.delivered_at.is_(None),
                alerts.c.next_try_at.is_(None),
                alerts.c.subject.startswith(prefix, autoescape=True),
                alerts.c.subject.not_in(list(still)),
            )
        ).rowcount


def undelivered(connection: Connection, db: Database) -> int:
    """How many alerts have been tried and have not arrived yet."""
    query = select(func.count()).where(_own(db), alerts.c.delivered_at.is_(None), alerts.c.attempts > 0)
    return connection.execute(query).scalar_one()


def release(db: Database, now: datetime) -> int:
    """Let what waits for the digest go from the aware moment `now` on; how many rows that are."""
    waiting = and_(_own(db), alerts.c.delivered_at.is_(None), alerts.c.next_try_at.is_(None))
    with db.begin() as connection:
        return connection.execute(update(alerts).where(waiting).values(next_try_at=now)).rowcount


def claim(db: Database, destination: str, now: datetime, *, urgent: bool, limit: int) -> Sequence[Outgoing]:
    """The oldest alerts that are due at the aware moment `now`, for the caller to send and then to `mark`.

    They are due again after a wait, whether the caller lives or not: what was not marked is sent again.
    """
    due = and_(
        _own(db),
        alerts.c.destination == destination,
        alerts.c.urgent.is_(urgent),
        alerts.c.delivered_at.is_(None),
        alerts.c.next_try_at <= now,
    )
    query = select(alerts).where(due).order_by(alerts.c.id).limit(limit).with_for_update(skip_locked=True)
    with db.begin() as connection:
        rows = connection.execute(query).all()
        for row in rows:
            connection.execute(
                update(alerts)
                .where(alerts.c.id == row.id)
                .values(
                    attempts=row.attempts + 1,
                    next_try_at=now + wait_after(row.attempts + 1),
                    updated_at=func.clock_timestamp(),
                )
            )
        return [Outgoing(row.id, row.destination, _alert(row), row.attempts + 1) for row in rows]


def mark(db: Database, sent: Iterable[Outgoing], now: datetime) -> None:
    """Note that alerts were delivered; one that was brought up to date meanwhile stays due."""
    with db.begin() as connection:
        for each in sent:
            connection.execute(
                update(alerts)
                .where(alerts.c.id == each.id, alerts.c.content == each.alert.content)
                .values(delivered_at=now, updated_at=func.clock_timestamp())
            )


def forget_superseded(db: Database, before: datetime) -> int:
    """Delete what arrived before an aware moment, unless it is the last that its destination was told of its subject.

    That one tells what need not be told again. Returns how many rows were deleted.
    """
    newer = alerts.alias("newer")
    is_superseded = (
        select(newer.c.id)
        .where(
            newer.c.organization_id == alerts.c.organization_id,
            newer.c.destination == alerts.c.destination,
            newer.c.subject == alerts.c.subject,
            newer.c.id > alerts.c.id,
        )
        .exists()
    )
    old = delete(alerts).where(_own(db), alerts.c.delivered_at < before, is_superseded)
    with db.begin() as connection:
        return connection.execute(old).rowcount


def wait_after(attempts: int) -> timedelta:
    """How long after so many tries the next one comes, should this one not arrive."""
    doublings: int = 2 ** min(attempts - 1, _MOST_DOUBLINGS)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


def _last(connection: Connection, db: Database, destination: str) -> dict[str, str]:
    query = (
        select(alerts.c.subject, alerts.c.content)
        .ext(distinct_on(alerts.c.subject))
        .where(_own(db), alerts.c.destination == destination)
        .order_by(alerts.c.subject, alerts.c.id.desc())
    )
    return {row.subject: row.content for row in connection.execute(query)}


def _write(connection: Connection, db: Database, destination: str, alert: Alert, now: datetime) -> None:
    values = {
        "content": alert.content,
        "urgent": alert.urgent,
        "title": alert.title,
        "body": alert.body,
        "next_try_at": now if alert.urgent else None,
        "updated_at": func.clock_timestamp(),
    }
    waiting = and_(
        _own(db),
        alerts.c.destination == destination,
        alerts.c.subject == alert.subject,
        alerts.c.delivered_at.is_(None),
    )
    if not connection.execute(update(alerts).where(waiting).values(values)).rowcount:
        new = insert(alerts).values(
            organization_id=db.organization_id, destination=destination, subject=alert.subject, **values
        )
        connection.execute(new)


def _alert(row: Row[Any]) -> Alert:
    return Alert(row.subject, row.content, row.urgent, row.title, row.body)


def _own(db: Database) -> ColumnElement[bool]:
    return alerts.c.organization_id == db.organization_id
