"""Made-up books for tests: lines in one word each, months that add up, and what their accounts count as."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from qbr_pipeline.metrics.accounts import AccountMapping
from qbr_pipeline.metrics.books import AccountLine, Basis, Books, BooksMonth, BooksSection, exact_sum
from qbr_pipeline.periods import Month

INCOME, COGS, EXPENSES, OTHER_INCOME, OTHER_EXPENSES, BANK, RECEIVABLES = BooksSection


def line(
    key: str,
    amount: str,
    section: BooksSection = INCOME,
    parents: tuple[str, ...] = (),
    name: str | None = None,
    parent_names: tuple[str, ...] = (),
) -> AccountLine:
    return AccountLine(key, name or f"Account {key}", section, Decimal(amount), parents, parent_names)


def month(*lines: AccountLine, of: Month, complete: bool = True) -> BooksMonth:
    """A month whose sections print what their lines come to; the three of a profit and loss always do."""
    sections = {*(each.section for each in lines), INCOME, COGS, EXPENSES}
    totals = {
        section: exact_sum(each.amount for each in lines if each.section is section) for section in sections
    }
    return BooksMonth(of, lines, totals, complete)


def books(
    *months: BooksMonth,
    basis: Basis | None = Basis.ACCRUAL,
    currency: str | None = "USD",
    company: str | None = "Example MSP",
) -> Books:
    return Books(company, basis, currency, months)


def mapped(key: str, counts_as: str | None, **others: object) -> AccountMapping:
    return AccountMapping(counts_as, account=key, **others)  # type: ignore[arg-type]


def rest(section: BooksSection, counts_as: str | None) -> AccountMapping:
    return AccountMapping(counts_as, section=section)


EVERYTHING: Sequence[AccountMapping] = (
    mapped("4000", "mrr"),
    mapped("4100", "nrr"),
    mapped("4200", "orr"),
    mapped("4900", "misc_revenue"),
    mapped("6000", "employee_expense"),
    mapped("6100", "owner_comp"),
    mapped("6200", "owner_comp_taxes"),
    rest(INCOME, "product_sales"),
    rest(COGS, "product_cogs"),
    rest(EXPENSES, "other_expenses"),
)
"""A mapping by which books give every metric that they can."""


def full_month(of: Month, mrr: str = "100000.00") -> BooksMonth:
    """A month of which every metric that books give has a value."""
    return month(
        line("4000", mrr, name="Managed services"),
        line("4010", "10250.00", parents=("4000",), name="Gold", parent_names=("Managed services",)),
        line("4100", "-120.05", name="Projects"),
        line("4200", "5000", name="Hosting"),
        line("4300", "40000.10", name="Hardware"),
        line("4900", "12", name="Late fees"),
        line("5000", "30000.33", COGS, name="Hardware cost"),
        line("6000", "45000", EXPENSES, name="Wages"),
        line("6100", "9000", EXPENSES, name="Owner"),
        line("6200", "2000", EXPENSES, name="Owner's tax"),
        line("6300", "18000.45", EXPENSES, name="Rent"),
        line("1000", "80000", BANK, name="Checking"),
        line("customer:7", "1500", RECEIVABLES, name="Example Dental"),
        of=of,
    )
