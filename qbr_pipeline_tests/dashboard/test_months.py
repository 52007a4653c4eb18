"""The months: a year as a table that is read, walked through by keyboard, followed further and copied."""

from __future__ import annotations

import csv
from calendar import month_abbr
from decimal import Decimal
from io import StringIO

import pytest
from playwright.sync_api import Locator, Page, expect

from qbr_pipeline.metrics.catalogue import METRICS, Section
from qbr_pipeline.metrics.findings import Finding, Rule, Severity, ThresholdType
from qbr_pipeline.metrics.thresholds import Threshold
from qbr_pipeline.periods import Month
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.thresholds import set_thresholds
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.dashboard.conftest import LAST, NOW, Live, OpenPage, collect, settled

LABEL, JANUARY, FEBRUARY, MARCH, JUNE, TOGETHER = 0, 1, 2, 3, 6, 13

IN_SIGHT = """() => {
    const cell = document.activeElement.closest("td");
    const box = cell.getBoundingClientRect();
    const corners = [[box.left + 2, box.top + 2], [box.right - 3, box.bottom - 3]];
    return corners.every(([x, y]) => cell.contains(document.elementFromPoint(x, y)));
}"""


def line(page: Page, name: str, *, prior: bool = False) -> Locator:
    """The cells of a metric, its label first."""
    return page.locator(f"tr[data-name={name}]{'.prior' if prior else ':not(.prior)'} > *")


def copy(page: Page) -> list[list[str]]:
    """What lies on the clipboard after the keys for copying."""
    page.evaluate("window.caught = null")
    page.evaluate(
        "document.addEventListener('copy', (event) => { window.caught = "
        "[event.clipboardData.getData('text/plain'), event.clipboardData.getData('text/html')]; }, {once: true})"
    )
    page.keyboard.press("Control+C")
    page.wait_for_function("window.caught !== null")
    plain, html = page.evaluate("window.caught")
    rows = page.evaluate(
        "(html) => [...new DOMParser().parseFromString(html, 'text/html').querySelectorAll('tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))",
        html,
    )
    read = list(csv.reader(StringIO(plain), delimiter="\t"))
    assert rows == read
    return read


