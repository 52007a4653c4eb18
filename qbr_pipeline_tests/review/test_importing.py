"""Importing files of values: seen first, then all of it or nothing, and undone as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.files.reading.read_file import Answers
from qbr_pipeline.files.reading.sheets import FileRejectedError
from qbr_pipeline.metrics.accounts import AccountMapping
from qbr_pipeline.metrics.books import Basis, BooksSection
from qbr_pipeline.metrics.catalogue import UnknownMetricError
from qbr_pipeline.periods import Month
from qbr_pipeline.review.entering import Entry, enter_values
from qbr_pipeline.review.import_previews import Upload, labels_said, preview
from qbr_pipeline.review.importing import (
    ImportRejectedError,
    Person,
    PreviewOutdatedError,
    import_file,
    undo_import,
)
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.account_mappings import write_mappings
from qbr_pipeline.store.books import months_with_books, read_books
from qbr_pipeline.store.history import history
from qbr_pipeline.store.imports import ImportNotFoundError, read_imports
from qbr_pipeline.store.values import DataSource, present, read_values
from qbr_pipeline_tests.files.reading.made import csv_bytes, online, replaced, xlsx

NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
INCOME = BooksSection.INCOME
APRIL, MAY = Month(2025, 4), Month(2025, 5)
RULES = Settings.read({}).review
HIGHER = {"B8": 9100.5, "B10": 9200.1, "B12": 10200.1, "B16": 9800.1, "B20": 4800.1, "B25": 4790.1}
"""Cells of the report by which April's MRR is 100 higher."""

MAPPINGS = [
    AccountMapping("mrr", account="Managed Services:MRR"),
    AccountMapping("product_sales", section=INCOME),
]
ANN, BOB = Person("Ann", "the yearly sheet"), Person("Bob")


def upload(*rows: list[object], **answers: object) -> Upload:
    content = csv_bytes([["2025", "Apr", "May"], *rows])
    return Upload("sheet.csv", content, Answers(**answers))  # type: ignore[arg-type]


GRID = upload(["mrr", 100, 200], ["employees", 5, 6])


def kept(database, month: Month = APRIL) -> dict[str, Decimal | None]:
    values = database.fetch(read_values, month)
    return {key: values[key].value for key in ("mrr", "employees", "nrr") if key in values}


def test_a_preview_says_what_is_new_changed_and_equal_and_keeps_nothing(database) -> None:
    enter_values(database, RULES, APRIL, Entry("Bob", {"mrr": "100", "employees": "4"}), NOW)
    found = preview(database, GRID, NOW)
    assert [(str(each.value.month), each.value.metric, each.outcome, each.old) for each in found.cells] == [
        ("2025-04", "employees", "changed", 4),
        ("2025-04", "mrr", "equal", 100),
        ("2025-05", "employees", "new", None),
        ("2025-05", "mrr", "new", None),
    ]
    assert found.months == [APRIL, MAY]
    assert kept(database, MAY) == {}


def test_an_import_writes_what_differs_with_who_and_why_and_twice_changes_nothing(database) -> None:
    enter_values(database, RULES, APRIL, Entry("Bob", {"mrr": "100"}), NOW)
    done = import_file(database, RULES, GRID, ANN, NOW)
    assert (done.changed, done.equal) == (3, 1)
    assert kept(database, MAY) == {"mrr": 200, "employees": 6}
    [change] = database.fetch(history, MAY, "mrr")
    assert (change.changed_by, change.note) == ("Ann", "import of sheet.csv: the yearly sheet")
    assert database.fetch(read_values, APRIL)["mrr"].entered_by == "Bob"
    before = len(database.fetch(history, APRIL))
    again = import_file(database, RULES, GRID, BOB, NOW)
    assert (again.id, again.changed, again.equal) == (None, 0, 4)
    assert len(database.fetch(history, APRIL)) == before
    [one] = database.fetch(read_imports)
    assert (one.id, one.changed, one.what.by, one.what.months) == (done.id, 3, "Ann", [APRIL, MAY])


def test_a_value_that_a_collection_found_and_the_file_repeats_stays_the_collections(database) -> None:
    enter_values(database, RULES, APRIL, Entry("Bob", {"reactive_tickets_created": "7"}), NOW)
    import_file(database, RULES, upload(["# of Reactive Tickets Created", 7, None]), ANN, NOW)
    assert len(database.fetch(history, APRIL, "reactive_tickets_created")) == 1


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["nrr", "lots", 1], 'B4: "lots" is not a number'),
        (["product_cogs", -1, 1], 'B4: Product Cost of Goods Sold (COGS): "-1" is negative'),
        (["Mood", 1, 2], 'A4: "Mood" is not a metric: say which each is, or that it is left out'),
    ],
)
def test_one_cell_at_fault_keeps_the_whole_file_out(database, row, sentence) -> None:
    wrong = upload(["mrr", 100, 200], ["employees", 5, 6], row)
    with pytest.raises(ImportRejectedError) as caught:
        import_file(database, RULES, wrong, ANN, NOW)
    assert sentence in str(caught.value)
    assert (kept(database), database.fetch(read_imports)) == ({}, [])


