"""The assets: read from top to bottom, they tell the way of a number from its vendor to its quarter."""

from qbr_pipeline.orchestration.assets.connectwise import (
    connectwise_boards,
    connectwise_metrics,
    connectwise_tickets,
    connectwise_time_entries,
)
from qbr_pipeline.orchestration.assets.monthly import monthly_metrics, monthly_smartnumbers
from qbr_pipeline.orchestration.assets.ninja import ninja_devices, ninja_metrics
from qbr_pipeline.orchestration.assets.quarterly import quarter

ASSETS = (
    connectwise_boards,
    connectwise_tickets,
    connectwise_time_entries,
    connectwise_metrics,
    ninja_devices,
    ninja_metrics,
    monthly_metrics,
    monthly_smartnumbers,
    quarter,
)
