"""The reviews of what was put aside of a vendor's month, before it is published. All that can be ERROR blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.answers import (
    closed_status_differs,
    rows_left_out,
    rows_lost,
    rows_outside_window,
    tickets_not_found,
    tickets_unreadable,
)
from qbr_pipeline.metrics.rules.keeping import not_counted
from qbr_pipeline.metrics.rules.snapshots import (
    classes_not_counted,
    duplicate_devices,
    excluded_organizations,
    node_classes,
    snapshot_findings,
    sources_differ,
    unseen_devices,
)
from qbr_pipeline.metrics.rules.validation import count_mismatch, invalid_values, recount_differs
from qbr_pipeline.review.checks import Check, NothingToReviewError, Review, ReviewContext
from qbr_pipeline.review.devices import counted_month
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.rows.evidence import AnswerEvidence, DevicesEvidence
from qbr_pipeline.store.rows.losses import RowLoss, loss_of
from qbr_pipeline.store.rows.published_stage import published_stage
from qbr_pipeline.store.rows.staging import NOT_COUNTED, Stage, recount, staged
from qbr_pipeline.store.rows.tables import RowSource


@dataclass(frozen=True, slots=True)
class Staged:
    """What was put aside of a source, and its metrics counted another way."""

    stage: Stage
    recounted: Mapping[str, Decimal]
    loss: RowLoss | None

    @property
    def answer(self) -> AnswerEvidence:
        """What the answer of ConnectWise looked like."""
        return AnswerEvidence.from_facts(self.stage.facts)


@dataclass(frozen=True, slots=True)
class StagedDevices(Staged):
    """Devices put aside, and what their snapshot looked like. `now` is aware, `timezone` the business one."""

    snapshot: DevicesEvidence
    value_published: bool
    now: datetime
    timezone: ZoneInfo


def staged_rows(source: RowSource, context: ReviewContext) -> Staged:
    """What this collection has staged; where another run of it was faster, what that one has published."""
    connection, database, run_id = context.connection, context.database, context.run_id or ""
    stage = staged(connection, database, source, context.month, run_id)
    if stage is None or stage.run_id != run_id:
        done = published_stage(connection, database, source, context.month, run_id)
        if done is not None:
            return Staged(done, done.values, None)
    if stage is None:
        raise NothingToReviewError(f"No {source} of {context.month} are staged: materialize them first.")
    loss = loss_of(connection, database, source, context.month, run_id)
    return Staged(stage, recount(connection, database, stage), loss)


def _staged_devices(context: ReviewContext) -> StagedDevices:
    kept = staged_rows(RowSource.DEVICES, context)
    publication = current_publication(
        context.connection, context.database, kept.stage.source.vendor, kept.stage.month
    )
    return StagedDevices(
        kept.stage,
        kept.recounted,
        None,
        snapshot=DevicesEvidence.from_facts(kept.stage.facts),
        value_published=publication is not None,
        now=context.now,
        timezone=context.database.timezone,
    )


def _rows_are_kept(facts: Staged) -> list[Finding]:
    loss, stage = facts.loss, facts.stage
    if loss is None or loss.acceptance is not None:
        return []
    return rows_lost(stage.month, stage.source.label, loss.before, loss.lost, loss.now)


def _counts_agree(facts: Staged) -> list[Finding]:
    stage = facts.stage
    if stage.source_count is None:
        return []
    return count_mismatch(
        stage.month, stage.source.label, stage.rows_fetched, stage.source_count, stage.reads
    )


def _counts_are_known(facts: Staged) -> list[Finding]:
    stage = facts.stage
    why = stage.facts.get(NOT_COUNTED)
    return not_counted(stage.month, stage.source.label, stage.rows_fetched, str(why)) if why else []


OF_ROWS = (
    Check[Staged]("rows_are_complete", _counts_agree),
    Check[Staged]("rows_are_counted", _counts_are_known),
    Check[Staged](
        "values_are_valid",
        lambda facts: invalid_values(facts.stage.month, facts.stage.values),
    ),
    Check[Staged](
        "values_follow_from_rows",
        lambda facts: recount_differs(facts.stage.month, facts.stage.values, facts.recounted),
    ),
)

KEPT = Check[Staged]("closed_month_keeps_its_rows", _rows_are_kept)
"""Not of devices: a snapshot that holds too few is suspect, and never replaces what is published of a closed month."""
_OF_WINDOWS = Check[Staged](
    "rows_lie_in_the_month",
    lambda facts: [
        finding
        for each in facts.answer.outside
        for finding in rows_outside_window(facts.stage.month, each.what, each.outside, each.fetched)
    ],
)
_SAYING = Check[Staged](
    "rows_say_what_decides",
    lambda facts: rows_left_out(
        facts.stage.month,
        facts.stage.source.label,
        facts.stage.row_count,
        facts.answer.left_out,
        [(each.outside, each.fetched) for each in facts.answer.outside],
    ),
)
TICKETS = Review(
    "connectwise_tickets",
    (
        *OF_ROWS,
        _OF_WINDOWS,
        _SAYING,
        KEPT,
        Check[Staged](
            "closed_statuses_agree",
            lambda facts: closed_status_differs(
                facts.stage.month, [astuple(each) for each in facts.answer.mismatches]
            ),
        ),
    ),
    partial(staged_rows, RowSource.TICKETS),
)
TIME_ENTRIES = Review(
    "connectwise_time_entries",
    (
        *OF_ROWS,
        _OF_WINDOWS,
        _SAYING,
        KEPT,
        Check[Staged](
            "tickets_are_readable",
            lambda facts: tickets_unreadable(facts.stage.month, facts.answer.not_found, facts.answer.tickets),
        ),
        Check[Staged](
            "tickets_are_found",
            lambda facts: tickets_not_found(facts.stage.month, facts.answer.not_found, facts.answer.tickets),
        ),
    ),
    partial(staged_rows, RowSource.TIME_ENTRIES),
)
DEVICES = Review[StagedDevices](
    "ninja_devices",
    (
        *OF_ROWS,
        Check[StagedDevices](
            "snapshot_is_fresh_and_whole",
            lambda facts: snapshot_findings(
                facts.stage.month,
                facts.snapshot.chosen,
                now=facts.now,
                timezone=facts.timezone,
                value_published=facts.value_published,
                suspects=facts.snapshot.suspects,
                counted=counted_month(facts.snapshot.rule, facts.stage.month),
                existed=facts.snapshot.existed,
            ),
        ),
        Check[StagedDevices](
            "excluded_organizations_are_found",
            lambda facts: excluded_organizations(
                facts.stage.month, facts.snapshot.organizations_not_found, facts.snapshot.organizations
            ),
        ),
        Check[StagedDevices](
            "node_classes_are_known",
            lambda facts: node_classes(
                facts.stage.month,
                facts.snapshot.unknown,
                facts.snapshot.devices,
                fallback=facts.snapshot.node_class_fallback,
            ),
        ),
        Check[StagedDevices](
            "classes_are_counted",
            lambda facts: classes_not_counted(facts.stage.month, facts.snapshot.uncounted),
        ),
        Check[StagedDevices](
            "devices_are_seen",
            lambda facts: unseen_devices(facts.stage.month, facts.snapshot.unseen, facts.snapshot.counting),
        ),
        Check[StagedDevices](
            "sources_agree",
            lambda facts: sources_differ(facts.stage.month, facts.snapshot.chosen, facts.snapshot.other),
        ),
        Check[StagedDevices](
            "devices_are_single",
            lambda facts: duplicate_devices(facts.stage.month, facts.snapshot.duplicates),
        ),
    ),
    _staged_devices,
)
STAGED: tuple[Review[Any], ...] = (TICKETS, TIME_ENTRIES, DEVICES)
"""All of them, each under the name of the asset that stages the rows."""