def test_a_month_that_has_not_begun_is_refused_by_its_cell_and_may_be_empty(database) -> None:
    rows = [["2025", "Jun", "Jul"], ["mrr", 1, 2]]
    found = preview(database, Upload("a.csv", csv_bytes(rows)), NOW)
    assert [str(each) for each in found.refused] == ["C2: 2025-07 has not begun yet: leave its cells empty"]
    rows[1][2] = None
    assert preview(database, Upload("a.csv", csv_bytes(rows)), NOW).refused == ()


def test_what_labels_mean_is_kept_from_last_time_once_a_file_was_taken(database) -> None:
    rows = [["Heads", 5, 6], ["Mood", 1, 2]]
    labels = labels_said({"heads": "# of Employees", "Mood": None})
    first = upload(*rows, labels=labels)
    import_file(database, RULES, first, ANN, NOW)
    assert kept(database) == {"employees": 5}
    assert preview(database, upload(["Heads", 7, 6], ["Mood", 3, 3]), NOW).unknown == ()
    with pytest.raises(UnknownMetricError, match='"total_revenue" is not a metric that can be entered'):
        labels_said({"Heads": "total_revenue"})


def test_who_confirms_what_is_no_longer_so_is_refused(database) -> None:
    seen = preview(database, GRID, NOW).seen
    enter_values(database, RULES, APRIL, Entry("Bob", {"mrr": "1"}), NOW)
    with pytest.raises(PreviewOutdatedError, match="look at it again"):
        import_file(database, RULES, GRID, ANN, NOW, seen=seen)
    assert kept(database) == {"mrr": 1}


def test_an_import_is_undone_as_a_whole_and_what_was_changed_since_stays_and_is_named(database) -> None:
    enter_values(database, RULES, APRIL, Entry("Bob", {"mrr": "1"}), NOW)
    done = import_file(database, RULES, GRID, ANN, NOW)
    assert done.id is not None
    enter_values(database, RULES, MAY, Entry("Bob", {"employees": "9"}), NOW)
    undone = undo_import(database, RULES, done.id, BOB, NOW)
    assert undone.restored == 3
    assert [(each.month, each.metric) for each in undone.kept] == [(MAY, "employees")]
    assert kept(database) == {"mrr": 1, "employees": None}
    assert kept(database, MAY) == {"mrr": None, "employees": 9}
    assert database.fetch(read_values, APRIL)["employees"].source is DataSource.COLLECTED
    with pytest.raises(ImportRejectedError, match="was undone by Bob already"):
        undo_import(database, RULES, done.id, ANN, NOW)
    with pytest.raises(ImportNotFoundError, match="there is no import 99"):
        undo_import(database, RULES, 99, ANN, NOW)
    assert import_file(database, RULES, GRID, ANN, NOW).changed == 4


def test_a_name_is_needed_and_a_file_that_cannot_be_read_changes_nothing(database) -> None:
    with pytest.raises(ImportRejectedError, match="the name of who does it"):
        import_file(database, RULES, GRID, replace(ANN, by=" "), NOW)
    with pytest.raises(FileRejectedError):
        import_file(database, RULES, Upload("a.pdf", b"%PDF"), ANN, NOW)
    assert kept(database) == {}


def report(**cells: object) -> Upload:
    return Upload("books.xlsx", xlsx(replaced(online(("Apr 2025", "May 2025")), {"A3": None, **cells})))


def test_books_of_a_file_are_published_as_accounts_are_mapped_and_twice_changes_nothing(database) -> None:
    write_mappings(database, MAPPINGS, by="Ann")
    found = preview(database, report(), NOW)
    assert found.months == [APRIL, MAY]
    assert found.books is not None
    assert "Managed Services:NRR" in found.books.new_accounts
    done = import_file(database, RULES, report(), ANN, NOW)
    assert done.id is not None
    values = database.fetch(read_values, APRIL)
    assert (values["mrr"].value, values["mrr"].source) == (Decimal("9000.50"), DataSource.COLLECTED)
    assert values["product_sales"].value == Decimal("1099.60")
    assert import_file(database, RULES, report(), ANN, NOW).id is None
    [one] = database.fetch(read_imports)
    assert (one.what.company, one.what.basis) == ("Example MSP LLC", "accrual")


def test_what_a_person_entered_stays_and_the_preview_says_so(database) -> None:
    write_mappings(database, MAPPINGS, by="Ann")
    enter_values(database, RULES, APRIL, Entry("Bob", {"mrr": "1"}), NOW)
    found = preview(database, report(), NOW)
    assert [each.outcome for each in found.cells if each.value.metric == "mrr"] == ["kept", "new"]
    import_file(database, RULES, report(), ANN, NOW)
    assert kept(database)["mrr"] == 1


