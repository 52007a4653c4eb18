"""The one place where the definitions come together; tests and the command line build them with their own resources."""

from typing import Any

import dagster as dg

from qbr_pipeline.orchestration.assets import ASSETS
from qbr_pipeline.orchestration.checks import CHECKS
from qbr_pipeline.orchestration.jobs import JOBS
from qbr_pipeline.orchestration.pruning import daily_pruning, prune
from qbr_pipeline.orchestration.resources import resources
from qbr_pipeline.orchestration.schedules import nightly_collection
from qbr_pipeline.orchestration.sensors import SENSORS
from qbr_pipeline.settings import settings


def build_defs(**replaced: Any) -> dg.Definitions:
    """All definitions of the project; `replaced` are resources that stand in for the ordinary ones of the same name."""
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=CHECKS,
        jobs=[*JOBS, prune],
        schedules=[nightly_collection, daily_pruning],
        sensors=SENSORS,
        resources={**resources(settings()), **replaced},
        executor=dg.in_process_executor,
    )
