"""What people say of a finding: that they have seen it, that it is as expected, that it is open after all.

What belongs here: one transaction for each, and every reason to refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.metrics.names import MAX_AUTHOR_LENGTH, author
from qbr_pipeline.periods import Month, Period
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import CURRENT_RULES, State, StoredFinding, read_finding
from qbr_pipeline.store.findings.states import write_state
from qbr_pipeline.store.findings.tables import findings
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.rows.losses import acceptances
from qbr_pipeline.store.rows.snapshots import newest_suspect
from qbr_pipeline.store.rows.tables import RowSource


class FindingError(ValueError):
    """What is said of a finding cannot be accepted; the message is a sentence for a person."""


class UnknownFindingError(FindingError):
    """The organization has no such finding."""


class FindingResolvedError(FindingError):
    """The finding has resolved itself: there is nothing left to say of it."""


class NothingHeldBackError(FindingError):
    """The finding holds nothing back that could be accepted."""


@dataclass(frozen=True)
class FindingKey:
    """What a finding is known by within its organization."""

    subject: str
    period: Period
    rule: Rule


@dataclass(frozen=True)
class Decision:
    """Who says something of a finding, why and when; `key_name`: whose API key it came with. `at` is aware."""

    by: str
    at: datetime
    why: str | None = None
    key_name: str | None = None


def acknowledge(
    db: Database, which: int | FindingKey, decision: Decision, *, until: datetime | None = None
) -> StoredFinding:
    """Somebody has seen it: it stays acknowledged until its value, list or severity changes, or until an aware moment.

    UnknownFindingError; FindingResolvedError; FindingError for a missing name or reason, or an end that has come.
    """
    if until is not None and until <= decision.at:
        raise FindingError(
            f"an acknowledgement must end in the future: {until.isoformat()} has passed already"
        )
    return _decide(db, which, State.ACKNOWLEDGED, _with_reason(decision), until)


def accept(db: Database, which: int | FindingKey, decision: Decision) -> StoredFinding:
    """A closed month may lose the rows that do not come any more: the next collection publishes what is left of it.

    That holds for as many rows as were seen, or more, and for the state that is published now. A device snapshot that
    looked half done is right: the ones after it are held against it. Errors as for `acknowledge`; NothingHeldBackError
    for a finding that holds nothing back.
    """
    with db.begin() as connection:
        finding = _locked(connection, db, which).finding
        source = RowSource.named(finding.subject)
        month = finding.period
        if (
            finding.rule not in (Rule.ROWS_LOST, Rule.SNAPSHOT)
            or source is None
            or not isinstance(month, Month)
        ):
            raise NothingHeldBackError(
                f"the finding of {finding.subject} in {month} does not hold back any rows"
            )
        suspect = newest_suspect(connection, db, month) if finding.rule is Rule.SNAPSHOT else None
        if suspect is None and finding.rule is Rule.SNAPSHOT:
            raise NothingHeldBackError(
                f"no device snapshot of {month} looks incomplete, so that none is held back"
            )
        published = current_publication(connection, db, source.vendor, month)
        if published is None:
            raise NothingHeldBackError(f"nothing is published for {month}, so no rows are held back")
        accepted = _decide_in(connection, db, which, State.ACKNOWLEDGED, _with_reason(decision), None)
        connection.execute(
            insert(acceptances).values(
                organization_id=db.organization_id,
                period=str(month),
                source=source.value,
                publication_id=published.id,
                rows=suspect.devices if suspect else int(finding.value or 0),
                snapshot_date=suspect and suspect.day,
                accepted_by=accepted.changed_by,
                key_name=decision.key_name,
                reason=accepted.why,
                accepted_at=decision.at,
            )
        )
    return accepted


def expect(db: Database, which: int | FindingKey, decision: Decision) -> StoredFinding:
    """The value is right and an exception: it stays so, and months after it are not held against it.

    Errors as for `acknowledge`.
    """
    return _decide(db, which, State.EXPECTED, _with_reason(decision), None)


def reopen(db: Database, which: int | FindingKey, decision: Decision) -> StoredFinding:
    """Take back what was said of it, for a reason or none; one that is open stays as it is. Errors as before."""
    return _decide(db, which, State.OPEN, decision, None)


def _decide(
    db: Database, which: int | FindingKey, state: State, decision: Decision, until: datetime | None
) -> StoredFinding:
    with db.begin() as connection:
        return _decide_in(connection, db, which, state, decision, until)


def _decide_in(
    connection: Connection,
    db: Database,
    which: int | FindingKey,
    state: State,
    decision: Decision,
    until: datetime | None,
) -> StoredFinding:
    by = author(decision.by)
    if by is None:
        raise FindingError(f"a name is needed, of at most {MAX_AUTHOR_LENGTH} characters")
    before = _locked(connection, db, which)
    if before.state is State.RESOLVED:
        raise FindingResolvedError(
            f"the finding {before.id} ({before.finding.rule} of {before.finding.subject}, "
            f"{before.finding.period}) has resolved itself: it cannot be decided on until it is found again"
        )
    if state is State.OPEN and before.state is State.OPEN:
        return before
    after = replace(
        before,
        state=state,
        changed_at=decision.at,
        changed_by=by,
        key_name=decision.key_name,
        why=_remark(decision.why),
        until=until,
    )
    write_state(connection, db, before, after)
    return after


def _locked(connection: Connection, db: Database, which: int | FindingKey) -> StoredFinding:
    table = findings
    query = select(table).where(table.c.organization_id == db.organization_id, CURRENT_RULES)
    if isinstance(which, FindingKey):
        name = f"of the rule {which.rule} about {which.subject} in {which.period}"
        query = query.where(
            table.c.subject == which.subject,
            or_(table.c.period == str(which.period), table.c.months.has_key(str(which.period))),
            table.c.rule == which.rule.value,
        )
    else:
        name = str(which)
        query = query.where(table.c.id == which)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise UnknownFindingError(f"there is no finding {name}")
    return read_finding(row)


def _with_reason(decision: Decision) -> Decision:
    if _remark(decision.why) is None:
        raise FindingError("a reason is needed: why this finding needs nobody's attention now")
    return decision


def _remark(why: str | None) -> str | None:
    """The reason without what PostgreSQL's text cannot hold; a blank one is none."""
    return (why or "").replace("\0", "").strip() or None
