"""The jobs: a month from its vendors, a month from what is stored, a quarter from its months."""

import dagster as dg

from qbr_pipeline.orchestration.keys import COLLECTION_TAG, MONTHLY, QUARTERLY, RECOMPUTE_TAG, Layer, group

FROM_STORED_ROWS = dg.AssetSelection.groups(group(MONTHLY))
OF_DAYS = dg.AssetSelection.tag("layer", Layer.SNAPSHOT.value)
OF_QUARTERS = dg.AssetSelection.groups(group(QUARTERLY))

collection = dg.define_asset_job(
    "collection",
    selection=dg.AssetSelection.all() - OF_QUARTERS - OF_DAYS,
    tags={COLLECTION_TAG: "month"},
    description="Collects a month from every vendor, checks it, publishes it and computes its numbers.",
)

recompute = dg.define_asset_job(
    "recompute",
    selection=FROM_STORED_ROWS,
    tags={RECOMPUTE_TAG: "month"},
    description="Computes and checks a month again from what is stored, without any vendor.",
)

refresh_quarter = dg.define_asset_job(
    "refresh_quarter",
    selection=OF_QUARTERS,
    description="Computes and checks a quarter again from its months.",
)

JOBS = (collection, recompute, refresh_quarter)
