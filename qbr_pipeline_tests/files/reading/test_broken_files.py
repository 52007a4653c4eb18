"""Files that cannot be taken: each gives one clear sentence that says where, and nothing else happens."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from qbr_pipeline.files.reading.read_file import Answers, read_file
from qbr_pipeline.files.reading.sheets import FileRejectedError
from qbr_pipeline_tests.files.reading.made import added, book, changed, csv_bytes, online, replaced, xlsx

SHEET = "xl/worksheets/sheet1.xml"
GRID = xlsx([["2025", "Jan", "Feb"], ["mrr", 1, 2]])


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def bomb() -> bytes:
    return added(GRID, {"xl/media/big.xml": b"<a>" + b" " * 70_000_000 + b"</a>"})


def lying_bomb() -> bytes:
    """A part that says of itself that it is small."""
    content = added(GRID, {"xl/big.xml": b"<a>" + b" " * 70_000_000 + b"</a>"})
    return content.replace((70_000_007).to_bytes(4, "little"), (100).to_bytes(4, "little"))


def entities() -> bytes:
    declared = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]>'
    return changed(GRID, SHEET, lambda xml: declared + xml[xml.index("<worksheet") :])


def cells_far_apart() -> bytes:
    made = Workbook()
    made.worksheets[0]["A1"], made.worksheets[0]["SF20000"] = 1, 1  # type: ignore[index]
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def many_cells() -> bytes:
    cells = "".join(f'<row r="{n}">' + "<c><v>1</v></c>" * 60 + "</row>" for n in range(1, 4000))
    return changed(GRID, SHEET, lambda xml: xml.replace("<sheetData>", f"<sheetData>{cells}"))


def many_rows() -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 30_000))
    return changed(GRID, SHEET, lambda xml: xml.replace("<sheetData>", f"<sheetData>{rows}"))


def repeated_cells() -> bytes:
    """OpenDocument says once that a cell is there a million times."""
    names = 'xmlns:o="urn:office:1.0" xmlns:table="urn:table:1.0"'
    cell = '<table:table-cell o:value-type="float" o:value="1" table:number-columns-repeated="1000"/>'
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    return packed(
        {"mimetype": b"x", "content.xml": f"<o:d {names}><table:table>{row}</table:table></o:d>".encode()}
    )


def csv(*rows: list[object]) -> Callable[[], bytes]:
    return lambda: csv_bytes(rows)


def report(**cells: object) -> Callable[[], bytes]:
    return lambda: xlsx(replaced(online(), cells))


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "an empty file": (lambda: b"", "the file is empty"),
    "a file of blanks": (lambda: b" \r\n ", "the file is empty"),
    "a file of 6 MB": (lambda: b"a" * 6_000_000, "the file has more than 5 MB"),
    "a PDF": (lambda: b"%PDF-1.7 ...", "the file is a PDF"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0", "the file is a picture"),
    "HTML called xls": (lambda: b"<html><table></table></html>", "the file is HTML"),
    "JSON": (lambda: b'{"a": 1}', "the file is JSON"),
    "bytes that are no text": (lambda: bytes(range(256)) * 9, "the file is not text"),
    "UTF-16 that breaks off": (lambda: "\ufeffä".encode("utf-16-le")[:-1], "the file is not text"),
    "a zip that breaks off": (lambda: GRID[:900], "the file is damaged"),
    "a zip of other things": (
        lambda: packed({"readme.txt": b"hello"}),
        "the workbook is damaged, or of a kind",
    ),
    "a binary workbook": (
        lambda: packed({"xl/workbook.bin": b"\0"}),
        "the workbook is damaged, or of a kind",
    ),
    "a workbook without sheets": (
        lambda: packed({"xl/workbook.xml": b"<workbook/>"}),
        "the workbook is damaged",
    ),
    "a sheet that is no XML": (
        lambda: changed(GRID, SHEET, lambda xml: xml[:200]),
        "its part xl/worksheets/sheet1",
    ),
    "a zip bomb": (bomb, "unpacks to more than 60 MB"),
    "a zip bomb that lies about its size": (lying_bomb, "the file"),
    "a bomb of entities": (entities, "declares a document type"),
    "a locked workbook": (
        lambda: b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
        "locked by a password",
    ),
    "an old workbook that is damaged": (
        lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 2000,
        "the workbook is damaged",
    ),
    "two cells far apart": (cells_far_apart, "more than 60,000 cells"),
    "240,000 cells": (many_cells, "more than 60,000 cells"),
    "30,000 rows": (many_rows, "more than 20,000 rows"),
    "1,000,000 rows of CSV": (lambda: b"1,2\n" * 1_000_000, "more than 20,000 rows"),
    "65,000 columns of CSV": (lambda: b"1," * 65_000 + b"1", "row 1 has 65,001 columns, up to CRDA"),
    "a million times a million cells in OpenDocument": (repeated_cells, "more than 20,000 rows"),
    "2,500 parts": (lambda: packed({f"xl/{n}": b"" for n in range(2_500)}), "more than 2,000 parts"),
    "100,000 texts": (
        lambda: added(GRID, {"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 100_001 + b"</sst>"}),
        "more than 100,000 texts",
    ),
    "70 sheets": (lambda: book({f"S{n}": [[1]] for n in range(70)}), "more than 60 sheets"),
    "an open quote in CSV": (
        lambda: b'period,metric,value\n2025-01,mrr,"' + b"1" * 200_000,
        "row 2 is not CSV",
    ),
    "a letter": (lambda: b"Dear Ann,\nhere are the numbers.", "holds nothing that is read"),
    "a workbook of notes": (lambda: xlsx([["Call Ann"], [None, 5]]), "holds nothing that is read"),
    "months without a year": (lambda: xlsx([["", "Jan", "Feb"], ["mrr", 1, 2]]), 'B1: "Jan" does not say'),
    "a month twice": (csv(["2025", "Jan", "January"], ["mrr", 1, 2]), "C1: 2025-01 is in B1 already"),
    "a quarter among the months": (
        csv(["2025", "Jan", "Feb", "Jan - Mar"], ["mrr", 1]),
        'D1: "Jan - Mar" is more',
    ),
    "two profit and losses": (
        lambda: book({"A": online(), "B": online()}),
        'the sheets "A" and "B": keep one',
    ),
    "a total that is another": (report(B12=1), 'B12: "Total Income" of 2025-01 is 1.00'),
    "a net income that is another": (report(B25=1), 'B25: "Net Income" of 2025-01 is 1.00'),
    "an amount that is a word": (report(B8="lots"), 'B8: "lots" is not a number'),
    "an amount that is a date": (report(B8="2025-01-05"), 'B8: "2025-01-05" is not a number'),
    "a formula that is no literal": (report(B8="=VLOOKUP(A8,Z:Z,1)"), 'B8: the formula "=VLOOKUP(A8,Z:Z,1)"'),
    "formulas in a circle": (report(B8="=B9", B9="=B8"), 'B8: the formula "=B9"'),
    "a link to another file": (report(B8="='[1]Sheet1'!A1"), "B8: the formula"),
    "a report that is cut": (lambda: xlsx(online()[:15]), 'no row "Net Income"'),
    "a report by year": (report(B5="Jan - Dec 2025"), 'B5: "Jan - Dec 2025" is more than a month'),
    "an amount of no account": (report(A8=None), "B8: the amount has no account beside it"),
    "an account outside of all sections": (report(A6="   Stray", B6=5), 'A6: "Stray" is in no section'),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_gives_one_sentence(kind: str) -> None:
    make, sentence = BROKEN[kind]
    with pytest.raises(FileRejectedError) as caught:
        read_file(make(), Answers())
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_macros_are_never_run_and_it_is_said_that_they_are_ignored() -> None:
    found = read_file(added(GRID, {"xl/vbaProject.bin": b"\0"}), Answers())
    assert found.remarks == ("The file has macros, which were not run and are ignored.",)
    assert found.values is not None
    assert len(found.values.values) == 2
