"""Profit and losses as people export them: each oddity of real files is read exactly, or refused by its cell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from qbr_pipeline.files.reading.read_file import Answers, FileKind, read_file
from qbr_pipeline.files.reading.sheets import FileRejectedError
from qbr_pipeline.metrics.books import Basis, Books, BooksSection
from qbr_pipeline.periods import Month
from qbr_pipeline_tests.files.reading.made import (
    added,
    csv_bytes,
    indent,
    online,
    replaced,
    with_results,
    xlsx,
)

JANUARY, FEBRUARY = Month(2025, 1), Month(2025, 2)


def books(content: bytes, **answers: object) -> Books:
    read = read_file(content, Answers(**answers))  # type: ignore[arg-type]
    assert read.kind is FileKind.PROFIT_AND_LOSS
    assert read.books is not None
    return read.books


def amounts(found: Books, month: Month = JANUARY) -> dict[str, Decimal]:
    """What the accounts of a month posted, by key; what is 0 left out."""
    [one] = [each for each in found.months if each.month == month]
    return {line.account: line.amount for line in one.lines if line.amount}


def rejected(content: bytes, **answers: object) -> str:
    with pytest.raises(FileRejectedError) as caught:
        books(content, **answers)
    return str(caught.value)


EXPECTED = {
    "Managed Services": Decimal(220),
    "Managed Services:MRR": Decimal("9000.5"),
    "Managed Services:NRR": Decimal("-120.4"),
    "Product Sales": Decimal(1000),
    "Cost of Goods Sold": Decimal(400),
    "Payroll": Decimal(5000),
    "Interest": Decimal(10),
}


def test_a_report_of_quickbooks_online_is_read_account_by_account_with_the_totals_of_its_sections() -> None:
    found = books(xlsx(online()))
    assert (found.company, found.basis, found.currency) == ("Example MSP LLC", Basis.ACCRUAL, None)
    assert [each.month for each in found.months] == [JANUARY, FEBRUARY]
    assert amounts(found) == EXPECTED
    assert found.months[0].totals == {
        BooksSection.INCOME: Decimal("10100.1"),
        BooksSection.COGS: Decimal(400),
        BooksSection.EXPENSES: Decimal(5000),
        BooksSection.OTHER_EXPENSES: Decimal(10),
    }


def test_a_parents_own_amount_on_its_own_line_counts_and_its_children_name_it() -> None:
    lines = {line.account: line for line in books(xlsx(online())).months[0].lines}
    assert lines["Managed Services"].amount == 220
    assert lines["Managed Services:MRR"].parents == ("Managed Services",)
    assert lines["Managed Services:MRR"].name == "MRR"


def test_company_and_title_come_in_either_order_and_several_lines_may_stand_in_one_cell() -> None:
    rows = replaced(online(), {"A1": "Profit and Loss", "A2": "Example MSP LLC"})
    assert books(xlsx(rows)).company == "Example MSP LLC"
    rows = replaced(online(), {"A1": "Profit and Loss\nExample MSP LLC", "A2": None})
    assert books(xlsx(rows)).company == "Example MSP LLC"


def test_the_header_is_found_by_its_shape_below_any_number_of_title_rows() -> None:
    assert amounts(books(xlsx([["Printed for Ann"], [], [], *online()]))) == EXPECTED


def test_a_second_header_row_above_the_months_is_passed_over() -> None:
    assert amounts(books(xlsx(replaced(online(), {"B4": "Total"})))) == EXPECTED


@pytest.mark.parametrize(
    ("titles", "months"),
    [
        (("January 2025", "February 2025"), (JANUARY, FEBRUARY)),
        (("JAN 2025", "FEB 2025"), (JANUARY, FEBRUARY)),
        (("Jan 25", "Feb 25"), (JANUARY, FEBRUARY)),
        (("Jan '25", "Feb '25"), (JANUARY, FEBRUARY)),
        (("Jan 31, 25", "Feb 28, 25"), (JANUARY, FEBRUARY)),
        (("January 1-31, 2025", "February 1-28 2025"), (JANUARY, FEBRUARY)),
        (("2025-01", "2025-02"), (JANUARY, FEBRUARY)),
        (("Jan\n2025", "Feb\n2025"), (JANUARY, FEBRUARY)),
        (("Jan", "Feb"), (JANUARY, FEBRUARY)),
    ],
)
def test_months_are_read_in_every_spelling(titles: tuple[str, str], months: tuple[Month, ...]) -> None:
    found = books(xlsx(online(titles)))
    assert tuple(each.month for each in found.months) == months
    assert all(each.complete for each in found.months)


@pytest.mark.parametrize("title", ["February 1-20 2025", "Feb 1 - 20, 25", "Feb 20, 25"])
def test_a_partial_month_is_open_and_never_closed(title: str) -> None:
    first, second = books(xlsx(online(("Jan 2025", title)))).months
    assert (first.complete, second.complete) == (True, False)


@pytest.mark.parametrize("title", ["Oct '24 - Feb 25", "Jan - Dec 2025", "January 1 - March 31, 2025"])
def test_a_range_of_more_than_a_month_is_refused_by_its_name_and_cell(title: str) -> None:
    sentence = rejected(xlsx(online(("Jan 2025", title))))
    assert sentence.startswith(f'C5: "{title}" is more than a month in one column')


def test_months_without_a_year_and_no_year_in_the_title_ask_for_it() -> None:
    rows = replaced(online(("Jan", "Feb")), {"A3": "Two months"})
    assert rejected(xlsx(rows)) == 'B5: "Jan" does not say of which year it is: name the year'
    assert [each.month.year for each in books(xlsx(rows), year=2024).months] == [2024, 2024]


def test_december_before_january_is_not_one_year() -> None:
    rows = replaced(online(("Dec", "Jan")), {"A3": "December 2024 - January 2025"})
    sentence = 'C5: "Jan" stands behind "Dec", which is not one year: write the year with each month'
    assert rejected(xlsx(rows), year=2025) == sentence


@pytest.mark.parametrize("title", ["Jan 2024 (PP)", "Jan 2024 (PY)", "% of Income", "YTD"])
def test_columns_of_other_years_and_shares_are_no_months(title: str) -> None:
    rows = replaced(online(), {"E5": title, "E7": 77, "E12": 12})
    assert amounts(books(xlsx(rows))) == EXPECTED


@pytest.mark.parametrize("title", ["Total", "TOTAL", "YEARLY TOTAL"])
def test_the_column_of_totals_is_a_check(title: str) -> None:
    rows = replaced(online(), {"D5": title})
    assert amounts(books(xlsx(rows))) == EXPECTED
    sentence = rejected(xlsx(replaced(rows, {"D8": 18100.76})))
    assert sentence == 'D8: the total of "MRR" is 18,100.76, and its months come to 18,100.75'


def test_empty_narrow_columns_between_the_months_are_passed_over() -> None:
    rows = [
        [cells[0], None, *cells[1:2], None, *cells[2:]] if len(cells) > 1 else cells for cells in online()
    ]
    assert amounts(books(xlsx(rows))) == EXPECTED


def test_an_amount_below_no_title_is_refused_for_it_may_be_half_of_a_month() -> None:
    rows = [[*cells[:2], None, *cells[2:]] if len(cells) > 1 else cells for cells in online()]
    assert rejected(xlsx(replaced(rows, {"C8": 5}))) == "C8: the column of this amount has no title"


def test_months_that_are_split_by_class_are_refused() -> None:
    rows = online()
    rows.insert(5, [None, "North", "South"])
    assert rejected(xlsx(rows)).startswith('B6: the month is split by "north"')


# One tree builder, five ways in: each of these layouts says the same as the one with three blanks a level.


def with_ten_blanks() -> bytes:
    return xlsx(
        [
            [str(cells[0]).replace("   ", " " * 10), *cells[1:]] if cells and cells[0] else cells
            for cells in online()
        ]
    )


def with_indents() -> bytes:
    return xlsx(online(), touch=indent)


def with_a_column_for_each_level() -> bytes:
    rows: list[list[object]] = []
    for cells in online():
        name = cells[0] if cells else None
        depth = (len(str(name)) - len(str(name).lstrip())) // 3 if name else 0
        labels: list[object] = [None] * 4
        labels[depth] = str(name).strip() if name else None
        rows.append([*labels, *cells[1:]])
    return xlsx(rows)


def with_a_column_of_parents() -> bytes:
    parents = {"MRR": "Managed Services", "NRR": "Managed Services"}
    rows = [
        [
            parents.get(str(cells[0]).strip()) if cells else None,
            *[str(cells[0]).strip() if cells and cells[0] else None],
            *cells[1:],
        ]
        for cells in online()
    ]
    rows[4][:2] = ["Parent", "Account"]
    for at in (0, 1, 2, 26):
        rows[at] = online()[at]
    return xlsx(rows)


def without_any_depth() -> bytes:
    return xlsx([[str(cells[0]).strip(), *cells[1:]] if cells and cells[0] else cells for cells in online()])


@pytest.mark.parametrize(
    "layout",
    [
        with_ten_blanks,
        with_indents,
        with_a_column_for_each_level,
        with_a_column_of_parents,
        without_any_depth,
    ],
)
def test_depth_is_read_however_it_is_written(layout) -> None:
    found = books(layout())
    assert amounts(found) == EXPECTED
    lines = {line.account: line for line in found.months[0].lines}
    assert lines["Managed Services:NRR"].parents == ("Managed Services",)


def modern() -> list[list[object]]:
    return [
        ["Profit and Loss by Month"],
        ["Example MSP LLC"],
        ["January 1-February 20, 2025"],
        [],
        ["Distribution account", "January 2025", "February 1-20 2025", "Total"],
        ["Income"],
        ["4000 Managed Services", 220, None, "=B7+C7"],
        ["4010 Managed Services:MRR", "=9000.50", "=9100.25", "=B8+C8"],
        ["Total for 4000 Managed Services", "=B7+B8", "=C7+C8", "=B9+C9"],
        ["365 Licenses", 10, 0, "=B10+C10"],
        ["Total for Income", "=B9+B10", "=C9+C10", "=B11+C11"],
        ["Expenses"],
        ["6300 · Payroll Expenses", 50, 51, "=B13+C13"],
        ["Total for Expenses", "=B13", "=C13", "=B14+C14"],
        ["Net Operating Income", "=(B11)-(B14)", "=(C11)-(C14)", "=B15+C15"],
        ["Net Income", "=B15", "=C15", "=B16+C16"],
        [],
        ["Accrual Basis Thursday, February 20, 2025 08:04 PM GMTZ"],
    ]


def test_the_modern_view_has_numbers_for_keys_and_paths_for_names() -> None:
    found = books(xlsx(modern()))
    assert amounts(found) == {"4000": 220, "4010": Decimal("9000.50"), "365": 10, "6300": 50}
    lines = {line.account: line for line in found.months[0].lines}
    assert (lines["4010"].name, lines["4010"].parents) == ("MRR", ("4000",))
    assert lines["6300"].name == "Payroll Expenses"
    assert (found.basis, found.months[1].complete) == (Basis.ACCRUAL, False)


def test_a_name_that_begins_with_a_number_is_no_numbered_account_where_others_have_none() -> None:
    rows = replaced(online(), {"A11": "   365 Licenses"})
    assert amounts(books(xlsx(rows)))["365 Licenses"] == 1000


def desktop() -> bytes:
    rows: list[list[object]] = [
        [],
        [None] * 6 + ["Jan 25", "Feb 25", "TOTAL"],
        [None, "Ordinary Income/Expense"],
        [None, None, None, "Income"],
        [None, None, None, None, "Services", None, None, None, None],
        [None] * 5 + ["Labor", 950, 960, 1910],
        [None] * 5 + ["Services - Other", 50, 0, 50],
        [None] * 4 + ["Total Services", None, 1000, 960, 1960],
        [None] * 3 + ["Total Income", None, None, 1000, 960, 1960],
        [None] * 3 + ["Cost of Goods Sold"],
        [None] * 4 + ["Cost of Goods Sold", None, 100, 0, 100],
        [None] * 3 + ["Total COGS", None, None, 100, 0, 100],
        [None] * 2 + ["Gross Profit", None, None, None, 900, 960, 1860],
        [None] * 3 + ["Expense"],
        [None] * 4 + ["Rent", None, 400, 400, 800],
        [None] * 3 + ["Total Expense", None, None, 400, 400, 800],
        [None, "Net Ordinary Income", None, None, None, None, 500, 560, 1060],
        [None, "Other Income/Expense"],
        [None] * 2 + ["Other Income"],
        [None] * 3 + ["Interest Income", None, None, 5, 0, 5],
        [None] * 2 + ["Total Other Income", None, None, None, 5, 0, 5],
        [None, "Net Other Income", None, None, None, None, 5, 0, 5],
        ["Net Income", None, None, None, None, None, 505, 560, 1065],
    ]

    def page_header(sheet) -> None:
        sheet.oddHeader.center.text = "Larry && Sons\nProfit && Loss\nJanuary through February 2025"
        sheet.oddHeader.left.text = "6:50 PM\n03/02/25\nCash Basis"

    return xlsx(rows, touch=page_header)


def test_desktop_says_company_period_and_basis_in_the_page_header_alone() -> None:
    found = books(desktop())
    assert (found.company, found.basis) == ("Larry & Sons", Basis.CASH)
    assert amounts(found) == {
        "Services:Labor": 950,
        "Services": 50,
        "Cost of Goods Sold": 100,
        "Rent": 400,
        "Interest Income": 5,
    }


def test_controls_of_desktop_are_passed_over() -> None:
    content = added(
        desktop(), {"xl/activeX/activeX1.bin": b"\xd0\xcf\x11\xe0", "xl/activeX/activeX1.xml": b"<ax/>"}
    )
    assert books(content).company == "Larry & Sons"


@pytest.mark.parametrize("name", ["Total Managed Services", "Total for Managed Services"])
def test_totals_are_never_accounts_and_are_used_to_check(name: str) -> None:
    rows = replaced(online(), {"A10": f"   {name}"})
    assert amounts(books(xlsx(rows))) == EXPECTED
    sentence = rejected(xlsx(replaced(rows, {"B10": 9100.11})))
    assert sentence == f'B10: "{name}" of 2025-01 is 9,100.11, and the rows above it come to 9,100.10'


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("C12", "Total Income"),
        ("B16", "Gross Profit"),
        ("B20", "Net Operating Income"),
        ("B24", "Net Other Income"),
        ("C25", "Net Income"),
    ],
)
def test_sections_and_results_that_do_not_add_up_are_refused_by_their_cell(cell: str, name: str) -> None:
    assert rejected(xlsx(replaced(online(), {cell: 1}))).startswith(f'{cell}: "{name}" of 2025-')


def literal() -> list[list[object]]:
    def written(cell: object) -> object:
        return f"=({cell})-(0)" if isinstance(cell, int | float) else cell

    return [[cells[0], *map(written, cells[1:])] if cells else cells for cells in online()]


def test_amounts_that_are_formulas_without_stored_results_are_read_exactly() -> None:
    assert amounts(books(xlsx(literal()))) == EXPECTED


def test_a_stored_result_of_nothing_does_not_stand_for_a_formula_that_can_be_read() -> None:
    content = with_results(xlsx(literal()), {"B8": "0", "B12": "0"})
    assert amounts(books(content)) == EXPECTED


def test_a_formula_that_is_no_literal_needs_a_stored_result() -> None:
    content = xlsx(replaced(online(), {"B8": "=SUM(9000.5)"}))
    assert rejected(content).startswith('B8: the formula "=SUM(9000.5)" has no stored result')
    assert amounts(books(with_results(content, {"B8": "9000.5"}))) == EXPECTED


def test_a_report_whose_amounts_are_all_empty_is_refused() -> None:
    rows = [[cells[0], *[None] * 3] if at > 5 and cells else cells for at, cells in enumerate(online())]
    assert rejected(xlsx(rows)) == "B5: all amounts of the report are empty"


def test_empty_is_nothing_posted_and_a_whole_empty_column_is_a_month_that_has_not_begun() -> None:
    assert "Product Sales" not in amounts(books(xlsx(online())), FEBRUARY)
    rows = [
        [*cells[:2], None, *cells[1:2]] if at > 5 and len(cells) > 2 else cells
        for at, cells in enumerate(online())
    ]
    assert [each.month for each in books(xlsx(rows)).months] == [JANUARY]


def test_the_basis_is_asked_for_where_nothing_says_it() -> None:
    rows = replaced(online(), {"A27": "Printed by Ann"})
    assert books(xlsx(rows)).basis is None
    assert books(xlsx(rows), basis=Basis.CASH).basis is Basis.CASH
    assert books(xlsx(online()), basis=Basis.CASH).basis is Basis.ACCRUAL


def test_csv_with_a_mark_dollars_and_both_ways_of_negative_says_the_same() -> None:
    def written(cell: object) -> object:
        return (
            f"(${-cell:,.2f})"
            if isinstance(cell, int | float) and cell < 0
            else f"${cell:,.2f}"
            if isinstance(cell, int | float)
            else cell
        )

    rows = [list(map(written, cells)) for cells in online()]
    assert amounts(books(csv_bytes(rows, encoding="utf-8-sig"))) == EXPECTED
    assert amounts(books(csv_bytes(replaced(rows, {"B9": "120.40-"})))) == EXPECTED


def test_csv_with_semicolons_and_decimal_commas_says_the_same() -> None:
    def written(cell: object) -> object:
        return f"{cell:,.2f}".translate(str.maketrans(",.", ".,")) if isinstance(cell, int | float) else cell

    assert amounts(books(csv_bytes([list(map(written, cells)) for cells in online()], ";"))) == EXPECTED


def test_trailing_blanks_of_names_and_titles_do_not_matter() -> None:
    rows = replaced(online(), {"A8": "      MRR  ", "B5": "Jan 2025 ", "A12": "Total Income "})
    assert amounts(books(xlsx(rows))) == EXPECTED


def test_the_same_name_under_two_parents_is_two_accounts_and_twice_under_one_is_refused() -> None:
    rows = replaced(online(), {"A18": "   MRR"})
    assert set(amounts(books(xlsx(rows)))) >= {"Managed Services:MRR", "MRR"}
    sentence = rejected(xlsx(replaced(online(), {"A9": "      MRR"})))
    assert sentence == 'A9: the account "Managed Services:MRR" is in A8 already'


def test_an_account_called_like_its_section_does_not_end_it() -> None:
    rows = [[str(cells[0]).strip(), *cells[1:]] if cells and cells[0] else cells for cells in online()]
    rows[14:14] = [["Freight", 0, 0, 0], ["Total Cost of Goods Sold", 400, 0, 400]]
    assert amounts(books(xlsx(rows))) == EXPECTED


def test_a_report_that_is_cut_or_has_a_section_without_a_total_is_refused() -> None:
    assert rejected(xlsx(online()[:20])).startswith('the report has no row "Net Income" at its end')
    without = online()
    del without[18]
    assert rejected(xlsx(without)) == 'A17: the section "Expenses" has no total: it cannot be checked'


def test_a_month_in_two_columns_is_refused_by_both() -> None:
    assert rejected(xlsx(online(("Jan 2025", "January 2025")))) == "C5: 2025-01 is in B5 already"


def test_a_balance_sheet_is_called_one() -> None:
    rows: list[list[object]] = [
        ["Balance Sheet"],
        [None, "As of Dec 31, 2024"],
        ["ASSETS"],
        ["TOTAL ASSETS", 5],
    ]
    with pytest.raises(FileRejectedError, match="this is a balance sheet"):
        read_file(xlsx(rows), Answers())


def test_a_report_of_one_month_has_its_month_in_the_title() -> None:
    rows = [cells[:2] for cells in online()]
    rows[2], rows[4] = ["January 2025"], [None, "Total"]
    assert amounts(books(xlsx(rows))) == EXPECTED


def test_a_report_of_a_year_in_one_total_is_refused_by_its_cell() -> None:
    rows = [[each[0], *each[3:4]] for each in online() if each]
    rows[2] = ["January - December, 2025"]
    assert rejected(xlsx(rows)).startswith("B4: the report has no columns of months, only this total")
