"""QuickBooks Online: what the accounts of a month's books posted, and the metrics that they count as."""

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
from qbr_pipeline.orchestration.partitions import month_of, rolling_months
from qbr_pipeline.orchestration.resources import Clock, OpenFirmBooks
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.rows.accounts import stage_books
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource

_READ_FROM = "QuickBooks Online"


@raw_asset(Vendor.QUICKBOOKS, staged=ROW_TABLES[RowSource.ACCOUNTS].staged)
def quickbooks_accounts(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    firm_books: dg.ResourceParam[OpenFirmBooks],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """What each account of the books posted in the month, and its balances at the month's end.

    The first run of a night reads the months of all of them, in some twenty requests; the others take theirs. A month
    that a person names is read by itself. Staged until it is published.
    """
    month, began, now = month_of(context), database_now(database), clock()
    rolling = rolling_months(now, settings().months_to_collect)
    together = rolling if is_rolling(context) and month in rolling else [month]
    with failure_in_one_sentence():
        firm = firm_books(database)
        books = firm.month(month, together, now)
        (of_month,) = books.months
        staged = stage_books(
            database,
            books,
            of_month,
            run_id=collection_of(context),
            fetch_started_at=began,
            collected_as_of=now,
            read_from=_READ_FROM,
        )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(of_month.lines),
            "company": books.company or "",
            "basis": str(books.basis),
            "currency": books.currency or "",
            "consent holds until": firm.ends_at.date().isoformat(),
            "sections": preview(
                {"section": section.label, "total": str(total)} for section, total in of_month.totals.items()
            ),
            "read along by another run": firm.taken,
            "requests": firm.requests,
            "seconds waited for QuickBooks": round(firm.waited, 3),
            **values_metadata(staged.values),
        }
    )


@collected_asset(Vendor.QUICKBOOKS, after=[quickbooks_accounts])
def quickbooks_metrics(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The money of the month: publishes what its accounts count as, or says what keeps them from being counted."""
    return published(context, database, clock, Vendor.QUICKBOOKS)
