"""A month: what was collected and what people entered, what follows from it, and its SmartNumbers."""

import dagster as dg

from qbr_pipeline.orchestration.assets.layers import monthly_asset
from qbr_pipeline.orchestration.assets.metadata import (
    Materialized,
    page_metadata,
    present_metadata,
    smartnumbers_metadata,
)
from qbr_pipeline.orchestration.keys import Layer, asset_key
from qbr_pipeline.orchestration.partitions import month_of
from qbr_pipeline.orchestration.rechecks import HORIZON
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.review.books import BOOKS
from qbr_pipeline.review.published import PUBLISHED
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import horizon
from qbr_pipeline.store.refresh import refresh_metrics, refresh_smartnumbers
from qbr_pipeline.store.schema import metrics_monthly, smartnumbers
from qbr_pipeline.store.values import ValueChangeCause, present, read_values

_AFTER = (*PUBLISHED, *((BOOKS,) if settings().names_quickbooks else ()))


@monthly_asset(Layer.METRICS, after=[asset_key(each.scope) for each in _AFTER], table=metrics_monthly)
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
            **present_metadata(values),
            "changed by this step": len(changes),
            HORIZON: str(seen),
            **page_metadata(month),
        }
    )


@monthly_asset(Layer.SMARTNUMBERS, after=[monthly_metrics], table=smartnumbers)
def monthly_smartnumbers(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The 18 SmartNumbers of the month; those whose inputs are absent are absent too."""
    month = month_of(context)
    with database.begin() as connection:
        numbers = refresh_smartnumbers(connection, database, month, clock())
    return dg.MaterializeResult(metadata={**smartnumbers_metadata(numbers), **page_metadata(month)})
