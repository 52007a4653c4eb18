"""A quarter: its months' metrics rolled up, and its SmartNumbers. Refreshed by itself when its months change."""

from collections.abc import Iterator

import dagster as dg

from qbr_pipeline.orchestration.assets.layers import quarterly_spec
from qbr_pipeline.orchestration.assets.metadata import (
    Materialized,
    page_metadata,
    present_metadata,
    smartnumbers_metadata,
)
from qbr_pipeline.orchestration.assets.monthly import monthly_metrics
from qbr_pipeline.orchestration.keys import Layer, asset_key
from qbr_pipeline.orchestration.partitions import quarter_of
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.refresh import refresh_quarter
from qbr_pipeline.store.schema import metrics_quarterly, smartnumbers

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


_SPECS = (
    quarterly_spec(
        "quarterly_metrics",
        Layer.METRICS,
        "Every metric of the quarter, by its own rule over the months in which it is present.",
        after=_MONTHS_OF_THE_QUARTER,
        table=metrics_quarterly,
        automation_condition=_WHEN_ITS_MONTHS_ARE_AT_REST,
    ),
    quarterly_spec(
        "quarterly_smartnumbers",
        Layer.SMARTNUMBERS,
        "The 18 SmartNumbers of the quarter, over those of its months that are over and have every input.",
        after=_MONTHS_OF_THE_QUARTER,
        table=smartnumbers,
        automation_condition=_WHEN_ITS_MONTHS_ARE_AT_REST,
    ),
)


@dg.multi_asset(specs=_SPECS)
def quarter(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Iterator[Materialized]:
    """Rolls the quarter's months up and computes its SmartNumbers, in one transaction."""
    which = quarter_of(context)
    with database.begin() as connection:
        refreshed = refresh_quarter(connection, database, which, clock())
    values = {key: value.value for key, value in refreshed.values.items()}
    yield dg.MaterializeResult(
        asset_key=asset_key("quarterly_metrics"),
        metadata={**present_metadata(values), **page_metadata(which)},
    )
    yield dg.MaterializeResult(
        asset_key=asset_key("quarterly_smartnumbers"),
        metadata={**smartnumbers_metadata(refreshed.smartnumbers), **page_metadata(which)},
    )
