"""What is read of QuickBooks' reports: exactly what they say, or nothing and one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.demo.quickbooks import reports as written
from qbr_pipeline.demo.quickbooks.books import COGS, EXPENSES, INCOME, OTHER_EXPENSES, OTHER_INCOME, Account
from qbr_pipeline.metrics.books import AccountLine, Basis, Books, BooksSection
from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.quickbooks.bodies import NoBodyError, fault_of, read_body
from qbr_pipeline.vendors.quickbooks.books import Asked, bank_balances, over_90_days, profit_and_loss
from qbr_pipeline.vendors.quickbooks.reports import CutReportError, ReportError, amount

Json = dict[str, Any]
D = Decimal
SECTIONS = {
    INCOME: BooksSection.INCOME,
    COGS: BooksSection.COGS,
    EXPENSES: BooksSection.EXPENSES,
    OTHER_INCOME: BooksSection.OTHER_INCOME,
    OTHER_EXPENSES: BooksSection.OTHER_EXPENSES,
}
FIRST, LAST = date(2025, 1, 1), date(2025, 3, 31)
ASKED = Asked(FIRST, LAST, Basis.ACCRUAL, "USD")
ACCOUNTS = (
    Account("1", "Managed Services", INCOME),
    Account("2", "Agreements", INCOME, "1"),
    Account("3", "Labor", INCOME),
    Account("7", "Payroll", EXPENSES),
)
POSTED = (
    {"1": D("220.00"), "2": D("475.00"), "3": D("-1520.40"), "7": D("52100.00")},
    {"2": D(".50"), "3": D("0.00")},
    {"3": D("7310.2")},
)


def header(name: str = "ProfitAndLoss", **others: object) -> Json:
    return {
        "ReportName": name,
        "ReportBasis": "Accrual",
        "StartPeriod": FIRST.isoformat(),
        "EndPeriod": LAST.isoformat(),
        "Currency": "USD",
        **others,
    }


def report(
    posted: tuple[Mapping[str, Decimal], ...] = POSTED,
    accounts: tuple[Account, ...] = ACCOUNTS,
    **head: object,
) -> Json:
    return written.profit_and_loss(header(**head), accounts, written.month_columns(FIRST, LAST), posted)


def read(body: Json, asked: Asked = ASKED) -> Books:
    return profit_and_loss(json.dumps(body).encode(), asked)


def spoiled(change: Callable[[Json], object], body: Json | None = None) -> str:
    """The sentence for a report that `change` has spoiled."""
    body = body or report()
    change(body)
    with pytest.raises(ReportError) as error:
        read(body)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_own_postings_of_a_parent_stand_in_its_header_and_are_read() -> None:
    january = read(report()).months[0]
    assert january.lines == (
        AccountLine("1", "Managed Services", BooksSection.INCOME, D("220.00")),
        AccountLine("2", "Agreements", BooksSection.INCOME, D("475.00"), ("1",), ("Managed Services",)),
        AccountLine("3", "Labor", BooksSection.INCOME, D("-1520.40")),
        AccountLine("7", "Payroll", BooksSection.EXPENSES, D("52100.00")),
    )
    assert january.totals[BooksSection.INCOME] == D("-825.40")
    assert january.totals[BooksSection.COGS] == 0
    assert january.complete


def test_an_empty_cell_is_no_line_and_a_zero_is_one() -> None:
    february = read(report()).months[1]
    assert [(line.account, line.amount) for line in february.lines] == [("2", D("0.50")), ("3", D("0"))]


@st.composite
def books(draw: st.DrawFn) -> tuple[tuple[Account, ...], tuple[dict[str, Decimal], ...]]:
    """Accounts in each other to any depth, and what they posted in three months."""
    made: list[Account] = []
    for number in range(draw(st.integers(1, 9))):
        parent = draw(st.none() | st.sampled_from(made)) if made else None
        section = parent.section if parent else draw(st.sampled_from(list(SECTIONS)))
        made.append(Account(str(number + 1), f"Account {number}", section, parent.id if parent else None))
    cell = st.none() | st.decimals(-10_000_000, 10_000_000, places=2)
    months = tuple({each.id: posted for each in made if (posted := draw(cell)) is not None} for _ in range(3))
    return tuple(made), months


@given(books(), st.booleans())
def test_whatever_accounts_posted_is_read_to_the_cent(
    made: tuple[tuple[Account, ...], tuple[dict[str, Decimal], ...]], as_xml: bool
) -> None:
    accounts, months = made
    body = report(months, accounts)
    content = to_xml(body).encode() if as_xml else json.dumps(body).encode()
    found = profit_and_loss(content, ASKED)
    for month, posted in zip(found.months, months, strict=True):
        assert {line.account: line.amount for line in month.lines} == posted
        for name, section in SECTIONS.items():
            of_section = sum((posted.get(each.id, D()) for each in accounts if each.section == name), D())
            assert month.totals[section] == of_section
            assert sum((line.amount for line in month.lines if line.section is section), D()) == of_section
        parents = {each.id: each.parent for each in accounts}
        assert {line.account: line.parents[-1] if line.parents else None for line in month.lines} == {
            key: parents[key] for key in posted
        }


@given(books(), st.data())
def test_a_cell_that_is_off_by_a_cent_is_never_used(
    made: tuple[tuple[Account, ...], tuple[dict[str, Decimal], ...]], data: st.DataObject
) -> None:
    accounts, months = made
    body = report(months, accounts)
    cells = [cell for cell in amounts(body["Rows"]) if cell["value"]]
    cell = data.draw(st.sampled_from(cells)) if cells else None
    if cell is None:
        return
    cell["value"] = str(D(cell["value"]) + D("0.01"))
    with pytest.raises(ReportError):
        read(body)


def amounts(rows: Json) -> list[Json]:
    """Every cell with an amount, however deep."""
    found: list[Json] = []
    for row in rows.get("Row", []):
        for part in (row, row.get("Header", {}), row.get("Summary", {})):
            found += part.get("ColData", [])[1:]
        found += amounts(row.get("Rows", {}))
    return found


def to_xml(body: Json) -> str:
    """The same report as older answers wrote it."""

    def element(name: str, value: object) -> str:
        if isinstance(value, list):
            return "".join(element(name, each) for each in value)
        if not isinstance(value, dict):
            return f"<{name}>{value}</{name}>"
        attributes = {key: held for key, held in value.items() if key in {"value", "id", "type", "group"}}
        inner = "".join(element(key, held) for key, held in value.items() if key not in attributes)
        said = "".join(f" {key}={quoteattr(str(held))}" for key, held in attributes.items())
        return f"<{name}{said}>{inner}</{name}>"

    return (
        f'<?xml version="1.0"?><Report>{"".join(element(key, held) for key, held in body.items())}</Report>'
    )


def test_a_month_without_any_postings_is_nothing_and_not_unknown() -> None:
    body = report(({}, {}, {}))
    assert body["Header"]["Option"][1] == {"Name": "NoReportData", "Value": "true"}
    found = read(body)
    assert [month.month for month in found.months] == [Month(2025, number) for number in (1, 2, 3)]
    assert all(not month.lines and set(month.totals.values()) == {0} for month in found.months)


@pytest.mark.parametrize("rows", [{}, {"Row": None}, {"Row": []}])
def test_rows_without_any_row_are_nothing_only_when_the_report_says_so(rows: Json) -> None:
    body = report(({}, {}, {})) | {"Rows": rows}
    assert not any(month.lines for month in read(body).months)
    assert "not complete" in spoiled(lambda body: body.update(Rows=rows))


def test_a_report_for_one_month_without_columns_by_month_is_of_the_days_in_its_header() -> None:
    asked = Asked(date(2025, 3, 1), date(2025, 3, 20), Basis.ACCRUAL, "USD")
    body = written.profit_and_loss(
        header(StartPeriod="2025-03-01", EndPeriod="2025-03-20"), ACCOUNTS, [("Total", {})], POSTED[:1]
    )
    body["Columns"]["Column"][1]["MetaData"] = [{"Name": "ColKey", "Value": "total"}]
    (month,) = read(body, asked).months
    assert (month.month, month.complete, month.totals[BooksSection.INCOME]) == (
        Month(2025, 3),
        False,
        D("-825.40"),
    )


def test_names_in_any_case_of_letters_are_the_same() -> None:
    def small(held: Any) -> Any:
        if isinstance(held, dict):
            return {name.lower(): small(each) for name, each in held.items()}
        return [small(each) for each in held] if isinstance(held, list) else held

    assert read(small(report())) == read(report())


def test_periods_come_from_dates_and_not_from_titles() -> None:
    body = report()
    for column in body["Columns"]["Column"]:
        column["ColTitle"] = "janv. 2024"
    assert read(body) == read(report())


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"StartPeriod": "2024-12-01"}, "covers 2024-12-01 to 2025-03-31, and was asked for 2025-01-01"),
        ({"EndPeriod": None}, "covers 2025-01-01 to ?"),
        ({"ReportBasis": "Cash"}, "on cash basis, and was asked for on accrual basis"),
        ({"Currency": "CAD"}, "in CAD, and these books are kept in USD"),
        ({"ReportName": "BalanceSheet"}, "answered with BalanceSheet in place of ProfitAndLoss"),
    ],
)
def test_a_report_of_something_else_than_was_asked_for_is_not_used(head: Json, said: str) -> None:
    assert said in spoiled(lambda body: body["Header"].update(head))


def test_every_way_of_being_incomplete_is_one_sentence() -> None:
    rows = lambda body: body["Rows"]["Row"]  # noqa: E731
    assert "not complete: it has no net income" in spoiled(lambda body: rows(body).pop())
    assert "does not add up" in spoiled(lambda body: rows(body)[0]["Rows"]["Row"].pop())
    assert "does not add up" in spoiled(lambda body: rows(body)[0].update(Rows={}))
    assert "net income" in spoiled(lambda body: rows(body).pop(2))
    assert "fewer cells" in spoiled(lambda body: rows(body)[0]["Summary"]["ColData"].pop())
    assert "no column of amounts" in spoiled(lambda body: body.update(Columns={}))
    assert "of an unknown kind" in spoiled(lambda body: rows(body)[0].update(group="Revenue"))
    assert "two sections income" in spoiled(lambda body: rows(body).append(rows(body)[0]))
    assert "does not say which days" in spoiled(lambda body: body["Columns"]["Column"][1].update(MetaData=[]))
    assert "no month that was asked for" in spoiled(
        lambda body: body["Columns"]["Column"][1]["MetaData"][1].update(Value="2025-01-02")
    )
    assert 'has "1,000.00" where the amount of "Labor" belongs' in spoiled(
        lambda body: rows(body)[0]["Rows"]["Row"][1]["ColData"][1].update(value="1,000.00")
    )


def test_a_report_that_was_cut_says_so_in_the_midst_and_is_not_used() -> None:
    body = report()
    cut = {"ColData": [{"value": "Unable to display more data. Please reduce the date range."}]}
    body["Rows"]["Row"][0]["Rows"]["Row"].append(cut)
    with pytest.raises(CutReportError, match="was cut"):
        read(body)


@pytest.mark.parametrize("text", ["NaN", "1e5", "1,000", "$5", "(500.00)", "٣", "-", ".", "--1", "1.2.3"])
def test_what_is_no_plain_amount_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        amount(text)


def test_amounts_without_a_zero_in_front_and_with_one_decimal_are_read() -> None:
    assert [amount(text) for text in (".00", "-.5", "7310.5", "-65.00", "")] == [
        0,
        D("-0.5"),
        D("7310.5"),
        D(-65),
        None,
    ]


def test_the_money_in_the_bank_is_a_balance_at_the_end_of_each_month() -> None:
    banks = ({"70": D("100.00"), "71": D("20.00"), "72": D("3.50")}, {"70": D("-7.25")}, {})
    body = written.balance_sheet(header("BalanceSheet"), written.month_columns(FIRST, LAST), banks)
    found = bank_balances(json.dumps(body).encode(), ASKED)
    assert {str(month): each.total for month, each in found.items()} == {
        "2025-01": D("123.50"),
        "2025-02": D("-7.25"),
        "2025-03": 0,
    }
    assert [(each.account, each.parents) for each in found[Month(2025, 1)].lines] == [
        ("70", ()),
        ("71", ("70",)),
        ("72", ()),
    ]


def aged(**head: object) -> bytes:
    about = {"ReportName": "AgedReceivables", "Currency": "USD", "EndPeriod": "2025-01-31", **head}
    return json.dumps(written.aged_receivables(about, D("4100.25"))).encode()


def test_what_is_owed_for_more_than_90_days_is_that_of_all_customers() -> None:
    found = over_90_days(aged(), date(2025, 1, 31), "USD")
    assert found.total == D("4100.25")
    assert [(line.account, line.name, line.amount) for line in found.lines] == [
        ("customer 103", "Blue Teapot Logistics", D("4100.25"))
    ]
    dated = aged(EndPeriod=None, Option=[{"Name": "report_date", "Value": "2025-01-31"}])
    assert over_90_days(dated, date(2025, 1, 31)).total == D("4100.25")


def test_old_debts_of_another_day_or_by_other_columns_are_not_used() -> None:
    with pytest.raises(ReportError, match="is of 2025-01-31, and was asked for of 2025-02-28"):
        over_90_days(aged(), date(2025, 2, 28))
    with pytest.raises(ReportError, match='no column "91 and over"'):
        over_90_days(aged().replace(b"91 and over", b"61 and over"), date(2025, 1, 31))
    with pytest.raises(ReportError, match="does not add up"):
        over_90_days(aged().replace(b"4100.25", b"4100.26", 1), date(2025, 1, 31))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"[]",
        b"null",
        b"<html><p>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b"\xff\xfe",
    ],
)
def test_a_body_of_no_use_is_told_from_a_report(body: bytes) -> None:
    with pytest.raises(NoBodyError):
        read_body(body)


def test_a_fault_is_found_in_json_and_xml_and_its_details_are_left_out() -> None:
    upper = b'{"Fault":{"Error":[{"Message":"Invalid","Detail":"token abc","code":"4001"}],"type":"ValidationFault"}}'
    lower = b'{"fault":{"error":[{"message":"m","detail":"Token expired: abc","code":"3200"}]},"report":null}'
    xml = (
        b'<IntuitResponse xmlns="urn:x"><Fault type="SERVICE"><Error code="6002"><Message>message=GatewayTimeout'
        b"</Message></Error></Fault></IntuitResponse>"
    )
    assert [str(fault_of(each)) for each in (upper, lower, xml)] == [
        "4001: Invalid",
        "3200: m",
        "6002: message=GatewayTimeout",
    ]
    assert fault_of(json.dumps(report()).encode()) is None


@given(st.binary(max_size=200))
def test_no_bytes_at_all_get_past_the_reader_with_another_error(content: bytes) -> None:
    try:
        profit_and_loss(content, ASKED)
    except (ReportError, NoBodyError):
        return
    pytest.fail("these bytes are no report")
