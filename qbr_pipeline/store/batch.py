"""What a run has staged for one publication: gathered, and judged before anything is written.

What belongs here: finding the stages of a vendor's month, and every reason for not publishing them.
What does not: writing; that is `publishing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Vendor
from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.answers import rows_lost, rows_outside_window, tickets_unreadable
from qbr_pipeline.metrics.rules.validation import count_mismatch, invalid_values
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.publications import Published
from qbr_pipeline.store.rows.accounts import books_of, brought_up_to_date, faults_of_books
from qbr_pipeline.store.rows.evidence import AnswerEvidence, BooksEvidence, rule_change
from qbr_pipeline.store.rows.losses import RowLoss, loss_of
from qbr_pipeline.store.rows.staging import Stage, StageDamagedError, count_rows, read_stage, recount
from qbr_pipeline.store.rows.tables import RowSource, stages


class NothingStagedError(RuntimeError):
    """A run that wants to publish has staged nothing; the message is a sentence for a person."""


def require_published(current: Published | None, vendor: Vendor, month: Month) -> Published:
    """What is published, for a run that fetches nothing; NothingStagedError when that is nothing."""
    if current is None:
        raise NothingStagedError(
            f"Nothing of {vendor} has been collected for {month} yet: launch the job collection for that month"
        )
    return current


class PublicationRejected(RuntimeError):  # noqa: N818 - it is a verdict on the data, not a fault of the program
    """Rules that block have found something: nothing was published, the values of before stay."""

    def __init__(self, vendor: Vendor, month: Month, findings: list[Finding]) -> None:
        self.vendor = vendor
        self.month = month
        self.findings = tuple(findings)
        super().__init__(f"{vendor} {month} is not published: " + "; ".join(f.sentence for f in findings))


@dataclass(frozen=True)
class Batch:
    """The stages that make one publication, what was published before, and whom it is for.

    `beside`: what follows from other months and is published with it.
    """

    db: Database
    vendor: Vendor
    month: Month
    run_id: str
    stages: Sequence[Stage]
    current: Published | None
    beside: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Decimal]:
        """What the collection found, by metric, in the catalogue's order."""
        found = {key: value for stage in self.stages for key, value in stage.values.items()} | {**self.beside}
        return {key: found[key] for key in METRICS if key in found}

    @property
    def fetch_started_at(self) -> datetime:
        """When the earliest of the fetches began, by the database's clock."""
        return min(stage.fetch_started_at for stage in self.stages)

    @property
    def collected_as_of(self) -> datetime:
        """The earliest moment up to which the fetches are complete."""
        return min(stage.collected_as_of for stage in self.stages)

    @property
    def snapshot_date(self) -> date | None:
        """The day of the device snapshot; None when there is none."""
        return next((s.snapshot_date for s in self.stages if s.snapshot_date), None)

    @property
    def snapshot_suspect(self) -> bool:
        """Whether the device snapshot is suspect."""
        return any(stage.snapshot_suspect for stage in self.stages)

    @property
    def rule_change(self) -> str | None:
        """That its devices are counted, or its books kept, by another rule than what is published; else None."""
        if self.current is None:
            return None
        now = {stage.source: stage.facts for stage in self.stages}
        before = self.current.facts
        if RowSource.DEVICES in now:
            return rule_change(before.get(RowSource.DEVICES.value, {}), now[RowSource.DEVICES])
        if RowSource.ACCOUNTS in now:
            return BooksEvidence.from_facts(now[RowSource.ACCOUNTS]).difference(books_of(self.current))
        return None

    @property
    def was_closed(self) -> bool:
        """Whether the month was closed for this vendor before."""
        return self.current is not None and self.current.closed

    @property
    def expected(self) -> list[str]:
        """The metrics that this vendor's publications are to have."""
        return [m.key for m in METRICS.values() if m.vendor is self.vendor and m.kind is MetricKind.COLLECTED]

    @property
    def given_up(self) -> list[str]:
        """The metrics that the publication before found and this one does not: they become absent."""
        return [] if self.current is None else [key for key in self.current.found if key not in self.values]

    @property
    def missing(self) -> set[RowSource]:
        """The sources of the vendor that the run has not staged."""
        return set(RowSource.of(self.vendor)) - {stage.source for stage in self.stages}

    def require_all_sources(self) -> None:
        """Raise NothingStagedError unless the run has staged every source of the vendor."""
        if self.missing or not self.stages:
            names = " and no ".join(sorted(self.missing))
            raise NothingStagedError(
                f"{self.vendor} {self.month}: this run has fetched no {names}; "
                "launch the job collection for that month, or materialize all assets of this group together"
            )

    def require_undamaged(self, connection: Connection) -> None:
        """Raise StageDamagedError unless the staged rows are what the stages say they are."""
        for stage in self.stages:
            held = count_rows(connection, self.db, stage)
            if held != stage.row_count:
                raise StageDamagedError(
                    f"{stage.source} of {self.month}: {held} rows are staged, expected {stage.row_count}"
                )
            if not stage.values:
                continue
            recounted = recount(connection, self.db, stage)
            if recounted != stage.values:
                raise StageDamagedError(
                    f"{stage.source} of {self.month}: the staged rows give {_spoken(recounted)}, "
                    f"the collection computed {_spoken(stage.values)}"
                )

    def losses(self, connection: Connection) -> dict[RowSource, RowLoss]:
        """What publishing would take away from a closed month, by source."""
        found = {
            stage.source: loss_of(connection, self.db, stage.source, self.month, self.run_id)
            for stage in self.stages
        }
        return {source: loss for source, loss in found.items() if loss is not None}

    def require_acceptable(self, connection: Connection, losses: Mapping[RowSource, RowLoss]) -> None:
        """Raise PublicationRejected when a blocking rule finds something; `losses` is what publishing takes away."""
        findings = list(invalid_values(self.month, self.values))
        for stage in self.stages:
            if stage.source_count is not None:
                findings += count_mismatch(
                    self.month, stage.source.label, stage.rows_fetched, stage.source_count, stage.reads
                )
            findings += _oddities_of_answer(self.month, AnswerEvidence.from_facts(stage.facts))
            findings += faults_of_books(connection, self.db, stage)
        for source, loss in losses.items():
            if loss.acceptance is None and not self._may_lose(source):
                findings += rows_lost(self.month, source.label, loss.before, loss.lost, loss.now)
        blocking = [finding for finding in findings if finding.blocks]
        if blocking:
            raise PublicationRejected(self.vendor, self.month, blocking)

    def _may_lose(self, source: RowSource) -> bool:
        """Whether rows that are gone are no fault: of devices their snapshot says it, and a person withdrew books."""
        if source is not RowSource.ACCOUNTS:
            return source is RowSource.DEVICES
        return any(BooksEvidence.from_facts(stage.facts).withdrawn for stage in self.stages)

    def reason_for_nothing(self) -> str | None:
        """Why what is published must stay although the fetch succeeded; None when it need not."""
        if self.vendor is not Vendor.NINJA:
            return None
        if self.snapshot_date is None:
            return f"{self.vendor} {self.month}: there is no device snapshot in this month"
        if self.was_closed and self.snapshot_suspect:
            return (
                f"{self.vendor} {self.month}: the snapshot of {self.snapshot_date} is suspect, "
                "and the values of a closed month are not replaced from a suspect snapshot"
            )
        return None


def _oddities_of_answer(month: Month, answer: AnswerEvidence) -> list[Finding]:
    findings = tickets_unreadable(month, answer.not_found, answer.tickets)
    for each in answer.outside:
        findings += rows_outside_window(month, each.what, each.outside, each.fetched)
    return findings


def find_stages(
    connection: Connection, db: Database, vendor: Vendor, month: Month, run_id: str
) -> list[Stage]:
    """What a run has staged of a vendor's month; accounts as people map them now."""
    query = (
        select(stages)
        .where(
            stages.c.organization_id == db.organization_id,
            stages.c.source.in_([source.value for source in RowSource.of(vendor)]),
            stages.c.period == str(month),
            stages.c.run_id == run_id,
        )
        .order_by(stages.c.id)
    )
    found = [read_stage(row) for row in connection.execute(query)]
    return [brought_up_to_date(connection, db, stage) for stage in found]


def _spoken(values: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(values.items())) or "nothing"
