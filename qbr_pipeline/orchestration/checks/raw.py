"""Checks of what the vendors sent, before any of it is published. All that can be ERROR blocks."""

import dagster as dg

from qbr_pipeline.orchestration.assets.connectwise import BOARD_NAMES, STATUSES_BY_BOARD
from qbr_pipeline.orchestration.checks.rules import checks_of
from qbr_pipeline.orchestration.keys import asset_key
from qbr_pipeline.orchestration.partitions import MONTHS, month_of
from qbr_pipeline.review.boards import BOARDS, Boards
from qbr_pipeline.review.books import ACCOUNTS
from qbr_pipeline.review.staged import STAGED
from qbr_pipeline.settings import settings


def _boards(context: dg.AssetCheckExecutionContext) -> Boards:
    month = month_of(context)
    latest = context.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key(BOARDS.scope), asset_partitions=[str(month)]), limit=1
    ).records
    materialization = latest[0].asset_materialization if latest else None
    if materialization is None:
        raise dg.Failure(f"The boards of {month} have not been read: materialize {BOARDS.scope} first.")
    names, statuses = (materialization.metadata[name].value for name in (BOARD_NAMES, STATUSES_BY_BOARD))
    return Boards(month, tuple(names), statuses, settings().reactive_boards, settings().closed_statuses)


RAW_CHECKS = (
    checks_of(BOARDS, MONTHS, month_of, known_to=_boards),
    *(checks_of(review, MONTHS, month_of) for review in STAGED),
    *((checks_of(ACCOUNTS, MONTHS, month_of),) if settings().names_quickbooks else ()),
)
