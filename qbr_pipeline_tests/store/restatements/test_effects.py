"""The effects of rows: whatever came, went or changed, together they are the change of the value, to the last digit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.store.restatements import effects
from qbr_pipeline.store.restatements.causes import ChangeKind, hours_in_words
from qbr_pipeline.store.restatements.effects import account, row_effects
from qbr_pipeline.store.restatements.missing_rows import MISSING_ROWS, from_facts
from qbr_pipeline.store.rows.shapes import DeviceRow, Row, TicketRow, TimeEntryRow
from qbr_pipeline.store.rows.tables import RowSource

CHICAGO = ZoneInfo("America/Chicago")
TENTH = datetime(2025, 3, 10, 15, tzinfo=UTC)
TICKET = TicketRow(
    source_id=7,
    summary="Printer",
    board="Help Desk",
    status="Closed",
    company="Example Dental",
    parent_id=None,
    type=None,
    priority=None,
    owner=None,
    entered_at=TENTH,
    closed_at=TENTH,
    actual_hours=None,
    counts_as_created=True,
    created_reason="counts",
    counts_as_closed=True,
    closed_reason="counts",
)
ENTRY = TimeEntryRow(
    source_id=9,
    ticket_id=7,
    ticket_summary="Printer",
    board="Help Desk",
    company="Example Dental",
    member="Kim",
    hours=Decimal("1.5"),
    entered_at=TENTH,
    counts=True,
    reason="counts",
)
DEVICE = DeviceRow("N-1", "PC-1", "Example Dental", "Main", "WINDOWS_SERVER", True, False, "server")
CREATED, CLOSED, HOURS = "reactive_tickets_created", "reactive_tickets_closed", "reactive_time_spent"


def off(ticket: TicketRow, reason: str, **changed: object) -> TicketRow:
    """The ticket when it counts for nothing, for one reason."""
    verdict = {"counts_as_created": False, "created_reason": reason, "counts_as_closed": False}
    return replace(ticket, **verdict, closed_reason=reason, **changed)  # type: ignore[arg-type]


def cause(
    metric: str, old: Row | None, new: Row | None, **whereabouts: Row | None
) -> tuple[ChangeKind, str, Decimal]:
    before, after = ({row.source_id: row} if row else {} for row in (old, new))
    told = {old.source_id: whereabouts["now"]} if old and "now" in whereabouts else {}
    [effect] = row_effects(metric, before, after, CHICAGO, told)
    return effect.kind, effect.cause, effect.effect


# --- effects add up


def value(metric: str, rows: Mapping[int | str, Row]) -> Decimal:
    """The metric of some rows, computed another way: by fractions over everything that is there."""
    parts = {
        CREATED: lambda row: int(row.counts_as_created),
        CLOSED: lambda row: int(row.counts_as_closed),
        HOURS: lambda row: Fraction(row.hours or 0) if row.counts else 0,
        "endpoints_managed": lambda row: int(row.counts_as_endpoint),
        "seats_managed": lambda row: int(row.counts_as_seat),
    }
    return quantize(Fraction(sum(parts[metric](row) for row in rows.values())), METRICS[metric].unit)


texts = st.sampled_from([None, "Help Desk", "Projects", "Closed", "New"])
moments = st.sampled_from([None, TENTH, TENTH.replace(month=4)])
exact_hours = st.none() | st.decimals("-5", "24", places=2) | st.decimals("0", "24", places=4)
entries = st.builds(
    TimeEntryRow,
    source_id=st.just(0),
    ticket_id=st.sampled_from([None, 7, 8]),
    ticket_summary=texts,
    board=texts,
    company=texts,
    member=texts,
    hours=exact_hours,
    entered_at=moments,
    counts=st.booleans(),
    reason=st.sampled_from(["counts", "board is Projects"]),
)
tickets = st.builds(
    TicketRow,
    source_id=st.just(0),
    summary=texts,
    board=texts,
    status=texts,
    company=texts,
    parent_id=st.sampled_from([None, 8]),
    type=st.none(),
    priority=st.none(),
    owner=st.none(),
    entered_at=moments,
    closed_at=moments,
    actual_hours=st.none(),
    counts_as_created=st.booleans(),
    created_reason=st.sampled_from(["counts", "child of ticket 8"]),
    counts_as_closed=st.booleans(),
    closed_reason=st.sampled_from(["counts", "child of ticket 8", "status is New"]),
)
devices = st.builds(
    DeviceRow,
    source_id=st.just("0"),
    name=texts,
    organization=texts,
    location=texts,
    node_class=texts,
    counts_as_endpoint=st.booleans(),
    counts_as_seat=st.booleans(),
    reason=st.sampled_from(["server", "spare"]),
)
ROWS = {
    CREATED: tickets,
    CLOSED: tickets,
    HOURS: entries,
    "endpoints_managed": devices,
    "seats_managed": devices,
}
rows_of_a_metric = st.sampled_from(sorted(ROWS)).flatmap(
    lambda metric: st.tuples(
        st.just(metric),
        *(st.dictionaries(st.integers(1, 12), ROWS[metric], max_size=12) for _ in range(3)),
        st.sets(st.integers(1, 12)),
    )
)


def keyed(rows: Mapping[int, Row]) -> dict[int | str, Row]:
    named = [replace(row, source_id=str(n) if isinstance(row, DeviceRow) else n) for n, row in rows.items()]
    return {row.source_id: row for row in named}


@given(rows_of_a_metric)
def test_the_effects_of_any_change_of_rows_are_exactly_the_change_of_the_value(drawn) -> None:
    metric, *states, asked = drawn
    before, after, elsewhere = map(keyed, states)
    told = {row_id: elsewhere.get(row_id) for row_id in before if int(row_id) in asked}
    old, new = value(metric, before), value(metric, after)
    effects = row_effects(metric, before, after, CHICAGO, told)
    whole = account(metric, old, new, old, effects)
    assert sum((Fraction(each.effect) for each in whole), Fraction(0)) == Fraction(new) - Fraction(old)
    assert all(each.effect for each in whole)
    assert {each.kind for each in whole[len(effects) :]} <= {ChangeKind.ROUNDING}
    if all(
        (getattr(row, "hours", None) or Decimal(0)) % Decimal("0.01") == 0
        for row in (*before.values(), *after.values())
    ):
        assert whole == effects


@given(rows_of_a_metric)
def test_rows_that_did_not_change_make_no_difference_to_the_account(drawn) -> None:
    metric, *states, _ = drawn
    before, after, _ = map(keyed, states)
    same = {row_id for row_id in before.keys() & after.keys() if before[row_id] == after[row_id]}
    ended, begun = (
        {row_id: row for row_id, row in rows.items() if row_id not in same} for rows in (before, after)
    )
    assert row_effects(metric, ended, begun, CHICAGO) == row_effects(metric, before, after, CHICAGO)


@given(rows_of_a_metric, st.decimals("0", "100", places=2))
def test_a_value_that_was_put_in_by_hand_is_accounted_for(drawn, manual: Decimal) -> None:
    metric, *states, _ = drawn
    before, after, _ = map(keyed, states)
    found, new = value(metric, before), value(metric, after)
    whole = account(metric, manual, new, found, row_effects(metric, before, after, CHICAGO))
    assert sum((Fraction(each.effect) for each in whole), Fraction(0)) == Fraction(new) - Fraction(manual)
    assert (ChangeKind.HAND_VALUE in {each.kind for each in whole}) is (manual != found)


def test_what_the_kept_rows_do_not_explain_is_said_and_not_hidden() -> None:
    [rest] = account(CREATED, Decimal(10), Decimal(12), Decimal(10), [])
    assert (rest.kind, rest.effect, rest.source_id) == (ChangeKind.UNEXPLAINED, 2, None)


def test_thirds_of_an_hour_leave_a_rounding_that_is_shown() -> None:
    before = {n: replace(ENTRY, source_id=n, hours=Decimal("0.3333")) for n in (1, 2)}
    after = {1: before[1]}
    effects = row_effects(HOURS, before, after, CHICAGO)
    whole = account(HOURS, Decimal("0.67"), Decimal("0.33"), Decimal("0.67"), effects)
    assert [(each.kind, each.effect) for each in whole] == [
        (ChangeKind.GONE, Decimal("-0.3333")),
        (ChangeKind.ROUNDING, Decimal("-0.0067")),
    ]


# --- what happened, in words


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (replace(ENTRY, hours=Decimal(2)), (ChangeKind.EDITED, "edited (hours 1.50 → 2.00)", Decimal("0.5"))),
        (replace(ENTRY, hours=None), (ChangeKind.EDITED, "edited (hours 1.50 → none)", Decimal("-1.5"))),
        (
            replace(ENTRY, board="Projects", counts=False, reason="board is Projects"),
            (ChangeKind.MOVED_BOARD, "moved with ticket 7 to board Projects", Decimal("-1.5")),
        ),
        (
            replace(ENTRY, ticket_id=8, board="Projects", counts=False, reason="board is Projects"),
            (ChangeKind.MOVED_TICKET, "moved to ticket 8; moved to board Projects", Decimal("-1.5")),
        ),
        (
            replace(ENTRY, board=None, counts=False, reason="ticket 7 was not found"),
            (ChangeKind.DELETED, "its ticket 7 was deleted", Decimal("-1.5")),
        ),
        (
            replace(ENTRY, counts=False, reason="board is Help Desk"),
            (ChangeKind.RECLASSIFIED, "no longer counts: board is Help Desk", Decimal("-1.5")),
        ),
    ],
    ids=lambda each: each[0].value if isinstance(each, tuple) else "",
)
def test_what_happened_to_an_entry_is_told(new: TimeEntryRow, told: tuple[ChangeKind, str, Decimal]) -> None:
    assert cause(HOURS, ENTRY, new) == told


def test_an_entry_that_begins_to_count_tells_where_it_was() -> None:
    elsewhere = replace(ENTRY, board="Projects", counts=False, reason="board is Projects")
    assert cause(HOURS, elsewhere, ENTRY) == (
        ChangeKind.MOVED_BOARD,
        "moved with ticket 7 to board Help Desk",
        Decimal("1.5"),
    )
    assert cause(HOURS, None, ENTRY) == (ChangeKind.CAME, "added, on ticket 7", Decimal("1.5"))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (None, (ChangeKind.DELETED, "deleted")),
        (ENTRY, (ChangeKind.GONE, "not among the month's rows when they were read")),
        (
            replace(ENTRY, counts=False, reason="charged to ProjectTicket"),
            (ChangeKind.RECLASSIFIED, "no longer counts: charged to ProjectTicket"),
        ),
        (
            replace(
                ENTRY, counts=False, entered_at=TENTH.replace(month=4), reason="entered outside the month"
            ),
            (ChangeKind.DATE_CHANGED, "date of entry changed (2025-03-10 10:00 → 2025-04-10 10:00)"),
        ),
    ],
    ids=lambda each: each[0].value if isinstance(each, tuple) else "",
)
def test_what_became_of_an_entry_that_is_gone_is_told_when_it_was_looked_up(now, told) -> None:
    assert cause(HOURS, ENTRY, None, now=now) == (*told, Decimal("-1.5"))


def test_a_row_whose_change_cannot_be_told_keeps_its_effect_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_arguments: object) -> None:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(effects, "cause_of_change", breaks)
    assert cause("reactive_time_spent", ENTRY, replace(ENTRY, hours=Decimal(9)))[:2] == (
        ChangeKind.UNEXPLAINED,
        "why could not be looked up",
    )


def test_facts_of_a_stage_that_cannot_be_read_tell_nothing_of_missing_rows() -> None:
    assert from_facts(RowSource.TICKETS, {MISSING_ROWS: {"7": {"unknown": "shape"}}}) == {}


def test_an_entry_that_nobody_looked_up_is_gone_and_not_called_deleted() -> None:
    assert cause(HOURS, ENTRY, None)[:2] == (
        ChangeKind.GONE,
        "no longer among the month's rows; it could not be looked up",
    )


@pytest.mark.parametrize(
    ("metric", "now", "told"),
    [
        (
            CREATED,
            off(TICKET, "board is Projects", board="Projects"),
            (ChangeKind.MOVED_BOARD, "moved to board Projects"),
        ),
        (
            CLOSED,  # boards have statuses of their own, so a move changes the status too
            off(TICKET, "board is Projects", board="Projects", status="New", closed_at=None),
            (ChangeKind.MOVED_BOARD, "moved to board Projects"),
        ),
        (
            CREATED,
            off(TICKET, "child of ticket 3", parent_id=3),
            (ChangeKind.GIVEN_PARENT, "given a parent, ticket 3"),
        ),
        (
            CLOSED,
            replace(TICKET, status="Re-opened", counts_as_closed=False, closed_reason="status is Re-opened"),
            (ChangeKind.REOPENED, "reopened (status Closed → Re-opened)"),
        ),
        (
            CLOSED,
            replace(
                TICKET,
                closed_at=TENTH.replace(month=4),
                counts_as_closed=False,
                closed_reason="closed outside the month",
            ),
            (ChangeKind.DATE_CHANGED, "closing date changed (2025-03-10 10:00 → 2025-04-10 10:00)"),
        ),
        (
            CREATED,
            replace(
                TICKET,
                entered_at=TENTH.replace(month=4),
                counts_as_created=False,
                created_reason="entered outside the month",
            ),
            (ChangeKind.DATE_CHANGED, "date of entry changed (2025-03-10 10:00 → 2025-04-10 10:00)"),
        ),
        (
            CREATED,  # the board was taken out of the settings
            off(TICKET, "board is Help Desk"),
            (ChangeKind.RECLASSIFIED, "no longer counts: board is Help Desk"),
        ),
        (CREATED, None, (ChangeKind.DELETED, "deleted")),
    ],
    ids=lambda each: each[0].value if isinstance(each, tuple) else "",
)
def test_what_became_of_a_ticket_is_told_whether_it_is_still_among_the_rows_or_not(metric, now, told) -> None:
    assert cause(metric, TICKET, None, now=now) == (*told, -1)
    if now is not None:
        assert cause(metric, TICKET, now) == (*told, -1)


def test_an_open_ticket_that_was_merged_is_told_from_one_that_was_only_given_a_parent() -> None:
    still_open = replace(
        TICKET, status="New", closed_at=None, counts_as_closed=False, closed_reason="status is New"
    )
    merged = off(TICKET, "child of ticket 3", parent_id=3)
    assert cause(CREATED, still_open, merged)[:2] == (ChangeKind.MERGED, "merged into ticket 3")
    assert cause(CREATED, merged, TICKET)[:2] == (ChangeKind.LOST_PARENT, "is no longer a child of ticket 3")


def test_a_ticket_that_came_tells_its_board() -> None:
    assert cause(CREATED, None, TICKET) == (ChangeKind.CAME, "added, on board Help Desk", 1)


def test_a_ticket_that_changed_for_one_metric_only_is_in_that_account_only() -> None:
    reopened = replace(TICKET, status="New", counts_as_closed=False, closed_reason="status is New")
    assert row_effects(CREATED, {7: TICKET}, {7: reopened}, CHICAGO) == []


def test_devices_come_go_and_change_class() -> None:
    workstation = replace(DEVICE, node_class="MAC", counts_as_seat=True, reason="workstation")
    seats = "seats_managed"
    assert cause(seats, DEVICE, workstation) == (
        ChangeKind.DEVICE_CHANGED,
        "server → workstation (node class WINDOWS_SERVER → MAC)",
        1,
    )
    assert cause(seats, workstation, None)[:2] == (
        ChangeKind.GONE,
        "not in the snapshot that the month is counted from",
    )
    excluded = replace(workstation, counts_as_seat=False, reason="organization is excluded")
    assert cause(seats, workstation, excluded)[:2] == (
        ChangeKind.RECLASSIFIED,
        "classified differently: workstation → organization is excluded",
    )


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("1.5", "1.50"),
        ("2", "2.00"),
        ("0.3333", "0.3333"),
        ("1.500", "1.50"),
        ("100", "100.00"),
        ("0", "0.00"),
    ],
)
def test_hours_are_told_with_two_decimals_or_as_many_as_they_have(hours: str, words: str) -> None:
    assert hours_in_words(Decimal(hours)) == words
