"""From a pure rule to a Dagster check: one table row a check, one step an asset.

What belongs here: the translation of findings into check results. A rule itself is a pure function of `metrics`.
A rule that crashes lets its step crash: bad code must not look like bad data.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import dagster as dg

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.store.database import Database

Facts = TypeVar("Facts")
Facts_contra = TypeVar("Facts_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What gathering facts for an asset's checks may look at."""

    context: dg.AssetCheckExecutionContext
    database: Database
    now: datetime


@dataclass(frozen=True)
class Check(Generic[Facts_contra]):
    """A rule under the name that the UI shows. A blocking check keeps everything downstream from running."""

    name: str
    description: str
    rule: Callable[[Facts_contra], Sequence[Finding]]
    blocking: bool = False

    @property
    def severity(self) -> dg.AssetCheckSeverity:
        """ERROR for what blocks, WARN for what is published and flagged."""
        return dg.AssetCheckSeverity.ERROR if self.blocking else dg.AssetCheckSeverity.WARN


def checks_of(
    asset: str,
    partitions: dg.PartitionsDefinition,
    checks: Sequence[Check[Facts]],
    gather: Callable[[Evidence], Facts],
) -> dg.AssetChecksDefinition:
    """The partitioned checks of `asset`, run in one step over the facts that `gather` reads once."""

    @dg.multi_asset_check(
        name=f"{asset}_checks",
        specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=asset,
                description=check.description,
                blocking=check.blocking,
                partitions_def=partitions,
            )
            for check in checks
        ],
    )
    def run(
        context: dg.AssetCheckExecutionContext,
        database: dg.ResourceParam[Database],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.AssetCheckResult]:
        facts = gather(Evidence(context, database, clock()))
        for check in checks:
            yield _result(dg.AssetKey(asset), check.name, check.severity, check.rule(facts))

    return run


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
