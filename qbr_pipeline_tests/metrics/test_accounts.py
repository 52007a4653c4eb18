"""What accounts count as: every line counts once or is named, and what counts comes to the totals of the report."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbr_pipeline.metrics.account_names import suggestions
from qbr_pipeline.metrics.accounts import (
    BOOKED,
    PAYROLL,
    TARGETS,
    AccountMapping,
    InvalidMappingError,
    LineKind,
    classify,
    valid_mapping,
)
from qbr_pipeline.metrics.books import OPERATING, AccountLine, BooksMonth, BooksSection, exact_sum
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Vendor
from qbr_pipeline.periods import Month

INCOME, COGS, EXPENSES, OTHER_INCOME, _, BANK, RECEIVABLES = BooksSection
MARCH = Month(2025, 3)


def line(key, amount, section=INCOME, parents=(), name=None):
    return AccountLine(key, name or f"Account {key}", section, Decimal(amount), parents)


def month(*lines, of=MARCH, complete=True):
    totals = {
        section: exact_sum(each.amount for each in lines if each.section is section)
        for section in {each.section for each in lines}
    }
    return BooksMonth(of, lines, totals, complete)


def mapped(key, counts_as, **others):
    return AccountMapping(counts_as, account=key, by="Kim", **others)


def rest(section, counts_as, **others):
    return AccountMapping(counts_as, section=section, by="Kim", **others)


def test_a_parents_own_postings_count_beside_those_of_its_sub_accounts():
    books = month(line("1", "220.00"), line("2", "475.00", parents=("1",)))
    assert books.differences() == {}
    assert classify(books, [mapped("1", "mrr")]).values == {"mrr": Decimal("695.00")}


def test_an_account_alone_leaves_its_sub_accounts_to_the_rest():
    books = month(line("1", "220"), line("2", "475", parents=("1",)))
    mappings = [mapped("1", "mrr", with_sub_accounts=False), rest(INCOME, "product_sales")]
    assert classify(books, mappings).values == {"mrr": Decimal(220), "product_sales": Decimal(475)}


def test_what_is_nearest_to_an_account_decides():
    books = month(line("3", "5", parents=("1", "2")))
    mappings = [mapped("1", "mrr"), mapped("2", "orr")]
    assert classify(books, mappings).values == {"mrr": Decimal(0), "orr": Decimal(5)}


def test_the_rest_of_a_section_is_what_nothing_else_is_said_of():
    books = month(line("1", "100"), line("2", "-30.05"), line("3", "7", EXPENSES), line("4", "2", COGS))
    mappings = [mapped("1", "mrr"), rest(INCOME, "product_sales"), rest(EXPENSES, "other_expenses")]
    found = classify(books, mappings)
    assert found.values == {
        "mrr": Decimal(100),
        "product_sales": Decimal("-30.05"),
        "other_expenses": Decimal(7),
    }
    assert [each.line.account for each in found.unmapped] == ["4"]
    assert found.in_use == {INCOME, EXPENSES}


def test_a_mapping_holds_from_its_month_on_and_the_one_before_it_until_then():
    mappings = [
        mapped("1", "nrr"),
        mapped("1", "mrr", since=Month(2025, 3)),
        mapped("1", None, since=Month(2025, 5)),
    ]
    by_month = {
        of: classify(month(line("1", "9"), of=of), mappings)
        for of in Month.span(Month(2025, 2), Month(2025, 5))
    }
    assert [dict(each.values) for each in by_month.values()] == [
        {"nrr": Decimal(9)},
        {"mrr": Decimal(9)},
        {"mrr": Decimal(9)},
        {},
    ]
    assert by_month[Month(2025, 5)].lines[0].kind is LineKind.LEFT_ASIDE


def test_an_account_can_count_with_the_other_sign():
    found = classify(month(line("1", "12.50")), [mapped("1", "mrr", negated=True)])
    assert found.values == {"mrr": Decimal("-12.50")}


def test_a_mapped_account_that_posted_nothing_is_a_real_nothing_and_an_unmapped_metric_is_absent():
    assert classify(month(), [mapped("1", "mrr")]).values == {"mrr": Decimal(0)}
    assert classify(month(line("1", "5")), []).values == {}


def test_what_somebody_leaves_aside_counts_as_nothing_and_is_not_forgotten():
    found = classify(month(line("1", "5")), [mapped("1", None)])
    assert (found.lines[0].metric, found.lines[0].counted, found.unmapped) == (None, Decimal(0), ())
    assert found.lines[0].reason == "left aside by Kim"


def test_payroll_with_the_owners_pay_in_it_is_less_what_a_person_entered_of_that():
    books = month(line("1", "50000", EXPENSES), line("2", "999.99", EXPENSES, parents=("1",)))
    owner = {"owner_comp": Decimal(10000), "owner_comp_taxes": Decimal(2500)}
    found = classify(books, [mapped("1", PAYROLL)], owner)
    assert found.values == {"employee_expense": Decimal("38499.99")}
    assert exact_sum(each.counted for each in found.lines) == Decimal("38499.99")
    assert [each.line.name for each in found.lines if each.kind is LineKind.OWNER] == [
        METRICS["owner_comp"].label,
        METRICS["owner_comp_taxes"].label,
    ]


def test_payroll_is_no_employee_expense_until_the_owners_pay_is_known():
    books = month(line("1", "50000", EXPENSES))
    found = classify(books, [mapped("1", PAYROLL)], {"owner_comp": Decimal(10000)})
    assert found.values == {}
    assert "Owner Comp to pay QTR est taxes of the month still to be entered" in found.lines[0].reason
    assert found.unmapped == ()


def test_an_owners_pay_that_the_books_have_is_not_taken_off_twice():
    books = month(line("1", "50000", EXPENSES), line("2", "9000", EXPENSES, parents=("1",)))
    mappings = [mapped("1", PAYROLL), mapped("2", "owner_comp")]
    found = classify(books, mappings, {"owner_comp": Decimal(1), "owner_comp_taxes": Decimal(0)})
    assert found.values == {"employee_expense": Decimal(50000), "owner_comp": Decimal(9000)}


def test_all_bank_accounts_are_the_cash_reserve_until_somebody_chooses_some():
    books = month(line("b1", "1000", BANK), line("b2", "-20", BANK), line("c", "70", RECEIVABLES))
    assert classify(books, []).values == {"cash_reserve": Decimal(980), "ar_over_90_days": Decimal(70)}
    chosen = classify(books, [mapped("b1", "cash_reserve")])
    assert chosen.values["cash_reserve"] == Decimal(1000)
    assert chosen.lines[1].reason == "not one of the chosen accounts"


def test_balances_that_were_not_read_are_absent():
    assert "cash_reserve" not in classify(month(line("1", "5")), [mapped("b1", "cash_reserve")]).values


def test_what_was_posted_is_no_balance_and_a_balance_was_not_posted():
    books = month(line("1", "5"), line("b", "7", BANK))
    found = classify(books, [mapped("1", "cash_reserve"), mapped("b", "mrr")])
    assert found.lines[0].kind is LineKind.UNMAPPED
    assert found.values["mrr"] == 0


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (AccountMapping("mrr"), "one account, or of the rest"),
        (AccountMapping("mrr", account="1", section=INCOME), "one account, or of the rest"),
        (
            AccountMapping("total_revenue", account="1"),
            'cannot count as "total_revenue"; expected one of nrr',
        ),
        (AccountMapping("cash_reserve", section=BANK), "choose accounts"),
    ],
)
def test_a_mapping_that_says_nothing_is_refused_in_a_sentence(mapping, sentence):
    with pytest.raises(InvalidMappingError, match=sentence):
        valid_mapping(mapping)


def test_every_input_of_quickbooks_can_be_read_from_books_but_an_average_of_other_months():
    inputs = {
        key
        for key, each in METRICS.items()
        if each.vendor is Vendor.QUICKBOOKS and each.kind is MetricKind.INPUT
    }
    assert inputs - set(BOOKED) == {"average_monthly_expenses"}
    assert set(BOOKED) <= inputs
    assert set(TARGETS) - {PAYROLL} < set(BOOKED)


def test_lines_that_do_not_come_to_the_printed_total_are_told_to_the_cent():
    books = replace(month(line("1", "5.00")), totals={INCOME: Decimal("5.01"), COGS: Decimal(0)})
    assert books.differences() == {INCOME: (Decimal("5.00"), Decimal("5.01"))}
    assert replace(books, totals={}).differences() == {INCOME: (Decimal("5.00"), Decimal(0))}
    assert month(line("1", "5"), line("1", "6")).repeated() == ["1"]


NAMES = ("a", "b", "c", "d", "e", "f")
AMOUNTS = st.decimals(-10_000_000, 10_000_000, places=2)


@st.composite
def any_books(draw):
    lines = []
    for key in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        parents = tuple(
            draw(st.lists(st.sampled_from([each for each in NAMES if each != key]), unique=True, max_size=2))
        )
        lines.append(line(key, draw(AMOUNTS), draw(st.sampled_from(OPERATING)), parents))
    return month(*lines)


ANY_MAPPINGS = st.lists(
    st.builds(
        AccountMapping,
        st.one_of(st.none(), st.sampled_from([key for key in TARGETS if key != "cash_reserve"])),
        account=st.sampled_from(NAMES),
        with_sub_accounts=st.booleans(),
        since=st.one_of(st.none(), st.sampled_from([MARCH, MARCH.next])),
    )
    | st.builds(AccountMapping, st.sampled_from(["product_sales", None]), section=st.sampled_from(OPERATING)),
    max_size=8,
)
OWNER = st.fixed_dictionaries({}, optional={"owner_comp": AMOUNTS, "owner_comp_taxes": AMOUNTS})


@settings(max_examples=200, deadline=None, derandomize=True)
@given(any_books(), ANY_MAPPINGS, OWNER)
def test_every_line_is_somewhere_and_what_counts_comes_to_the_values(books, mappings, owner):
    found = classify(books, mappings, owner)
    assert [each.line for each in found.lines if each.kind is not LineKind.OWNER] == [
        each for each in books.lines if each.amount
    ]
    for section, total in books.totals.items():
        parts = {
            kind: exact_sum(
                each.line.amount for each in found.lines if each.line.section is section and each.kind is kind
            )
            for kind in LineKind
            if kind is not LineKind.OWNER
        }
        assert exact_sum(parts.values()) == total
    for key in METRICS:
        counted = exact_sum(each.counted for each in found.lines if each.metric == key)
        assert counted == found.values.get(key, 0), key


@settings(max_examples=100, deadline=None, derandomize=True)
@given(any_books(), ANY_MAPPINGS, st.randoms(use_true_random=False))
def test_the_order_of_mappings_of_different_accounts_decides_nothing(books, mappings, random):
    single = list({each.subject: each for each in mappings}.values())
    other = random.sample(single, len(single))
    assert classify(books, single) == classify(books, other)


def guesses(*lines, mappings=()):
    return {
        each.mapping.account or each.mapping.section: each.mapping.counts_as
        for each in suggestions(lines, mappings, MARCH)
    }


@pytest.mark.parametrize(
    ("name", "section", "counts_as"),
    [
        ("Managed Services Agreements", INCOME, "mrr"),
        ("4100 Project Labor", INCOME, "nrr"),
        ("Non-Recurring Services", INCOME, "nrr"),
        ("Cloud hosting", INCOME, "orr"),
        ("Hardware sales", INCOME, "product_sales"),
        ("Officer compensation", EXPENSES, "owner_comp"),
        ("Owner's estimated tax", EXPENSES, "owner_comp_taxes"),
        ("6300 · Payroll Expenses", EXPENSES, PAYROLL),
        ("Technicians' wages", COGS, "employee_expense"),
    ],
)
def test_names_that_people_give_suggest_what_they_mean(name, section, counts_as):
    assert guesses(line("1", "5", section, name=name))["1"] == counts_as


def test_nothing_is_suggested_for_what_somebody_has_mapped_or_for_names_that_say_nothing():
    managed = line("1", "5", name="Managed services")
    assert guesses(managed, mappings=[mapped("1", None), rest(INCOME, None)]) == {}
    assert guesses(line("2", "5", name="Sundry")) == {INCOME: "product_sales"}
    assert guesses(line("2", "5", OTHER_INCOME, name="Managed services")) == {}


def test_a_sub_account_whose_name_says_nothing_is_guessed_by_what_it_is_in():
    inside = replace(line("2", "5", name="Gold"), parents=("1",), parent_names=("Managed services",))
    assert guesses(inside)["2"] == "mrr"
