"""A month: what was collected and what people entered, what follows from it, and its SmartNumbers."""

import dagster as dg

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.orchestration.assets.connectwise import connectwise_metrics
from qbr_pipeline.orchestration.assets.ninja import ninja_metrics
from qbr_pipeline.orchestration.assets.parts import (
    OWNERS,
    Materialized,
    group,
    smartnumbers_metadata,
    tags,
    values_table,
)
from qbr_pipeline.orchestration.jobs import MONTHS_POOL
from qbr_pipeline.orchestration.partitions import MONTHS, month_of
from qbr_pipeline.orchestration.rechecks import HORIZON
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import horizon
from qbr_pipeline.store.refresh import refresh_metrics, refresh_smartnumbers
from qbr_pipeline.store.values import ValueChangeCause, present, read_values

_GROUP = group("monthly")


@dg.asset(
    partitions_def=MONTHS,
    deps=[connectwise_metrics, ninja_metrics],
    group_name=_GROUP,
    kinds={"postgres"},
    owners=OWNERS,
    tags=tags("metrics"),
    pool=MONTHS_POOL,
    code_version="1",
)
def monthly_metrics(context: dg.AssetExecutionContext, database: dg.ResourceParam[Database]) -> Materialized:
    """Every metric of the month: collected, entered by people, and derived from both."""
    month = month_of(context)
    with database.read() as connection:
        seen = horizon(connection)
    with database.begin() as connection:
        changes = refresh_metrics(
            connection, database, month, run_id=context.run.run_id, cause=ValueChangeCause.RECOMPUTE
        )
        values = present(read_values(connection, database, month))
    return dg.MaterializeResult(
        metadata={
            "metrics": values_table(values),
            "present": f"{len(values)} of {len(METRICS)}",
            "changed by this step": len(changes),
            HORIZON: str(seen),
        }
    )


@dg.asset(
    partitions_def=MONTHS,
    deps=[monthly_metrics],
    group_name=_GROUP,
    kinds={"postgres"},
    owners=OWNERS,
    tags=tags("smartnumbers"),
    pool=MONTHS_POOL,
    code_version="1",
)
def monthly_smartnumbers(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The 18 SmartNumbers of the month; those whose inputs are absent are absent too."""
    with database.begin() as connection:
        numbers = refresh_smartnumbers(connection, database, month_of(context), clock())
    return dg.MaterializeResult(metadata=smartnumbers_metadata(numbers))
