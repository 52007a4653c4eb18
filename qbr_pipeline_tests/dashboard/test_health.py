"""Data health: is last night's collection in, what failed and why, what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store import collection_log
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow
from qbr_pipeline_tests.dashboard.conftest import NOW, Live, OpenPage, Watched, hold, settled
from qbr_pipeline_tests.entries import release

MAY = Month(2025, 5)
LONG = (
    "ConnectWise answered 500 to "
    + "/service/tickets?conditions=board/name=%22Help+Desk%22" * 40
    + " and that is all."
)

Log = Callable[..., None]


@pytest.fixture
def log() -> Log:
    """Logs a collection: `log(live, Vendor.NINJA, MAY, hours=3, status=CollectionOutcome.FAILED, message="...")`."""

    def log_(
        live: Live,
        vendor: Vendor,
        month: Month,
        *,
        hours: float,
        status: CollectionOutcome = CollectionOutcome.SUCCESS,
        message: str | None = None,
        **others: Any,
    ) -> None:
        started: datetime = NOW - timedelta(hours=hours)
        row = LogRow(
            others.get("run", f"{vendor}-{month}-{hours}"),
            month,
            vendor,
            status,
            started,
            started + timedelta(seconds=others.get("seconds", 95)),
            3,
            message,
        )
        collection_log.record(live.database, row)

    return log_


class TestTheSentence:
    def test_nothing_was_ever_collected(self, live_empty: Live, open_page: OpenPage) -> None:
        page = open_page(live_empty, "/health")
        expect(page.locator("#collection-summary")).to_contain_text("Nothing has been collected yet.")
        expect(page.locator("#health")).to_have_text("Nothing yet")
        expect(page.locator("#log")).to_have_text("Nothing has been collected yet.")

    def test_last_night_is_in(self, live_empty: Live, open_page: OpenPage, log: Log) -> None:
        log(live_empty, Vendor.CONNECTWISE, MAY, hours=9.5)
        log(live_empty, Vendor.NINJA, MAY, hours=8.5)
        page = open_page(live_empty, "/health")
        expect(page.locator("#collection-summary")).to_have_text(
            "Last night's collection is in: every source was collected without failure, the oldest 9 hours ago."
        )
        expect(page.locator(".source .source-state")).to_have_text(["In", "In"])
        expect(page.locator("#health")).to_have_attribute("data-state", "good")

    def test_a_source_has_not_come_for_three_days(
        self, live_empty: Live, open_page: OpenPage, log: Log
    ) -> None:
        log(live_empty, Vendor.CONNECTWISE, MAY, hours=9)
        log(live_empty, Vendor.NINJA, MAY, hours=80)
        page = open_page(live_empty, "/health")
        expect(page.locator("#collection-summary")).to_have_text(
            "Last night's collection is not in: NinjaOne last succeeded 3 days ago."
        )
        expect(page.locator("[data-source=Ninja] .source-state")).to_have_text("Not fresh")
        expect(page.locator("#health")).to_have_text(re.compile("Not fresh"))

    def test_failed_months_are_named_with_their_reasons(
        self, live_empty: Live, open_page: OpenPage, log: Log
    ) -> None:
        for month in (Month(2025, 3), Month(2025, 4)):
            log(live_empty, Vendor.CONNECTWISE, month, hours=9, status=CollectionOutcome.FAILED, message=LONG)
        log(live_empty, Vendor.CONNECTWISE, MAY, hours=9)
        page = open_page(live_empty, "/health")
        expect(page.locator("#collection-summary")).to_have_text(
            "Last night's collection is incomplete: ConnectWise failed for March 2025 and April 2025. "
            "Months that failed keep the values they had. Never collected: NinjaOne."
        )
        card = page.locator("[data-source=ConnectWise]")
        expect(card.locator(".source-state")).to_have_text("2 months failed")
        expect(card.locator(".failures li").first).to_have_text(f"April 2025: {LONG}")
        expect(page.locator("[data-source=Ninja] .source-state")).to_have_text("Never collected")
        expect(page.locator("#health")).to_have_text(re.compile("2 failed"))

    def test_a_month_that_failed_and_then_succeeded_is_no_failure(
        self, live_empty: Live, open_page: OpenPage, log: Log
    ) -> None:
        log(
            live_empty,
            Vendor.CONNECTWISE,
            MAY,
            hours=33,
            status=CollectionOutcome.FAILED,
            message="no answer",
        )
        log(live_empty, Vendor.CONNECTWISE, MAY, hours=9, status=CollectionOutcome.PARTIAL)
        page = open_page(live_empty, "/health")
        expect(page.locator("[data-source=ConnectWise] .source-state")).to_have_text("In")


class TestTheLog:
    @pytest.fixture
    def logged(self, live_empty: Live, log: Log) -> Live:
        for hours in range(30):
            log(live_empty, Vendor.CONNECTWISE, MAY, hours=hours + 1)
        log(
            live_empty,
            Vendor.NINJA,
            MAY,
            hours=50,
            status=CollectionOutcome.FAILED,
            message=LONG,
            seconds=3900,
        )
        return live_empty

    def test_it_is_turned_by_pages(self, logged: Live, open_page: OpenPage) -> None:
        page = open_page(logged, "/health")
        expect(page.locator("#log li")).to_have_count(25)
        expect(page.get_by_role("button", name="Newer")).to_be_disabled()
        page.get_by_role("button", name="Older").press("Enter")
        expect(page.locator("#log .pager span")).to_have_text("26 to 31 of 31")
        expect(page.locator("#log li")).to_have_count(6)
        expect(page.get_by_role("button", name="Older")).to_be_disabled()
        page.get_by_role("button", name="Newer").click()
        expect(page.locator("#log .pager span")).to_have_text("1 to 25 of 31")

    @pytest.mark.parametrize("width", [1440, 390])
    def test_failures_alone_are_shown_with_their_whole_message(
        self, logged: Live, open_page: OpenPage, width: int
    ) -> None:
        page = open_page(logged, "/health", width=width)
        page.get_by_label("Ended as").select_option("Failed")
        expect(page.locator("#log li")).to_have_count(1)
        expect(page.locator("#log li")).to_contain_text("NinjaOne")
        expect(page.locator("#log li")).to_contain_text("1 h 5 min, 3 values")
        expect(page.locator("#log .log-message")).to_have_text(LONG)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert "log=failed" in page.url
        page.reload()
        settled(page)
        expect(page.get_by_label("Ended as")).to_have_value("failed")
        expect(page.locator("#log li")).to_have_count(1)
        page.get_by_label("Source").last.select_option("ConnectWise")
        expect(page.locator("#log")).to_have_text("No collection matches this choice.")
        page.reload()
        settled(page)
        expect(page.get_by_label("Source").last.locator("option:checked")).to_have_text("ConnectWise")
        expect(page.locator("#log")).to_have_text("No collection matches this choice.")

    def test_of_two_choices_made_quickly_the_later_stays_though_the_earlier_answers_last(
        self, logged: Live, open_page: OpenPage
    ) -> None:
        page = open_page(logged, "/health")
        held = hold(page, "**/api/qbr/collection/log?status=partial*")
        with page.expect_request("**/api/qbr/collection/log?status=partial*"):
            page.get_by_label("Ended as").select_option("Partial")
        page.get_by_label("Ended as").select_option("Failed")
        expect(page.locator("#log li")).to_have_count(1)
        with page.expect_response("**/api/qbr/collection/log?status=partial*"):
            held[0].continue_()
        settled(page)
        expect(page.locator("#log li")).to_have_count(1)
        expect(page.locator("#log li")).to_contain_text("Failed")

    @pytest.mark.parametrize(
        ("zone", "shown"),
        [
            ("America/Chicago", "Jun 15, 2025, 6:00 AM CDT"),
            ("Asia/Tokyo", "Jun 15, 2025, 8:00 PM GMT+9"),
            ("Pacific/Auckland", "Jun 15, 2025, 11:00 PM GMT+12"),
        ],
    )
    def test_moments_are_those_of_the_browser(
        self, logged: Live, open_page: OpenPage, zone: str, shown: str
    ) -> None:
        page = open_page(logged, "/health", timezone_id=zone)
        expect(page.locator("#log li time").first).to_have_text(shown)


class TestMissingInputs:
    def test_every_month_that_lacks_an_input_leads_to_its_form(self, live: Live, open_page: OpenPage) -> None:
        for metric in ("mrr", "new_mrr"):
            release(live.database, Month(2025, 2), metric, by="Ann", now=NOW)
        page = open_page(live, "/health")
        [gap] = page.locator("#missing li").all()
        expect(gap).to_contain_text("2 missing")
        expect(gap).to_contain_text("Monthly Recurring Revenue (MRR), New MRR")
        expect(gap.get_by_role("link", name="February 2025")).to_have_attribute(
            "href", "/enter?period=2025-02"
        )

    def test_a_month_without_any_names_the_first_and_opens_the_others(
        self, live_empty: Live, open_page: OpenPage
    ) -> None:
        live_empty.enter("2025-04", misc_revenue="1")
        page = open_page(live_empty, "/health")
        may = page.locator("#missing li[data-period='2025-05']")
        expect(may.get_by_text("Lost MRR")).to_be_hidden()
        may.locator("summary").click()
        expect(may.get_by_text("Lost MRR")).to_be_visible()

    def test_nothing_is_missing(self, live: Live, open_page: OpenPage) -> None:
        page = open_page(live, "/health")
        expect(page.locator("#missing")).to_have_text("Every month that is over has all of its inputs.")


def test_the_day_of_the_devices_is_told(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/health")
    expect(page.locator("[data-source=Ninja]")).to_contain_text(
        "Devices as of Jun 15, 2025", use_inner_text=True
    )


def test_the_mark_in_the_navigation_leads_here(live: Live, open_page: OpenPage) -> None:
    page = open_page(live)
    page.locator("#health").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Data health")


def test_without_the_api_it_says_so_and_trying_again_helps(
    live: Live, open_page: OpenPage, watched: Watched
) -> None:
    page = open_page(live, "/health")
    watched.allowed.append("ERR_FAILED")
    page.route("**/api/qbr/collection/*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert").first).to_contain_text("The numbers cannot be reached at the moment")
    expect(page.locator("#health")).to_have_attribute("data-state", "unknown")
    expect(page.locator("#health")).to_have_text("Unknown")
    page.unroute("**/api/qbr/collection/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#collection-summary")).to_contain_text("Last night's collection is in")
