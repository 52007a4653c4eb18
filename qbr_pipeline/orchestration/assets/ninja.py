"""NinjaOne: the devices of a month's snapshot, and the endpoints and seats they make."""

import dagster as dg

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.orchestration.assets.layers import collected_asset, raw_asset
from qbr_pipeline.orchestration.assets.metadata import Materialized, preview, values_metadata
from qbr_pipeline.orchestration.assets.publication import (
    collection_of,
    failure_in_one_sentence,
    is_rolling,
    published,
)
from qbr_pipeline.orchestration.partitions import month_of
from qbr_pipeline.orchestration.resources import Clock
from qbr_pipeline.review.devices import counted_month, devices_evidence, known_sizes, rule_of_month
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.ninja.rules import classify_devices


@raw_asset(Vendor.NINJA, staged=ROW_TABLES[RowSource.DEVICES].staged)
def ninja_devices(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    inventory: dg.ResourceParam[Inventory],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The devices of the latest sound snapshot inside the month, each with what it counts as and why.

    Read from the inventory database, and staged until they are published. A month without a snapshot has none.
    """
    month = month_of(context)
    began, now = database_now(database), clock()
    today = now.astimezone(settings().timezone).date()
    with database.read() as connection:
        known = known_sizes(connection, database)
        rule = rule_of_month(
            connection, database, month, settings().device_rule, counted_anew=not is_rolling(context)
        )
    with failure_in_one_sentence():
        snapshot = inventory.snapshot(counted_month(rule, month), today, known)
    classified = classify_devices(
        snapshot.devices if snapshot else (), settings().excluded_organizations, rule
    )
    stage(
        database,
        Stage(
            source=RowSource.DEVICES,
            month=month,
            run_id=collection_of(context),
            fetch_started_at=began,
            collected_as_of=now,
            source_count=snapshot.source_count if snapshot else None,
            row_count=len(classified.rows),
            values=classified.values if snapshot else {},
            snapshot_date=snapshot.day if snapshot else None,
            snapshot_suspect=snapshot.suspect if snapshot else False,
            facts=devices_evidence(snapshot, classified, rule).to_facts(),
        ),
        classified.rows,
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(classified.rows),
            "snapshot": snapshot.day.isoformat() if snapshot else "none in this month",
            "snapshots in the month": len(snapshot.sizes) if snapshot else 0,
            "counted": str(rule),
            "devices by reason": preview(
                {"reason": reason, "devices": devices} for reason, devices in classified.by_reason.items()
            ),
            **(values_metadata(classified.values) if snapshot else {}),
        }
    )


@collected_asset(Vendor.NINJA, after=[ninja_devices])
def ninja_metrics(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """Endpoints and seats managed: publishes the month's devices, or leaves what is published when there are none."""
    return published(context, database, clock, Vendor.NINJA)
