"""The rows behind a number: those that count and those that do not, found, sorted and paged by the database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import database_now
from qbr_pipeline.store.rows.browsing import BrowsingError, RowFilter, browse
from qbr_pipeline.store.rows.tables import ROWS_OF_METRIC
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.entries import set_value

MARCH = Month(2025, 3)
CREATED = "reactive_tickets_created"


def ids(page):
    return [judged.row.source_id for judged in page.rows]


@pytest.fixture
def three_tickets(collector):
    tickets = [
        replace(collector.ticket(1), summary="Printer 50% done", company="Example Dental"),
        replace(collector.ticket(2, closed=True), summary="Mail_Box full", company="Sample Law", status=None),
        replace(
            collector.ticket(3, created=False),
            summary=None,
            board="Projects",
            company="Example Dental",
            created_reason="board is Projects",
            closed_reason="board is Projects",
        ),
    ]
    collector.connectwise(tickets, [collector.entry(7, "0.25"), collector.entry(8, "1.5")])
    return tickets


def test_every_metric_that_is_collected_or_read_from_books_has_rows_behind_it_and_no_other():
    assert set(ROWS_OF_METRIC) == {
        key for key, metric in METRICS.items() if metric.kind is MetricKind.COLLECTED or key in BOOKED
    }
    assert all(METRICS[key].vendor is evidence.source.vendor for key, evidence in ROWS_OF_METRIC.items())


def test_rows_that_count_and_those_that_do_not_come_each_with_the_reason_for_this_metric(
    database, three_tickets
):
    page = database.fetch(browse, CREATED, MARCH)
    assert [(j.row.source_id, j.counts, j.reason) for j in page.rows] == [
        (1, True, "entered in the month"),
        (2, True, "entered in the month"),
        (3, False, "board is Projects"),
    ]
    closed = database.fetch(browse, "reactive_tickets_closed", MARCH)
    assert [(j.counts, j.reason) for j in closed.rows] == [
        (False, "open"),
        (True, "closed in the month"),
        (False, "board is Projects"),
    ]


def test_rows_are_given_as_they_were_staged(database, three_tickets):
    assert [judged.row for judged in database.fetch(browse, CREATED, MARCH).rows] == three_tickets


@pytest.mark.parametrize("metric", ROWS_OF_METRIC)
def test_what_counts_comes_to_the_published_value(database, collector, three_tickets, metric):
    collector.ninja(
        [collector.device(1), collector.device(2, seat=False), collector.device(3, endpoint=False)]
    )
    collector.books()
    page = database.fetch(browse, metric, MARCH)
    assert page.value == database.fetch(read_values, MARCH)[metric].value
    assert page.counting == sum(judged.counts for judged in page.rows)
    assert page.total == len(page.rows)


def test_hours_are_summed_exactly_and_no_entries_come_to_zero(database, three_tickets):
    spent = database.fetch(browse, "reactive_time_spent", MARCH)
    assert (spent.counting, spent.value) == (2, Decimal("1.75"))
    none = database.fetch(browse, "reactive_time_spent", MARCH, RowFilter(counts=False))
    assert (none.rows, none.total, none.value) == ((), 0, 0)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (RowFilter(counts=True), [1, 2]),
        (RowFilter(counts=False), [3]),
        (RowFilter(board="Projects"), [3]),
        (RowFilter(board="projects"), []),
        (RowFilter(company="Example Dental"), [1, 3]),
        (RowFilter(company="Example Dental", counts=True), [1]),
        (RowFilter(reason="board is Projects"), [3]),
        (RowFilter(reason="open"), []),
        (RowFilter(search="PRINTER"), [1]),
        (RowFilter(search="sample"), [2]),
        (RowFilter(search="%"), [1]),
        (RowFilter(search="_"), [2]),
        (RowFilter(search="board is"), [3]),
        (RowFilter(search="3"), [3]),
        (RowFilter(search="\\"), []),
        (RowFilter(search="'; DROP TABLE qbr_tickets; --"), []),
        (RowFilter(company="' OR '1'='1"), []),
        (RowFilter(search=""), [1, 2, 3]),
    ],
)
def test_a_filter_lets_through_what_it_names_and_no_character_of_it_is_special(
    database, three_tickets, wanted, expected
):
    page = database.fetch(browse, CREATED, MARCH, wanted)
    assert ids(page) == expected
    assert page.total == len(expected)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 501])
def test_a_text_that_no_row_can_hold_is_refused(database, three_tickets, text):
    with pytest.raises(BrowsingError, match="at most 500 characters"):
        database.fetch(browse, CREATED, MARCH, RowFilter(search=text))


def test_the_company_of_a_device_is_its_organization_and_devices_have_no_board(database, collector):
    other = replace(collector.device(2), organization="Sample Law")
    collector.ninja([collector.device(1), other])
    assert ids(database.fetch(browse, "seats_managed", MARCH, RowFilter(company="Sample Law"))) == ["2"]
    with pytest.raises(BrowsingError, match="devices have no board"):
        database.fetch(browse, "seats_managed", MARCH, RowFilter(board="Help Desk"))


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("source_id", False, [1, 2, 3]),
        ("source_id", True, [3, 2, 1]),
        ("counts", False, [3, 1, 2]),
        ("counts", True, [1, 2, 3]),
        ("summary", False, [2, 1, 3]),
        ("summary", True, [1, 2, 3]),
        ("company", False, [1, 3, 2]),
        ("status", False, [1, 3, 2]),
        ("status", True, [1, 3, 2]),
    ],
)
def test_rows_are_sorted_by_a_column_those_without_it_last_and_ties_by_id(
    database, three_tickets, sort, descending, expected
):
    assert ids(database.fetch(browse, CREATED, MARCH, sort=sort, descending=descending)) == expected


@pytest.mark.parametrize("metric", ROWS_OF_METRIC)
def test_every_column_named_can_be_sorted_by(database, collector, three_tickets, metric):
    collector.ninja([collector.device(1), collector.device(2)])
    collector.books()
    for column in ROWS_OF_METRIC[metric].columns:
        assert database.fetch(browse, metric, MARCH, sort=column).total >= 2


@pytest.mark.parametrize("column", ["valid_from", "created_reason", "1", "summary; DROP TABLE qbr_tickets"])
def test_no_other_column_can_be_sorted_by(database, three_tickets, column):
    with pytest.raises(BrowsingError, match="tickets cannot be sorted by"):
        database.fetch(browse, CREATED, MARCH, sort=column)


def test_pages_follow_each_other_without_gap_or_repetition_and_know_the_whole(database, collector):
    collector.connectwise([collector.ticket(number) for number in range(1, 8)])
    pages = [
        database.fetch(browse, CREATED, MARCH, sort="company", limit=3, offset=offset)
        for offset in (0, 3, 6, 9)
    ]
    assert [ids(page) for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]
    assert {(page.total, page.counting, page.value) for page in pages} == {(7, 7, 7)}


def test_rows_and_publication_are_those_of_the_moment_asked_for(database, collector):
    before = database_now(database)
    collector.connectwise([collector.ticket(1), collector.ticket(2)])
    between = database_now(database)
    collector.connectwise([replace(collector.ticket(1), company="Sample Law"), collector.ticket(3)])
    assert database.fetch(browse, CREATED, MARCH, as_of=before) is None
    then = database.fetch(browse, CREATED, MARCH, as_of=between)
    assert ids(then) == [1, 2]
    assert (then.rows[0].row.company, then.published.run_id) == ("Example Dental", "run-1")
    now = database.fetch(browse, CREATED, MARCH)
    assert ids(now) == [1, 3]
    assert (now.rows[0].row.company, now.published.run_id) == ("Sample Law", "run-2")


def test_without_a_publication_there_is_no_page_and_with_an_empty_one_an_empty_page(database, collector):
    set_value(database, MARCH, CREATED, Decimal(5), by="Kim", now=collector.now)
    assert database.fetch(browse, CREATED, MARCH) is None
    collector.connectwise()
    assert database.fetch(browse, CREATED, MARCH).value == 0
    assert database.fetch(browse, "endpoints_managed", MARCH) is None


def test_another_organizations_rows_are_not_seen(database, collector):
    collector.connectwise([collector.ticket(1)])
    stranger = replace(database, organization_id=2)
    assert stranger.fetch(browse, CREATED, MARCH) is None
    assert database.fetch(browse, CREATED, MARCH).published.vendor is Vendor.CONNECTWISE
