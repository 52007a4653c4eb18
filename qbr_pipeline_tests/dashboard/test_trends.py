"""The trends: any number over months as a chart that can be read without seeing it, and saved."""

from __future__ import annotations

import csv
import struct
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Finding, Rule, Severity, ThresholdType
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.metrics.thresholds import Threshold
from qbr_pipeline.periods import Month
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.reading import read_smartnumbers
from qbr_pipeline.store.thresholds import set_thresholds
from qbr_pipeline_tests.dashboard.conftest import NOW, Live, OpenPage, collect, settled

DRAWN = """(id) => {
    const chart = Chart.getChart(document.querySelector(`#trend-${id} canvas`));
    const set = (each) => ({
        label: each.label, data: [...each.data], dash: each.borderDash ?? null, colour: each.borderColor,
        points: each.pointStyle ?? null, insides: each.pointBackgroundColor ?? null,
    });
    return {
        sets: chart.data.datasets.map(set), labels: [...chart.data.labels],
        unit: chart.options.scales.y.title.text, ticks: chart.scales.y.ticks.map((tick) => tick.label),
        animation: chart.options.animation,
    };
}"""


def drawn(page: Page, which: str = "number") -> Any:
    """What a chart draws."""
    return page.evaluate(DRAWN, which)


def values(page: Page, which: str = "number") -> Locator:
    """The rows of a chart's table, opened."""
    page.locator(f"#trend-{which} summary").click()
    return page.locator(f"#trend-{which} tbody tr")


