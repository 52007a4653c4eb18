"""`qbr show`: a dash is absent, a star is provisional, and exports are exact."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.review.reviewing import review_after
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.decisions import Decision, FindingKey, acknowledge
from qbr_pipeline.store.findings.records import record
from qbr_pipeline_tests.entries import set_values

Qbr = Callable[..., Any]
NOW = datetime.now(UTC)
JANUARY, FEBRUARY, MARCH = Quarter(2025, 1).months


@pytest.fixture(autouse=True)
def _named(named_database: Database) -> None:
    pass


def enter(database: Database, month: Month, **values: object) -> None:
    numbers = {key: Decimal(str(value)) for key, value in values.items()}
    set_values(database, month, numbers, by="Ann", note=None, now=NOW)


def rows_of(said: Any) -> dict[str, Mapping[str, str]]:
    assert said.code == 0, said
    return {row["name"]: row for row in csv.DictReader(io.StringIO(said.out))}


def line_of(said: Any, label: str) -> str:
    assert said.code == 0, said
    (line,) = [line for line in said.out.splitlines() if line.strip().startswith(f"{label}  ")]
    return str(line)


def test_every_metric_and_smartnumber_of_a_month_without_data_is_a_dash(qbr: Qbr) -> None:
    said = qbr("show", "2025-03")
    labels = [metric.label for metric in METRICS.values()] + [each.label for each in SMARTNUMBERS.values()]
    for label in labels:
        assert "–" in line_of(said, label)
    assert "0" not in line_of(said, "Total Close %")


def test_a_real_zero_is_a_zero_and_not_a_dash(qbr: Qbr, database: Database) -> None:
    enter(database, MARCH, misc_revenue=0)
    assert line_of(qbr("show", "2025-03"), "Miscellaneous revenue").split()[-2:] == ["$0", "manual"]


def test_a_month_says_where_each_value_comes_from(qbr: Qbr, database: Database) -> None:
    enter(database, MARCH, nrr=-5, mrr=100, orr=0, product_sales=5)
    said = qbr("show", "2025-03")
    assert line_of(said, "Non-recurring Revenue (NRR)").split()[-2:] == ["-$5", "manual"]
    assert line_of(said, "Total Revenue").split()[-2:] == ["$100", "computed"]
    assert "*" not in said.out.partition("provisional")[0].removesuffix("* ")


def test_a_quarter_says_which_months_it_used_and_that_it_is_provisional(qbr: Qbr, database: Database) -> None:
    for month in (JANUARY, MARCH):
        enter(database, month, new_mrr=1000, lost_mrr=400)
    said = qbr("show", "2025-Q1")
    assert line_of(said, "New MRR").split()[-3:] == ["$2,000*", "Jan", "Mar"]
    assert line_of(said, "Net MRR gain").split()[-3:] == ["$1,200.00*", "Jan", "Mar"]
    enter(database, FEBRUARY, new_mrr=1000, lost_mrr=400)
    said = qbr("show", "2025-Q1")
    assert line_of(said, "New MRR").split()[-4:] == ["$3,000", "Jan", "Feb", "Mar"]
    assert line_of(said, "Net MRR gain").split()[-4:] == ["$1,800.00", "Jan", "Feb", "Mar"]


def test_a_month_in_progress_is_provisional(qbr: Qbr, database: Database) -> None:
    current = Month.of(NOW, database.timezone)
    enter(database, current, mrr=100, seats_managed=10)
    rows = rows_of(qbr("show", str(current), "--csv"))
    assert rows["mrr"]["provisional"] == rows["avg_aisp"]["provisional"] == "true"
    assert rows["nrr"]["provisional"] == "false"


def test_a_quarter_with_three_months_is_provisional_until_it_is_over(qbr: Qbr, database: Database) -> None:
    current = Month.of(NOW, database.timezone)
    months = [month for month in current.quarter.months if month <= current]
    for month in months:
        enter(database, month, mrr=100)
    row = rows_of(qbr("show", "--csv"))["mrr"]
    assert row["months_used"].split() == [str(month) for month in months]
    assert row["provisional"] == "true"


def test_the_current_quarter_is_shown_by_default(qbr: Qbr, database: Database) -> None:
    current = Month.of(NOW, database.timezone).quarter
    assert {row["period"] for row in rows_of(qbr("show", "--csv")).values()} == {str(current)}


@pytest.mark.parametrize("period", ["2025", "2025-Q5", "2025-q1", "now", "", "2025-13"])
def test_an_unknown_period_is_refused_in_a_sentence(qbr: Qbr, period: str) -> None:
    assert f'"{period}" is not a period: expected a month such as 2025-03' in qbr("show", period).fault


def test_what_is_found_odd_and_unanswered_is_told_below_the_tables_alone(
    qbr: Qbr, database: Database
) -> None:
    enter(database, FEBRUARY, employees=8)
    enter(database, MARCH, employees=16)
    review_after(database, Settings.read({}).review, FEBRUARY, ["employees"], NOW)
    odd = "! Employees rose from 8 to 16 (+100 %) against February"
    assert odd in qbr("show", "2025-03").out
    assert odd in qbr("show", "2025-Q1").out
    assert "!" not in qbr("show", "2025-Q2").out
    assert "!" not in qbr("show", "2025-03", "--csv").out
    acknowledge(database, FindingKey("employees", MARCH, Rule.CHANGE), Decision("Ann", NOW, "a new team"))
    assert odd not in qbr("show", "2025-03").out


def test_more_findings_than_fit_are_counted(qbr: Qbr, database: Database) -> None:
    found = [
        Finding(Rule.SNAPSHOT, Severity.WARN, f"source {n}", MARCH, None, "", f"Odd: {n}") for n in range(22)
    ]
    with database.begin() as connection:
        record(connection, database, "made up", MARCH, found, NOW)
    told = [line for line in qbr("show", "2025-03").out.splitlines() if line.startswith("!")]
    assert (len(told), told[-1]) == (21, "! and 2 more")


def test_two_formats_at_once_are_refused(qbr: Qbr) -> None:
    assert qbr("show", "2025-03", "--csv", "--json").code == 2


def test_csv_is_exact_and_absent_is_empty(qbr: Qbr, database: Database) -> None:
    enter(database, MARCH, nrr="-1234567.89", mrr="0.10", seats_managed=3)
    rows = rows_of(qbr("show", "2025-03", "--csv"))
    assert list(rows) == [*METRICS, *SMARTNUMBERS]
    assert (rows["nrr"]["value"], rows["nrr"]["unit"]) == ("-1234567.89", "dollars")
    assert rows["mrr"]["value"] == "0.10"
    assert rows["avg_aisp"]["value"] == "0.0333"
    assert rows["avg_aisp"]["months_used"] == "2025-03"
    assert rows["orr"]["value"] == rows["orr"]["source"] == rows["orr"]["months_used"] == ""
    assert {row["organization"] for row in rows.values()} == {"Test MSP"}


def test_json_holds_exact_text_and_null(qbr: Qbr, database: Database) -> None:
    enter(database, MARCH, nrr="-1234567.89")
    rows = {row["name"]: row for row in qbr("show", "2025-Q1", "--json").json}
    assert list(rows) == [*METRICS, *SMARTNUMBERS]
    assert rows["nrr"] == {
        "organization": "Test MSP",
        "period": "2025-Q1",
        "kind": "metric",
        "section": "Revenue",
        "name": "nrr",
        "label": "Non-recurring Revenue (NRR)",
        "value": "-1234567.89",
        "unit": "dollars",
        "source": "sum",
        "provisional": True,
        "months_used": ["2025-03"],
        "absent_because": None,
    }
    assert rows["mrr"]["value"] is None
    assert rows["mrr"]["months_used"] == []
    assert rows["mrr"]["absent_because"] == "not_entered"


def test_what_is_absent_says_why(qbr: Qbr, database: Database) -> None:
    enter(database, MARCH, mrr="10", agreements="0")
    said = qbr("show", "2025-03")
    assert "not collected" in line_of(said, "# of Endpoints Managed")
    assert "not entered" in line_of(said, "Cash Reserve")
    assert "missing inputs" in line_of(said, "Net Profit Dollars")
    assert "zero divisor" in line_of(said, "Average MRR")
    rows = rows_of(qbr("show", "2025-Q1", "--csv"))
    assert [
        rows[key]["absent_because"] for key in ("mrr", "total_revenue", "rhem", "avg_mrr_per_agreement")
    ] == [
        "",
        "missing_inputs",
        "missing_inputs",
        "zero_divisor",
    ]


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("x")', "+1", "-1", "@x", "\tx", " =1", "\N{FULLWIDTH EQUALS SIGN}1"]
)
def test_text_that_a_spreadsheet_takes_for_a_formula_leaves_as_text(
    qbr: Qbr, database: Database, name: str
) -> None:
    enter(database, MARCH, nrr=-5)
    with database.begin() as connection:
        connection.execute(text("UPDATE organization SET name = :name"), {"name": name})
    row = rows_of(qbr("show", "2025-03", "--csv"))["nrr"]
    assert row["organization"] == f"'{name}"
    assert row["value"] == "-5.00"


def test_a_name_with_brackets_is_shown_as_it_is(qbr: Qbr, database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE organization SET name = '[/red] MSP'"))
    assert "Metrics of 2025-03, [/red] MSP" in qbr("show", "2025-03").out


@pytest.mark.parametrize("period", ["2025-03", "2025-Q1"])
def test_tables_fit_into_80_columns(qbr: Qbr, database: Database, period: str) -> None:
    for month in (JANUARY, FEBRUARY, MARCH):
        enter(
            database,
            month,
            mrr="9999999999.99",
            nrr="-9999999999.99",
            orr="1",
            product_sales="1",
            employees="8.5",
        )
    said = qbr("show", period)
    assert "…" not in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 80


def test_each_section_has_one_heading(qbr: Qbr) -> None:
    lines = [line.strip() for line in qbr("show", "2025-03").out.splitlines()]
    assert lines.count("General Information") == 1


def test_showing_starts_nothing_when_somebody_s_own_database_is_named(qbr: Qbr, home: Any) -> None:
    assert qbr("show", "2025-03").code == 0
    assert not (home / "postgres").exists()
