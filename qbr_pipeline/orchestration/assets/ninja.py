"""NinjaOne: each night's devices, those of a month's snapshot, and the endpoints and seats they make."""

from datetime import datetime

import dagster as dg

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.rules.snapshots import OtherSource
from qbr_pipeline.orchestration.assets.layers import collected_asset, raw_asset, snapshot_asset
from qbr_pipeline.orchestration.assets.metadata import Materialized, preview, values_metadata
from qbr_pipeline.orchestration.assets.publication import (
    collection_of,
    failure_in_one_sentence,
    is_rolling,
    published,
)
from qbr_pipeline.orchestration.keys import asset_key
from qbr_pipeline.orchestration.partitions import add_day, day_of, month_of
from qbr_pipeline.orchestration.resources import Clock, OpenNinja
from qbr_pipeline.periods import Month
from qbr_pipeline.review.devices import (
    compare_sources,
    counted_month,
    devices_evidence,
    known_sizes,
    rule_of_month,
)
from qbr_pipeline.settings import DEVICE_SOURCES, DeviceRule, DeviceSource, SettingsError, settings
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.device_snapshots import device_snapshots
from qbr_pipeline.store.rows.staging import Stage, stage
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.ninja.rules import ClassifiedDevices, classify_devices
from qbr_pipeline.vendors.ninja.snapshot import Snapshot, SnapshotSource
from qbr_pipeline.vendors.ninja.stored import StoredSnapshots


@snapshot_asset(Vendor.NINJA, table=device_snapshots)
def ninja_snapshot(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    ninja: dg.ResourceParam[OpenNinja],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The devices that NinjaOne's API knows today: it only knows now, so that each night's answer is stored.

    The collection of the month in progress takes it first. By itself it is today's alone: what was on another day
    cannot be asked for any more.
    """
    now = clock()
    today = now.astimezone(settings().timezone).date()
    if day_of(context) != today:
        raise dg.Failure(
            f"NinjaOne only knows its devices of now: a snapshot can be taken of {today}, not of {day_of(context)}.",
            allow_retries=False,
        )
    with failure_in_one_sentence():
        return dg.MaterializeResult(metadata=_taken(context, database, ninja, now))


@raw_asset(
    Vendor.NINJA,
    after=[dg.AssetDep(ninja_snapshot, partition_mapping=dg.AllPartitionMapping())],
    staged=ROW_TABLES[RowSource.DEVICES].staged,
)
def ninja_devices(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    ninja: dg.ResourceParam[OpenNinja],
    inventory: dg.ResourceParam[Inventory],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The devices of the latest sound snapshot inside the month, each with what it counts as and why.

    Read from the snapshots of NinjaOne's API that are stored with us, or from the inventory database, and staged until
    they are published. A month without a snapshot has none.
    """
    month = month_of(context)
    began, now = database_now(database), clock()
    today = now.astimezone(settings().timezone).date()
    with database.read() as connection:
        known = known_sizes(connection, database)
        rule = rule_of_month(
            connection, database, month, settings().device_rule, counted_anew=not is_rolling(context)
        )
    sources: dict[DeviceSource, SnapshotSource] = {
        DeviceSource.NINJA: StoredSnapshots(database),
        DeviceSource.INVENTORY: inventory,
    }
    with failure_in_one_sentence():
        fault = _take_first(context, database, ninja, now)
        counted = sources[settings().counted_device_source]
        snapshot = counted.snapshot(counted_month(rule, month), today, known)
    classified = _classified(snapshot, rule)
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
            facts=devices_evidence(
                snapshot,
                classified,
                rule,
                existed=None if snapshot else _existed(database, counted_month(rule, month), now, rule),
                other=_other(snapshot, classified, rule, sources, fault),
            ).to_facts(),
        ),
        classified.rows,
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(classified.rows),
            "read from": DEVICE_SOURCES[settings().counted_device_source],
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


def _taken(
    context: dg.AssetExecutionContext, database: Database, ninja: OpenNinja, now: datetime
) -> dict[str, int | float]:
    """Take the snapshot of the day of `now`; the metadata of its asset."""
    taken = StoredSnapshots(database).take(
        ninja(), now, run_id=collection_of(context), as_it_is=not is_rolling(context)
    )
    return {
        "dagster/row_count": taken.devices,
        "devices that changed": taken.changed,
        "requests": ninja().requests,
        "seconds waited for NinjaOne": round(ninja().waited, 3),
    }


def _take_first(
    context: dg.AssetExecutionContext, database: Database, ninja: OpenNinja, now: datetime
) -> str | None:
    """Take today's snapshot for the month in progress, where NinjaOne's API is configured.

    Where it is only compared, a fault is a sentence and holds nothing up.
    """
    if not settings().names_ninja or month_of(context) != Month.of(now, settings().timezone):
        return None
    try:
        metadata = _taken(context, database, ninja, now)
    except (VendorError, SettingsError) as error:
        if settings().counted_device_source is DeviceSource.NINJA:
            raise
        return str(error)
    today = add_day(context.instance, now.astimezone(settings().timezone).date())
    context.log_event(
        dg.AssetMaterialization(asset_key("ninja_snapshot"), partition=today, metadata=metadata)
    )
    return None


def _classified(snapshot: Snapshot | None, rule: DeviceRule) -> ClassifiedDevices:
    return classify_devices(snapshot.devices if snapshot else (), settings().excluded_organizations, rule)


def _existed(database: Database, month: Month, now: datetime, rule: DeviceRule) -> int | None:
    """How many of today's endpoints were there by the end of a month: a lower bound of what there were."""
    if settings().counted_device_source is not DeviceSource.NINJA:
        return None
    today = now.astimezone(settings().timezone).date()
    devices = StoredSnapshots(database).existed_by(month.last_day, today)
    counted = classify_devices(devices, settings().excluded_organizations, rule)
    return int(counted.values["endpoints_managed"])


def _other(
    snapshot: Snapshot | None,
    classified: ClassifiedDevices,
    rule: DeviceRule,
    sources: dict[DeviceSource, SnapshotSource],
    fault: str | None,
) -> OtherSource | None:
    """What the source says that does not count, of the latest day up to that of `snapshot`."""
    compared = settings().compared_device_source
    if compared is None or snapshot is None:
        return None
    name = DEVICE_SOURCES[compared]
    if fault:
        return OtherSource(name, fault=fault)
    try:
        other = sources[compared].snapshot(Month(snapshot.day.year, snapshot.day.month), snapshot.day)
    except VendorError as error:
        return OtherSource(name, fault=str(error))
    if other is None:
        return OtherSource(name)
    return compare_sources(name, classified, other.day, _classified(other, rule))
