"""The scorecard: pick a period, read 18 numbers, ask how one came about, and follow it down."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline_tests.dashboard.conftest import CLIPPED, Live, OpenPage, Watched, collect, hold, settled


def test_the_last_complete_quarter_is_shown_first_with_every_smartnumber(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live)
    expect(page.get_by_label("Quarter or month")).to_have_value("2025-Q1")
    assert page.locator("article h3").all_inner_texts() == [number.label for number in SMARTNUMBERS.values()]
    assert page.locator("section h2").all_inner_texts() == [
        "OPERATIONS",
        "PROFIT",
        "REVENUE",
        "LEVERAGE",
        "SALES",
    ]


def test_values_are_those_of_the_store_in_their_units(live: Live, open_page: OpenPage) -> None:
    page = open_page(live)
    kept = live.database.fetch(read_smartnumbers, Quarter(2025, 1))
    shown = page.locator("article[data-name=avg_mrr_per_agreement] .score-value").get_attribute("title")
    value = kept["avg_mrr_per_agreement"].value
    assert value is not None
    assert shown == f"${value.quantize(Decimal('0.01')):,}"
    expect(page.locator("article[data-name=total_close_pct] .score-value")).to_have_text(
        re.compile(r"^\d+\.\d %$")
    )
    expect(page.locator("article[data-name=rhem] .score-value")).to_have_text(re.compile(r"^\d\.\d\d h$"))


def test_picking_a_period_shows_it_and_the_address_keeps_it(live: Live, open_page: OpenPage) -> None:
    page = open_page(live)
    page.get_by_label("Quarter or month").select_option("2025-Q2")
    expect(page.locator("#about")).to_have_text("Q2 2025, in progress, compared with Q1 2025.")
    expect(page.locator("article[data-name=rhem] .badge")).to_have_text("provisional: 2 of 3 months")
    assert "period=2025-Q2" in page.url
    page.reload()
    settled(page)
    expect(page.get_by_label("Quarter or month")).to_have_value("2025-Q2")
    page.go_back()
    settled(page)
    expect(page.locator("#about")).to_contain_text("Q1 2025")


def picker(page: Page) -> Locator:
    return page.get_by_label("Quarter or month")


def pick_another_while_it_waits(page: Page) -> Route:
    """Pick the second quarter, whose answer is held and returned, and then March, which is shown."""
    held = hold(page, "**/api/qbr/smartnumbers?period=2025-Q2")
    with page.expect_request("**/api/qbr/smartnumbers?period=2025-Q2"):
        picker(page).select_option("2025-Q2")
    picker(page).select_option("2025-03")
    expect(page.locator("#about")).to_contain_text("March 2025")
    return held[0]


def test_of_two_periods_picked_quickly_the_later_stays_though_the_earlier_answers_last(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live)
    held = pick_another_while_it_waits(page)
    with page.expect_response("**/api/qbr/smartnumbers?period=2025-Q2"):
        held.continue_()
    settled(page)
    expect(page.locator("#about")).to_contain_text("March 2025")
    expect(picker(page)).to_have_value("2025-03")


def test_the_failure_of_a_period_that_was_left_meanwhile_is_not_told(
    live: Live, open_page: OpenPage, watched: Watched
) -> None:
    watched.allowed.append("ERR_FAILED")
    page = open_page(live)
    held = pick_another_while_it_waits(page)
    with page.expect_event("requestfailed"):
        held.abort()
    settled(page)
    expect(page.locator("#problem")).to_be_hidden()


def test_a_change_is_coloured_by_what_is_better_and_says_so_in_words(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-03", lost_mrr="90000", new_mrr="90000")
    page = open_page(live)
    lost = page.locator("article[data-name=lost_mrr_churn] .score-change")
    won = page.locator("article[data-name=new_mrr_added] .score-change")
    expect(lost).to_have_class(re.compile("text-bad"))
    expect(lost).to_contain_text("worse")
    expect(won).to_have_class(re.compile("text-good"))
    expect(won).to_contain_text("better")


def test_what_still_grows_in_a_period_in_progress_is_not_judged(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-06", new_mrr="1", mrr="1000", agreements="1")
    page = open_page(live, "/?period=2025-06")
    won = page.locator("article[data-name=new_mrr_added] .score-change")
    expect(won).to_have_class(re.compile("text-body-secondary"))
    expect(won).not_to_contain_text("worse")
    expect(page.locator("article[data-name=avg_mrr_per_agreement] .score-change")).to_contain_text("worse")


def test_the_formula_opens_by_keyboard_with_inputs_that_lead_to_their_rows(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live)
    page.locator("article[data-name=total_close_pct] summary").focus()
    page.keyboard.press("Enter")
    receipt = page.locator("article[data-name=total_close_pct] details")
    expect(receipt).to_contain_text("# of Reactive Tickets Closed / # of Reactive Tickets Created")
    expect(receipt).to_contain_text("Months used: January 2025, February 2025, March 2025.")
    rows = receipt.get_by_role("link", name="rows Mar 25")
    assert rows.first.get_attribute("href") == "/rows?metric=reactive_tickets_closed&period=2025-03"


def test_what_cannot_be_computed_is_a_dash_and_says_why(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/?period=2025-06")
    expect(page.locator("article[data-name=net_profit_pct] .score-value")).to_have_text("–")
    page.locator("article[data-name=net_profit_pct] summary").click()
    expect(page.locator("article[data-name=net_profit_pct] details")).to_contain_text("no value")


def test_an_empty_database_says_what_to_do(live_empty: Live, open_page: OpenPage) -> None:
    page = open_page(live_empty)
    expect(page.locator("#groups")).to_contain_text("Nothing has been collected or entered yet.")
    expect(page.get_by_role("link", name="Enter a month")).to_be_visible()


def test_one_month_alone_reads_well(live_empty: Live, open_page: OpenPage) -> None:
    collect(live_empty.database, Month(2025, 5), created=3, closed=3, endpoints=4)
    page = open_page(live_empty, "/?period=2025-05")
    expect(page.locator("article[data-name=total_close_pct] .score-value")).to_have_text("100.0 %")
    expect(page.locator("article[data-name=total_close_pct] .score-change")).to_have_text("no comparison")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nine_digits_fit_their_cards(live: Live, open_page: OpenPage, width: int) -> None:
    live.enter("2025-03", mrr="987654321.99", new_mrr="987654321.99", lost_mrr="123456789.01")
    page = open_page(live, "/?period=2025-03", width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    clipped = page.evaluate(CLIPPED, ".score")
    assert clipped == []


def test_the_sentence_of_the_api_is_shown_when_it_is_down_and_trying_again_helps(
    live: Live, open_page: OpenPage, watched: Watched
) -> None:
    page = open_page(live)
    watched.allowed.append("503")
    told = {
        "code": "DATABASE_UNAVAILABLE",
        "message": "the database cannot be used at the moment",
        "status": 503,
    }
    down = json.dumps({"success": False, "error": told})
    page.route(
        "**/api/qbr/smartnumbers*",
        lambda route: route.fulfill(status=503, content_type="application/json", body=down),
    )
    page.get_by_label("Quarter or month").select_option("2025-Q2")
    expect(page.get_by_role("alert")).to_contain_text("The database cannot be used at the moment.")
    page.unroute("**/api/qbr/smartnumbers*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#about")).to_contain_text("Q2 2025")
    expect(page.get_by_role("alert")).to_be_hidden()