def test_another_companys_books_are_refused_by_the_name_of_the_first_import(database) -> None:
    import_file(database, RULES, report(), ANN, NOW)
    other = report(A1="Another Firm")
    with pytest.raises(
        FileRejectedError, match='is of "Another Firm", and the books here are of "Example MSP LLC"'
    ):
        preview(database, other, NOW)
    assert preview(database, replace(other, renamed=True), NOW).books is not None


def test_books_without_a_basis_ask_for_it(database) -> None:
    without = report(A27="Printed by Ann")
    with pytest.raises(FileRejectedError, match="cash or accrual basis: say which"):
        preview(database, without, NOW)
    assert preview(database, replace(without, answers=Answers(basis=Basis.CASH)), NOW).books is not None


def test_an_import_of_books_is_undone_to_the_books_of_before_and_months_that_had_none_have_none_again(
    database,
) -> None:
    write_mappings(database, MAPPINGS, by="Ann")
    rows = replaced(online(("Apr 2025", "May 2025")), {"A3": None})
    first = Upload("april.xlsx", xlsx([cells[:2] for cells in rows]))
    import_file(database, RULES, first, ANN, NOW)
    changed = report(**dict.fromkeys(("D8", "D10", "D12", "D16", "D20", "D25")), **HIGHER)
    done = import_file(database, RULES, changed, ANN, NOW)
    assert kept(database)["mrr"] == Decimal("9100.50")
    assert done.id is not None
    undone = undo_import(database, RULES, done.id, BOB, NOW)
    assert (undone.restored, undone.kept_months) == (2, ())
    assert kept(database)["mrr"] == Decimal("9000.50")
    assert database.fetch(months_with_books) == [APRIL]
    assert "mrr" not in present(database.fetch(read_values, MAY))
    assert import_file(database, RULES, changed, ANN, NOW).changed > 0


def test_undone_months_have_each_the_basis_that_they_had(database) -> None:
    write_mappings(database, MAPPINGS, by="Ann")
    rows = replaced(online(("Apr 2025", "May 2025")), {"A3": None})
    april = Upload("april.xlsx", xlsx([cells[:2] for cells in rows]))
    may = [[*cells[:1], *cells[2:3]] for cells in replaced(rows, {"A27": "Cash Basis"})]
    import_file(database, RULES, april, ANN, NOW)
    import_file(database, RULES, Upload("may.xlsx", xlsx(may)), ANN, NOW)
    higher = report(**dict.fromkeys(("D8", "D10", "D12", "D16", "D20", "D25")), **HIGHER)
    done = import_file(database, RULES, higher, ANN, NOW)
    assert done.id is not None
    undo_import(database, RULES, done.id, BOB, NOW)
    books = database.fetch(read_books, APRIL, MAY)
    assert [each.evidence.basis for each in books] == [Basis.ACCRUAL, Basis.CASH]


def test_an_import_of_books_that_is_cut_off_leaves_no_record(database, monkeypatch) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("qbr_pipeline.store.books.publish_within", cut_off)
    with pytest.raises(RuntimeError, match="killed"):
        import_file(database, RULES, report(), ANN, NOW)
    assert database.fetch(read_imports) == []


def test_the_note_of_a_row_is_kept_with_its_value_behind_the_name_of_the_file(database) -> None:
    rows = [
        ["period", "metric", "value", "note"],
        ["2025-04", "mrr", 1, "as agreed"],
        ["2025-04", "nrr", 2],
    ]
    import_file(database, RULES, Upload("a.csv", csv_bytes(rows)), ANN, NOW)
    values = database.fetch(read_values, APRIL)
    reason = "import of a.csv: the yearly sheet"
    assert (values["mrr"].notes, values["nrr"].notes) == (f"{reason}; as agreed", reason)


def test_after_the_only_import_is_undone_another_companys_books_may_come(database) -> None:
    write_mappings(database, MAPPINGS, by="Ann")
    done = import_file(database, RULES, report(), ANN, NOW)
    assert done.id is not None
    assert undo_import(database, RULES, done.id, BOB, NOW).kept_months == ()
    assert database.fetch(months_with_books) == []
    import_file(database, RULES, report(A1="Another Firm"), ANN, NOW)
    assert database.fetch(months_with_books) == [APRIL, MAY]


def test_undoing_an_import_leaves_months_that_were_read_again_since(database) -> None:
    write_mappings(database, MAPPINGS, by="Ann")
    done = import_file(database, RULES, report(), ANN, NOW)
    april = dict.fromkeys(("D8", "D10", "D12", "D16", "D20", "D25"))
    import_file(database, RULES, report(**april, **HIGHER), ANN, NOW)
    assert done.id is not None
    undone = undo_import(database, RULES, done.id, BOB, NOW)
    assert len(undone.kept_months) == 1
    assert undone.sentences() == [f"The books of {undone.kept_months[0]} were read again since: they stay."]
