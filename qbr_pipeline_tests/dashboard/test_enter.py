"""Entering a month: what people type, what the API says of it, what is kept, and what moves."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind
from qbr_pipeline.periods import Month
from qbr_pipeline.store.history import history
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.dashboard.conftest import KEYS, READER, Live, OpenPage, Watched, hold, settled

MAY = Month(2025, 5)
PAGE = "/enter?period=2025-05"

BAD: list[tuple[str, str, str]] = [
    ("nrr", "(-5)", '"(-5)" is not a number'),
    ("employees", "8.123", '# of Employees: "8.123" has more than 2 decimals; expected a number such as'),
    ("mrr", "-1", 'Monthly Recurring Revenue (MRR): "-1" is negative, which this metric cannot be;'),
    ("mrr", "$10,000,000,000", "is beyond the range of the column (10 digits before the decimal point)"),
    ("mrr", "1.0000000000000000001", "has more than 2 decimals"),
    ("mrr", "12,5", '"12,5" is not a number: expected one such as $1,234.50.'),
    ("mrr", "1.234,50", '"1.234,50" is not a number'),
    ("mrr", "about 5", '"about 5" is not a number'),
    ("mrr", "5 %", '"5 %" is not a number'),
    ("employees", "$5", '"$5" is not a number: expected one such as 1,234.5.'),
    ("employees", "<img src=x onerror=alert(1)>", '"<img src=x onerror=alert(1)>" is not a number'),
    ("employees", "1e3", '"1e3" is not a number'),
]
"""A metric, what is typed, and what is said of it."""

EXACT: list[tuple[str, str, str]] = [
    ("nrr", "-$1,234.50", "-1234.50"),
    ("nrr", " ($4,234.50) ", "-4234.50"),
    ("nrr", "$ (0.75)", "-0.75"),
    ("nrr", " \N{MINUS SIGN}7 ", "-7.00"),
    ("nrr", "$ 0", "0.00"),
    ("mrr", "9,999,999,999.99", "9999999999.99"),
    ("mrr", "007", "7.00"),
    ("mrr", ".5", "0.50"),
    ("mrr", "0.10", "0.10"),
    ("employees", "1,234.50", "1234.50"),
]
"""A metric, what is typed, and what is kept."""


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#field-{name}")


def month_of(page: Page) -> Locator:
    return page.get_by_label("Month", exact=True)


def fault(page: Page, name: str) -> Locator:
    return page.locator(f"#fault-{name}")


def in_review(page: Page, name: str) -> Locator:
    """The cells of a name in what will change."""
    return page.locator(f"#review tr[data-name={name}] td")


def who(page: Page, name: str = "Bea") -> None:
    page.get_by_label("Who enters this").fill(name)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def override(page: Page) -> None:
    page.get_by_text("Override a collected or computed value").click()


def test_the_month_that_ended_is_offered_first_with_last_months_values_beside(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, "/enter")
    expect(month_of(page)).to_have_value("2025-05")
    expect(page.locator("#about")).to_have_text("May 2025. Every input is there. ")
    april, may = (live.database.fetch(read_values, month) for month in (Month(2025, 4), MAY))
    for key, metric in METRICS.items():
        if metric.kind is MetricKind.INPUT:
            shown = Decimal(field(page, key).input_value().replace(",", ""))
            assert shown == may[key].value
            before = (page.locator(f"#before-{key}").text_content() or "").translate(
                {ord(sign): None for sign in "$,"}
            )
            assert before.startswith("April 2025: ")
            assert Decimal(before.removeprefix("April 2025: ")) == april[key].value


def test_a_month_without_its_inputs_says_so(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/enter?period=2025-06")
    expect(page.locator("#about")).to_have_text("June 2025, in progress. 21 inputs are missing.")
    expect(field(page, "mrr")).to_have_value("")


def test_a_month_is_entered_and_the_smartnumbers_move(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    before = live.database.fetch(read_smartnumbers, MAY)["services_from_mrr_pct"].value
    field(page, "mrr").fill("$130,000.50")
    field(page, "employees").fill("9.5")
    expect(in_review(page, "mrr").last).to_have_text("$130,000.50")
    expect(in_review(page, "employees").last).to_have_text("9.5")
    expect(page.locator("#count")).to_have_text("2 values to save.")
    assert live.database.fetch(read_values, MAY)["mrr"].entered_by == "Ann"  # nothing is stored yet
    promised = {
        name: page.locator(f"#review table:has-text('May 2025') tr[data-name={name}] td").all_inner_texts()
        for name in ("services_from_mrr_pct", "annual_service_rev_per_employee")
    }
    who(page)
    page.get_by_label("Why (optional)").fill('late invoice <b>"ok" & more')
    save(page)
    expect(page.locator("#saved")).to_contain_text("Saved by Bea: 2 values of May 2025.")
    for name, cells in promised.items():
        row = page.locator(f"#saved table:has-text('May 2025') tr[data-name={name}] td")
        assert row.all_inner_texts() == cells
    kept = live.database.fetch(read_values, MAY)
    assert (kept["mrr"].value, kept["employees"].value) == (Decimal("130000.50"), Decimal("9.50"))
    assert (kept["mrr"].entered_by, kept["mrr"].notes) == ("Bea", 'late invoice <b>"ok" & more')
    after = live.database.fetch(read_smartnumbers, MAY)["services_from_mrr_pct"].value
    assert after is not None
    assert after != before
    assert promised["services_from_mrr_pct"][1] == f"{after * 100:.2f} %"
    expect(page.locator("#count")).to_contain_text("Nothing yet")


def test_the_name_is_remembered_and_needed(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    field(page, "prospects_to_pbr").fill("77")
    save(page)
    name = page.get_by_label("Who enters this")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(page.locator("#entered_by-fault")).to_have_text("Enter your name: the history records it.")
    who(page, "Zoë O'Hara")
    save(page)
    expect(page.locator("#saved")).to_contain_text("1 value of May 2025")
    page.reload()
    settled(page)
    expect(name).to_have_value("Zoë O'Hara")


def test_nothing_glides_and_save_stays_where_it_is_when_what_follows_arrives(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, PAGE)
    held = hold(page, "**/api/qbr/metrics/manual/check")
    button = page.get_by_role("button", name="Save", exact=True)
    for name, typed, answered in (
        ("prospects_to_pbr", "77", in_review(page, "prospects_to_pbr").first),
        ("new_agreements", "-1", fault(page, "new_agreements")),
    ):
        with page.expect_request("**/api/qbr/metrics/manual/check"):
            field(page, name).fill(typed)
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        before = button.bounding_box()
        assert page.evaluate("window.scrollY + innerHeight") == page.evaluate("document.body.scrollHeight")
        held.pop().continue_()
        expect(answered).not_to_be_empty()
        assert button.bounding_box() == before


def test_a_bad_value_is_refused_at_its_field_in_a_sentence(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    who(page)
    kept = live.database.fetch(read_values, MAY)
    for name, typed, sentence in BAD:
        field(page, name).fill(typed)
        expect(fault(page, name)).to_contain_text(sentence)
        expect(field(page, name)).to_have_attribute("aria-invalid", "true")
        assert f"fault-{name}" in (field(page, name).get_attribute("aria-describedby") or "")
        expect(page.locator("#count")).to_contain_text("1 value needs another look.")
        save(page)
        expect(field(page, name)).to_be_focused()
        page.get_by_role("button", name=f"Undo {METRICS[name].label}").click()
        expect(field(page, name)).not_to_have_attribute("aria-invalid", "true")
        expect(page.locator("#count")).to_contain_text("Nothing yet")
    assert live.database.fetch(read_values, MAY) == kept


def test_numbers_arrive_exactly_as_they_were_typed(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    who(page)
    for place, (name, typed, kept) in enumerate(EXACT):
        field(page, name).fill(typed)
        page.get_by_label("Why (optional)").fill(f"number {place}")
        with page.expect_response("**/metrics/manual/batch"):
            save(page)
        expect(page.locator("#count")).to_contain_text("Nothing yet")
        stored = live.database.fetch(read_values, MAY)[name]
        assert (str(stored.value), stored.notes) == (kept, f"number {place}")


def test_a_browser_that_cannot_send_every_digit_says_so(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    page.evaluate("delete JSON.rawJSON")
    field(page, "mrr").fill("1.000000000000000001")
    expect(fault(page, "mrr")).to_have_text(
        '"1.000000000000000001" has more digits than this browser can send.'
    )
    field(page, "mrr").fill("9,999,999,999.99")
    who(page)
    save(page)
    expect(page.locator("#saved")).to_be_visible()
    assert str(live.database.fetch(read_values, MAY)["mrr"].value) == "9999999999.99"


def test_an_empty_field_releases_its_value_after_a_clear_question(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    who(page)
    field(page, "orr").fill("")
    expect(page.locator("#hint-orr")).to_have_text("This value will be absent.")
    expect(page.locator("#count")).to_have_text("1 to release.")
    save(page)
    dialog = page.get_by_role("dialog", name="Release this value?")
    expect(dialog).to_contain_text("Other Recurring Revenue (ORR)")
    expect(dialog).to_contain_text("it will be absent.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert live.database.fetch(read_values, MAY)["orr"].value is not None
    save(page)
    page.get_by_role("button", name="Release and save").click()
    expect(page.locator("#saved")).to_contain_text("1 value of May 2025")
    assert live.database.fetch(read_values, MAY)["orr"].value is None
    expect(page.locator("#about")).to_contain_text("1 input is missing: Other Recurring Revenue (ORR).")


def test_a_collected_value_is_overridden_and_released_to_collection(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    found = live.database.fetch(read_values, MAY)["reactive_tickets_created"].value
    who(page)
    override(page)
    expect(page.locator("#hint-reactive_tickets_created")).to_contain_text(
        f"May 2025: {found:.0f}, collected."
    )
    field(page, "reactive_tickets_created").fill("99")
    expect(in_review(page, "reactive_tickets_created").last).to_have_text("99")
    save(page)
    expect(page.locator("#saved")).to_be_visible()
    assert live.database.fetch(read_values, MAY)["reactive_tickets_created"].value == 99
    expect(page.locator("#hint-reactive_tickets_created")).to_contain_text(
        "Entered by Bea instead of the collected value."
    )
    page.get_by_role("button", name="Release to collection").click()
    expect(page.locator("#hint-reactive_tickets_created")).to_have_text(
        "This value goes back to what was collected."
    )
    expect(in_review(page, "reactive_tickets_created").last).to_have_text(f"{found:.0f}")
    save(page)
    page.get_by_role("button", name="Release and save").click()
    expect(page.locator("#hint-reactive_tickets_created")).to_contain_text(f"{found:.0f}, collected.")
    kept = live.database.fetch(read_values, MAY)["reactive_tickets_created"]
    assert (kept.value, kept.source) == (found, "collected")


def test_the_history_of_a_cell_tells_who_why_and_when_in_the_browsers_zone(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, PAGE, timezone_id="Asia/Tokyo")
    field(page, "mrr").fill("5")
    who(page)
    page.get_by_label("Why (optional)").fill("a correction")
    save(page)
    expect(page.locator("#saved")).to_be_visible()
    page.get_by_role("button", name="History of Monthly Recurring Revenue (MRR)").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    newest, oldest = dialog.get_by_role("listitem").all_inner_texts()
    assert "→ $5.00" in newest
    assert "entered by Bea" in newest
    assert "a correction" in newest
    assert oldest.startswith("– → $")
    assert "GMT+9" in newest
    entries = live.database.fetch(history, MAY, "mrr")
    hour = (entries[-1].changed_at.hour + 9) % 24
    assert re.search(rf", {hour % 12 or 12}:\d\d {'PM' if hour >= 12 else 'AM'} GMT\+9", newest)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_an_address_leads_to_the_field_of_a_metric(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, f"{PAGE}&metric=lost_mrr")
    expect(field(page, "lost_mrr")).to_be_focused()
    expect(field(page, "lost_mrr")).to_be_in_viewport()
    page = open_page(live, f"{PAGE}&metric=gross_margin")
    expect(field(page, "gross_margin")).to_be_focused()


def test_enter_goes_down_as_in_a_spreadsheet_and_nothing_is_sent_by_it(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, PAGE)
    field(page, "nrr").focus()
    page.keyboard.press("Enter")
    expect(field(page, "mrr")).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(field(page, "nrr")).to_be_focused()
    field(page, "lost_mrr").focus()
    page.keyboard.press("Enter")
    expect(field(page, "lost_mrr")).to_be_focused()


def test_enter_goes_down_by_one_also_after_the_form_had_to_be_tried_again(
    live: Live, open_page: OpenPage, watched: Watched
) -> None:
    watched.allowed.append("ERR_FAILED")
    page = open_page(live, "/health")
    page.route("**/api/qbr/metrics/monthly*", lambda route: route.abort())
    page.goto(live.address + PAGE)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/api/qbr/metrics/monthly*")
    again.click()
    field(page, "nrr").press("Enter")
    expect(field(page, "mrr")).to_be_focused()


def test_a_column_of_a_spreadsheet_is_pasted_down_the_fields(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    paste = """(input, text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }"""
    kept = field(page, "mrr").input_value()
    field(page, "nrr").evaluate(paste, " $1,234.50 \r\n\r\n(7.25)\r\n12 boxes\r\n")
    for name, shown in {
        "nrr": "$1,234.50",
        "mrr": kept,
        "orr": "(7.25)",
        "product_sales": "12 boxes",
    }.items():
        expect(field(page, name)).to_have_value(shown)
    expect(field(page, "product_sales")).to_be_focused()
    expect(in_review(page, "nrr").last).to_have_text("$1,234.50")
    expect(fault(page, "product_sales")).to_contain_text('"12 boxes" is not a number')


def test_unsaved_changes_are_not_left_without_asking(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, PAGE)
    field(page, "mrr").fill("1")
    month_of(page).select_option("2025-04")
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Stay").click()
    expect(month_of(page)).to_have_value("2025-05")
    expect(field(page, "mrr")).to_have_value("1")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda question: question.dismiss())
        page.get_by_role("link", name="Months", exact=True).click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(field(page, "mrr")).to_have_value("1")
    month_of(page).select_option("2025-04")
    dialog.get_by_role("button", name="Leave").click()
    expect(page.locator("#about")).to_contain_text("April 2025.")
    assert "period=2025-04" in page.url
    expect(page.locator("#count")).to_contain_text("Nothing yet")


def test_going_back_asks_too_and_staying_keeps_the_month_and_its_address(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, PAGE)
    month_of(page).select_option("2025-04")
    expect(page.locator("#about")).to_contain_text("April 2025.")
    field(page, "mrr").fill("1")
    page.evaluate("history.back()")
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Stay").click()
    expect(field(page, "mrr")).to_have_value("1")
    expect(page).to_have_url(re.compile("period=2025-04"))
    page.evaluate("history.back()")
    dialog.get_by_role("button", name="Leave").click()
    expect(page.locator("#about")).to_contain_text("May 2025.")
    expect(month_of(page)).to_have_value("2025-05")


def test_an_api_that_is_down_is_told_and_what_was_typed_stays(
    live: Live, open_page: OpenPage, watched: Watched
) -> None:
    watched.allowed.append("Failed to load resource")
    page = open_page(live, PAGE)
    who(page)
    page.route("**/api/qbr/metrics/manual/**", lambda route: route.abort())
    field(page, "mrr").fill("5")
    expect(page.locator("#refused")).to_have_text(
        "The numbers cannot be reached at the moment: the API does not answer."
    )
    save(page)
    expect(field(page, "mrr")).to_have_value("5")
    page.unroute("**/api/qbr/metrics/manual/**")
    save(page)
    expect(page.locator("#saved")).to_contain_text("1 value of May 2025")


def test_a_month_of_an_empty_database_can_be_entered(live_empty: Live, open_page: OpenPage) -> None:
    page = open_page(live_empty, "/enter")
    for name, typed in {"mrr": "100", "nrr": "0", "orr": "0", "product_sales": "0"}.items():
        field(page, name).fill(typed)
    who(page)
    expect(in_review(page, "total_revenue").last).to_have_text("$100.00")
    save(page)
    expect(page.locator("#saved")).to_contain_text("4 values of May 2025")
    assert live_empty.database.fetch(read_values, MAY)["total_revenue"].value == 100


def test_who_may_only_read_sees_the_values_and_no_form(
    serve: Callable[..., Live], filled_database: Callable[[], str], open_page: OpenPage
) -> None:
    live = serve(filled_database(), QBR_API_KEYS=KEYS)
    page = open_page(live, PAGE)
    page.get_by_label("Key").fill(READER)
    page.get_by_role("button", name="Sign in").click()
    settled(page)
    expect(page.locator("#about")).to_contain_text("Your key may only read")
    assert page.locator("main input").count() == 0
    value = live.database.fetch(read_values, MAY)["mrr"].value
    expect(page.get_by_role("row", name="Monthly Recurring Revenue (MRR)")).to_contain_text(f"${value:,.2f}")
    page.get_by_role("button", name="History of Monthly Recurring Revenue (MRR)").click()
    expect(page.get_by_role("dialog")).to_contain_text("entered by Ann")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nothing_is_cut_off_or_wider_than_the_screen(live: Live, open_page: OpenPage, width: int) -> None:
    live.enter("2025-05", mrr="9999999999.99", reactive_tickets_created="999999999")
    live.enter("2025-04", mrr="9999999999.99")
    page = open_page(live, PAGE, width=width)
    who(page, "N" * 100)
    field(page, "nrr").fill("-9,999,999,999.99")
    expect(in_review(page, "nrr").last).to_have_text("-$9,999,999,999.99")
    field(page, "employees").fill("8.123")
    expect(fault(page, "employees")).to_contain_text("has more than 2 decimals")
    save(page)
    field(page, "employees").fill("8")
    save(page)
    expect(page.locator("#saved")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_while_things_are_wrong_asked_and_saved(
    live: Live, open_page: OpenPage, scheme: str
) -> None:
    page = open_page(live, PAGE, color_scheme=scheme, bypass_csp=True)
    who(page)
    field(page, "employees").fill("8.123")
    field(page, "orr").fill("")
    expect(in_review(page, "orr")).to_have_count(2)
    override(page)
    assert serious(page) == []
    field(page, "employees").fill("9")
    save(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Release and save").click()
    expect(page.locator("#saved")).to_be_visible()
    assert serious(page) == []


def serious(page: Page) -> list[str]:
    """What axe finds that people with a disability would stumble over."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def test_of_two_months_chosen_quickly_the_form_is_of_the_later_though_the_earlier_answers_last(
    live: Live, open_page: OpenPage
) -> None:
    live.enter("2025-03", mrr="3333")
    live.enter("2025-02", mrr="2222")
    page = open_page(live, PAGE)
    held = hold(page, "**/api/qbr/metrics/monthly?period=2025-03")
    with page.expect_request("**/api/qbr/metrics/monthly?period=2025-03"):
        month_of(page).select_option("2025-03")
    expect(page.locator("#about")).to_be_empty()
    expect(page.locator("#sections input")).to_have_count(0)  # nothing to type into meanwhile
    month_of(page).select_option("2025-02")
    expect(field(page, "mrr")).to_have_value("2,222.00")
    with page.expect_response("**/api/qbr/metrics/monthly?period=2025-03"):
        held[0].continue_()
    settled(page)
    expect(month_of(page)).to_have_value("2025-02")
    expect(field(page, "mrr")).to_have_value("2,222.00")
