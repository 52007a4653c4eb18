"""What Dagster calls our assets and runs: keys, groups, tags, pools.

What belongs here: each name once. What the assets are and do is said by `assets`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import dagster as dg

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.dagster_internals import SCHEDULED_EXECUTION_TIME_TAG
from qbr_pipeline.settings import settings

KEY_PREFIX = "qbr"
"""What every asset key begins with: other code locations of the instance may have a `monthly_metrics` too."""

COLLECTION_POOL = "qbr_collection"
"""The pool of what reads from a vendor: a run with a place in it is a collection, whoever started it."""

MONTHS_POOL = "qbr_months"
"""The pool of what publishes or reviews a month. The instance gives places to whole runs, one at a time: rules that
compare a month with the one before see it at rest."""

COLLECTION_TAG = "qbr/collection"
"""What the runs of the job carry; dagster.yaml limits them by it until their pool has a limit."""

ROLLING_TAG = "qbr/rolling"
"""Runs that carry it collect a month because its turn has come, not because a person named it: what is closed then
keeps the rule that it was counted by."""

RECOMPUTE_TAG = "qbr/recompute"
"""Runs that carry it were asked for by the recompute sensor."""

ASKED_TOO_LITTLE = "launched without the assets that fetch"
"""Metadata of the failure of a run that a person started from too few assets: no vendor failed."""

MONTHLY, QUARTERLY = "monthly", "quarterly"
"""The groups of what is computed; what comes from a vendor is in the vendor's."""

_STEP_SEPARATOR = "__"


class Layer(StrEnum):
    """How far a number has come, as the tag `layer` says it."""

    SNAPSHOT = "snapshot"
    RAW = "raw"
    COLLECTED = "collected"
    METRICS = "metrics"
    SMARTNUMBERS = "smartnumbers"


def asset_key(name: str) -> dg.AssetKey:
    """The key of our asset of that name, which is the scope of its review too."""
    return dg.AssetKey([KEY_PREFIX, name])


def asset_of_step(step_key: str | None) -> str:
    """The name of the asset that a step makes, as people know it; other steps keep their own, "" stands for none."""
    return (step_key or "").removeprefix(f"{KEY_PREFIX}{_STEP_SEPARATOR}")


def night_of(run: dg.DagsterRun) -> datetime | None:
    """For when the schedule asked for the run, aware; None: it did not, a person started it."""
    scheduled = run.tags.get(SCHEDULED_EXECUTION_TIME_TAG)
    return datetime.fromisoformat(scheduled) if scheduled else None


def group(name: str) -> str:
    """The name of a group of assets; the demo's groups say on every page that they are not the real ones."""
    return f"demo_{name}" if settings().demo else name


def group_of(vendor: Vendor) -> str:
    """The group of what comes from a vendor."""
    return group(vendor.name.lower())


def tags(layer: Layer, vendor: Vendor | None = None) -> dict[str, str]:
    """The tags of an asset; the demo's assets say that their data is made up."""
    return {
        "layer": layer.value,
        **({"vendor": vendor.name.lower()} if vendor else {}),
        **({"demo": "made-up-data"} if settings().demo else {}),
    }
