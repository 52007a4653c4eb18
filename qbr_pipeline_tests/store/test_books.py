"""Books in the store: published like every other vendor's rows, counted anew when people map accounts another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.accounts import BOOKED, PAYROLL, AccountMapping, InvalidMappingError
from qbr_pipeline.metrics.books import Basis, BooksMonth
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import mappings_now, read_mappings, write_mappings
from qbr_pipeline.store.books import (
    books_before,
    count_anew,
    months_with_books,
    preview,
    publish_books,
    read_books,
    with_changes,
)
from qbr_pipeline.store.database import database_now
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.publishing import PublicationRejected
from qbr_pipeline.store.restatements.ledger import RestatementFilter, explanation, restatements_page
from qbr_pipeline.store.rows.accounts import BooksError
from qbr_pipeline.store.rows.browsing import browse
from qbr_pipeline.store.rows.contributors import contributors
from qbr_pipeline.store.values import DataSource, read_values
from qbr_pipeline_tests.books import (
    COGS,
    EVERYTHING,
    EXPENSES,
    INCOME,
    books,
    full_month,
    line,
    mapped,
    month,
    rest,
)
from qbr_pipeline_tests.entries import release, set_value

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def values(database, of=MARCH):
    return {key: kept.value for key, kept in database.fetch(read_values, of).items()}


def publish(database, *months, run_id="again", **others):
    return publish_books(database, books(*months, **others), run_id=run_id, now=NOW, read_from="books.xlsx")


def test_books_give_every_metric_that_they_can_and_all_that_follows(database, collector):
    collector.books()
    found = values(database)
    assert {key for key in BOOKED if found[key] is not None} == set(BOOKED)
    assert found["mrr"] == Decimal("110250.00")
    assert found["nrr"] == Decimal("-120.05")
    assert found["cash_reserve"] == Decimal(80000)
    assert found["total_revenue"] == Decimal("155142.05")
    assert found["net_profit"] == Decimal("51141.27")


def test_every_number_is_the_sum_of_its_account_lines(database, collector):
    collector.books()
    for key in BOOKED:
        page = database.fetch(browse, key, MARCH)
        assert page.value == values(database)[key]
        assert sum(each.row.counted for each in page.rows if each.counts) == page.value


def test_the_average_expenses_of_the_year_before_follow_once_all_its_months_are_known(database, collector):
    year = [full_month(of) for of in Month.span(Month(2024, 1), Month(2024, 12))]
    collector.books(*year[1:], full_month(MARCH))
    assert "average_monthly_expenses" not in values(database)
    collector.books(year[0], full_month(MARCH))
    assert values(database)["average_monthly_expenses"] == Decimal("104000.78")
    assert values(database)["cash_reserve_ratio"] == Decimal("0.7692")


def test_the_same_books_again_change_nothing(database, collector):
    collector.books()
    before = database.fetch(read_values, MARCH)
    (again,) = collector.books().values()
    after = database.fetch(read_values, MARCH)
    assert again.changes == ()
    assert {key: replace(each, collected_at=None) for key, each in after.items()} == {
        key: replace(each, collected_at=None) for key, each in before.items()
    }


def test_what_a_person_entered_stays_and_is_handed_back_to_the_books(database, collector):
    set_value(database, MARCH, "mrr", 99, by="Ann", now=NOW)
    (done,) = collector.books().values()
    assert done.kept_manual == {"mrr": Decimal("110250.00")}
    assert values(database)["mrr"] == 99
    release(database, MARCH, "mrr", by="Ann", now=NOW)
    assert values(database)["mrr"] == Decimal("110250.00")


def test_an_account_without_postings_is_a_real_nothing_and_not_absent(database, collector):
    collector.books(month(line("4100", "5"), of=MARCH))
    found = values(database)
    assert (found["mrr"], found["product_cogs"]) == (Decimal(0), Decimal(0))
    assert "cash_reserve" not in found


def test_a_metric_that_nothing_is_mapped_to_any_more_becomes_absent(database, collector):
    collector.books()
    write_mappings(database, [], [("4200", None, None)], by="Kim")
    done, rejected = count_anew(database, NOW)
    assert (list(done), rejected) == ([MARCH], [])
    found = values(database)
    assert found["orr"] is None
    assert found["product_sales"] == Decimal("45000.10")
    assert found["total_revenue"] is None


def test_all_months_of_an_import_are_published_or_none(database, collector):
    bad = replace(full_month(MARCH.next), totals={INCOME: Decimal("1.00")})
    with pytest.raises(PublicationRejected, match="accounts of Income come to"):
        collector.books(full_month(MARCH), bad)
    assert database.fetch(months_with_books) == []
    assert values(database) == {}


def test_a_section_of_which_a_part_counts_and_a_part_is_forgotten_is_held_back(database, collector):
    with pytest.raises(PublicationRejected, match=r'\$40 would count nowhere: "Hardware" \$40'):
        collector.books(
            month(line("4000", "100"), line("4300", "40", name="Hardware"), of=MARCH),
            mappings=[mapped("4000", "mrr")],
        )


def test_books_that_nobody_has_mapped_are_kept_and_give_no_value(database, collector):
    collector.books(full_month(MARCH), mappings=[])
    assert {key for key, value in values(database).items() if value is not None} == {
        "cash_reserve",
        "ar_over_90_days",
    }
    (kept,) = database.fetch(read_books, MARCH, MARCH)
    assert kept.books == replace(full_month(MARCH), lines=kept.books.lines)
    assert set(kept.books.lines) == set(full_month(MARCH).lines)
    assert kept.evidence.in_words() == "QuickBooks Online, books of Example MSP on accrual basis in USD"


def test_an_account_that_comes_twice_is_refused_in_a_sentence(database, collector):
    with pytest.raises(BooksError, match='the account "4000" comes more than once'):
        collector.books(month(line("4000", "1"), line("4000", "2"), of=MARCH))


def test_another_currency_is_refused(database, collector):
    collector.books()
    with pytest.raises(PublicationRejected, match="are in EUR, those that are published in USD"):
        collector.books(currency="EUR")


def test_a_month_that_is_not_complete_is_not_closed(database, collector):
    collector.books(replace(full_month(MARCH), complete=False))
    assert not database.fetch(current_publication, Vendor.QUICKBOOKS, MARCH).closed
    collector.books(full_month(MARCH))
    assert database.fetch(current_publication, Vendor.QUICKBOOKS, MARCH).closed


def restated(database, metric):
    found, _ = database.fetch(restatements_page, RestatementFilter(metric=metric), limit=9)
    return [
        (each.change, [(row.title, row.effect, row.cause) for row in database.fetch(explanation, each.id)])
        for each in found
    ]


def test_the_ledger_of_a_closed_month_names_the_account_and_its_effect_to_the_cent(database, collector):
    collector.books()
    collector.books(full_month(MARCH, mrr="100250.25"))
    assert restated(database, "mrr") == [
        (Decimal("250.25"), [("Managed services", Decimal("250.25"), "amount $100,000 → $100,250.25")])
    ]
    moved = contributors
    then = database.fetch(current_publication, Vendor.QUICKBOOKS, MARCH, run_id="run-1").published_at
    (contributor,) = database.fetch(moved, "mrr", MARCH, MARCH, as_of=then)
    assert (contributor.kind, contributor.name) == ("account", "Managed services")


def test_an_account_that_was_renamed_moves_no_number_and_one_that_moved_section_says_so(database, collector):
    collector.books()
    lines = [
        replace(each, name="Wages and salaries") if each.account == "6000" else each
        for each in full_month(MARCH).lines
    ]
    collector.books(month(*lines, of=MARCH))
    assert restated(database, "employee_expense") == []
    moved = [replace(each, section=COGS) if each.account == "6300" else each for each in lines]
    collector.books(month(*moved, of=MARCH))
    (told,) = restated(database, "other_expenses")
    assert told[0] == Decimal("-18000.45")
    assert told[1][0][2].startswith("moved from expenses to cogs; counts as Product Cost of Goods Sold")


def test_accounts_that_come_and_go_are_told_with_what_they_had(database, collector):
    collector.books()
    lines = [each for each in full_month(MARCH).lines if each.account != "6300"]
    collector.books(month(*lines, line("6400", "7", EXPENSES, name="Fees"), of=MARCH))
    (told,) = restated(database, "other_expenses")
    assert told[1] == [
        ("Rent", Decimal("-18000.45"), "$18,000.45 before, and no longer in the books of the month"),
        ("Fees", Decimal(7), "$7, which the books of the month did not have before"),
    ]


def test_a_change_of_basis_is_said_with_what_it_restated(database, collector):
    collector.books()
    collector.books(full_month(MARCH, mrr="90000"), basis=Basis.CASH)
    found, _ = database.fetch(restatements_page, RestatementFilter(metric="mrr"), limit=9)
    assert found[0].rule_change == "the books are read on cash basis; before: accrual"


def test_another_mapping_counts_the_kept_books_anew_and_the_ledger_says_who(database, collector):
    collector.books(full_month(MARCH), full_month(MARCH.next))
    write_mappings(database, [mapped("4200", "mrr", since=MARCH.next)], by="Ann")
    done, _ = count_anew(database, NOW)
    assert list(done) == [MARCH.next]
    assert values(database, MARCH)["orr"] == 5000
    assert values(database, MARCH.next)["mrr"] == Decimal(115250)
    ((change, rows),) = restated(database, "mrr")
    assert (change, rows[0][0]) == (Decimal(5000), "Hosting")
    assert "counts as Monthly Recurring Revenue (MRR) now (mapped by Ann" in rows[0][2]
    assert count_anew(database, NOW) == ({}, [])


def test_a_mapping_that_a_rule_holds_back_leaves_the_values_of_before(database, collector):
    collector.books()
    write_mappings(database, [], [(None, INCOME, None)], by="Kim")
    done, (rejected,) = count_anew(database, NOW)
    assert done == {}
    assert "would count nowhere" in str(rejected)
    assert values(database)["product_sales"] == Decimal("40000.10")


def test_books_that_were_put_aside_before_somebody_mapped_are_published_as_mapped_now(database, collector):
    collector.books()
    staged_before = [mapped("4200", "mrr")]
    from qbr_pipeline.store.publishing import publish as publish_stage
    from qbr_pipeline.store.rows.accounts import stage_books

    stage_books(
        database,
        books(),
        full_month(MARCH),
        run_id="slow",
        fetch_started_at=database_now(database),
        collected_as_of=NOW,
        read_from="QuickBooks Online",
    )
    write_mappings(database, staged_before, by="Ann")
    done = publish_stage(database, Vendor.QUICKBOOKS, MARCH, "slow", NOW)
    assert done.values["mrr"] == Decimal(115250)


def test_payroll_less_the_owners_pay_follows_what_a_person_enters_of_it(database, collector):
    mappings = [
        *(each for each in EVERYTHING if each.account not in {"6000", "6100", "6200"}),
        mapped("6000", PAYROLL),
    ]
    collector.books(mappings=mappings)
    assert "employee_expense" not in values(database)
    for key, value in {"owner_comp": 9000, "owner_comp_taxes": 2000}.items():
        set_value(database, MARCH, key, value, by="Ann", now=NOW)
    count_anew(database, NOW)
    assert values(database)["employee_expense"] == 34000
    page = database.fetch(browse, "employee_expense", MARCH)
    assert (page.value, page.counting) == (Decimal(34000), 3)
    assert database.fetch(read_values, MARCH)["owner_comp"].source is DataSource.MANUAL


def test_a_preview_says_what_another_mapping_would_give_and_stores_nothing(database, collector):
    collector.books()
    with database.read() as connection:
        kept = [each.books for each in read_books(connection, database, MARCH, MARCH)]
        proposed = with_changes(
            mappings_now(connection, database), [mapped("4200", "mrr")], {(None, INCOME, None)}
        )
        shown = preview(connection, database, kept, proposed)[MARCH]
    assert shown.classified.values["mrr"] == Decimal(115250)
    assert ["would count nowhere" in each.sentence for each in shown.faults] == [True]
    assert values(database)["mrr"] == Decimal(110250)


def test_who_said_what_of_an_account_and_when_is_kept(database):
    assert write_mappings(database, [mapped("1", "mrr", name="Gold")], by="Kim", key_name="office") == 1
    assert write_mappings(database, [mapped("1", "mrr")], by="Ann") == 0
    assert write_mappings(database, [mapped("1", "nrr"), rest(INCOME, None)], by="Ann") == 2
    assert write_mappings(database, [], [("1", None, None), ("2", None, None)], by="Lee") == 1
    said = [
        (each.mapping.counts_as, each.mapping.by, each.ended_by)
        for each in database.fetch(read_mappings, with_earlier=True)
    ]
    assert said == [("mrr", "Kim", "Ann"), ("nrr", "Ann", "Lee"), (None, "Ann", None)]
    assert database.fetch(mappings_now) == [AccountMapping(None, section=INCOME, by="Ann")]


@pytest.mark.parametrize(
    ("mappings", "by", "sentence"),
    [
        ([mapped("1", "mrr"), mapped("1", "nrr")], "Kim", "mapped twice"),
        ([mapped("1", "mrr")], " ", "name of who maps accounts is needed"),
        ([mapped("1", "net_profit")], "Kim", "cannot count as"),
    ],
)
def test_a_mapping_that_cannot_be_kept_is_refused_whole(database, mappings, by, sentence):
    with pytest.raises(InvalidMappingError, match=sentence):
        write_mappings(database, mappings, by=by)
    assert database.fetch(mappings_now) == []


def test_books_as_they_were_can_be_read_and_published_back(database, collector):
    collector.books()
    moment = database_now(database)
    collector.books(full_month(MARCH, mrr="1"))
    before = database.fetch(books_before, MARCH, moment)
    assert before.books == replace(full_month(MARCH), lines=before.books.lines)
    publish(database, before.books, run_id="back")
    assert values(database)["mrr"] == Decimal(110250)
    assert database.fetch(books_before, MARCH, datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_the_average_follows_when_a_month_of_the_year_before_is_published_later(database, collector):
    year = [full_month(of) for of in Month.span(Month(2024, 1), Month(2024, 12))]
    collector.books(*year, full_month(MARCH))
    publish(database, BooksMonth(Month(2024, 5), (), {}, withdrawn=True), run_id="gone")
    assert values(database)["average_monthly_expenses"] is None
    publish(database, year[4], run_id="back")
    assert values(database)["average_monthly_expenses"] == Decimal("104000.78")
