"""The jobs: a month from its vendors, a month from what is stored, a quarter from its months."""

import dagster as dg

COLLECTION_POOL = "qbr_collection"
"""The pool of what reads from a vendor: a run with a place in it is a collection, whoever started it."""

MONTHS_POOL = "qbr_months"
"""The pool of what publishes or reviews a month. The instance gives places to whole runs, one at a time: rules that
compare a month with the one before see it at rest."""

COLLECTION_TAG = "qbr/collection"
"""What the runs of the job carry; dagster.yaml limits them by it until their pool has a limit."""

RECOMPUTE_TAG = "qbr/recompute"
"""Runs that carry it were asked for by the recompute sensor."""

_FROM_STORED_ROWS = dg.AssetSelection.assets("monthly_metrics", "monthly_smartnumbers")
_QUARTERLY = dg.AssetSelection.assets("quarterly_metrics", "quarterly_smartnumbers")

collection = dg.define_asset_job(
    "collection",
    selection=dg.AssetSelection.all() - _QUARTERLY,
    tags={COLLECTION_TAG: "month"},
    description="Collects a month from every vendor, checks it, publishes it and computes its numbers.",
)

recompute = dg.define_asset_job(
    "recompute",
    selection=_FROM_STORED_ROWS,
    tags={RECOMPUTE_TAG: "month"},
    description="Computes and checks a month again from what is stored, without any vendor.",
)

refresh_quarter = dg.define_asset_job(
    "refresh_quarter",
    selection=_QUARTERLY,
    description="Computes and checks a quarter again from its months.",
)

JOBS = (collection, recompute, refresh_quarter)
