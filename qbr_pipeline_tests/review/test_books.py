"""What people are told of books: forgotten accounts, new and vanished ones, another basis, a value that they typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet

from qbr_pipeline.metrics.accounts import AccountMapping
from qbr_pipeline.metrics.books import Basis, BooksMonth
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.periods import Month
from qbr_pipeline.review.books import ACCOUNTS
from qbr_pipeline.review.entering import Entry, enter_values
from qbr_pipeline.review.mapping import map_accounts
from qbr_pipeline.review.reviewing import carry_out, review_month
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.account_mappings import write_mappings
from qbr_pipeline.store.books import publish_books
from qbr_pipeline.store.database import Database, database_now
from qbr_pipeline.store.findings.reading import FindingFilter, State, find
from qbr_pipeline.store.grants import Grant, Tokens, Vault, store_grant
from qbr_pipeline.store.rows.accounts import stage_books
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.books import (
    EVERYTHING,
    EXPENSES,
    INCOME,
    OTHER_INCOME,
    books,
    full_month,
    line,
    mapped,
    month,
)

RULES = Settings.read({}).review
MARCH, APRIL = Month(2025, 3), Month(2025, 4)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
NOW_MONTH = Month(2025, 6)


def publish(
    database: Database,
    *months: BooksMonth,
    mappings: list[AccountMapping] | None = None,
    basis: Basis = Basis.ACCRUAL,
) -> None:
    write_mappings(database, EVERYTHING if mappings is None else mappings, by="Kim")
    publish_books(
        database, books(*months, basis=basis), run_id=str(months), now=NOW, read_from="QuickBooks Online"
    )


def told(database: Database, of: Month, *rules: Rule) -> list[str]:
    review_month(database, RULES, of, NOW)
    return open_findings(database, *rules)


def open_findings(database: Database, *rules: Rule) -> list[str]:
    found = database.fetch(find, FindingFilter(), NOW, limit=99, offset=0).findings
    return [
        each.finding.sentence for each in found if each.finding.rule in rules and each.state is State.OPEN
    ]


def test_accounts_that_count_as_nothing_are_one_finding_a_month(database):
    publish(
        database, month(line("4000", "5"), line("8000", "30.50", OTHER_INCOME, name="Interest"), of=MARCH)
    )
    (sentence,) = told(database, MARCH, Rule.ACCOUNT_UNMAPPED)
    assert sentence == (
        '1 account with an amount in March 2025 counts as nothing, in Other income: "Interest" $30.50. '
        "Map them or leave them aside on the page Books"
    )
    map_accounts(database, RULES, [mapped("8000", None)], by="Ann", now=NOW)
    assert open_findings(database, Rule.ACCOUNT_UNMAPPED) == []


def test_an_account_that_no_earlier_month_has_is_told_until_somebody_maps_it(database):
    later = full_month(APRIL)
    new = line("4301", "70", name="Cloud resale")
    publish(database, full_month(MARCH), month(*later.lines, new, of=APRIL))
    assert told(database, MARCH, Rule.ACCOUNT_NEW) == []
    (sentence,) = told(database, APRIL, Rule.ACCOUNT_NEW)
    assert sentence.startswith(
        'New in the books of April 2025: "Cloud resale" $70; each counts as the rest of income'
    )
    map_accounts(database, RULES, [mapped("4301", "orr")], by="Ann", now=NOW)
    assert open_findings(database, Rule.ACCOUNT_NEW) == []


def test_a_mapped_account_that_no_month_has_is_told_and_one_that_only_holds_others_is_not(database):
    inside = line("4010", "5", parents=("4000",))
    publish(database, month(inside, line("6000", "5", EXPENSES), of=MARCH))
    (sentence,) = told(database, MARCH, Rule.ACCOUNT_VANISHED)
    assert '"4100"' in sentence
    assert '"4000"' not in sentence
    assert '"6000"' not in sentence


def test_another_basis_than_the_month_before_is_told(database):
    publish(database, full_month(MARCH))
    publish(database, full_month(APRIL), basis=Basis.CASH)
    assert told(database, MARCH, Rule.BASIS_CHANGED) == []
    (sentence,) = told(database, APRIL, Rule.BASIS_CHANGED)
    assert "are on cash basis, those of the month before on accrual basis" in sentence


def test_books_that_say_otherwise_than_a_person_who_typed_are_told_and_the_typed_value_stays(database):
    enter_values(database, RULES, MARCH, Entry("Ann", {"mrr": "99"}), NOW)
    publish(database, full_month(MARCH))
    (sentence,) = told(database, MARCH, Rule.MANUAL_DIFFERS)
    assert "$99 was entered by hand; the collection finds $110,250. The entered value stays." in sentence


def test_a_firm_without_books_hears_nothing_of_them(database):
    enter_values(database, RULES, MARCH, Entry("Ann", {"mrr": "99"}), NOW)
    books_rules = [each for each in Rule if each.startswith(("account", "books", "basis"))]
    assert told(database, MARCH, *books_rules) == []


def test_a_mapping_that_holds_a_month_back_says_so_and_is_told_until_it_is_mended(database):
    publish(database, full_month(MARCH))
    outcome = map_accounts(database, RULES, [], [(None, INCOME, None)], by="Ann", now=NOW)
    assert outcome.published == {}
    assert "would count nowhere" in outcome.held_back[MARCH]
    assert len(open_findings(database, Rule.ACCOUNTS_UNCOUNTED)) == 1
    map_accounts(database, RULES, [mapped("4300", "product_sales")], by="Ann", now=NOW)
    assert open_findings(database, Rule.ACCOUNTS_UNCOUNTED) == []


def test_what_a_person_enters_of_the_owners_pay_is_taken_off_payroll_at_once(database):
    mappings = [each for each in EVERYTHING if each.account not in {"6000", "6100", "6200"}]
    publish(database, full_month(MARCH), mappings=[*mappings, mapped("6000", "payroll")])
    outcome = enter_values(
        database, RULES, MARCH, Entry("Ann", {"owner_comp": "9000", "owner_comp_taxes": "0"}), NOW
    )
    assert {each.metric for each in outcome.changes} >= {"owner_comp", "employee_expense"}


def test_an_old_months_expense_entered_by_hand_moves_the_average_of_the_next_years_months_at_once(database):
    year = [full_month(of) for of in Month.span(Month(2024, 1), Month(2024, 12))]
    publish(database, *year, full_month(MARCH), full_month(APRIL))
    enter_values(database, RULES, APRIL, Entry("Bob", {"average_monthly_expenses": "1"}), NOW)
    enter_values(database, RULES, Month(2024, 5), Entry("Ann", {"other_expenses": "30000.45"}), NOW)
    kept = {of: database.fetch(read_values, of) for of in (MARCH, APRIL)}
    assert kept[MARCH]["average_monthly_expenses"].value == Decimal("105000.78")
    assert kept[APRIL]["average_monthly_expenses"].value == 1
    assert kept[MARCH]["cash_reserve_ratio"].value == Decimal("0.7619")


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"totals": {INCOME: Decimal(1)}}, "accounts_come_to_the_totals"),
        ({"lines": (line("4000", "5"), line("9", "7", EXPENSES))}, "sections_count_whole"),
    ],
)
def test_what_was_put_aside_is_checked_before_it_is_published(database, change, check):
    write_mappings(database, [mapped("4000", "mrr"), mapped("6000", "employee_expense")], by="Kim")
    staged = month(line("4000", "5"), of=MARCH)
    if "lines" in change:
        staged = month(*change["lines"], line("6000", "1", EXPENSES), of=MARCH)
    else:
        staged = replace(staged, **change)
    stage_books(
        database,
        books(),
        staged,
        run_id="run",
        fetch_started_at=database_now(database),
        collected_as_of=NOW,
        read_from="QuickBooks Online",
    )
    results = carry_out(database, RULES, ACCOUNTS, MARCH, NOW, run_id="run")
    assert [name for name, found in results.items() if found] == [check]


def test_a_consent_that_is_about_to_end_is_told_in_the_month_in_progress(database):
    publish(database, full_month(NOW_MONTH))
    granted(database, renewed_until=days(14), ends_at=days(60))
    assert told(database, NOW_MONTH, Rule.CONSENT_ENDS) == []
    granted(database, renewed_until=days(13), ends_at=days(60))
    (sentence,) = told(database, NOW_MONTH, Rule.CONSENT_ENDS)
    assert sentence == (
        "The consent to read the books in QuickBooks ends on 2025-06-28, since no night has renewed it for long: "
        "an administrator of the company should consent again (`qbr books connect`)"
    )
    granted(database, renewed_until=days(100), ends_at=days(59))
    (sentence,) = told(database, NOW_MONTH, Rule.CONSENT_ENDS)
    assert "ends on 2025-08-13, and cannot be renewed" in sentence
    granted(database, renewed_until=days(100), ends_at=None)
    assert told(database, NOW_MONTH, Rule.CONSENT_ENDS) == []


def test_a_month_that_is_over_says_nothing_of_the_consent(database):
    publish(database, full_month(MARCH))
    granted(database, renewed_until=days(1), ends_at=days(1))
    assert told(database, MARCH, Rule.CONSENT_ENDS) == []


def days(number: int) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=number)


def granted(database: Database, *, renewed_until: datetime, ends_at: datetime | None) -> None:
    """Somebody has consented that QuickBooks is read until then."""
    grant = Grant(
        company_id="1",
        company="Example MSP",
        environment="sandbox",
        basis="accrual",
        currency="USD",
        access_ends_at=NOW,
        refresh_ends_at=renewed_until,
        consent_ends_at=ends_at,
        refreshed_at=NOW,
        connected_at=NOW,
        connected_by="Ann",
        ended_at=None,
    )
    tokens = Tokens("access", "refresh", NOW, renewed_until, ends_at)
    with database.begin() as connection:
        store_grant(
            connection, database, Vendor.QUICKBOOKS, grant, tokens, Vault([Fernet.generate_key().decode()])
        )
