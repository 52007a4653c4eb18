"""Publication: what a collection has staged becomes the current state, all of a vendor's month or nothing.

What belongs here: the one transaction that writes row versions, values, history and log, and what may stop
it. What does not: fetching and staging, and the rules of validation; they are asked here, not written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from qbr_pipeline.metrics.catalogue import Owner
from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.row_tables import Source


class Outcome(StrEnum):
    """How an attempt to publish ended."""

    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    NOTHING = "nothing"


class NothingStagedError(RuntimeError):
    """A run that wants to publish has staged nothing; the message is a sentence for a person."""


class PublishRefused(RuntimeError):  # noqa: N818 - it is a verdict on the data, not a fault of the program
    """Rules that block have found something: nothing was published, the values of before stay."""

    def __init__(self, owner: Owner, month: Month, findings: list[Finding]) -> None:
        self.owner = owner
        self.month = month
        self.findings = tuple(findings)
        super().__init__(f"{owner} {month} is not published: " + "; ".join(f.sentence for f in findings))


@dataclass(frozen=True)
class ValueChange:
    """A published value that is another one now; None is absent."""

    metric: str
    old: Decimal | None
    new: Decimal | None


@dataclass(frozen=True)
class RowChanges:
    """How many raw rows came, changed and went with a publication."""

    added: int = 0
    changed: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Publication:
    """How publishing one vendor's month ended.

    `values` is what the collection found, `changes` what of it replaced a published value, `kept_manual` what
    it found where a person's value stays. `was_closed`: the month was closed for this vendor before;
    `closed`: it is now. `message` says in a sentence why nothing was published; `already_published`: this run
    had done it before.
    """

    outcome: Outcome
    owner: Owner
    month: Month
    run_id: str
    values: Mapping[str, Decimal]
    changes: tuple[ValueChange, ...] = ()
    kept_manual: Mapping[str, Decimal] = field(default_factory=dict)
    was_closed: bool = False
    closed: bool = False
    rows: Mapping[Source, RowChanges] = field(default_factory=dict)
    published_at: datetime | None = None
    fetch_started_at: datetime | None = None
    collected_as_of: datetime | None = None
    snapshot_date: date | None = None
    snapshot_suspect: bool = False
    already_published: bool = False
    message: str | None = None


def publish(db: Database, owner: Owner, month: Month, run_id: str, now: datetime) -> Publication:
    """Make what `run_id` has staged of a vendor's month the current state, in one transaction.

    Writes row versions, values, history and the log row; refreshes derived metrics, SmartNumbers and the
    quarter; removes the stages. `now` (aware) decides which months are over. Publishing again by the same run
    returns what it did. A fetch that began before the published one's is SUPERSEDED; a month without device
    snapshot, or a closed one with only a suspect snapshot, gives NOTHING: what is published stays. Raises
    PublishRefused when a blocking rule finds something, NothingStagedError when the run has staged nothing,
    StageDamagedError when a stage does not hold what it says.
    """
    raise NotImplementedError
