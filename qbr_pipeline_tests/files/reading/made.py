"""Files that the tests make, after layouts that programs and people write."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

Cells = Sequence[Sequence[object]]


def xlsx(rows: Cells, *, title: str = "Sheet1", touch: Callable[[Worksheet], None] | None = None) -> bytes:
    """A workbook of one sheet; formulas have no stored results, as some programs leave them."""
    return book({title: rows}, touch=touch)


def book(sheets: Mapping[str, Cells], *, touch: Callable[[Worksheet], None] | None = None) -> bytes:
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        if touch is not None:
            touch(sheet)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def csv_bytes(rows: Cells, separator: str = ",", encoding: str = "utf-8") -> bytes:
    def quoted(cell: object) -> str:
        text = "" if cell is None else str(cell)
        return f'"{text}"' if separator in text or "\n" in text else text

    return "\r\n".join(separator.join(map(quoted, row)) for row in rows).encode(encoding)


def with_results(
    content: bytes, results: Mapping[str, str], *, part: str = "xl/worksheets/sheet1.xml"
) -> bytes:
    """The same workbook; formulas of these cells have these stored results."""

    def stored(xml: str) -> str:
        for cell, result in results.items():
            kind = ' t="e"' if result.startswith("#") else ""
            found = re.search(rf'<c r="{cell}"[^>]*><f>(.*?)</f><v ?/?>(</v>)?</c>', xml)
            assert found, cell
            xml = xml.replace(found[0], f'<c r="{cell}"{kind}><f>{found[1]}</f><v>{result}</v></c>')
        return xml

    return changed(content, part, stored)


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The same workbook with another text of one part."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            text = old.read(each)
            new.writestr(each, change(text.decode()).encode() if each == part else text)
    return file.getvalue()


def added(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The same workbook with more parts."""
    file = io.BytesIO(content)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def online(months: Sequence[str] = ("Jan 2025", "Feb 2025")) -> list[list[object]]:
    """A report of QuickBooks Online, classic: three blanks a level, a parent's own amount on its own line."""
    first, second = months
    return [
        ["Example MSP LLC"],
        ["Profit and Loss"],
        ["January - February, 2025"],
        [],
        [None, first, second, "Total"],
        ["Income"],
        ["   Managed Services", 220, None, 220],
        ["      MRR", 9000.5, 9100.25, 18100.75],
        ["      NRR", -120.4, 310.25, 189.85],
        ["   Total Managed Services", 9100.1, 9410.5, 18510.6],
        ["   Product Sales", 1000, 0, 1000],
        ["Total Income", 10100.1, 9410.5, 19510.6],
        ["Cost of Goods Sold"],
        ["   Cost of Goods Sold", 400, None, 400],
        ["Total Cost of Goods Sold", 400, 0, 400],
        ["Gross Profit", 9700.1, 9410.5, 19110.6],
        ["Expenses"],
        ["   Payroll", 5000, 5100, 10100],
        ["Total Expenses", 5000, 5100, 10100],
        ["Net Operating Income", 4700.1, 4310.5, 9010.6],
        ["Other Expenses"],
        ["   Interest", 10, None, 10],
        ["Total Other Expenses", 10, None, 10],
        ["Net Other Income", -10, 0, -10],
        ["Net Income", 4690.1, 4310.5, 9000.6],
        [],
        ["Sunday, Mar 02, 2025 07:45:23 PM GMT-8 - Accrual Basis"],
    ]


def replaced(rows: Cells, changes: Mapping[str, object]) -> list[list[object]]:
    """The same rows with other cells, by their names."""
    new = [list(row) for row in rows]
    for name, value in changes.items():
        match = re.fullmatch(r"([A-Z])(\d+)", name)
        assert match
        row, column = int(match[2]) - 1, ord(match[1]) - ord("A")
        new[row].extend([None] * (column + 1 - len(new[row])))
        new[row][column] = value
    return new


def indent(sheet: Worksheet) -> None:
    """Write the depth of names as a person's spreadsheet program does: by the style of the cell."""
    for row in range(1, sheet.max_row + 1):
        cell = sheet.cell(row, 1)
        if isinstance(cell.value, str) and cell.value.startswith(" "):
            blanks = len(cell.value) - len(cell.value.lstrip())
            cell.value = cell.value.lstrip()
            cell.alignment = Alignment(indent=blanks)
