"""Findings and restatements on the page Data health: read, found by a link, decided on, explained."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from qbr_pipeline.metrics.findings import Finding, Rule, Severity, ThresholdType
from qbr_pipeline.metrics.rules.answers import rows_lost
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.store.findings.reading import FindingFilter, State, StoredFinding, find
from qbr_pipeline.store.findings.records import record
from qbr_pipeline.store.rows.losses import acceptances
from qbr_pipeline.store.rows.shapes import TicketRow, TimeEntryRow
from qbr_pipeline_tests.dashboard.conftest import KEYS, NOW, READER, Live, OpenPage, Watched, settled
from qbr_pipeline_tests.store.conftest import Collector

APRIL, MAY, FIRST_QUARTER = Month(2025, 4), Month(2025, 5), Quarter(2025, 1)
SEEN = NOW - timedelta(days=3)
FELL = "Endpoints fell from 594 to 288 (-52 %) against April"


def finding(period: Period, sentence: str, rule: Rule = Rule.CHANGE, **others: object) -> Finding:
    made = Finding(
        rule,
        Severity.WARN,
        "endpoints_managed",
        period,
        Decimal(288),
        "within 25 % of 594",
        sentence,
        ("rhem", "avg_aisp"),
    )
    return replace(made, **others)  # type: ignore[arg-type]


def keep(live: Live, period: Period, *found: Finding, scope: str = "trial") -> tuple[StoredFinding, ...]:
    with live.database.begin() as connection:
        return record(connection, live.database, scope, period, found, SEEN)


@pytest.fixture
def found(live: Live) -> Live:
    """May: an error and a warning; April: a warning; the first quarter: a threshold."""
    keep(
        live,
        MAY,
        finding(MAY, FELL),
        finding(
            MAY,
            "301 of 412 tickets were read",
            Rule.COUNT_MISMATCH,
            severity=Severity.ERROR,
            subject="reactive_tickets_created",
            moves=(),
        ),
    )
    keep(live, APRIL, finding(APRIL, "Seats rose", subject="seats_managed"))
    keep(
        live, FIRST_QUARTER, finding(FIRST_QUARTER, "Profit is low", Rule.THRESHOLD, subject="net_profit_pct")
    )
    return live


def shown(page: Page, sentence: str) -> Locator:
    return page.locator("details.finding").filter(has_text=sentence)


def kept(live: Live, sentence: str) -> StoredFinding:
    found = live.database.fetch(find, FindingFilter(), NOW, limit=100, offset=0).findings
    [one] = [each for each in found if each.finding.sentence == sentence]
    return one


def test_open_findings_are_listed_by_month_with_errors_first(found: Live, open_page: OpenPage) -> None:
    page = open_page(found, "/health")
    expect(page.locator(".finding-group h3")).to_have_text(["May 2025", "Q1 2025", "April 2025"])
    expect(page.locator(".finding").first).to_contain_text("Error")
    expect(page.locator("#health [data-open]")).to_have_text("4 open findings")


def test_a_critical_threshold_does_not_look_like_a_warning(live: Live, open_page: OpenPage) -> None:
    reached = "Profit of May 2025 is 4.00 %, below the {} threshold of 5.00 %"
    sentences = [reached.format(type_) for type_ in ThresholdType]
    subjects = ("net_profit_pct", "total_close_pct")
    for subject, sentence, type_ in zip(subjects, sentences, ThresholdType, strict=True):
        found_now = finding(MAY, sentence, Rule.THRESHOLD, subject=subject, threshold_type=type_)
        keep(live, MAY, found_now, scope=subject)
    page = open_page(live, "/health")
    for sentence, word in zip(sentences, ("Warning", "Critical"), strict=True):
        expect(shown(page, sentence).locator(".finding-severity")).to_have_text(word)
    expect(shown(page, sentences[1]).locator(".finding-severity")).to_have_class(re.compile("text-bad"))
    expect(page.locator(".finding-severity")).to_have_text(["Critical", "Warning"])


def test_a_finding_opens_by_keyboard_with_what_it_rests_on_and_moves(
    found: Live, open_page: OpenPage
) -> None:
    page = open_page(found, "/health")
    each = shown(page, FELL)
    each.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(each).to_contain_text(
        "A flow moved by at least 50 %, or a stock by 25 %, against the month before."
    )
    expect(each).to_contain_text("within 25 % of 594")
    expect(each.get_by_role("link", name="RHEM (Reactive Hours / Endpoint / Month)")).to_have_attribute(
        "href", "/trends?name=rhem"
    )
    expect(each.get_by_role("link", name="Rows")).to_have_attribute(
        "href", "/rows?metric=endpoints_managed&period=2025-05"
    )
    each.get_by_text("History").click()
    expect(each.locator(".finding-events li")).to_have_count(1)
    expect(each.locator(".finding-events li")).to_contain_text("found")


def test_a_link_of_an_alert_opens_its_finding_also_one_that_is_resolved(
    found: Live, open_page: OpenPage
) -> None:
    wanted = kept(found, FELL)
    keep(found, MAY)  # a review that finds nothing any more
    page = open_page(found, f"/health?finding={wanted.id}")
    each = page.locator(f"#finding-{wanted.id}")
    expect(each).to_have_attribute("open", "")
    expect(each.locator("summary").first).to_be_focused()
    expect(each).to_be_in_viewport()
    expect(each.locator(".finding-state")).to_have_text("Resolved")
    expect(each.get_by_role("button")).to_have_count(0)
    page.goto(f"{found.address}/health?finding=987654")
    expect(page.get_by_text("There is no finding with the number 987654.")).to_be_visible()


def test_a_finding_is_acknowledged_with_name_and_reason_and_opened_again(
    found: Live, open_page: OpenPage
) -> None:
    page = open_page(found, "/health")
    each = shown(page, FELL)
    each.locator("summary").first.click()
    each.get_by_role("button", name="Acknowledge").click()
    expect(each.get_by_label("Your name")).to_have_accessible_description("Enter your name.")
    expect(each.get_by_label("Reason")).to_have_accessible_description("Enter a reason.")
    expect(each.get_by_label("Your name")).to_be_focused()
    each.get_by_label("Your name").fill("Ann")
    each.get_by_label("Reason").fill("two sites closed")
    each.get_by_label("Acknowledged until").fill("2025-07-01")
    each.get_by_role("button", name="Acknowledge").click()
    expect(each.locator(".finding-state")).to_have_text("Acknowledged")
    expect(each).to_contain_text("by Ann: two sites closed; until Jul 1, 2025")
    expect(page.locator("#health [data-open]")).to_have_text("3 open findings")
    stored = kept(found, FELL)
    assert (stored.state, stored.changed_by, stored.why) == (State.ACKNOWLEDGED, "Ann", "two sites closed")
    expect(each.get_by_label("Your name")).to_have_value("Ann")
    each.get_by_role("button", name="Open again").click()
    expect(each.locator(".finding-state")).to_have_text("Open")
    assert kept(found, FELL).state is State.OPEN


def test_a_closed_month_that_is_held_back_is_accepted_with_name_and_reason(
    live: Live, open_page: OpenPage
) -> None:
    keep(live, APRIL, *rows_lost(APRIL, "tickets", before=36, lost=36, now=0))
    page = open_page(live, "/health")
    each = shown(page, "36 of its 36 tickets are no longer returned")
    each.locator("summary").first.click()
    each.get_by_label("Your name").fill("Ann")
    each.get_by_label("Reason").fill("the old board was archived")
    each.get_by_role("button", name="Accept the loss").click()
    expect(each.locator(".finding-state")).to_have_text("Acknowledged")
    with live.database.read() as connection:
        [row] = connection.execute(select(acceptances)).all()
    assert (row.period, row.source, row.rows, row.accepted_by) == ("2025-04", "tickets", 0, "Ann")


def test_a_fact_of_several_months_is_shown_once_with_its_months(live: Live, open_page: OpenPage) -> None:
    unknown = finding(MAY, "The node class of 1 device is unknown", Rule.NODE_CLASS, subject="devices")
    for month in (APRIL, MAY):
        keep(live, month, replace(unknown, period=month))
    page = open_page(live, "/health")
    each = shown(page, "The node class of 1 device is unknown")
    expect(each).to_have_count(1)
    each.locator("summary").first.click()
    expect(each).to_contain_text("April 2025, May 2025")


def test_a_finding_is_marked_as_expected_and_found_by_its_state(found: Live, open_page: OpenPage) -> None:
    page = open_page(found, "/health")
    each = shown(page, "Seats rose")
    each.locator("summary").first.click()
    each.get_by_label("Your name").fill("Ann")
    each.get_by_label("Reason").fill("a new client")
    each.get_by_role("button", name="Mark as expected").click()
    expect(each.locator(".finding-state")).to_have_text("Expected")
    page.get_by_label("State", exact=True).select_option("Expected")
    expect(page.locator("details.finding")).to_have_count(1)
    page.reload()
    settled(page)
    expect(page.get_by_label("State", exact=True)).to_have_value("expected")
    expect(shown(page, "Seats rose")).to_be_visible()
    page.get_by_label("Month or quarter").select_option("May 2025")
    expect(page.locator("#findings")).to_have_text("No finding of May 2025 is in this state.")
    page.get_by_label("State", exact=True).select_option("All but resolved")
    expect(page.locator("details.finding")).to_have_count(2)


def test_a_refusal_is_told_in_the_form(found: Live, open_page: OpenPage, watched: Watched) -> None:
    watched.allowed.append("400")
    page = open_page(found, "/health")
    each = shown(page, FELL)
    each.locator("summary").first.click()
    each.get_by_label("Your name").fill("Ann")
    each.get_by_label("Reason").fill("two sites closed")
    each.get_by_label("Acknowledged until").fill("2025-06-01")
    each.get_by_role("button", name="Acknowledge").click()
    expect(each.get_by_role("alert")).to_contain_text(re.compile("future"))
    assert kept(found, FELL).state is State.OPEN


def test_a_key_that_may_only_read_decides_nothing(
    serve: Callable[..., Live], filled_database: Callable[[], str], open_page: OpenPage
) -> None:
    live = serve(
        filled_database(), QBR_API_KEYS=KEYS, QBR_SESSION_SECRET="a-session-secret-of-the-tests-only"
    )
    keep(live, MAY, finding(MAY, FELL))
    page = open_page(live, "/health")
    page.get_by_label("Your key").fill(READER)
    page.get_by_role("button", name="Sign in").click()
    shown(page, FELL).locator("summary").first.click()
    expect(shown(page, FELL)).to_contain_text("within 25 % of 594")
    expect(shown(page, FELL).get_by_role("button")).to_have_count(0)


def test_without_findings_it_says_so(live_empty: Live, open_page: OpenPage) -> None:
    page = open_page(live_empty, "/health")
    expect(page.locator("#findings")).to_have_text("No finding is open.")
    expect(page.locator("#restatements")).to_have_text("No closed month has been restated.")
    expect(page.locator("#health [data-open]")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_long_words_fit(live: Live, open_page: OpenPage, width: int) -> None:
    keep(live, MAY, finding(MAY, "x" * 400, expected="y" * 300))
    page = open_page(live, "/health", width=width)
    page.locator("details.finding summary").first.click()
    expect(page.get_by_text("y" * 300)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_restatement_is_explained_by_its_rows_to_the_last_hundredth(
    live_empty: Live, open_page: OpenPage
) -> None:
    collector = Collector(live_empty.database, MAY, NOW)
    entered = datetime(2025, 5, 5, 15, tzinfo=UTC)
    tickets: list[TicketRow] = []
    entries: list[TimeEntryRow] = [replace(Collector.entry(n), entered_at=entered) for n in (1, 2, 3)]
    collector.connectwise(tickets, entries, run_id="first")
    edited = replace(entries[0], hours=Decimal("2.25"))
    collector.connectwise(tickets, [edited, entries[2]], run_id="second")
    page = open_page(live_empty, "/health")
    each = page.locator(".restatement")
    expect(each.locator("summary")).to_contain_text("Total Time on Reactive Tickets: 1.50 h → 2.75 h")
    expect(each.locator("summary")).to_contain_text("+1.25 h")
    each.locator("summary").press("Enter")
    expect(each.locator(".causes li")).to_have_text(
        ["1 row edited+1.75 h", "1 row no longer among the month's rows-0.50 h"]
    )
    expect(each.locator(".causes-sum")).to_have_text("Together+1.25 h")
    expect(each.locator(".effects li").first).to_contain_text("#1 ")
    expect(each.locator(".effects li").first).to_contain_text("edited (hours 0.50 → 2.25)")
    expect(each.locator(".effects li").first).to_contain_text("counted 0.50 h, now 2.25 h")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_what_opens(found: Live, open_page: OpenPage, scheme: str) -> None:
    page = open_page(found, "/health", color_scheme=scheme, bypass_csp=True)
    each = shown(page, FELL)
    each.locator("summary").first.click()
    each.get_by_text("History").click()
    each.get_by_role("button", name="Acknowledge").click()
    expect(each.locator(".finding-events li")).to_have_count(1)
    violations = Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in ("serious", "critical")] == []
