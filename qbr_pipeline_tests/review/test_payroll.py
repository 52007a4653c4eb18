"""Employee expense by payroll: it follows the owner's pay wherever that comes from, until somebody says it itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.values import InvalidValueError
from qbr_pipeline.periods import Month
from qbr_pipeline.review.entering import Entry, enter_values
from qbr_pipeline.review.import_previews import Upload
from qbr_pipeline.review.importing import Person, import_file, undo_import
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.history import history
from qbr_pipeline.store.payroll import read_payroll
from qbr_pipeline.store.values import DataSource, StoredValue, read_values
from qbr_pipeline_tests.files.reading.made import csv_bytes

NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
MAY = Month(2025, 5)
RULES = Settings.read({}).review
PAY = {"owner_comp": "9000", "owner_comp_taxes": "2000.50"}


def enter(database: Database, values: dict[str, str], *released: str, payroll: str | None = None) -> None:
    enter_values(database, RULES, MAY, Entry("Ann", values, released, payroll=payroll), NOW)


def expense(database: Database) -> StoredValue:
    return database.fetch(read_values, MAY)["employee_expense"]


def test_payroll_and_the_owners_pay_may_be_said_together_and_what_follows_is_marked_as_computed(
    database: Database,
) -> None:
    enter(database, {**PAY, "product_cogs": "1", "other_expenses": "1"}, payroll="50000")
    kept = expense(database)
    words = "computed: payroll $50,000 less Owner Compensation $9,000 and Owner Comp to pay QTR est taxes $2,000.50"
    assert (kept.value, kept.source, kept.notes) == (Decimal("38999.50"), DataSource.MANUAL, words)
    [change] = database.fetch(history, MAY, "employee_expense")
    assert (change.cause, change.changed_by, change.note) == ("derived", "Ann", words)
    assert database.fetch(read_values, MAY)["total_expenses"].value == Decimal("50002.00")


def test_a_later_change_of_the_owners_pay_is_followed_also_by_an_import_and_its_undoing(
    database: Database,
) -> None:
    enter(database, PAY, payroll="50000")
    enter(database, {"owner_comp": "10000"})
    assert expense(database).value == Decimal("37999.50")
    upload = Upload("pay.csv", csv_bytes([["period", "metric", "value"], ["2025-05", "owner_comp", "12000"]]))
    done = import_file(database, RULES, upload, Person("Bob"), NOW)
    assert expense(database).value == Decimal("35999.50")
    assert done.id is not None
    undo_import(database, RULES, done.id, Person("Bob"), NOW)
    assert expense(database).value == Decimal("37999.50")


def test_employee_expense_is_absent_while_the_owners_pay_is_and_comes_back_with_it(
    database: Database,
) -> None:
    enter(database, PAY, payroll="50000")
    enter(database, {}, "owner_comp")
    assert expense(database).value is None
    enter(database, {"owner_comp": "1000"})
    assert expense(database).value == Decimal("46999.50")


def test_an_owners_pay_beyond_payroll_leaves_employee_expense_absent(database: Database) -> None:
    enter(database, PAY, payroll="50000")
    enter(database, {"owner_comp": "49000"})
    assert expense(database).value is None


@pytest.mark.parametrize("released", [True, False])
def test_who_says_employee_expense_itself_ends_it(database: Database, *, released: bool) -> None:
    enter(database, PAY, payroll="50000")
    enter(database, *(({}, "employee_expense") if released else ({"employee_expense": "38999.50"},)))
    assert database.fetch(read_payroll, MAY) is None
    enter(database, {"owner_comp": "1000"})
    assert expense(database).value == (None if released else Decimal("38999.50"))


def test_the_same_payroll_again_changes_nothing_and_another_one_is_followed(database: Database) -> None:
    enter(database, PAY, payroll="50000")
    enter(database, {}, payroll="50000.00")
    assert len(database.fetch(history, MAY, "employee_expense")) == 1
    enter(database, {}, payroll="60000")
    assert expense(database).value == Decimal("48999.50")


@pytest.mark.parametrize(
    ("payroll", "values", "sentence"),
    [
        ("50000", {"owner_comp": "1"}, "est taxes of 2025-05 must be entered first, or together with it"),
        ("many", PAY, "is not a plain number"),
        ("-1", PAY, "is negative"),
        ("10000", PAY, "is less than nothing"),
        ("50000", {**PAY, "employee_expense": "5"}, "it gives Employee Expense: say one of them"),
    ],
)
def test_payroll_from_which_nothing_can_follow_is_refused_and_a_rehearsal_says_so(
    database: Database, payroll: str, values: dict[str, str], sentence: str
) -> None:
    entry = Entry("Ann", values, payroll=payroll)
    with pytest.raises(InvalidValueError, match=f"Payroll .*{sentence}"):
        enter_values(database, RULES, MAY, entry, NOW)
    assert database.fetch(read_values, MAY) == {}
    outcome = enter_values(database, RULES, MAY, entry, NOW, rehearsal=True)
    assert sentence in str(outcome.faults["payroll"])
