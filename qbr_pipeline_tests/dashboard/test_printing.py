"""Pages on paper: a review is printed, in light colours, with whole tables and nothing that can only be pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from qbr_pipeline_tests.dashboard.conftest import CLIPPED, Live, OpenPage
from qbr_pipeline_tests.dashboard.test_every_page import ADDRESSES

PAPER = {"width": 1040, "height": 715}
"""A4 across, less its margins, in pixels of a style sheet."""


def put_on_paper(page: Page) -> None:
    page.set_viewport_size({"width": PAPER["width"], "height": PAPER["height"]})
    page.emulate_media(media="print")


def pages_of(page: Page) -> int:
    return page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_page_is_wider_than_paper_or_shows_the_menu(live: Live, open_page: OpenPage, name: str) -> None:
    page = open_page(live, ADDRESSES[name])
    put_on_paper(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("nav").first).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_scorecard_takes_one_page_and_two_with_a_formula_open(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/?period=2025-Q1")
    assert pages_of(page) == 1
    page.locator("article summary").first.click()
    put_on_paper(page)
    expect(page.locator("article details[open]")).to_be_visible()
    expect(page.locator("article summary").last).to_be_hidden()
    assert page.evaluate(CLIPPED, "article") == []


def test_the_table_of_months_is_printed_whole(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months?year=2025", width=390)
    put_on_paper(page)
    hidden = "(frame) => [frame.scrollWidth - frame.clientWidth, frame.scrollHeight - frame.clientHeight]"
    assert page.locator(".months-frame").evaluate(hidden) == [0, 0]


def test_dark_pages_are_printed_light(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
