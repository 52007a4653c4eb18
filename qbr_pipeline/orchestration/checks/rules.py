"""From a review to Dagster checks: one check for each of its rules, one step for all of them.

What belongs here: the translation of findings into check results. What is reviewed, and how, is said by `review`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.orchestration.assets.publication import collection_of
from qbr_pipeline.orchestration.dagster_internals import latest_materialization
from qbr_pipeline.orchestration.keys import asset_key
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.periods import Period
from qbr_pipeline.review.checks import Check, Facts, NothingToReviewError, Review
from qbr_pipeline.review.reviewing import carry_out
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database


def checks_of(
    review: Review[Facts],
    partitions: dg.PartitionsDefinition,
    period_of: Callable[[dg.AssetCheckExecutionContext], Period],
    known_to: Callable[[dg.AssetCheckExecutionContext], Facts] | None = None,
) -> dg.AssetChecksDefinition:
    """The partitioned checks of the asset that `review` names, run in one step over facts that are read once.

    Evaluations are written as they are kept, not as results that Dagster completes: it would look for the same
    materialization once a check, and write an output of each that nobody waits for.
    `known_to`: where only Dagster knows the facts, how it tells them.
    """
    specs = [
        dg.AssetCheckSpec(
            check.name,
            asset=asset_key(review.scope),
            description=check.description,
            blocking=check.blocking,
            partitions_def=partitions,
        )
        for check in review.checks
    ]

    @dg.multi_asset_check(name=f"{review.scope}_checks", specs=specs, can_subset=True)
    def run(
        context: dg.AssetCheckExecutionContext,
        database: dg.ResourceParam[Database],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.Output[None] | dg.AssetCheckEvaluation]:
        chosen = replace(review, gather=lambda _: known_to(context)) if known_to else review
        try:
            results = carry_out(
                database,
                settings().review,
                chosen,
                period_of(context),
                clock(),
                run_id=collection_of(context),
            )
        except NothingToReviewError as error:
            raise dg.Failure(str(error)) from error
        target = latest_materialization(context, asset_key(review.scope))
        for check, spec in zip(review.checks, specs, strict=True):
            if spec.key not in context.selected_asset_check_keys:
                continue
            if check.blocking:  # what waits for the check waits for its output
                yield dg.Output(None, output_name=spec.get_python_identifier())
            yield dg.AssetCheckEvaluation(
                asset_key=spec.asset_key,
                check_name=spec.name,
                severity=_severity(check),
                blocking=check.blocking,
                partition=context.partition_key,
                target_materialization_data=target,
                **_outcome(results[check.name]),
            )

    return run


def _severity(check: Check[Facts]) -> dg.AssetCheckSeverity:
    """ERROR for what blocks, WARN for what is published and flagged."""
    return dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN


def _outcome(findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "passed": not findings,
        "description": "\n".join(finding.sentence for finding in findings) or None,
        "metadata": {"findings": _table(findings)} if findings else {},
    }


def _table(findings: Sequence[Finding]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "subject": finding.subject,
                    "value": "" if finding.value is None else str(finding.value),
                    "expected": finding.expected,
                    "moves": ", ".join(finding.moves),
                }
            )
            for finding in findings
        ]
    )
