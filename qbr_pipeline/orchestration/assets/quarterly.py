"""A quarter: its months' metrics rolled up, and its SmartNumbers. Refreshed by itself when its months change."""

from collections.abc import Iterator

import dagster as dg

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.orchestration.assets.monthly import monthly_metrics
from qbr_pipeline.orchestration.assets.parts import (
    OWNERS,
    Materialized,
    group,
    smartnumbers_metadata,
    tags,
    values_table,
)
from qbr_pipeline.orchestration.partitions import QUARTERS, quarter_of
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.refresh import refresh_quarter

_GROUP = group("quarterly")
_MONTHS_OF_THE_QUARTER = dg.AssetDep(
    monthly_metrics,
    partition_mapping=dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True),
)
_WHEN_ITS_MONTHS_ARE_AT_REST = (
    dg.AutomationCondition.any_deps_match(dg.AutomationCondition.newly_updated()).since(
        dg.AutomationCondition.newly_requested()
    )
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
).with_label("its months have changed and are at rest")


def _spec(key: str, layer: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        description=description,
        partitions_def=QUARTERS,
        deps=[_MONTHS_OF_THE_QUARTER],
        automation_condition=_WHEN_ITS_MONTHS_ARE_AT_REST,
        group_name=_GROUP,
        kinds={"postgres"},
        owners=OWNERS,
        tags=tags(layer),
        code_version="1",
    )


@dg.multi_asset(
    specs=[
        _spec(
            "quarterly_metrics",
            "metrics",
            "Every metric of the quarter, by its own rule over the months in which it is present.",
        ),
        _spec(
            "quarterly_smartnumbers",
            "smartnumbers",
            "The 18 SmartNumbers of the quarter, over those of its months that are over and have every input.",
        ),
    ]
)
def quarter(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Iterator[Materialized]:
    """Rolls the quarter's months up and computes its SmartNumbers, in one transaction."""
    with database.begin() as connection:
        refreshed = refresh_quarter(connection, database, quarter_of(context), clock())
    yield dg.MaterializeResult(
        asset_key="quarterly_metrics",
        metadata={
            "metrics": values_table({key: value.value for key, value in refreshed.values.items()}),
            "present": f"{len(refreshed.values)} of {len(METRICS)}",
        },
    )
    yield dg.MaterializeResult(
        asset_key="quarterly_smartnumbers", metadata=smartnumbers_metadata(refreshed.smartnumbers)
    )
