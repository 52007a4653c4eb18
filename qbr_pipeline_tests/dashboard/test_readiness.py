"""The page Readiness: the nights, what they must show, and who has approved them."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import expect

from qbr_pipeline.periods import Month
from qbr_pipeline.store.approvals import Approval, Purpose, approve
from qbr_pipeline_tests.dashboard.conftest import NOW, Live, OpenPage
from qbr_pipeline_tests.nights import NINE, fail, good_nights


def test_nine_good_nights_that_somebody_approved(live_empty: Live, open_page: OpenPage) -> None:
    good_nights(live_empty.database)
    with live_empty.database.begin() as connection:
        approve(connection, live_empty.database, Approval(Purpose.PRODUCTION, "Ann", NOW, {}))
    page = open_page(live_empty, "/readiness")
    expect(page.locator("#verdict")).to_contain_text(
        "Nine nights in a row give reason to trust them. Approved by Ann"
    )
    expect(page.locator("#nights li")).to_have_count(9)
    expect(page.locator("#nights li").first).to_contain_text("Jun 6, 2025")
    expect(page.locator("#nights li").first).to_contain_text("13 months")
    expect(page.locator(".answer ul")).to_have_count(0)


def test_each_thing_that_is_missing_is_named(live_empty: Live, open_page: OpenPage) -> None:
    good_nights(live_empty.database, NINE[1:])
    fail(live_empty.database, date(2025, 6, 12), Month(2025, 3), "ConnectWise answered 500")
    page = open_page(live_empty, "/readiness")
    expect(page.locator("#verdict")).to_contain_text(
        "Nobody has approved them: the schedule skips its nights"
    )
    expect(page.locator("#nights li[data-state=missing]")).to_contain_text(
        "The night of 2025-06-06 did not run."
    )
    expect(page.locator("[data-question=nights]")).to_contain_text("The night of 2025-06-06 did not run.")
    expect(page.locator("[data-question=errors]")).to_contain_text("2025-03 failed: ConnectWise answered 500")
