"""The assets: read from top to bottom, they tell the way of a number from its vendor to its quarter."""

from collections.abc import Mapping
from itertools import chain

import dagster as dg

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.assets.connectwise import (
    connectwise_boards,
    connectwise_metrics,
    connectwise_tickets,
    connectwise_time_entries,
)
from qbr_pipeline.orchestration.assets.monthly import monthly_metrics, monthly_smartnumbers
from qbr_pipeline.orchestration.assets.ninja import ninja_devices, ninja_metrics
from qbr_pipeline.orchestration.assets.quarterly import quarter

COLLECTORS: Mapping[Vendor, tuple[dg.AssetsDefinition, ...]] = {
    Vendor.CONNECTWISE: (
        connectwise_boards,
        connectwise_tickets,
        connectwise_time_entries,
        connectwise_metrics,
    ),
    Vendor.NINJA: (ninja_devices, ninja_metrics),
}
"""The assets of each vendor, from its first request to its publication, which comes last."""

ASSETS = (*chain(*COLLECTORS.values()), monthly_metrics, monthly_smartnumbers, quarter)
