"""From a review to Dagster checks: one check for each of its rules, one step for all of them.

What belongs here: the translation of findings into check results. What is reviewed, and how, is said by `review`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import dagster as dg

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.orchestration.assets.publication import collection_of
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

    `known_to`: where only Dagster knows the facts, how it tells them.
    """

    @dg.multi_asset_check(
        name=f"{review.scope}_checks",
        specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=asset_key(review.scope),
                description=check.description,
                blocking=check.blocking,
                partitions_def=partitions,
            )
            for check in review.checks
        ],
    )
    def run(
        context: dg.AssetCheckExecutionContext,
        database: dg.ResourceParam[Database],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.AssetCheckResult]:
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
        for check in review.checks:
            yield _result(asset_key(review.scope), check.name, _severity(check), results[check.name])

    return run


def _severity(check: Check[Facts]) -> dg.AssetCheckSeverity:
    """ERROR for what blocks, WARN for what is published and flagged."""
    return dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN


def _result(
    asset_key: dg.AssetKey, name: str, severity: dg.AssetCheckSeverity, findings: Sequence[Finding]
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key,
        check_name=name,
        passed=not findings,
        severity=severity,
        description="\n".join(finding.sentence for finding in findings) or None,
        metadata={"findings": _table(findings)} if findings else {},
    )


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
