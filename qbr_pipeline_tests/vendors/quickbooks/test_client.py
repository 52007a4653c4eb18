"""The client against a simulated QuickBooks: right numbers, or a sentence, and never a request that could write."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from qbr_pipeline.demo.faults import Answer, Drop, Fault, Reply
from qbr_pipeline.demo.inputs import demo_inputs
from qbr_pipeline.demo.quickbooks import faults
from qbr_pipeline.demo.quickbooks.server import SimulatedQuickBooks
from qbr_pipeline.metrics.books import Basis, Books, BooksSection
from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted
from qbr_pipeline.vendors.quickbooks import client, transport
from qbr_pipeline.vendors.quickbooks.client import Company, QuickBooks
from qbr_pipeline.vendors.quickbooks.reports import CutReportError, ReportError
from qbr_pipeline_tests.vendors.quickbooks.conftest import FakeTime

TODAY = date(2025, 11, 19)
MONTHS = list(Month.span(Month(2024, 11), Month(2025, 11)))


def read(quickbooks: QuickBooks, months: list[Month] = MONTHS, basis: Basis = Basis.ACCRUAL) -> Books:
    return quickbooks.books(months, TODAY, basis, "USD")


def ranges(simulator: SimulatedQuickBooks, report: str = "ProfitAndLoss") -> list[tuple[str, str]]:
    return [
        (each.parameters["start_date"][:7], each.parameters["end_date"][:7])
        for each in simulator.requests.last
        if each.path.endswith(report)
    ]


def test_thirteen_months_take_fewer_than_thirty_requests_and_agree_with_the_firm(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    books = read(quickbooks)
    assert quickbooks.requests == simulator.requests.total == 19
    assert [month.month for month in books.months] == MONTHS
    assert [month.complete for month in books.months] == [True] * 12 + [False]
    for month in books.months[:-2]:
        said = demo_inputs(month.month)
        income = sum((said[key] for key in ("mrr", "nrr", "orr", "product_sales", "misc_revenue")), Decimal())
        assert month.totals[BooksSection.INCOME] == income
        assert month.totals[BooksSection.COGS] == said["product_cogs"]
        assert month.totals[BooksSection.BANK] == said["cash_reserve"]
        assert month.totals[BooksSection.RECEIVABLES] == said["ar_over_90_days"]
        assert month.differences() == {}
        assert month.repeated() == []


def test_an_entry_made_late_changes_one_account_of_a_month_that_is_over(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    before = {line.account: line.amount for line in read(quickbooks).months[3].lines}
    simulator.books.late[Month(2025, 2), "12"] = Decimal("-99.99")
    after = {line.account: line.amount for line in read(quickbooks).months[3].lines}
    assert {key: after[key] - before[key] for key in before if after[key] != before[key]} == {
        "12": Decimal("-99.99")
    }


def test_an_account_goes_by_its_id_when_it_is_renamed_moved_added_or_deleted(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.books.renamed["15"] = "Cloud Subscriptions"
    simulator.books.moved["42"] = "OtherExpenses"
    simulator.books.deleted.add("44")
    lines = {line.account: line for line in read(quickbooks).months[0].lines}
    assert (lines["15"].name, lines["15"].parents) == ("Cloud Subscriptions", ("13",))
    assert lines["42"].section is BooksSection.OTHER_EXPENSES
    assert "44" not in lines


def test_cash_and_accrual_are_different_books(quickbooks: QuickBooks) -> None:
    cash, accrual = (read(quickbooks, MONTHS[:1], basis).months[0] for basis in (Basis.CASH, Basis.ACCRUAL))
    assert cash.totals[BooksSection.INCOME] != accrual.totals[BooksSection.INCOME]


def test_a_month_in_which_nothing_was_posted_is_all_zeros(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.books.unposted.update({Month(2025, 3), Month(2025, 4)})
    months = read(quickbooks, [Month(2025, 3), Month(2025, 4)]).months
    assert [month.totals[BooksSection.INCOME] for month in months] == [0, 0]


def test_reports_that_are_too_large_are_halved_down_to_months(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    whole = read(quickbooks)
    simulator.requests.clear()
    simulator.faults.largest_report = 0
    assert read(quickbooks) == whole
    asked = ranges(simulator)
    assert asked[:3] == [("2024-11", "2025-04"), ("2024-11", "2025-01"), ("2024-11", "2024-11")]
    assert asked[-13:] == [(str(month), str(month)) for month in MONTHS]
    singles = [each.parameters for each in simulator.requests.last if each.path.endswith("ProfitAndLoss")][
        -13:
    ]
    assert not any("summarize_column_by" in each for each in singles)


def test_a_cut_report_is_asked_for_over_fewer_months_and_one_of_a_month_is_a_sentence(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.faults.cut_from = 4
    assert len(read(quickbooks).months) == 13
    simulator.faults.cut_from = 1
    with pytest.raises(CutReportError, match="was cut: it has more data than one report shows"):
        read(quickbooks)


@pytest.mark.parametrize(
    "fault",
    [
        faults.fault_in_200(),
        faults.gateway_timeout(),
        faults.throttled(),
        faults.throttled(403),
        Reply(Answer(200, "")),
        Reply(Answer(200, "<html>maintenance</html>", content_type="text/html")),
        Reply(Answer(503, "")),
        Drop(),
    ],
)
def test_what_passes_is_outlasted(
    fault: Fault, quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.faults.add(fault, matching="/reports/", times=2, after=1)
    assert len(read(quickbooks).months) == 13


@pytest.mark.parametrize("fault", [faults.throttled(), faults.throttled(403)])
def test_too_many_requests_are_followed_by_a_minute_of_silence(
    fault: Fault, quickbooks: QuickBooks, simulator: SimulatedQuickBooks, time: FakeTime
) -> None:
    simulator.faults.add(fault, matching="/reports/")
    read(quickbooks)
    assert time.pauses == [60.0]


def test_a_server_that_says_how_long_to_wait_is_obeyed(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks, time: FakeTime
) -> None:
    simulator.faults.add(faults.throttled(429, **{"Retry-After": "7"}), matching="/reports/")
    read(quickbooks)
    assert time.pauses == [7.0]


def test_a_server_that_is_down_is_a_sentence_in_the_end(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.faults.add(faults.gateway_timeout(), matching="/reports/", times=None)
    with pytest.raises(RetriesExhausted, match="QuickBooks gave no usable answer to GET"):
        read(quickbooks)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            faults.validation_fault(),
            r"with 400 \(4001: Invalid value for parameter\); trying again would not help",
        ),
        (faults.wrong_company(), "the app and the company do not match; check that QUICKBOOKS_ENVIRONMENT"),
    ],
)
def test_what_no_repetition_changes_is_one_request_and_one_sentence(
    fault: Fault, said: str, quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.faults.add(fault, times=None)
    with pytest.raises(PermanentError, match=said):
        read(quickbooks)
    assert quickbooks.requests == 1


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"Currency": "CAD"}, "in CAD, and these books are kept in USD"),
        ({"StartPeriod": "2025-01-01"}, "covers 2025-01-01 to 2025-04-30, and was asked for 2024-11-01"),
        ({"ReportBasis": "Cash"}, "on cash basis, and was asked for on accrual basis"),
    ],
)
def test_a_report_of_something_else_is_a_sentence(
    header: dict[str, str], said: str, quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.faults.header = header
    with pytest.raises(ReportError, match=said):
        read(quickbooks)


def test_a_token_that_ends_between_two_reports_is_refreshed_once_and_is_in_no_log(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.faults.access_lasts = 12
    assert len(read(quickbooks).months) == 13
    assert simulator.tokens.refreshes == 1
    assert "intuit_tid 1-made-up" in caplog.text
    assert not [token for token in simulator.tokens.issued if token in caplog.text]


def test_a_token_that_is_refused_although_it_is_new_is_a_sentence_without_it(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.faults.access_lasts = 0
    with pytest.raises(PermanentError, match="although the token was new") as error:
        read(quickbooks)
    chain: list[BaseException | None] = [error.value, error.value.__cause__, error.value.__context__]
    said = caplog.text + "".join(map(repr, chain))
    assert not [token for token in simulator.tokens.issued if token in said]
    assert simulator.tokens.refreshes == 1


def test_whose_books_they_are_is_asked_by_two_requests(quickbooks: QuickBooks) -> None:
    assert quickbooks.company() == Company("Demo MSP (made-up data)", "USD", Basis.ACCRUAL)
    assert quickbooks.requests == 2


def test_every_request_of_a_whole_run_only_reads(
    quickbooks: QuickBooks, simulator: SimulatedQuickBooks
) -> None:
    simulator.faults.access_lasts = 12
    quickbooks.company()
    read(quickbooks)
    made = Counter((each.method, each.path.rpartition("/")[2]) for each in simulator.requests.last)
    posted = {path for method, path in made if method != "GET"}
    assert posted == {"bearer"}
    reports = [each for each in simulator.requests.last if "/reports/" in each.path]
    assert {each.parameters["minorversion"] for each in reports} == {"75"}
    ranged = [each for each in reports if "start_date" in each.parameters]
    assert {each.parameters["accounting_method"] for each in ranged} == {"Accrual"}


def test_nothing_of_the_public_surface_can_write() -> None:
    def public(names: Iterable[str]) -> set[str]:
        return {name for name in names if not name.startswith("_")}

    assert public(dir(client.QuickBooks)) == {"requests", "waited", "company", "books", "close"}
    assert public(vars(transport.QuickBooksTransport)) == {"get", "overcomes", "fault", "explain"}
