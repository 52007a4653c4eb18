"""Long tables and wide grids: the spreadsheets that people have, value by value."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from qbr_pipeline.files.reading.read_file import Answers, FileKind, read_file
from qbr_pipeline.files.reading.sheets import FileRejectedError
from qbr_pipeline.files.reading.values_file import Label, ValuesFile
from qbr_pipeline.periods import Month
from qbr_pipeline_tests.files.reading.made import book, csv_bytes, with_results, xlsx

JANUARY, FEBRUARY = Month(2025, 1), Month(2025, 2)


def read(content: bytes, kind: FileKind = FileKind.WIDE_GRID, **answers: object) -> ValuesFile:
    found = read_file(content, Answers(**answers))  # type: ignore[arg-type]
    assert found.kind is kind
    assert found.values is not None
    return found.values


def values(found: ValuesFile) -> dict[tuple[str, str], Decimal]:
    assert not found.faults
    return {(str(month), metric): value.value for (month, metric), value in found.values.items()}


def faults(found: ValuesFile) -> list[str]:
    return [str(each) for each in found.faults]


def test_a_long_table_has_a_row_for_each_value_with_its_note() -> None:
    rows = [
        ["Period", "Metric", "Value", "Note"],
        ["2025-01", "mrr", "1,000.50", "as agreed"],
        ["January 2025", "Non-recurring Revenue (NRR)", "(20)"],
        [date(2025, 2, 1), "employees", 12],
    ]
    for content in (csv_bytes(rows), xlsx(rows)):
        found = read(content, FileKind.LONG_TABLE)
        assert values(found) == {
            ("2025-01", "mrr"): Decimal("1000.50"),
            ("2025-01", "nrr"): Decimal(-20),
            ("2025-02", "employees"): Decimal(12),
        }
        assert found.values[JANUARY, "mrr"].note == "as agreed"
        assert found.values[JANUARY, "mrr"].cell == "C2"


def test_an_exported_month_is_a_long_table_whose_computed_numbers_are_not_taken() -> None:
    rows = [
        ["period", "section", "name", "label", "value", "unit"],
        ["2025-01", "Revenue", "mrr", "Monthly Recurring Revenue (MRR)", "10", "dollars"],
        ["2025-01", "Revenue", "total_revenue", "Total Revenue", "10", "dollars"],
    ]
    found = read(csv_bytes(rows), FileKind.LONG_TABLE)
    assert values(found) == {("2025-01", "mrr"): 10}
    assert found.computed == ["total_revenue"]


GRID: list[list[object]] = [
    ["SmartNumbers 2025"],
    [],
    ["", "Jan", "Feb", "Mar", "Q1", "Notes"],
    ["Revenue"],
    ["Monthly Recurring Revenue (MRR)", "$1,000.50", 1100, "#DIV/0!", 5, "went up"],
    ["Non-recurring Revenue (NRR)", "(500.00)", "20-", None],
    ["Total Revenue", "=B5+B6", "=C5+C6", "=D5+D6"],
    [],
    ["General Information"],
    ["# of Employees:", 10, 11, "-"],
]


def test_a_wide_grid_has_labels_down_and_months_across_with_the_year_in_its_title() -> None:
    found = read(xlsx(GRID))
    assert values(found) == {
        ("2025-01", "mrr"): Decimal("1000.50"),
        ("2025-02", "mrr"): Decimal(1100),
        ("2025-01", "nrr"): Decimal(-500),
        ("2025-02", "nrr"): Decimal(-20),
        ("2025-01", "employees"): Decimal(10),
        ("2025-02", "employees"): Decimal(11),
    }
    assert found.values[JANUARY, "mrr"].cell == "B5"
    assert (found.computed, found.unknown) == (["Total Revenue"], [])


@pytest.mark.parametrize("mark", ["#DIV/0!", "#N/A", "-", "–", "n/a", "", "  "])
def test_marks_for_nothing_are_absent_and_never_zero(mark: str) -> None:
    assert values(read(xlsx([["2025", "Jan", "Feb"], ["mrr", mark, 0]]))) == {("2025-02", "mrr"): 0}


def test_an_error_that_a_formula_came_to_is_absent() -> None:
    content = with_results(xlsx([["2025", "Jan", "Feb"], ["mrr", "=1/0", 5]]), {"B2": "#DIV/0!"})
    assert values(read(content)) == {("2025-02", "mrr"): 5}


def test_a_stored_result_is_taken_as_it_is_shown_without_the_noise_of_binary_fractions() -> None:
    content = with_results(xlsx([["2025", "Jan", "Feb"], ["mrr", "=B9*3", 0]]), {"B2": "0.30000000000000004"})
    assert values(read(content))["2025-01", "mrr"] == Decimal("0.3")


def test_the_year_is_asked_for_where_nothing_says_it_and_never_guessed() -> None:
    content = xlsx([["", "Jan", "Feb"], ["mrr", 1, 2]])
    with pytest.raises(
        FileRejectedError, match=r'^B1: "Jan" does not say of which year it is: name the year$'
    ):
        read(content)
    assert values(read(content, year=2024)) == {("2024-01", "mrr"): 1, ("2024-02", "mrr"): 2}
    two = xlsx([["2024 and 2025"], ["", "Jan", "Feb"], ["mrr", 1, 2]])
    with pytest.raises(FileRejectedError, match="name the year"):
        read(two)


def test_the_year_may_stand_beside_the_months_over_them_or_in_the_name_of_the_sheet() -> None:
    expected = {("2024-12", "mrr"): 1, ("2025-01", "mrr"): 2}
    over = [[None, 2024, 2025], ["", "Dec", "Jan"], ["mrr", 1, 2]]
    assert values(read(xlsx(over))) == expected
    beside = [[2024, "Nov", "Dec"], ["mrr", None, 1], [], [2025, "Jan", "Feb"], ["mrr", 2, None]]
    assert values(read(xlsx(beside))) == expected
    sheets = {"2024": [["", "Nov", "Dec"], ["mrr", None, 1]], "2025": [["", "Jan", "Feb"], ["mrr", 2, None]]}
    assert values(read(book(sheets))) == expected


@pytest.mark.parametrize("title", ["FY2025", None])
def test_a_year_that_begins_in_july_is_never_taken_for_a_calendar_year(title: str | None) -> None:
    months = ["Jul", "Aug", "Dec", "Jan", "Jun"]
    rows: list[list[object]] = [[title, "fiscal"], ["", *months], ["mrr", 1, 2, 3, 4, 5]]
    with pytest.raises(
        FileRejectedError,
        match=r'^E2: "Jan" stands behind "Dec", which is not one year: write the year with each month$',
    ):
        read(xlsx(rows), year=2025)
    rows[0] = ["", 2024, None, None, 2025]
    assert [month for month, _ in values(read(xlsx(rows)))] == [
        *("2024-07", "2024-08", "2024-12", "2025-01", "2025-06"),
    ]


def test_a_column_of_goals_under_the_title_of_a_month_is_not_taken_for_what_happened() -> None:
    rows: list[list[object]] = [
        ["2025", "Jan", None, "Feb", None],
        ["", "Actual", "Goal", "Actual", "Goal"],
        ["mrr", 1, 9, 2, 9],
    ]
    assert values(read(xlsx(rows))) == {("2025-01", "mrr"): 1, ("2025-02", "mrr"): 2}
    rows[1] = ["", "Goal", "Actual", "Goal", "Actual"]
    with pytest.raises(
        FileRejectedError, match=r'^B2: the months are split by "Goal": keep one column for each$'
    ):
        read(xlsx(rows))


def test_months_may_go_from_the_newest_to_the_oldest() -> None:
    assert values(read(xlsx([["2025", "Mar", "Feb", "Jan"], ["mrr", 3, 2, 1]])))["2025-03", "mrr"] == 3


def test_months_that_go_down_are_told_so() -> None:
    with pytest.raises(FileRejectedError, match=r"here the months go down: put them across$"):
        read(xlsx([["2025", "MRR", "NRR"], ["Jan", 1, 2], ["Feb", 1, 2]]))


@pytest.mark.parametrize(
    ("label", "metric"),
    [
        ("Number of Endpoints Managed", "endpoints_managed"),
        ("# Seats Managed", "seats_managed"),
        ("No. of New Agreements", "new_agreements"),
        ("Monthly Recurring Revenue", "mrr"),
        ("first time appointments", "first_time_appointments"),
        ("# of Managed Services Agreements", "agreements"),
        ("A/R > 90 Days", "ar_over_90_days"),
        ("Owner Comp", "owner_comp"),
    ],
)
def test_a_label_is_known_as_people_write_it(label: str, metric: str) -> None:
    assert values(read(xlsx([["2025", "Jan", "Feb"], [label, 1, 2]])))["2025-01", metric] == 1


@pytest.mark.parametrize("label", ["MRR (goal)", "Goal MRR", "New MRR goal", "MRR %", "Employees last year"])
def test_a_label_that_says_more_is_another_one(label: str) -> None:
    found = read(xlsx([["2025", "Jan", "Feb"], [label, 1, 2], ["nrr", 3, 4]]))
    assert [str(each.label) for each in found.unknown] == [label]
    assert {metric for _, metric in values(found)} == {"nrr"}


def test_twenty_four_months_go_across_two_years() -> None:
    months = [Month(2024, 1).plus(n) for n in range(24)]
    header = [None, *(each.first_day for each in months)]
    content = xlsx([header, ["mrr", *range(24)], ["agreements", *([7] * 24)]])
    found = values(read(content))
    assert len(found) == 48
    assert found["2025-12", "mrr"] == 23


def test_the_same_label_under_two_sections_is_matched_inside_its_own() -> None:
    rows = [
        ["2025", "Jan", "Feb"],
        ["Goals"],
        ["MRR", 90, 90],
        ["Revenue"],
        ["MRR", 10, 20],
    ]
    found = read(xlsx(rows))
    assert values(found) == {("2025-01", "mrr"): 10, ("2025-02", "mrr"): 20}
    assert [str(each.label) for each in found.unknown] == ["Goals / MRR"]


def test_two_rows_of_one_metric_outside_its_section_are_refused_by_both_cells() -> None:
    found = read(xlsx([["2025", "Jan", "Feb"], ["mrr", 1, 2], ["MRR", 1, 3]]))
    assert faults(found) == ['A3: "MRR" is in A2 already: say which row counts']


def test_a_label_that_is_no_metric_is_named_and_can_be_mapped_in_its_section_or_left_out() -> None:
    rows = [["2025", "Jan", "Feb"], ["Staff"], ["Heads", 5, 6], ["Techs", 2, 3], ["Remarks", "fine", "so-so"]]
    found = read(xlsx(rows))
    assert [(str(each.label), each.cell) for each in found.unknown] == [
        ("Staff / Heads", "A3"),
        ("Staff / Techs", "A4"),
    ]
    labels = {Label("Staff", "Heads").key: "employees", Label("staff", "techs:").key: None}
    mapped = read(xlsx(rows), labels=labels)
    assert values(mapped) == {("2025-01", "employees"): 5, ("2025-02", "employees"): 6}
    assert mapped.unknown == []


def test_labels_may_stand_behind_a_column_of_sections_and_before_one_of_units() -> None:
    rows = [
        ["Section", "Label", "Unit", "2025-01", "2025-02"],
        ["Revenue", "MRR", "$", 10, 20],
        ["", "Retainers", "$", 1, 2],
        ["Staff", "# of Employees", "", 5, 5],
    ]
    found = read(xlsx(rows))
    assert values(found)["2025-02", "mrr"] == 20
    assert [str(each.label) for each in found.unknown] == ["Revenue / Retainers"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (-5, '"-5" is negative'),
        ("12%", "holds a percentage"),
        ("many", '"many" is not a number'),
        (1.234, "more than 2 decimals"),
        (True, "holds true or false"),
        (date(2025, 1, 1), "holds the date 2025-01-01"),
        (timedelta(hours=146, minutes=30), '"146:30:00" is a time: write hours as a number such as 146.5'),
        (time(12, 30), '"12:30:00" is a time'),
        ("146:30", '"146:30" is a time'),
        (1e15, "beyond the range"),
        ("1,23", '"1,23" is not a number'),
    ],
)
def test_a_cell_that_no_metric_can_have_is_refused_with_its_name_and_a_reason(
    cell: object, reason: str
) -> None:
    [fault] = faults(read(xlsx([["2025", "Jan", "Feb"], ["mrr", cell, 1]])))
    assert fault.startswith("B2: ")
    assert reason in fault


def test_one_value_in_two_cells_must_be_the_same() -> None:
    rows = [
        ["period", "metric", "value"],
        ["2025-01", "mrr", 1],
        ["2025-01", "MRR", 1],
        ["2025-01", "mrr", 2],
    ]
    assert faults(read(csv_bytes(rows), FileKind.LONG_TABLE)) == [
        "C4: Monthly Recurring Revenue (MRR) of 2025-01 is 2.00 here and 1.00 in C2"
    ]


@pytest.mark.parametrize("period", ["2025-Q1", "2025", "2025-13", "Jan - Mar 2025", ""])
def test_a_period_that_is_not_one_month_is_refused_by_its_cell(period: str) -> None:
    [fault] = faults(
        read(csv_bytes([["period", "metric", "value"], [period, "mrr", 1]]), FileKind.LONG_TABLE)
    )
    assert fault.startswith("A2: ")


def test_sheets_of_other_things_are_passed_over() -> None:
    content = book({"Notes": [["Call Ann"]], "Data": [["2025", "Jan", "Feb"], ["mrr", 1, None]]})
    found = read(content)
    assert found.values[JANUARY, "mrr"].cell == 'sheet "Data", B2'


def test_a_column_that_is_there_twice_is_refused_by_both_cells() -> None:
    rows = [["period", "period", "metric", "value"], ["2025-01", "2025-02", "mrr", 1]]
    with pytest.raises(FileRejectedError, match=r'^B1: the column "period" is in A1 already: keep one$'):
        read(csv_bytes(rows), FileKind.LONG_TABLE)
