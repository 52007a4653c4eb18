"""ConnectWise: what the boards are, the month's tickets and time entries, and the three metrics they make."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.rules.answers import LeftOut
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.orchestration.assets.layers import collected_asset, raw_asset
from qbr_pipeline.orchestration.assets.metadata import (
    Materialized,
    preview,
    reasons,
    values_metadata,
    window_metadata,
)
from qbr_pipeline.orchestration.assets.publication import collection_of, failure_in_one_sentence, published
from qbr_pipeline.orchestration.partitions import month_of
from qbr_pipeline.orchestration.resources import Clock, OpenConnectWise
from qbr_pipeline.review.boards import Boards
from qbr_pipeline.settings import settings
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.restatements.missing_rows import NOT_LOOKED_UP, as_facts, gone_from_closed_month
from qbr_pipeline.store.rows.evidence import AnswerEvidence, OutsideWindow, StatusMismatch
from qbr_pipeline.store.rows.shapes import Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.rows.staging import NOT_COUNTED, Stage, stage
from qbr_pipeline.store.rows.tables import ROW_TABLES, RowSource
from qbr_pipeline.store.rows.ticket_boards import boards_with_tickets, published_boards, staged_boards
from qbr_pipeline.vendors import VendorError
from qbr_pipeline.vendors.connectwise.boards import ReactiveBoards, look_at_boards
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.connectwise.fetched import Fetched
from qbr_pipeline.vendors.connectwise.reactive import (
    classify_tickets,
    classify_time_entries,
    entries_left_out,
    ticket_values,
    tickets_left_out,
    time_values,
)

_A_NIGHT = timedelta(hours=12)
BOARD_NAMES, STATUSES_BY_BOARD = (
    "boards",
    "statuses of the reactive boards, and whether they are flagged as closed",
)
"""Under these names the checks of the boards find them in the metadata."""


@raw_asset(Vendor.CONNECTWISE)
def connectwise_boards(
    context: dg.AssetExecutionContext, connectwise: dg.ResourceParam[OpenConnectWise]
) -> Materialized:
    """The service boards of ConnectWise, and the statuses of those that QBR_REACTIVE_BOARDS names.

    Looked at before anything is read from them: a query for a misspelt board answers with nothing, not with an error.
    """
    with failure_in_one_sentence():
        found = Boards.of(_boards(connectwise), month_of(context))
    return dg.MaterializeResult(
        metadata={
            BOARD_NAMES: list(found.boards),
            "statuses": sorted({name for statuses in found.statuses.values() for name in statuses}),
            STATUSES_BY_BOARD: dg.MetadataValue.json(found.statuses),
            "requests": connectwise().requests,
            "seconds waited for ConnectWise": round(connectwise().waited, 3),
            "adjusted requests": "; ".join(connectwise().remarks) or "no",
        }
    )


@raw_asset(Vendor.CONNECTWISE, after=[connectwise_boards], staged=ROW_TABLES[RowSource.TICKETS].staged)
def connectwise_tickets(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    connectwise: dg.ResourceParam[OpenConnectWise],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The tickets of the reactive boards that were entered or closed in the month, and whether each one counts.

    Children and tickets of every status are among them, each with the reason why it counts or does not. They are
    staged until they are published. What a closed month does not hold any more is looked up by id, for the ledger.
    """
    began, now = database_now(database), clock()
    window = month_of(context).window(settings().timezone).until(now)
    with failure_in_one_sentence():
        boards = _boards(connectwise)
        fetched = connectwise().tickets(boards.names, window)
    rows = classify_tickets(fetched.rows, boards.wanted, boards.closed_statuses, window)
    values = ticket_values(rows)
    facts = _facts(
        context,
        database,
        RowSource.TICKETS,
        fetched,
        rows,
        lambda gone: classify_tickets(
            connectwise().tickets_with_ids(gone), boards.wanted, boards.closed_statuses, window
        ),
        mismatches=boards.mismatches(rows, window),
        left_out=tickets_left_out(
            fetched.rows, boards.wanted, boards.closed_statuses, boards.status_names, window
        ),
    )
    _stage(context, database, RowSource.TICKETS, began, now, fetched, values, rows, facts)
    return dg.MaterializeResult(
        metadata={
            **_fetched_metadata(context, connectwise(), fetched, values, facts),
            "as created": reasons(row.created_reason for row in rows),
            "as closed": reasons(row.closed_reason for row in rows),
            "first rows": preview(
                {
                    "id": row.source_id,
                    "summary": row.summary,
                    "status": row.status,
                    "counts": row.created_reason,
                }
                for row in rows[:5]
            ),
        }
    )


