"""The assets: read from top to bottom, they tell the way of a number from its vendor to its quarter."""

from collections.abc import Mapping

import dagster as dg

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.assets.connectwise import (
    connectwise_boards,
    connectwise_metrics,
    connectwise_tickets,
    connectwise_time_entries,
)
from qbr_pipeline.orchestration.assets.monthly import monthly_metrics, monthly_smartnumbers
from qbr_pipeline.orchestration.assets.ninja import ninja_devices, ninja_metrics, ninja_snapshot
from qbr_pipeline.orchestration.assets.quarterly import quarter
from qbr_pipeline.orchestration.assets.quickbooks import quickbooks_accounts, quickbooks_metrics
from qbr_pipeline.orchestration.keys import group_of
from qbr_pipeline.settings import settings

ASSETS = (
    connectwise_boards,
    connectwise_tickets,
    connectwise_time_entries,
    connectwise_metrics,
    *((quickbooks_accounts, quickbooks_metrics) if settings().names_quickbooks else ()),
    ninja_snapshot,
    ninja_devices,
    ninja_metrics,
    monthly_metrics,
    monthly_smartnumbers,
    quarter,
)


def _of(vendor: Vendor) -> tuple[dg.AssetsDefinition, ...]:
    return tuple(each for each in ASSETS if group_of(vendor) in each.group_names_by_key.values())


COLLECTORS: Mapping[Vendor, tuple[dg.AssetsDefinition, ...]] = {
    vendor: of_vendor for vendor in Vendor if (of_vendor := _of(vendor))
}
"""The assets of each vendor that is collected, from its first request to its publication, which comes last."""
