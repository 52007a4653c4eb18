"""How an asset of each layer is declared: its key, calendar, group, tags, pool, owners, table and freshness.

What belongs here: what all assets of a layer have in common, once. What one asset does is in the module of its vendor
or period, what it tells people in `metadata`.
"""

from collections.abc import Callable, Iterable, Set
from typing import Any

import dagster as dg
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.rules.limits import SILENCE
from qbr_pipeline.orchestration.keys import (
    COLLECTION_POOL,
    KEY_PREFIX,
    MONTHLY,
    MONTHS_POOL,
    QUARTERLY,
    Layer,
    asset_key,
    group,
    group_of,
    tags,
)
from qbr_pipeline.orchestration.partitions import DAYS, MONTHS, QUARTERS
from qbr_pipeline.settings import settings
from qbr_pipeline.store.schema import metrics_monthly

Upstream = Iterable[dg.AssetsDefinition | dg.AssetKey | dg.AssetDep]

_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]


def snapshot_asset(vendor: Vendor, *, table: Table) -> Callable[..., Any]:
    """Declare what keeps the day of a vendor that knows only now, in `table`."""
    return _asset(
        DAYS,
        group_of(vendor),
        tags(Layer.SNAPSHOT, vendor),
        COLLECTION_POOL,
        (),
        table,
        kinds={"python", "postgres"},
    )


def raw_asset(vendor: Vendor, *, after: Upstream = (), staged: Table | None = None) -> Callable[..., Any]:
    """Declare what reads a month from a vendor and stages it in `staged`; None: it keeps nothing."""
    return _asset(
        MONTHS,
        group_of(vendor),
        tags(Layer.RAW, vendor),
        COLLECTION_POOL,
        after,
        staged,
        kinds={"python"} if staged is None else {"python", "postgres"},
    )


def collected_asset(vendor: Vendor, *, after: Upstream) -> Callable[..., Any]:
    """Declare what publishes the month that the raw assets of a vendor have staged.

    It is stale in the UI when nothing was published for as long as the rule of silence allows; never while
    QBR_COLLECTION_ENABLED is not true: nobody expects a night then.
    """
    freshness = dg.FreshnessPolicy.time_window(fail_window=SILENCE.duration)
    return _asset(
        MONTHS,
        group_of(vendor),
        tags(Layer.COLLECTED, vendor),
        MONTHS_POOL,
        after,
        metrics_monthly,
        freshness_policy=freshness if settings().collection_enabled else None,
    )


def monthly_asset(layer: Layer, *, after: Upstream, table: Table) -> Callable[..., Any]:
    """Declare what is computed for a month and kept in `table`."""
    return _asset(MONTHS, group(MONTHLY), tags(layer), MONTHS_POOL, after, table)


def quarterly_spec(
    name: str,
    layer: Layer,
    description: str,
    *,
    after: dg.AssetDep,
    table: Table,
    automation_condition: dg.AutomationCondition[Any],
) -> dg.AssetSpec:
    """Declare what is computed for a quarter, by one step for all of them, and kept in `table`."""
    return dg.AssetSpec(
        asset_key(name),
        description=description,
        partitions_def=QUARTERS,
        deps=[after],
        automation_condition=automation_condition,
        group_name=group(QUARTERLY),
        kinds={"postgres"},
        owners=_owners(),
        tags=tags(layer),
        metadata=_table_metadata(table),
    )


def _owners() -> list[str]:
    return list(settings().owners)


def _asset(
    calendar: dg.PartitionsDefinition,
    group_name: str,
    with_tags: dict[str, str],
    pool: str,
    after: Upstream,
    table: Table | None,
    *,
    kinds: Set[str] = frozenset({"postgres"}),
    freshness_policy: dg.FreshnessPolicy | None = None,
) -> Callable[..., Any]:
    return dg.asset(
        key_prefix=KEY_PREFIX,
        partitions_def=calendar,
        deps=list(after),
        group_name=group_name,
        kinds=kinds,
        owners=_owners(),
        tags=with_tags,
        pool=pool,
        metadata=_table_metadata(table),
        freshness_policy=freshness_policy,
    )


def _table_metadata(table: Table | None) -> dict[str, Any]:
    """The name and the columns of the table that an asset writes, under Dagster's own names for them."""
    if table is None:
        return {}
    schema = settings().database_schema
    return {
        "dagster/table_name": f"{schema}.{table.name}" if schema else table.name,
        "dagster/column_schema": dg.TableSchema([_column(column) for column in table.columns]),
    }


def _column(column: Column[Any]) -> dg.TableColumn:
    constraints = dg.TableColumnConstraints(nullable=bool(column.nullable), unique=bool(column.unique))
    return dg.TableColumn(column.name, column.type.compile(_POSTGRES), constraints=constraints)