@raw_asset(
    Vendor.CONNECTWISE,
    after=[connectwise_boards, connectwise_tickets],
    staged=ROW_TABLES[RowSource.TIME_ENTRIES].staged,
)
def connectwise_time_entries(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    connectwise: dg.ResourceParam[OpenConnectWise],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """The time entries on service tickets that were entered in the month, and whether the hours of each one count.

    Those on other boards are among them, with that reason. They are staged until they are published. What a closed
    month does not hold any more is looked up by id, for the ledger.
    """
    began, now = database_now(database), clock()
    window = month_of(context).window(settings().timezone).until(now)
    with failure_in_one_sentence():
        fetched = connectwise().time_entries(
            window,
            lambda ids: database.fetch(staged_boards, month_of(context), collection_of(context), ids),
            lambda ids: database.fetch(published_boards, began - _A_NIGHT, ids),
        )
        rows = classify_time_entries(fetched.rows, settings().reactive_boards, window)
    values = time_values(rows)
    facts = _facts(
        context,
        database,
        RowSource.TIME_ENTRIES,
        fetched,
        rows,
        lambda gone: classify_time_entries(
            connectwise().time_entries_with_ids(gone), settings().reactive_boards, window
        ),
        left_out=entries_left_out(
            rows, database.fetch(boards_with_tickets, month_of(context), collection_of(context))
        ),
    )
    _stage(context, database, RowSource.TIME_ENTRIES, began, now, fetched, values, rows, facts)
    return dg.MaterializeResult(
        metadata={
            **_fetched_metadata(context, connectwise(), fetched, values, facts),
            "as reactive time": reasons(row.reason for row in rows),
            "first rows": preview(
                {"id": row.source_id, "ticket": row.ticket_id, "hours": row.hours, "counts": row.reason}
                for row in rows[:5]
            ),
        }
    )


@collected_asset(Vendor.CONNECTWISE, after=[connectwise_tickets, connectwise_time_entries])
def connectwise_metrics(
    context: dg.AssetExecutionContext,
    database: dg.ResourceParam[Database],
    clock: dg.ResourceParam[Clock],
) -> Materialized:
    """Reactive tickets created and closed, and the hours spent: publishes the month's tickets and entries at once."""
    return published(context, database, clock, Vendor.CONNECTWISE)


def _boards(connectwise: OpenConnectWise) -> ReactiveBoards:
    return look_at_boards(connectwise(), settings().reactive_boards, settings().closed_statuses)


def _stage(
    context: dg.AssetExecutionContext,
    database: Database,
    source: RowSource,
    began: datetime,
    now: datetime,
    fetched: Fetched[Any],
    values: Mapping[str, Decimal],
    rows: Sequence[Row],
    facts: Mapping[str, Any],
) -> None:
    differing = fetched.disagreeing[:1]
    stage(
        database,
        Stage(
            source=source,
            month=month_of(context),
            run_id=collection_of(context),
            fetch_started_at=began,
            collected_as_of=now,
            source_count=differing[0].counted if differing else fetched.source_count,
            fetched_count=differing[0].fetched if differing else fetched.fetched,
            reads=fetched.reads,
            row_count=len(rows),
            values={key: quantize(value, METRICS[key].unit) for key, value in values.items()},
            facts=facts,
        ),
        rows,
    )


def _facts(
    context: dg.AssetExecutionContext,
    database: Database,
    source: RowSource,
    fetched: Fetched[Any],
    rows: Sequence[TicketRow] | Sequence[TimeEntryRow],
    look_up: Callable[[Collection[int]], Iterable[Row]],
    *,
    left_out: Mapping[LeftOut, int],
    mismatches: tuple[StatusMismatch, ...] = (),
) -> Mapping[str, Any]:
    """What is known beside the rows: what their answer looked like, and what became of those that did not come again.

    The latter, rows of a closed month, only explains: what cannot be looked up is told as such and holds nothing up.
    """
    uncounted = fetched.uncounted
    outside = (
        OutsideWindow(each.what, each.outside, each.fetched) for each in fetched.counts if each.outside
    )
    answer = AnswerEvidence(tuple(outside), mismatches, fetched.tickets, fetched.not_found, left_out)
    facts = {**answer.to_facts(), **({NOT_COUNTED: uncounted[0].why_not} if uncounted else {})}
    gone = database.fetch(gone_from_closed_month, source, month_of(context), {row.source_id for row in rows})
    try:
        return {**facts, **as_facts(source, gone, look_up(gone))}
    except VendorError as error:
        context.log.warning(f"{len(gone)} rows that are gone could not be looked up: {error}")
        return {**facts, NOT_LOOKED_UP: str(error)}


def _fetched_metadata(
    context: dg.AssetExecutionContext,
    connectwise: ConnectWise,
    fetched: Fetched[Any],
    values: Mapping[str, Decimal],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    notes = {
        "adjusted requests": "; ".join(connectwise.remarks),
        "could not be counted": facts.get(NOT_COUNTED),
        "missing rows": f"could not be looked up: {facts[NOT_LOOKED_UP]}" if NOT_LOOKED_UP in facts else None,
    }
    return {
        "dagster/row_count": len(fetched.rows),
        "read": f"{fetched.reads} times" if fetched.reads > 1 else "once",
        "requests": fetched.requests,
        "seconds waited for ConnectWise": round(fetched.waited, 3),
        **{name: note for name, note in notes.items() if note},
        **_counted_by_kind(fetched),
        **values_metadata(values),
        **window_metadata(month_of(context)),
    }


def _counted_by_kind(fetched: Fetched[Any]) -> dict[str, Any]:
    """The source's own counts, as `tickets entered`, `tickets closed` and `time entries`."""
    counted: Counter[str] = Counter()
    for part in fetched.counts:
        counted[f"{part.what}, counted by ConnectWise"] += part.counted or 0
    unknown = {f"{part.what}, counted by ConnectWise" for part in fetched.uncounted}
    return {what: "unknown" if what in unknown else count for what, count in counted.items()}