def test_every_smartnumber_and_metric_is_offered_in_its_group(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends")
    choices = page.get_by_label("Number", exact=True)
    labels = choices.locator("option").all_inner_texts()
    everything = [each.label for each in SMARTNUMBERS.values()] + [each.label for each in METRICS.values()]
    assert sorted(labels) == sorted(everything)
    groups = choices.locator("optgroup").evaluate_all("groups => groups.map((group) => group.label)")
    assert groups[0] == "SmartNumbers: Operations"
    assert groups[-1] == "Metrics: Sales"
    expect(choices).to_have_value(next(iter(SMARTNUMBERS)))


def test_a_smartnumber_is_drawn_as_it_is_kept_with_its_unit(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends?name=total_close_pct")
    chart = drawn(page)
    assert chart["unit"] == "percent"
    assert all(tick.endswith(" %") for tick in chart["ticks"])
    assert (chart["labels"][0], chart["labels"][-1], len(chart["labels"])) == ("Jun 24", "Jun 25", 13)
    kept = live.database.fetch(read_smartnumbers, Month(2025, 3))["total_close_pct"].value
    assert Decimal(str(chart["sets"][0]["data"][9])) == kept
    rows = values(page)
    expect(rows).to_have_count(13)
    assert kept is not None
    expect(rows.nth(3)).to_have_text(f"March 2025{kept * 100:.2f} %")
    expect(page.locator("#trend-number canvas")).to_have_attribute(
        "aria-label",
        "Line chart: Total Close %, percent, June 2024 to June 2025. Its values are in the table below it.",
    )


def test_months_are_as_many_as_chosen_and_those_without_a_value_are_gaps(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, "/trends?name=mrr")
    page.get_by_label("Months", exact=True).select_option("36")
    expect(page.locator("#trend-number p").first).to_have_text("US dollars, July 2022 to June 2025")
    data = drawn(page)["sets"][0]["data"]
    assert (len(data), data.count(None), data[-1]) == (36, 22, None)
    rows = values(page)
    expect(rows.first).to_have_text("June 2025–In progress, provisional.")
    assert "months=36" in page.url
    page.reload()
    settled(page)
    expect(page.get_by_label("Months", exact=True)).to_have_value("36")
    page.go_back()
    settled(page)
    expect(page.get_by_label("Months", exact=True)).to_have_value("13")


def test_a_number_that_is_chosen_is_drawn_and_its_address_keeps_it(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends")
    page.get_by_label("Number", exact=True).select_option("Cash Reserve")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Cash Reserve")
    assert "name=cash_reserve" in page.url
    rows = values(page)
    expect(rows.nth(1).get_by_role("link")).to_have_attribute(
        "href", "/enter?period=2025-05&metric=cash_reserve"
    )


def test_the_month_in_progress_is_hollow(live: Live, open_page: OpenPage) -> None:
    chart = drawn(open_page(live, "/trends?name=endpoints_managed"))
    (line,) = chart["sets"]
    assert line["data"][-1] == 64
    assert (line["insides"][-2], line["insides"][-1]) == (line["colour"], "#fff")
    assert chart["animation"] is False


def test_thresholds_are_lines_that_say_their_value(live: Live, open_page: OpenPage) -> None:
    set_thresholds(
        live.database,
        [
            Threshold("total_close_pct", ThresholdType.WARNING, Decimal("0.95")),
            Threshold("total_close_pct", ThresholdType.CRITICAL, Decimal("0.9")),
        ],
    )
    sets = drawn(open_page(live, "/trends?name=total_close_pct"))["sets"]
    assert [(each["label"], set(each["data"])) for each in sets[1:]] == [
        ("critical at 90.00 %", {0.9}),
        ("warning at 95.00 %", {0.95}),
    ]
    assert len({str(each["dash"]) for each in sets}) == 3


def test_findings_flag_the_points_that_they_are_about_or_move(live: Live, open_page: OpenPage) -> None:
    month = Month(2025, 3)
    fell = Finding(
        Rule.CHANGE, Severity.WARN, "endpoints_managed", month, Decimal(61), "", "Endpoints fell", ("rhem",)
    )
    with live.database.begin() as connection:
        [kept] = record(connection, live.database, "monthly_metrics", month, [fell], NOW)
    page = open_page(live, "/trends?name=rhem")
    (points,) = [each["points"] for each in drawn(page)["sets"]]
    assert [place for place, style in enumerate(points) if style == "triangle"] == [9]
    told = page.get_by_label("Open findings").get_by_role("link", name="Endpoints fell.")
    expect(told).to_have_attribute("href", f"/health?finding={kept.id}")
    expect(values(page).nth(3)).to_contain_text("Endpoints fell.")
    page.get_by_label("Number", exact=True).select_option("endpoints_managed")
    expect(page.get_by_role("heading", level=2).first).to_have_text("# of Endpoints Managed")
    assert drawn(page)["sets"][0]["points"][9] == "triangle"
    page.get_by_label("Number", exact=True).select_option("mrr")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Monthly Recurring Revenue (MRR)")
    assert "triangle" not in drawn(page)["sets"][0]["points"]


def test_created_stands_against_closed_and_hours_beside(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends?name=mrr")
    tickets, hours = drawn(page, "tickets"), drawn(page, "hours")
    assert [each["label"] for each in tickets["sets"]] == ["Created", "Closed"]
    assert len({each["points"][0] for each in tickets["sets"]}) == 2
    assert [each["data"][-1] for each in tickets["sets"]] == [24, 21]
    assert (tickets["unit"], hours["unit"], hours["sets"][0]["data"][-1]) == ("count", "hours", 12)
    rows = values(page, "tickets")
    expect(rows.first).to_have_text("June 20252421In progress, provisional.")
    expect(rows.first.get_by_role("link").first).to_have_attribute(
        "href", "/rows?metric=reactive_tickets_created&period=2025-06"
    )


def test_the_tooltip_tells_the_exact_value(live: Live, open_page: OpenPage) -> None:
    live.enter("2025-05", mrr="123456.78")
    page = open_page(live, "/trends?name=mrr")
    told = page.evaluate(
        """() => {
            const chart = Chart.getChart(document.querySelector("#trend-number canvas"));
            chart.tooltip.setActiveElements([{ datasetIndex: 0, index: 11 }], { x: 0, y: 0 });
            chart.update();
            return [chart.tooltip.title[0], chart.tooltip.body[0].lines[0].trim()];
        }"""
    )
    assert told == ["May 25", "value: $123,456.78"]


def test_colours_follow_the_switch_between_light_and_dark(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends?name=mrr")
    light = drawn(page)["sets"][0]["colour"]
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = drawn(page)["sets"][0]["colour"]
    assert (light, dark) == ("#0d6efd", "#6ea8fe")


def test_a_chart_is_saved_as_a_picture_with_its_background(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends?name=mrr")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save Monthly Recurring Revenue (MRR) as a PNG picture").click()
    assert saved.value.suggested_filename == "mrr-2024-06-2025-06.png"
    picture = saved.value.path().read_bytes()
    width, height = struct.unpack(">II", picture[16:24])
    box = page.locator("#trend-number canvas").bounding_box()
    assert picture.startswith(b"\x89PNG")
    assert box is not None
    assert (width - 32, height - 72) == (round(box["width"]), round(box["height"]))


def test_values_are_saved_as_csv_as_they_are_kept(live: Live, open_page: OpenPage) -> None:
    page = open_page(live, "/trends?name=services_from_mrr_pct")
    with page.expect_download() as saved:
        page.locator("#trend-number").get_by_role("button", name="as CSV").click()
    head, *rows = csv.reader(StringIO(saved.value.path().read_text(encoding="utf-8")))
    assert head == ["month", f"{SMARTNUMBERS['services_from_mrr_pct'].label} (fraction)", "provisional"]
    kept = live.database.fetch(read_smartnumbers, Month(2025, 3))["services_from_mrr_pct"].value
    assert (rows[9][0], Decimal(rows[9][1]), rows[9][2]) == ("2025-03", kept, "no")
    assert rows[12] == ["2025-06", "", "yes"]


def test_a_number_without_any_value_says_so_and_leads_to_the_form(
    live_empty: Live, open_page: OpenPage
) -> None:
    collect(live_empty.database, Month(2025, 5), created=3, closed=3, endpoints=4)
    page = open_page(live_empty, "/trends?name=mrr")
    expect(page.locator("#trend-number")).to_contain_text("There is no value in these months.")
    expect(page.get_by_role("link", name="Enter one")).to_have_attribute(
        "href", "/enter?period=2025-06&metric=mrr"
    )
    assert drawn(page, "tickets")["sets"][0]["data"].count(None) == 12


def test_an_empty_database_says_what_to_do(live_empty: Live, open_page: OpenPage) -> None:
    page = open_page(live_empty, "/trends")
    expect(page.locator("#trends")).to_contain_text("Nothing has been collected or entered yet.")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_nine_digits_fit_beside_the_axis(live: Live, open_page: OpenPage, width: int) -> None:
    live.enter("2025-03", mrr="987654321.99")
    page = open_page(live, "/trends?name=mrr", width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert drawn(page)["ticks"][-1].startswith("$1,")
    room = page.evaluate(
        """() => {
            const { chartArea, width } = Chart.getChart(document.querySelector("#trend-number canvas"));
            return [chartArea.left, chartArea.right - chartArea.left, width];
        }"""
    )
    assert room[0] >= 70
    assert room[1] > room[2] / 2
