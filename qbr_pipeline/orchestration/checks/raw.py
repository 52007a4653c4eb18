"""Checks of what the vendors sent, before any of it is published. All that can be ERROR blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

import dagster as dg

from qbr_pipeline.metrics.catalogue import Owner
from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.snapshots import excluded_organizations, node_classes, snapshot_findings
from qbr_pipeline.metrics.validation import (
    count_mismatch,
    invalid_values,
    recount_differs,
    unknown_boards,
    unknown_statuses,
)
from qbr_pipeline.orchestration.assets.parts import collection_of
from qbr_pipeline.orchestration.checks.rules import Check, Evidence, checks_of
from qbr_pipeline.orchestration.evidence import DevicesEvidence
from qbr_pipeline.orchestration.partitions import MONTHS, month_of
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import settings
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.row_tables import Source
from qbr_pipeline.store.staging import Stage, recount, staged


@dataclass(frozen=True, slots=True)
class Boards:
    """The names that ConnectWise knows: all boards, and the statuses of the reactive ones."""

    month: Month
    boards: tuple[str, ...]
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """What was put aside of a source, and its metrics counted another way."""

    stage: Stage
    recounted: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class StagedDevices(Staged):
    """Devices put aside, and what their snapshot looked like. `now` is aware."""

    snapshot: DevicesEvidence
    value_published: bool
    now: datetime


def _boards(evidence: Evidence) -> Boards:
    month = month_of(evidence.context)
    latest = evidence.context.instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey("connectwise_boards"), asset_partitions=[str(month)]), limit=1
    ).records
    materialization = latest[0].asset_materialization if latest else None
    if materialization is None:
        raise dg.Failure(
            f"The boards of {month} have not been looked at: materialize connectwise_boards first."
        )
    names = {name: materialization.metadata[name].value for name in ("boards", "statuses")}
    return Boards(month, tuple(names["boards"]), tuple(names["statuses"]))


def _unknown_statuses(facts: Boards) -> list[Finding]:
    """Nothing while no reactive board exists: that is one fault, and every status would be missing with it."""
    if not set(settings().reactive_boards) & set(facts.boards):
        return []
    return unknown_statuses(facts.month, settings().closed_statuses, facts.statuses)


def _staged(source: Source, evidence: Evidence) -> Staged:
    month, run = month_of(evidence.context), collection_of(evidence.context)
    stage = staged(evidence.database, source, month, run)
    if stage is None:
        raise dg.Failure(f"Nothing is put aside of the {source} of {month}: materialize them first.")
    return Staged(stage, recount(evidence.database, stage))


def _staged_devices(evidence: Evidence) -> StagedDevices:
    kept = _staged(Source.DEVICES, evidence)
    with evidence.database.read() as connection:
        publication = current_publication(connection, evidence.database, Owner.NINJA, kept.stage.month)
    return StagedDevices(
        kept.stage,
        kept.recounted,
        snapshot=DevicesEvidence.from_facts(kept.stage.facts),
        value_published=publication is not None,
        now=evidence.now,
    )


def _counts_agree(facts: Staged) -> list[Finding]:
    stage = facts.stage
    if stage.source_count is None:
        return []
    return count_mismatch(
        stage.month, stage.source.label, stage.rows_fetched, stage.source_count, stage.reads
    )


ROWS_ARE_COMPLETE = Check[Staged](
    "rows_are_complete",
    "As many rows were fetched as the source itself counts for the same conditions.",
    _counts_agree,
    blocking=True,
)
VALUES_ARE_VALID = Check[Staged](
    "values_are_valid",
    "Every value is a finite number, not negative where it cannot be, and fits its column.",
    lambda facts: invalid_values(facts.stage.month, facts.stage.values),
    blocking=True,
)
VALUES_FOLLOW_FROM_ROWS = Check[Staged](
    "values_follow_from_rows",
    "Counting the stored rows another way, in SQL, gives the same values.",
    lambda facts: recount_differs(facts.stage.month, facts.stage.values, facts.recounted),
    blocking=True,
)

RAW_CHECKS = (
    checks_of(
        "connectwise_boards",
        MONTHS,
        [
            Check[Boards](
                "boards_exist",
                "Every board that QBR_REACTIVE_BOARDS names exists in ConnectWise.",
                lambda facts: unknown_boards(facts.month, settings().reactive_boards, facts.boards),
                blocking=True,
            ),
            Check[Boards](
                "closed_statuses_exist",
                "Every status that QBR_CLOSED_STATUSES names exists on one of the reactive boards.",
                _unknown_statuses,
                blocking=True,
            ),
        ],
        _boards,
    ),
    checks_of(
        "connectwise_tickets",
        MONTHS,
        [ROWS_ARE_COMPLETE, VALUES_ARE_VALID, VALUES_FOLLOW_FROM_ROWS],
        partial(_staged, Source.TICKETS),
    ),
    checks_of(
        "connectwise_time_entries",
        MONTHS,
        [ROWS_ARE_COMPLETE, VALUES_ARE_VALID, VALUES_FOLLOW_FROM_ROWS],
        partial(_staged, Source.TIME_ENTRIES),
    ),
    checks_of(
        "ninja_devices",
        MONTHS,
        [
            ROWS_ARE_COMPLETE,
            VALUES_ARE_VALID,
            VALUES_FOLLOW_FROM_ROWS,
            Check[StagedDevices](
                "snapshot_is_fresh_and_whole",
                "The month has a device snapshot, at most 3 days old at its end, and none that is half done.",
                lambda facts: snapshot_findings(
                    facts.stage.month,
                    facts.snapshot.chosen,
                    now=facts.now,
                    timezone=settings().timezone,
                    value_published=facts.value_published,
                    suspects=facts.snapshot.suspects,
                ),
            ),
            Check[StagedDevices](
                "excluded_organizations_are_found",
                "Every organization that QBR_EXCLUDED_ORGANIZATIONS names has devices.",
                lambda facts: excluded_organizations(
                    facts.stage.month, facts.snapshot.organizations_not_found, facts.snapshot.organizations
                ),
            ),
            Check[StagedDevices](
                "node_classes_are_known",
                "The inventory tells the node class of every device.",
                lambda facts: node_classes(
                    facts.stage.month,
                    facts.snapshot.unknown_classes,
                    facts.snapshot.devices,
                    fallback=facts.snapshot.node_class_fallback,
                ),
            ),
        ],
        _staged_devices,
    ),
)
