"""Payroll on the page Enter: said instead of employee expense, which follows and is shown as computed."""

from __future__ import annotations

from decimal import Decimal

from playwright.sync_api import expect

from qbr_pipeline.periods import Month
from qbr_pipeline.store.payroll import read_payroll
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.dashboard.conftest import Live, OpenPage

JUNE = Month(2025, 6)


def test_payroll_and_the_owners_pay_are_entered_and_employee_expense_follows(
    live: Live, open_page: OpenPage
) -> None:
    page = open_page(live, "/enter?period=2025-06")
    payroll = page.get_by_role("textbox", name="Payroll with the owner's pay in it")
    for name, text in (("owner_comp", "9,000"), ("owner_comp_taxes", "2,000.50")):
        page.locator(f"#field-{name}").fill(text)
    payroll.fill("10,000")
    expect(page.locator("#fault-payroll")).to_contain_text("is less than nothing")
    payroll.fill("50,000")
    expect(page.locator("#review [data-name=employee_expense]")).to_contain_text("$38,999.50")
    page.get_by_label("Who enters this").fill("Ann")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#saved")).to_contain_text("Saved by Ann")
    assert live.database.fetch(read_payroll, JUNE) == 50000
    assert live.database.fetch(read_values, JUNE)["employee_expense"].value == Decimal("38999.50")
    expect(payroll).to_have_value("50,000.00")
    expect(page.locator("#hint-employee_expense")).to_contain_text("Computed: payroll $50,000 less")
    payroll.fill("")
    expect(page.locator("#count")).to_contain_text("1 to release")
