"""What rows that came, went or changed did to a collected metric, each to the last digit. Pure.

What belongs here: the effect of a row in the unit of the metric, and the account whose effects add up to the change of
the published value. What does not: the words for what happened to a row (`causes`), keeping the account
(`ledger`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.store.restatements.causes import (
    ChangeCause,
    ChangeKind,
    cause_of_absence,
    cause_of_arrival,
    cause_of_change,
)
from qbr_pipeline.store.rows.shapes import AccountRow, DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC, RowSource

RowId = int | str
Rows = Mapping[RowId, Row]
MissingRows = Mapping[RowId, Row | None]
"""What a vendor tells, by id, of rows that are not among the month's any more; None: they are nowhere."""

_log = logging.getLogger(__name__)
EXACT = Context(prec=100, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class RowEffect:
    """What one row did to a metric, in its unit: `effect` is what it counts for `after` less what it did `before`.

    None before or after: it was not, or is not, among the month's rows. `source` and `source_id` None: not a row, but
    what else the change consists of (`kind` says what). `cause` is for a person.
    """

    source: RowSource | None
    source_id: str | None
    title: str | None
    company: str | None
    kind: ChangeKind
    cause: str
    before: Decimal | None
    after: Decimal | None
    effect: Decimal


def row_effects(
    metric: str,
    before: Rows,
    after: Rows,
    timezone: ZoneInfo,
    whereabouts: MissingRows | None = None,
    *,
    readable: bool = True,
) -> list[RowEffect]:
    """The rows that count for more or less of a collected metric than before, in the order of their ids.

    `before` and `after` are rows by id, the unchanged ones left out or not; `timezone` is the one that moments are told
    in. Rows that changed without effect on this metric are left out. Not `readable`: what is nowhere may be hidden
    from a role.
    """
    found = []
    for row_id in sorted(before.keys() | after.keys(), key=lambda row_id: (str(type(row_id)), row_id)):
        old, new = before.get(row_id), after.get(row_id)
        counted_before, counted_now = counted(old, metric), counted(new, metric)
        with localcontext(EXACT):
            effect = (counted_now or Decimal(0)) - (counted_before or Decimal(0))
        row = new or old
        if effect and row is not None:
            source, (title, company) = ROWS_OF_METRIC[metric].source, _named(row)
            kind, cause = _cause(metric, old, new, timezone, whereabouts or {}, readable)
            found.append(
                RowEffect(
                    source, str(row_id), title, company, kind, cause, counted_before, counted_now, effect
                )
            )
    return found


def account(
    metric: str, old: Decimal, new: Decimal, found_before: Decimal | None, effects: Sequence[RowEffect]
) -> list[RowEffect]:
    """The effects with what else the change from `old` to `new` consists of: together they are exactly the change.

    `found_before` is what the publication before had found. Another `old` was put in its place by hand. Rows add up to
    the digit, a value is rounded to the decimals of its unit: what is less than one of its last digit is that rounding.
    """
    whole = list(effects)
    with localcontext(EXACT):
        manual = Decimal(0) if found_before is None else found_before - old
        rest = new - old - manual - total(effects)
    if manual:
        words = f"the value {in_words(old, METRICS[metric].unit)} was entered by hand and replaced by the collected one"
        whole.append(_beside(ChangeKind.HAND_VALUE, words, manual))
    if rest:
        last_digit = Decimal(1).scaleb(-METRICS[metric].unit.decimals)
        if abs(rest) < last_digit and ROWS_OF_METRIC[metric].amount is not None:
            words = f"rounding of both values to {METRICS[metric].unit.decimals} decimals"
            whole.append(_beside(ChangeKind.ROUNDING, words, rest))
        else:
            whole.append(_beside(ChangeKind.UNEXPLAINED, "not explained by the rows that are kept", rest))
    return whole


def total(effects: Iterable[RowEffect]) -> Decimal:
    """What the effects come to, exactly."""
    with localcontext(EXACT):
        return sum((effect.effect for effect in effects), Decimal(0))


def counted(row: Row | None, metric: str) -> Decimal | None:
    """What a row counts for in the metric's unit: its hours, or one; None when there is no row."""
    if row is None:
        return None
    counted_from = ROWS_OF_METRIC[metric]
    if not counted_from.counts_row(row):
        return Decimal(0)
    if counted_from.amount is None:
        return Decimal(1)
    amount: Decimal | None = getattr(row, counted_from.amount)
    return amount or Decimal(0)


def _cause(
    metric: str,
    old: Row | None,
    new: Row | None,
    timezone: ZoneInfo,
    whereabouts: MissingRows,
    readable: bool,
) -> ChangeCause:
    """Why the row counts for more or less. It only explains: where it cannot be told, the effect stands without it."""
    try:
        if old is not None and new is not None:
            return cause_of_change(old, new, metric, timezone)
        if new is not None:
            return cause_of_arrival(new)
        if old is not None:
            looked_up = old.source_id in whereabouts
            now = whereabouts.get(old.source_id)
            return cause_of_absence(old, now, metric, timezone, looked_up=looked_up, readable=readable)
    except Exception as error:  # noqa: BLE001  one odd row must not keep a month from being published
        _log.warning("Why a row of %s changed could not be determined: %r", metric, error)
    return ChangeKind.UNEXPLAINED, "why could not be looked up"


def _named(row: Row) -> tuple[str | None, str | None]:
    """What a person knows a row by, and its client."""
    match row:
        case TicketRow():
            return row.summary, row.company
        case TimeEntryRow():
            ticket = None if row.ticket_id is None else f"ticket {row.ticket_id}"
            words = ": ".join(part for part in (ticket, row.ticket_summary) if part) or None
            return (f"{row.member}, {words}" if words else row.member) if row.member else words, row.company
        case DeviceRow():
            return row.name, row.organization
        case AccountRow():
            return row.name, row.section


def _beside(kind: ChangeKind, cause: str, effect: Decimal) -> RowEffect:
    return RowEffect(None, None, None, None, kind, cause, None, None, effect)