def test_metrics_stand_by_section_and_the_months_of_the_year_across(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    assert page.locator("tr.section th").all_inner_texts() == [section.value for section in Section]
    heads = page.locator("thead th").all_inner_texts()
    assert [head.removeprefix("in progress:").strip() for head in heads] == [
        "Metric",
        *(f"{name} 25" for name in month_abbr[1:]),
        "2025 so far",
    ]
    labels = page.locator("tbody tr:not(.prior) th[scope=row]").all_inner_texts()
    assert sorted(labels) == sorted(metric.label for metric in METRICS.values())


def test_values_are_those_of_the_store_and_together_by_the_rule_of_the_metric(
    live: Live, open_page: OpenPage
) -> None:
    for month, employees, reserve in (("2025-01", "8", "100"), ("2025-02", "9", "300")):
        live.enter(month, employees=employees, cash_reserve=reserve)
    page = open_page(live, "/months")
    with live.database.read() as connection:
        mrr = read_values(connection, live.database, Month(2025, 3))["mrr"].value
    assert mrr is not None
    assert Decimal(line(page, "mrr").nth(MARCH).get_attribute("data-plain") or "") == mrr
    expect(line(page, "employees").nth(FEBRUARY)).to_contain_text("9")
    expect(line(page, "employees").nth(TOGETHER)).to_contain_text("average of 5")
    expect(line(page, "mrr").nth(TOGETHER)).to_contain_text("total of 5")
    expect(line(page, "cash_reserve").nth(TOGETHER)).to_contain_text("last")
    expect(line(page, "gross_margin").nth(TOGETHER)).to_contain_text("ratio")
    expect(line(page, "endpoints_managed").nth(TOGETHER)).to_contain_text("average of 6")


def test_the_year_before_stands_under_the_totals(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    priors = page.locator("tr.prior").evaluate_all("rows => rows.map((row) => row.dataset.name)")
    assert priors == [
        "reactive_tickets_created",
        "reactive_tickets_closed",
        "reactive_time_spent",
        "endpoints_managed",
        "seats_managed",
        "total_revenue",
        "total_expenses",
        "net_profit",
    ]
    prior = line(page, "endpoints_managed", prior=True)
    expect(prior.nth(LABEL)).to_contain_text("prior year, 2024")
    expect(prior.nth(MARCH)).to_have_text("–")
    expect(prior.nth(MARCH + 1)).to_have_text("50")
    expect(prior.nth(TOGETHER)).to_contain_text("average of 9")


def test_the_month_in_progress_is_marked_and_later_months_are_empty(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    expect(page.locator("#about")).to_have_text(
        "2025 so far; June 2025 is in progress, its numbers are provisional."
    )
    expect(page.locator("thead th").nth(JUNE)).to_contain_text("in progress")
    created = line(page, "reactive_tickets_created")
    assert "provisional" in (created.nth(JUNE).get_attribute("title") or "")
    assert created.nth(JUNE + 1).inner_text() == ""


def test_what_is_absent_is_a_dash_that_leads_to_where_it_is_entered(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    cell = line(page, "mrr").nth(JUNE)
    expect(cell).to_have_text("–")
    expect(cell.get_by_role("link")).to_have_attribute("href", f"/enter?period={LAST}&metric=mrr")
    expect(line(page, "total_revenue").nth(JUNE)).to_have_text("–")
    cell.get_by_role("link").click()
    page.wait_for_url("**/enter?period=2025-06&metric=mrr")
    expect(page.get_by_label("Monthly Recurring Revenue (MRR)", exact=True)).to_be_focused()


def test_cells_lead_to_the_form_to_the_rows_and_labels_to_the_trend(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    entered = line(page, "mrr").nth(MARCH).get_by_role("link")
    expect(entered).to_have_attribute("href", "/enter?period=2025-03&metric=mrr")
    collected = line(page, "endpoints_managed").nth(MARCH).get_by_role("link")
    expect(collected).to_have_attribute("href", "/rows?metric=endpoints_managed&period=2025-03")
    expect(line(page, "total_revenue").nth(MARCH).get_by_role("link")).to_have_count(0)
    line(page, "mrr").nth(LABEL).get_by_role("link").click()
    page.wait_for_url("**/trends?name=mrr")
    settled(page)
    expect(page.get_by_role("heading", level=2).first).to_have_text("Monthly Recurring Revenue (MRR)")


def test_values_by_hand_are_marked_and_those_in_place_of_others_more_so(
    live: Live, open_page: OpenPage
) -> None:
    live.enter("2025-03", endpoints_managed="70", total_revenue="100000")
    page = open_page(live, "/months")
    expect(line(page, "mrr").nth(MARCH)).to_contain_text("entered by hand")
    replaced = line(page, "endpoints_managed").nth(MARCH)
    expect(replaced).to_contain_text("entered by hand in place of the collected value")
    expect(replaced.get_by_role("link")).to_have_attribute(
        "href", "/enter?period=2025-03&metric=endpoints_managed"
    )
    expect(line(page, "total_revenue").nth(MARCH)).to_contain_text(
        "entered by hand in place of the computed value"
    )
    expect(line(page, "endpoints_managed").nth(FEBRUARY)).not_to_contain_text("by hand")


def test_values_at_a_threshold_are_marked_in_words(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-02", mrr="95")
    live.enter("2025-03", mrr="80")
    set_thresholds(
        live.database,
        [
            Threshold("mrr", ThresholdType.WARNING, Decimal(95)),
            Threshold("mrr", ThresholdType.CRITICAL, Decimal(90)),
        ],
    )
    page = open_page(live, "/months")
    expect(line(page, "mrr").nth(JANUARY)).not_to_contain_text("threshold")
    expect(line(page, "mrr").nth(FEBRUARY)).to_contain_text("warning threshold reached")
    expect(line(page, "mrr").nth(MARCH)).to_contain_text("critical threshold reached")


def test_open_findings_are_flagged_and_told_below_with_the_way_to_them(
    live: Live, open_page: OpenPage
) -> None:
    month = Month(2025, 3)
    fell = Finding(
        Rule.CHANGE,
        Severity.WARN,
        "endpoints_managed",
        month,
        Decimal(61),
        "within 25 % of 594",
        "Endpoints fell from 594 to 61 (-90 %) against February",
        ("rhem",),
    )
    with live.database.begin() as connection:
        [kept] = record(connection, live.database, "monthly_metrics", month, [fell], NOW)
    page = open_page(live, "/months")
    cell = line(page, "endpoints_managed").nth(MARCH)
    expect(cell).to_contain_text("Endpoints fell from 594 to 61 (-90 %) against February.")
    expect(line(page, "endpoints_managed").nth(FEBRUARY)).not_to_contain_text("fell")
    page.locator("#marks summary", has_text="1 open finding").click()
    told = page.get_by_role("link", name="Endpoints fell from 594 to 61")
    expect(told).to_have_attribute("href", f"/health?finding={kept.id}")
    page.get_by_label("Year").select_option("2024")
    expect(page.locator("#about")).to_contain_text("2024")
    expect(told).to_have_count(0)


def test_another_year_is_chosen_and_the_address_keeps_it(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    page.get_by_label("Year").select_option("2024")
    expect(page.locator("#about")).to_have_text("2024, all twelve months.")
    expect(line(page, "endpoints_managed").nth(MARCH)).to_have_text("–")
    expect(line(page, "endpoints_managed").nth(MARCH + 1)).to_have_text("50")
    page.reload()
    settled(page)
    expect(page.get_by_label("Year")).to_have_value("2024")
    page.go_back()
    settled(page)
    expect(page.get_by_label("Year")).to_have_value("2025")


def test_the_keyboard_alone_walks_the_cells_and_opens_one(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    page.get_by_role("button", name="Copy the table").focus()
    page.keyboard.press("Tab")
    for key in ("Control+Home", "Home", "ArrowUp", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(line(page, "reactive_tickets_created").nth(MARCH).get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(line(page, "reactive_tickets_created", prior=True).nth(MARCH)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rows?metric=reactive_tickets_closed&period=2025-03")


@pytest.mark.parametrize("width", [1024, 390])
def test_the_cell_that_has_the_focus_is_never_hidden(live: Live, open_page: OpenPage, width: int) -> None:
    page = open_page(live, "/months", width=width)
    line(page, "reactive_tickets_created").nth(JANUARY).get_by_role("link").focus()
    for key, times in (("ArrowDown", 30), ("ArrowRight", 12), ("ArrowUp", 20), ("ArrowLeft", 8)):
        for _ in range(times):
            page.keyboard.press(key)
            assert page.evaluate(IN_SIGHT), f"{key}: {page.evaluate('document.activeElement.textContent')}"


def test_one_key_leaves_the_table(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months")
    line(page, "mrr").nth(MARCH).get_by_role("link").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('table')")


def test_copied_cells_are_plain_numbers_and_what_is_absent_is_empty(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-03", mrr="1234567.89", nrr="-5.5")
    page = open_page(live, "/months")
    line(page, "nrr").nth(MARCH).get_by_role("link").focus()
    page.keyboard.press("Shift+ArrowDown")
    assert copy(page) == [["-5.5"], ["1234567.89"]]
    line(page, "mrr").nth(JUNE).get_by_role("link").focus()
    page.keyboard.press("Shift+Home")
    (row,) = copy(page)
    assert (row[LABEL], row[MARCH], row[JUNE]) == ("Monthly Recurring Revenue (MRR)", "1234567.89", "")
    assert all(Decimal(cell) for cell in row[JANUARY:JUNE])


def test_cells_chosen_with_the_mouse_are_copied_as_a_rectangle(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-02", mrr="2", orr="20")
    live.enter("2025-03", mrr="3", orr="30")
    page = open_page(live, "/months")
    line(page, "mrr").nth(FEBRUARY).hover()
    page.mouse.down()
    line(page, "orr").nth(MARCH).hover()
    page.mouse.up()
    expect(page.locator("[aria-selected=true]")).to_have_count(4)
    assert copy(page) == [["2", "3"], ["20", "30"]]
    assert page.url.endswith("/months")


def test_selected_text_of_the_whole_page_copies_the_table_with_its_heads(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, "/months")
    page.keyboard.press("Control+A")
    rows = copy(page)
    assert rows[0][:3] == ["Metric", "2025-01", "2025-02"]
    assert rows[1][0] == "Operations"
    assert rows[2][0] == METRICS["reactive_tickets_created"].label
    assert rows[3][0] == f"{METRICS['reactive_tickets_created'].label}, 2024"
    assert {len(row) for row in rows} == {14}


def test_a_button_copies_the_whole_table(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the table").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    pasted = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert len(pasted) == page.locator("table.months tr").count()
    assert page.evaluate("document.getSelection().isCollapsed")


def test_a_year_is_saved_as_a_file(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months?year=2025")
    saved = {}
    for kind in ("CSV", "Excel", "Parquet"):
        page.get_by_role("button", name="Download").click()
        with page.expect_download() as download:
            page.get_by_role("link", name=kind).click()
        saved[kind] = download.value
    assert "2025-03" in saved["CSV"].path().read_text(encoding="utf-8-sig")
    assert [each.suggested_filename for each in saved.values()] == [
        f"metrics-2025-01-to-2025-06.{ending}" for ending in ("csv", "xlsx", "parquet")
    ]


def test_the_first_column_and_the_heads_stay_in_sight(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months", width=390)
    frame = page.locator(".months-frame")
    frame.evaluate("(frame) => frame.scrollTo(300, 600)")
    edge = frame.bounding_box()
    head = page.locator("thead th").first.bounding_box()
    label = line(page, "employees").nth(LABEL).bounding_box()
    assert edge is not None
    assert head is not None
    assert label is not None
    assert abs(head["y"] - edge["y"]) <= 2
    assert abs(head["x"] - edge["x"]) <= 2
    assert abs(label["x"] - edge["x"]) <= 2


def test_on_a_phone_the_newest_month_is_in_sight(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/months?year=2025", width=390)
    june = page.locator("thead th", has_text="Jun 25").bounding_box()
    assert june is not None
    assert june["x"] + june["width"] <= 390


def test_an_empty_database_says_what_to_do(live_empty: Live, open_page: OpenPage) -> None:
    page = open_page(live_empty, "/months")
    expect(page.locator("#months")).to_contain_text("Nothing has been collected or entered yet.")
    expect(page.get_by_role("button", name="Copy the table")).to_be_hidden()


def test_one_month_alone_reads_well(live_empty: Live, open_page: OpenPage) -> None:
    collect(live_empty.database, Month(2025, 5), created=3, closed=3, endpoints=4)
    page = open_page(live_empty, "/months")
    expect(line(page, "reactive_tickets_created").nth(TOGETHER)).to_contain_text("total of 1")
    expect(line(page, "mrr").nth(TOGETHER)).to_have_text("–")
    expect(line(page, "reactive_tickets_created", prior=True).nth(TOGETHER)).to_have_text("–")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nine_digits_fit_and_only_the_table_scrolls(live: Live, open_page: OpenPage, width: int) -> None:
    live.enter("2025-03", mrr="987654321.99", employee_expense="123456789.01")
    page = open_page(live, "/months", width=width)
    expect(line(page, "mrr").nth(MARCH)).to_contain_text("$987,654,322")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert (
        page.evaluate(
            "[...document.querySelectorAll('.months td, .months thead th')]"
            ".filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.title)"
        )
        == []
    )
