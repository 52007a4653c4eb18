"""`qbr metric`: what people enter by hand takes effect at once, and what cannot be is refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, find
from qbr_pipeline.store.reading import read_quarterly, read_smartnumbers
from qbr_pipeline.store.values import DataSource, read_values
from qbr_pipeline_tests import entries

MARCH = Month(2025, 3)
Qbr = Callable[..., Any]


@pytest.fixture(autouse=True)
def _named(named_database: Database) -> None:
    pass


def enter(qbr: Qbr, name: str, value: str, *more: str, month: str = "2025-03") -> Any:
    return qbr("metric", "set", month, name, value, "--by", "Ann", *more)


def value_of(database: Database, key: str) -> Decimal | None:
    kept = database.fetch(read_values, MARCH).get(key)
    return kept.value if kept else None


@pytest.mark.parametrize(
    "name", ["mrr", "MRR", "Monthly Recurring Revenue (MRR)", "monthly recurring revenue (mrr)"]
)
def test_a_metric_is_named_by_key_or_label_in_any_case(qbr: Qbr, database: Database, name: str) -> None:
    said = enter(qbr, name, "110250.5")
    assert (said.code, said.out) == (
        0,
        "Monthly Recurring Revenue (MRR) of 2025-03 is $110,250.50, entered by Ann.\n",
    )
    assert value_of(database, "mrr") == Decimal("110250.50")
    assert database.fetch(read_values, MARCH)["mrr"].source is DataSource.MANUAL


def test_who_knows_payroll_and_the_owners_pay_enters_those_and_the_note_says_what_was_computed(
    qbr: Qbr, database: Database
) -> None:
    said = qbr("metric", "payroll", "2025-03", "50000", "--by", "Ann")
    assert said.code == 1
    assert "Owner Comp to pay QTR est taxes of 2025-03 must be entered first" in " ".join(said.err.split())
    enter(qbr, "owner_comp", "9000")
    enter(qbr, "owner_comp_taxes", "2000.50")
    assert qbr("metric", "payroll", "2025-03", "50000", "--by", "Ann").code == 0
    kept = database.fetch(read_values, MARCH)["employee_expense"]
    assert (kept.value, kept.source) == (Decimal("38999.50"), DataSource.MANUAL)
    assert kept.notes == (
        "computed: payroll $50,000 less Owner Compensation $9,000 and Owner Comp to pay QTR est taxes $2,000.50"
    )


@pytest.mark.parametrize("value", ["-5", "-5.25", "-50000"])
def test_a_negative_value_is_a_value_and_not_an_option(qbr: Qbr, database: Database, value: str) -> None:
    assert enter(qbr, "nrr", value).code == 0
    assert value_of(database, "nrr") == Decimal(value)


def test_a_negative_value_may_come_after_the_options(qbr: Qbr, database: Database) -> None:
    assert qbr("metric", "set", "--by", "Ann", "2025-03", "nrr", "-5").code == 0
    assert value_of(database, "nrr") == Decimal(-5)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-5", "is negative"),
        ("NaN", "is not a plain number"),
        ("inf", "is not a plain number"),
        ("1e3", "is not a plain number"),
        ("1,000", "is not a plain number"),
        ("$5", "is not a plain number"),
        ("", "is blank"),
        (" ", "is blank"),
        ("1.005", "has more than 2 decimals"),
        ("10000000000", "is beyond the range"),
    ],
)
def test_an_impossible_value_is_refused_in_a_sentence(
    qbr: Qbr, database: Database, value: str, reason: str
) -> None:
    fault = enter(qbr, "mrr", value).fault
    assert fault.startswith("Monthly Recurring Revenue (MRR): ")
    assert reason in fault
    assert "expected a number such as 1234.5" in fault or "beyond" in fault
    assert database.fetch(read_values, MARCH) == {}


def test_an_unknown_metric_gets_a_suggestion(qbr: Qbr) -> None:
    assert 'did you mean "mrr"' in enter(qbr, "mr", "5").fault
    assert "did you mean" in qbr("metric", "history", "2025-03", "reactive_ticket_created").fault


@pytest.mark.parametrize("month", ["2999-01", "2025-Q1", "03/2025", "2025-13"])
def test_a_month_that_has_not_begun_or_is_none_is_refused(qbr: Qbr, month: str) -> None:
    assert month in enter(qbr, "mrr", "5", month=month).fault


def test_who_says_so_is_needed(qbr: Qbr, database: Database) -> None:
    said = qbr("metric", "set", "2025-03", "mrr", "5")
    assert said.code == 2
    assert "--by" in said.err
    assert (
        "the name of who enters a value is needed"
        in qbr("metric", "set", "2025-03", "mrr", "5", "--by", " ").fault
    )
    assert database.fetch(read_values, MARCH) == {}


def test_an_unknown_option_is_not_taken_for_a_value(qbr: Qbr, database: Database) -> None:
    assert enter(qbr, "mrr", "5", "--remark", "x").code == 2
    assert database.fetch(read_values, MARCH) == {}


def test_a_set_refreshes_derived_metrics_smartnumbers_and_the_quarter_at_once(
    qbr: Qbr, database: Database
) -> None:
    for name, value in {"nrr": "-100", "mrr": "1000", "orr": "0", "product_sales": "100"}.items():
        assert enter(qbr, name, value).code == 0
    assert value_of(database, "total_revenue") == Decimal("1000.00")
    for period in (MARCH, MARCH.quarter):
        assert database.fetch(read_smartnumbers, period)["revenue_from_services_pct"].value == Decimal(
            "0.9000"
        )
        assert database.fetch(read_smartnumbers, period)["services_from_mrr_pct"].value == Decimal("1.1111")
    assert database.fetch(read_quarterly, MARCH.quarter)["total_revenue"].value == Decimal(1000)


def test_a_release_takes_back_what_the_value_led_to(qbr: Qbr, database: Database) -> None:
    enter(qbr, "mrr", "1000")
    enter(qbr, "seats_managed", "500")
    assert database.fetch(read_smartnumbers, MARCH)["avg_aisp"].value == Decimal(2)
    said = qbr("metric", "release", "2025-03", "mrr", "--by", "Bob")
    assert said.out == (
        "Monthly Recurring Revenue (MRR) of 2025-03 is released: it is absent now, until somebody enters it again.\n"
    )
    assert value_of(database, "mrr") is None
    for period in (MARCH, Quarter(2025, 1)):
        assert database.fetch(read_smartnumbers, period)["avg_aisp"].value is None
    assert database.fetch(read_quarterly, Quarter(2025, 1))["mrr"].value is None


def test_what_an_entry_makes_odd_is_found_at_once_and_resolves_when_it_is_taken_back(
    qbr: Qbr, database: Database
) -> None:
    def changes() -> list[tuple[str, str]]:
        wanted, now = FindingFilter(rule=Rule.CHANGE, subject="employees"), datetime.now(UTC)
        found = database.fetch(find, wanted, now, limit=10, offset=0).findings
        return [(str(each.finding.period), each.state) for each in found]

    enter(qbr, "employees", "8")
    qbr("metric", "set", "2025-04", "employees", "16", "--by", "Ann")
    assert changes() == [("2025-04", "open")]
    qbr("metric", "release", "2025-03", "employees", "--by", "Ann")
    assert changes() == [("2025-04", "resolved")]


def test_a_released_collected_value_waits_for_the_next_collection(qbr: Qbr) -> None:
    enter(qbr, "seats_managed", "500")
    assert qbr("metric", "release", "2025-03", "seats_managed").out.endswith(
        "is released: it is absent now, until the next collection of that month.\n"
    )


def test_a_released_total_is_computed_from_its_parts_again(qbr: Qbr) -> None:
    for name in ("nrr", "mrr", "orr", "product_sales"):
        enter(qbr, name, "10")
    enter(qbr, "total_revenue", "99")
    assert qbr("metric", "release", "2025-03", "total_revenue").out == (
        "Total Revenue of 2025-03 is released: it is $40 now.\n"
    )


def test_releasing_what_nobody_entered_says_so_and_changes_nothing(qbr: Qbr, database: Database) -> None:
    said = qbr("metric", "release", "2025-03", "mrr")
    assert (said.code, said.out) == (
        0,
        "Monthly Recurring Revenue (MRR) of 2025-03 was not entered by hand: it stays –.\n",
    )
    assert database.fetch(read_values, MARCH) == {}


def test_history_tells_who_when_and_why(qbr: Qbr) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    enter(qbr, "mrr", "1000", "--note", "from the books")
    qbr("metric", "release", "2025-03", "mrr", "--by", "Bob", QBR_TIMEZONE="Asia/Kolkata")
    told = qbr("metric", "history", "2025-03", "mrr", QBR_TIMEZONE="Asia/Kolkata")
    assert told.code == 0
    entry, release = [line for line in told.out.splitlines() if " IST " in line]
    assert re.search(r"– +\$1,000 +entry +Ann +from the", entry)
    assert re.search(r"\$1,000 +– +release +Bob", release)
    for line in (entry, release):
        written = datetime.strptime(line.split(" IST ")[0].strip() + " +0530", "%Y-%m-%d %H:%M:%S %z")
        assert begun <= written <= datetime.now(UTC)


def test_history_fits_into_80_columns_and_shows_brackets_as_they_are(qbr: Qbr) -> None:
    qbr("metric", "set", "2025-03", "mrr", "5", "--by", "[/Ann]", "--note", "[red]=1+1 " + "long " * 20)
    told = qbr("metric", "history", "2025-03", "mrr").out
    assert "[/Ann]" in told
    assert "[red]=1+1" in told
    assert max(len(line) for line in told.splitlines()) <= 80


def test_a_value_that_never_was_has_no_history(qbr: Qbr) -> None:
    assert qbr("metric", "history", "2025-03", "mrr").out == (
        "Monthly Recurring Revenue (MRR) of 2025-03 has never had a value.\n"
    )


def test_control_sequences_of_a_note_never_reach_the_terminal(qbr: Qbr, database: Database) -> None:
    evil = "a\x1b[2J\nb\u202ec\x9b31m"
    entries.set_value(database, Month(2025, 3), "mrr", Decimal(5), by=evil, note=evil, now=datetime.now(UTC))
    said = qbr("metric", "history", "2025-03", "mrr")
    assert said.code == 0
    assert all(line.isprintable() for line in said.out.splitlines())
