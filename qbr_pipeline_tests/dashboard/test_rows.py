"""The rows behind a number: what counts and why, searched, sorted, turned through; and in which month they are."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from qbr_pipeline.periods import Month
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.dashboard.conftest import CLIPPED, NOW, Live, OpenPage
from qbr_pipeline_tests.store.conftest import Collector

JANUARY = Month(2025, 1)
CREATED = "/rows?metric=reactive_tickets_created&period=2025-05"
LONG = 'Ünïcödé <b>& "quotes" it\'s ' + "W" * 100


def rows(page: Page) -> Locator:
    return page.locator(".rows-table tbody tr")


def cells(page: Page, label: str) -> list[str]:
    return page.locator(f".rows-table td[data-label='{label}']").all_inner_texts()


def summary(page: Page) -> Locator:
    return page.locator("#summary .lead")


@pytest.fixture
def january(serve: Callable[..., Live], fresh_database: Callable[[], str]) -> Live:
    """One month with a ticket of its last minute, one of its first, and names that are hard to show."""
    live = serve(fresh_database())
    collector = Collector(live.database, JANUARY, NOW)
    late = datetime(2025, 1, 31, 23, 59, tzinfo=CHICAGO)
    tickets = [
        replace(Collector.ticket(1), summary="last minute", entered_at=late),
        replace(Collector.ticket(2), summary="first", entered_at=datetime(2025, 1, 1, tzinfo=CHICAGO)),
        replace(
            Collector.ticket(3, created=False),
            summary=LONG,
            company=LONG,
            board=None,
            owner="N" * 100,
            entered_at=late,
            created_reason=f"board is {LONG}",
        ),
    ]
    collector.connectwise(tickets, [replace(Collector.entry(1), entered_at=late)])
    return live


def test_every_metric_that_is_collected_has_its_rows(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/rows")
    expect(page.get_by_label("Month", exact=True)).to_have_value("2025-06")
    sums = {
        "# of Reactive Tickets Created": "24 of 26 tickets count.",
        "# of Reactive Tickets Closed": "21 of 26 tickets count.",
        "Total Time on Reactive Tickets": "24 of 24 time entries count: 12.00 h.",
        "# of Endpoints Managed": "64 of 64 devices count.",
        "# of Seats Managed": "57 of 64 devices count.",
    }
    for label, expected in sums.items():
        page.get_by_label("Metric").select_option(label=label)
        expect(summary(page)).to_have_text(expected)
        assert rows(page).count() == min(50, int(expected.split()[2]))
    expect(page.locator("#summary")).to_contain_text(
        "Devices as of the snapshot of Jun 15, 2025, counted by the former rule, "
        "from the latest snapshot of the same month."
    )


def test_each_row_says_whether_it_counts_and_why(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, CREATED)
    page.get_by_label("Show").select_option("Those that do not")
    expect(rows(page)).to_have_count(2)
    assert cells(page, "Counts?") == ["Does not count\nentered outside the month"] * 2
    assert "counts=false" in page.url
    page.get_by_label("Show").select_option("Those that count")
    expect(summary(page)).to_have_text("Of those shown, 23 of 23 tickets count.")
    page.go_back()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_label("Show")).to_have_value("false")


def test_rows_are_searched_while_typing_and_nothing_found_is_told(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, CREATED)
    search = page.get_by_label("Search every text and number")
    search.fill("printer 17")
    expect(rows(page)).to_have_count(1)
    expect(search).to_be_focused()
    search.fill("100 %_\\")
    expect(page.locator("#rows")).to_have_text("No row matches this choice.")
    search.fill("")
    expect(rows(page)).to_have_count(25)


def test_rows_are_sorted_by_the_headings_with_the_keyboard(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, CREATED)
    heading = page.get_by_role("columnheader", name="Ticket")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(heading.get_by_role("button")).to_be_focused()
    assert cells(page, "Ticket") == [str(number) for number in range(25, 0, -1)]
    page.get_by_role("columnheader", name="Closed").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Closed")).to_have_attribute("aria-sort", "ascending")
    expect(heading).not_to_have_attribute("aria-sort", "descending")


def test_rows_are_turned_through(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/rows?metric=endpoints_managed&period=2025-05")
    turn = page.get_by_role("navigation", name="Pages of rows")
    expect(turn).to_contain_text("1 to 50 of 63")
    expect(turn.get_by_role("button", name="Previous")).to_be_disabled()
    turn.get_by_role("button", name="Next").click()
    expect(turn).to_contain_text("51 to 63 of 63")
    expect(rows(page)).to_have_count(13)
    expect(turn.get_by_role("button", name="Next")).to_be_disabled()
    page.go_back()
    expect(turn).to_contain_text("1 to 50 of 63")


def test_a_page_that_the_rows_do_not_have_leads_to_the_first(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/rows?metric=reactive_tickets_created&period=2025-03&page=999")
    expect(page.locator("#rows")).to_have_text("There is no page 999 of these rows. The first page")
    page.get_by_role("link", name="The first page").click()
    expect(page.locator("#turn")).to_contain_text("1 to")


def test_a_reason_leads_to_the_rows_that_share_it_and_back(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, CREATED)
    page.get_by_role("link", name="entered outside the month").first.click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Reason: entered outside the month").click()
    expect(rows(page)).to_have_count(25)


def test_the_file_holds_the_rows_that_are_shown(live: Live, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(live, f"{CREATED}&counts=false&sort=source_id&descending=true")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "rows.csv")
    assert download.value.suggested_filename == "reactive_tickets_created-2025-05.csv"
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["source_id"] for row in csv.DictReader(file)] == cells(page, "Ticket")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "UTC"])
def test_a_ticket_of_january_31_stays_in_january(january: Live, open_page: OpenPage, zone: str) -> None:
    page = open_page(january, "/rows?metric=reactive_tickets_created&period=2025-01", timezone_id=zone)
    assert cells(page, "Entered")[:2] == ["Jan 31, 2025, 23:59", "Jan 1, 2025, 00:00"]
    expect(page.get_by_role("columnheader", name="Entered")).to_contain_text("America/Chicago")
    shown = {"Asia/Tokyo": r"GMT\+9", "America/Los_Angeles": "P[DS]T", "UTC": "UTC"}[zone]
    expect(page.locator("#summary")).to_contain_text(re.compile(rf"Published .* [AP]M {shown}\."))


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_hard_names_are_shown_as_they_are_on_every_width(
    january: Live, open_page: OpenPage, width: int
) -> None:
    page = open_page(january, "/rows?metric=reactive_tickets_created&period=2025-01", width=width)
    assert cells(page, "Summary")[2] == LONG
    assert cells(page, "Company")[2] == LONG
    assert cells(page, "Board")[2] == "–"
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert page.evaluate(CLIPPED, "#rows tbody") == []
    page.get_by_role("link", name=LONG).last.click()
    expect(rows(page)).to_have_count(1)


def test_on_a_phone_rows_are_sorted_by_a_choice(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, CREATED, width=390)
    page.get_by_label("Order").select_option("Descending")
    expect(page.locator(".rows-table td[data-label='Ticket']").first).to_have_text("25")
    page.get_by_label("Sort by").select_option("Summary")
    expect(page.locator(".rows-table td[data-label='Summary']").first).to_have_text("Printer 9")


def test_a_value_that_a_person_entered_instead_is_told(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-05", reactive_tickets_created="99")
    page = open_page(live, CREATED)
    expect(page.locator("#summary")).to_contain_text("The value of May 2025 is 99, entered by Ann instead.")


def test_what_was_never_published_is_told(january: Live, live_empty: Live, open_page: OpenPage) -> None:
    page = open_page(january, "/rows?metric=endpoints_managed&period=2025-01")
    expect(page.locator("#rows")).to_contain_text("Nothing of Ninja has been published for January 2025")
    page = open_page(live_empty, "/rows")
    expect(page.locator("#rows")).to_contain_text("Nothing has been collected or entered yet.")
