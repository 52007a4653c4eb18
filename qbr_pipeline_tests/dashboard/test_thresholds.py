"""Thresholds: typed as people write numbers, previewed while typing, saved exactly, refused at their field."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from qbr_pipeline.metrics.catalogue import METRICS, Better
from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.thresholds import Threshold, statuses
from qbr_pipeline.periods import Month
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.thresholds import read_limits, set_thresholds
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.dashboard.conftest import (
    CLIPPED,
    KEYS,
    LAST,
    READER,
    Live,
    OpenPage,
    Watched,
    settled,
)

WARNING, CRITICAL = ThresholdType.WARNING, ThresholdType.CRITICAL
LAST_13 = list(Month.span(LAST.plus(-12), LAST))


def row_of(page: Page, name: str) -> Locator:
    return page.locator(f".limit[data-name={name}]")


def kept(live: Live) -> dict[tuple[str, str], Decimal]:
    return {(each.metric_name, each.type.value): each.value for each in live.database.fetch(read_limits)}


def test_whatever_has_a_better_direction_can_have_a_threshold(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/thresholds")
    metrics = [metric for metric in METRICS.values() if metric.better is not Better.NEITHER]
    expected = [number.label for number in SMARTNUMBERS.values()] + [metric.label for metric in metrics]
    assert sorted(page.locator(".limit h4").all_inner_texts()) == sorted(expected)


def test_a_percentage_is_typed_as_one_and_stored_as_the_exact_fraction(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, "/thresholds")
    row = row_of(page, "total_close_pct")
    row.get_by_label("Warn at or below").fill("97.53 %")
    row.get_by_label("Critical at or below").fill("58.35")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_text("Saved")).to_be_visible()
    expect(row.get_by_role("button", name="Remove")).to_be_visible()
    assert kept(live) == {
        ("total_close_pct", "warning"): Decimal("0.9753"),
        ("total_close_pct", "critical"): Decimal("0.5835"),
    }
    page.reload()
    settled(page)
    expect(row.get_by_label("Warn at or below")).to_have_value("97.53")
    expect(row.get_by_label("Critical at or below")).to_have_value("58.35")


def test_what_is_typed_is_previewed_before_it_is_saved(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/thresholds")
    row = row_of(page, "reactive_tickets_created")
    expect(row.locator(".limit-summary")).to_have_text("No threshold")
    expect(row.get_by_role("button", name="Save")).to_be_hidden()
    row.get_by_label("Warn at or above").fill("23")
    expect(row.locator(".limit-summary")).to_have_text("5 warnings of 12 months")
    row.get_by_label("Critical at or above").fill("24")
    expect(row.locator(".limit-summary")).to_have_text("2 critical, 3 warnings of 12 months")
    expect(row.locator(".limit-cell").last).to_have_attribute("data-state", "unknown")
    assert kept(live) == {}
    row.get_by_role("button", name="Undo").click()
    expect(row.locator(".limit-summary")).to_have_text("No threshold")
    expect(row.get_by_role("button", name="Save")).to_be_hidden()


def test_the_preview_colours_what_the_rule_of_thresholds_marks(live: Live, open_page: OpenPage) -> None:
    wanted = [
        Threshold("total_close_pct", WARNING, Decimal("0.9545")),
        Threshold("total_close_pct", CRITICAL, Decimal("0.9091")),
        Threshold("endpoints_managed", WARNING, Decimal(60)),
        Threshold("endpoints_managed", CRITICAL, Decimal(55)),
        Threshold("total_revenue", WARNING, Decimal(400000)),
        Threshold("lost_mrr_churn", CRITICAL, Decimal(1500)),
        Threshold("mrr", WARNING, Decimal("95000.5")),
    ]
    set_thresholds(live.database, wanted)
    page = open_page(live, "/thresholds")
    for name in {each.metric_name for each in wanted}:
        shown = [
            cell.get_attribute("data-state") for cell in row_of(page, name).locator(".limit-strip li").all()
        ]
        for month, state in zip(LAST_13, shown, strict=True):
            value = (
                live.database.fetch(read_values, month)[name].value
                if name in METRICS and name in live.database.fetch(read_values, month)
                else getattr(live.database.fetch(read_smartnumbers, month).get(name), "value", None)
            )
            in_progress = LAST if month == LAST else None
            told = statuses(month, {name: value}, wanted, in_progress=in_progress)[name]
            assert state == ("absent" if value is None else told.value), (name, str(month))


def test_what_a_new_threshold_marks_is_among_the_findings_at_once(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/thresholds#reactive_tickets_created")
    expect(page.locator("#health")).not_to_have_text("Data health")
    before = page.locator("#health [data-open]").inner_text()
    page.keyboard.type("24")
    page.keyboard.press("Enter")
    expect(row_of(page, "reactive_tickets_created").get_by_text("Saved")).to_be_visible()
    expect(page.locator("#health [data-open]")).not_to_have_text(before)
    page.locator("#health").click()
    settled(page)
    reached = page.locator("details.finding").filter(has_text="at the warning threshold of 24")
    expect(reached.first).to_be_visible()


def test_what_is_typed_and_not_saved_is_not_left_without_asking(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/thresholds")
    typed = row_of(page, "mrr").get_by_label("Warn at or below")
    typed.fill("900")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda question: question.dismiss())
        page.get_by_role("link", name="Months", exact=True).click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(typed).to_have_value("900")


def test_a_field_that_is_emptied_takes_its_threshold_away(live: Live, open_page: OpenPage) -> None:
    set_thresholds(
        live.database, [Threshold("mrr", WARNING, Decimal(900)), Threshold("mrr", CRITICAL, Decimal(800))]
    )
    page = open_page(live, "/thresholds")
    row = row_of(page, "mrr")
    row.get_by_label("Warn at or below").fill("")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("button", name="Save")).to_be_hidden()
    assert kept(live) == {("mrr", "critical"): Decimal(800)}
    row.get_by_role("button", name="Remove").click()
    expect(row.get_by_label("Critical at or below")).to_have_value("")
    assert kept(live) == {}


@pytest.mark.parametrize(
    ("warning", "critical", "blamed", "sentence"),
    [
        ("many", "90", "Warn", "This is not a number"),
        ("98", "9o", "Critical", "This is not a number"),
        ("95", "97.5", "Warn", "the warning at 95 % is worse than the critical threshold at 97.5 %"),
        ("95", "90.123", "Critical", "at most 10 digits before and 2 after the decimal point, not 90.123 %."),
        (
            "99999999999",
            "9",
            "Warn",
            "at most 10 digits before and 2 after the decimal point, not 99999999999 %.",
        ),
    ],
    ids=["no number", "no number either", "a warning beyond the critical", "too exact", "too large"],
)
def test_a_refusal_is_shown_at_its_field(
    live: Live, open_page: OpenPage, watched: Watched, warning: str, critical: str, blamed: str, sentence: str
) -> None:
    watched.allowed.append("400")
    page = open_page(live, "/thresholds")
    row = row_of(page, "total_close_pct")
    fields = {
        "Warn": row.get_by_label("Warn at or below"),
        "Critical": row.get_by_label("Critical at or below"),
    }
    fields["Warn"].fill(warning)
    fields["Critical"].fill(critical)
    fields["Critical"].press("Enter")
    expect(fields[blamed]).to_have_attribute("aria-invalid", "true")
    expect(fields[blamed]).to_be_focused()
    expect(fields[blamed]).to_have_accessible_description(re.compile(re.escape(sentence)))
    [fine] = [field for name, field in fields.items() if name != blamed]
    expect(fine).not_to_have_attribute("aria-invalid", "true")
    assert kept(live) == {}
    fields[blamed].press("End")
    fields[blamed].press("Backspace")
    expect(fields[blamed]).not_to_have_attribute("aria-invalid", "true")


def test_a_threshold_is_set_by_keyboard_alone(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/thresholds#rhem")
    expect(row_of(page, "rhem").get_by_label("Warn at or above")).to_be_focused()
    page.keyboard.type(".2500")
    page.keyboard.press("Tab")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_have_text("RHEM (Reactive Hours / Endpoint / Month): saved")
    assert kept(live) == {("rhem", "warning"): Decimal("0.25"), ("rhem", "critical"): Decimal("0.5")}


def test_moving_the_point_of_a_number_is_exact(live_empty: Live, open_page: OpenPage) -> None:
    drawn = random.Random(7)
    given = [Decimal(drawn.randint(-(10**12), 10**12)).scaleb(-drawn.randint(0, 12)) for _ in range(300)]
    given += [Decimal(text) for text in ("0", "0.01", "-0.5", "100", "29", "0.0001", "99999999.9999")]
    page = open_page(live_empty, "/thresholds")
    move = """async (all) => {
      const { read, shift } = await import("/static/decimals.js");
      return all.map((text) => [read(text), shift(read(text), -2), shift(read(text), 2)]);
    }"""
    moved = page.evaluate(move, [f"{each:f}" for each in given])
    assert [tuple(map(Decimal, each)) for each in moved] == [
        (each, each.scaleb(-2), each.scaleb(2)) for each in given
    ]


def test_numbers_are_read_as_people_type_them(live_empty: Live, open_page: OpenPage) -> None:
    meant = {
        "$1,234.50": "1234.5",
        " -.5 ": "-0.5",
        "97.5%": "97.5",
        "-$7": "-7",
        "1,23": None,
        "1e5": None,
        ".": None,
        "": None,
        "\u0663": None,
    }
    page = open_page(live_empty, "/thresholds")
    read = 'async (all) => { const { read } = await import("/static/decimals.js"); return all.map(read); }'
    assert dict(zip(meant, page.evaluate(read, list(meant)), strict=True)) == meant


def test_rows_are_found_by_name_and_by_being_set(live: Live, open_page: OpenPage) -> None:
    set_thresholds(live.database, [Threshold("mrr", WARNING, Decimal(1))])
    page = open_page(live, "/thresholds")
    page.get_by_label("Find by name").fill("mrr new")
    expect(page.locator(".limit:visible h4")).to_have_text(["New MRR added", "New MRR"])
    expect(page.get_by_role("heading", name="Expenses")).to_be_hidden()
    page.get_by_label("Find by name").fill("")
    page.get_by_label("Only those that are set").check()
    expect(page.locator(".limit:visible h4")).to_have_text(["Monthly Recurring Revenue (MRR)"])
    page.get_by_label("Find by name").fill("owner compensation")
    expect(page.get_by_text("No metric with that name can have a threshold.")).to_be_visible()


def test_a_key_that_may_only_read_sees_values_without_fields(
    serve: Callable[..., Live], filled_database: Callable[[], str], open_page: OpenPage
) -> None:
    live = serve(
        filled_database(), QBR_API_KEYS=KEYS, QBR_SESSION_SECRET="a-session-secret-of-the-tests-only"
    )
    set_thresholds(live.database, [Threshold("total_close_pct", WARNING, Decimal("0.9750"))])
    page = open_page(live, "/thresholds")
    page.get_by_label("Key").fill(READER)
    page.get_by_role("button", name="Sign in").click()
    row = row_of(page, "total_close_pct")
    expect(row.locator(".limit-field").first).to_have_text("Warn at or below97.50 %")
    expect(row.locator(".limit-field").last).to_have_text("Critical at or below–")
    expect(page.locator("#limits input, #limits button")).to_have_count(0)
    expect(row.locator(".limit-strip li")).to_have_count(13)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_row_with_marks_and_a_fault(
    live: Live, open_page: OpenPage, scheme: str
) -> None:
    page = open_page(live, "/thresholds", color_scheme=scheme, bypass_csp=True)
    row = row_of(page, "reactive_tickets_created")
    row.get_by_label("Warn at or above").fill("22")
    row.get_by_label("Critical at or above").fill("2x")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_text("This is not a number")).to_be_visible()
    row.get_by_label("Critical at or above").fill("24")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_text("Saved")).to_be_visible()
    row_of(page, "rhem").get_by_label("Warn at or above").fill("x")
    row_of(page, "rhem").get_by_role("button", name="Save").click()
    violations = Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nine_digits_are_not_clipped(live: Live, open_page: OpenPage, width: int) -> None:
    live.enter("2025-05", mrr="987654321.99", nrr="987654321.99")
    set_thresholds(live.database, [Threshold("mrr", WARNING, Decimal("98765432.1234"))])
    page = open_page(live, "/thresholds", width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(CLIPPED, ".limit[data-name=mrr]") == []
    field = row_of(page, "mrr").get_by_label("Warn at or below")
    assert field.evaluate("each => each.scrollWidth <= each.clientWidth")
