"""What holds of every page: it is accessible in light and dark, fits its window, and reads well with nothing in it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from qbr_pipeline.dashboard.pages import PAGES
from qbr_pipeline_tests.dashboard.conftest import Live, OpenPage, settled

QUERIES = {
    "scorecard": "?period=2025-Q1",
    "months": "?year=2025",
    "trends": "?name=mrr",
    "rows": "?metric=reactive_tickets_created&period=2025-03",
    "enter": "?period=2025-05",
}
ADDRESSES = {page.name: page.address + QUERIES.get(page.name, "") for page in PAGES}
SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_axe_finds_nothing_serious(live: Live, open_page: OpenPage, name: str, scheme: str) -> None:
    page = open_page(live, ADDRESSES[name], color_scheme=scheme, bypass_csp=True)
    for summary in page.locator("details > summary").all()[:3]:
        summary.click()
    found = Axe().run(page).response["violations"]
    serious = [
        f"{each['id']}: {each['help']} at {node['target']}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("name", ADDRESSES)
def test_nothing_is_wider_than_the_window(live: Live, open_page: OpenPage, name: str, width: int) -> None:
    page = open_page(live, ADDRESSES[name], width=width)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_reads_well_when_nothing_is_kept_yet(live_empty: Live, open_page: OpenPage, name: str) -> None:
    page = open_page(live_empty, next(each.address for each in PAGES if each.name == name))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()
    text = page.locator("main").inner_text()
    assert not re.search(r"\b(NaN|undefined|null|Infinity)\b", text)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/?period=2019-03", "March 2019 cannot be shown: there is no data for it. You see Q1 2025 instead."),
        ("/?period=2019-Q3", "Q3 2019 cannot be shown: there is no data for it. You see Q1 2025 instead."),
        ("/?period=<b>", '"<b>" cannot be shown: there is no data for it. You see Q1 2025 instead.'),
        ("/months?year=2019", "2019 cannot be shown: there is no data for it. You see 2025 instead."),
        (
            "/rows?metric=nonsense&period=2031-01",
            '"nonsense" cannot be shown: there is no collected metric of that name. You see # of Reactive Tickets '
            "Created instead. January 2031 cannot be shown: there is no data for it. You see June 2025 instead.",
        ),
        (
            "/trends?name=nonsense&months=17",
            '"nonsense" cannot be shown: there is no number of that name. You see Reactive Tickets / Tech / Month '
            "(closed) instead. 17 months cannot be shown: expected 13, 24 or 36. You see 13 months instead.",
        ),
        (
            "/enter?period=2031-01",
            "January 2031 cannot be shown: it is not among the months offered here. You see May 2025 instead.",
        ),
        (
            "/health?findings_of=2019-03",
            "March 2019 cannot be shown: there is no data for it. You see every month and quarter instead.",
        ),
    ],
)
def test_an_address_of_what_is_not_there_says_what_is_shown_instead(
    live: Live, open_page: OpenPage, address: str, sentence: str
) -> None:
    page = open_page(live, address)
    expect(page.locator("#notice")).to_have_text(sentence)


def test_the_sentence_goes_when_something_is_chosen(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/?period=2019-03")
    page.get_by_label("Quarter or month").select_option("2025-03")
    expect(page.locator("#about")).to_contain_text("March 2025")
    expect(page.locator("#notice")).to_be_hidden()
    page.go_back()
    settled(page)
    expect(page.locator("#notice")).to_be_visible()


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_first_key_skips_the_menu_and_loads_nothing_again(
    live: Live, open_page: OpenPage, name: str
) -> None:
    page = open_page(live, ADDRESSES[name])
    page.evaluate("document.documentElement.dataset.here = 'still'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-here", "still")


def test_every_page_is_reached_by_keyboard_and_says_where_it_is(live: Live, open_page: OpenPage) -> None:
    page = open_page(live)
    for each in PAGES[1:]:
        page.get_by_role("link", name=each.title, exact=True).first.focus()
        page.keyboard.press("Enter")
        expect(page).to_have_title(f"{each.title} · QBR numbers")
        settled(page)
        expect(page.locator("nav [aria-current=page]")).to_have_text(each.title)


def test_the_chosen_colours_stay(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, color_scheme="light")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
