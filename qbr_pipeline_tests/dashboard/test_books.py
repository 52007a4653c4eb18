"""The page Books: accounts over months, what each counts as, a preview before it is saved, and who said so."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import mappings_now, write_mappings
from qbr_pipeline.store.books import publish_books
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.books import EVERYTHING, OTHER_INCOME, books, full_month, line, month
from qbr_pipeline_tests.dashboard.conftest import NOW, Live, OpenPage, settled

MARCH, MAY = Month(2025, 3), Month(2025, 5)


@pytest.fixture
def with_books(live_empty: Live) -> Live:
    """Fourteen months of books, of which one account counts as nothing."""
    write_mappings(live_empty.database, EVERYTHING, by="Kim")
    interest = line("8000", "3.50", OTHER_INCOME, name="Interest earned")
    months = [month(*full_month(of).lines, interest, of=of) for of in Month.span(MAY.plus(-13), MAY)]
    publish_books(live_empty.database, books(*months), run_id="run", now=NOW, read_from="QuickBooks Online")
    return live_empty


def test_another_mapping_is_previewed_saved_and_takes_effect_with_the_name_of_who_said_so(
    with_books: Live, open_page: OpenPage
) -> None:
    page = open_page(with_books, "/books")
    expect(page.locator("#about")).to_contain_text(
        "Example MSP, accrual basis, USD, read from QuickBooks Online"
    )
    page.get_by_label("What is changed holds").select_option("2025-05")
    page.get_by_label("Hosting counts as").select_option("mrr")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview .books-moved").first).to_contain_text("$110,250.00$115,250.00")
    assert with_books.database.fetch(read_values, MAY)["mrr"].value == 110250
    page.get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#notice")).to_have_text("Saved. Counted anew: May 2025.")
    expect(page.locator("tr[data-account='4200']")).to_contain_text("by Ann")
    assert with_books.database.fetch(read_values, MAY)["mrr"].value == 115250
    assert with_books.database.fetch(read_values, MAY.previous)["mrr"].value == 110250


def test_what_holds_a_month_back_is_said_and_undo_takes_a_change_back(
    with_books: Live, open_page: OpenPage
) -> None:
    page = open_page(with_books, "/books")
    page.get_by_label("Rest of Income counts as").select_option("")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("would count nowhere")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#save")).to_be_hidden()
    assert {each.by for each in with_books.database.fetch(mappings_now)} == {"Kim"}


@pytest.mark.parametrize("width", [1200, 400])
def test_the_page_with_books_fits_its_window_and_is_accessible(
    with_books: Live, open_page: OpenPage, width: int
) -> None:
    page = open_page(with_books, "/books", width=width, bypass_csp=True)
    page.get_by_label("Hosting counts as").select_option("nothing")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_a_money_metric_opens_to_its_account_lines(with_books: Live, open_page: OpenPage) -> None:
    page = open_page(with_books, "/rows?metric=mrr&period=2025-05&counts=true")
    expect(page.locator("#summary")).to_contain_text("2 of 2 accounts count: $110,250.00")
    expect(page.locator("#summary")).to_contain_text(
        "Read from QuickBooks Online, books of Example MSP on accrual basis in USD"
    )
    expect(page.locator(".rows-table")).to_contain_text("Managed services")
