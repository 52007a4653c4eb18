"""A night without its work: the same assets in the same job at the same tick, and nothing in them.

What belongs here: the definitions that show what Dagster itself costs. `nightly` lets them happen.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from qbr_pipeline.orchestration.assets import ASSETS
from qbr_pipeline.orchestration.jobs import collection
from qbr_pipeline.orchestration.resources import DatabaseResource
from qbr_pipeline.orchestration.schedules import nightly_collection
from qbr_pipeline.settings import settings


def _empty(asset: dg.AssetsDefinition) -> dg.AssetsDefinition:
    keys = list(asset.keys)

    @dg.multi_asset(name=asset.op.name, specs=list(asset.specs), pool=asset.op.pool)
    def nothing() -> Iterator[dg.MaterializeResult[None]]:
        for key in keys:
            yield dg.MaterializeResult(asset_key=key)

    return nothing


defs = dg.Definitions(
    assets=[_empty(asset) for asset in ASSETS],
    jobs=[collection],
    schedules=[nightly_collection],
    resources={"database": DatabaseResource.of(settings())},
    executor=dg.in_process_executor,
)
