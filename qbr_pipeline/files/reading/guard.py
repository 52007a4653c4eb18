"""What a packed workbook is held against before any program reads it: its sizes, and what it may not hold.

What belongs here: counting without unpacking into memory. What does not: what the cells mean.

A workbook is a zip of XML. A small one may unpack to gigabytes, and two cells far apart make readers lay out all that
lies between: so everything is counted in a stream first.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from qbr_pipeline.files.reading.sheets import (
    MAX_AREA,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_TEXTS,
    MAX_UNPACKED_BYTES,
    FileRejectedError,
)

_CHUNK = 1 << 16
_PARTS = 2_000
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass
class Counted:
    """What a workbook holds beside its cells: macros, and links to other files."""

    macros: bool = False
    links: bool = False


def inspect(content: bytes) -> Counted:
    """Count what a zipped workbook holds; FileRejectedError beyond a limit, or when it is damaged or locked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _inspect(archive)
    except _DAMAGED as error:
        if isinstance(error, FileRejectedError):
            raise
        raise FileRejectedError("the file is damaged: it cannot be unpacked") from error


def _inspect(archive: zipfile.ZipFile) -> Counted:
    parts = archive.infolist()
    names = [each.filename for each in parts]
    _require_sane(parts, sum(bool(_SHEET.fullmatch(name)) for name in names))
    room, cells = MAX_UNPACKED_BYTES, _Cells()
    for name in names:
        if name.endswith((".xml", ".rels", ".vml")):
            cells.begin_part(is_table=bool(_SHEET.fullmatch(name)) or name == "content.xml")
            with archive.open(name) as stream:
                room = _stream(stream, name, cells, room)
    return Counted(
        macros=any(name.endswith("vbaProject.bin") for name in names),
        links=any(name.startswith("xl/externalLinks/") for name in names),
    )


def _require_sane(parts: Sequence[zipfile.ZipInfo], sheets: int) -> None:
    if len(parts) > _PARTS:
        raise FileRejectedError(f"the file has more than {_PARTS:,} parts, which no workbook has")
    if any(each.flag_bits & 1 for each in parts):
        raise FileRejectedError("the file is locked by a password: save it without one")
    if sum(each.file_size for each in parts) > MAX_UNPACKED_BYTES:
        raise _too_large()
    if sheets > MAX_SHEETS:
        raise FileRejectedError(f"the file has more than {MAX_SHEETS} sheets")


def _stream(stream: IO[bytes], name: str, cells: _Cells, room: int) -> int:
    """Parse one part in pieces; how many unpacked bytes are left for the others."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.StartDoctypeDeclHandler = _reject_declarations
    try:
        while piece := stream.read(_CHUNK):
            room -= len(piece)
            if room < 0:
                raise _too_large()
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRejectedError(f"the file is damaged: its part {name[:60]} is not XML") from error
    return room


def _reject_declarations(*_: object) -> None:
    raise FileRejectedError("the file declares a document type, which no workbook does")


def _too_large() -> FileRejectedError:
    return FileRejectedError(
        f"the file unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB: delete what is not needed"
    )


@dataclass
class _Cells:
    """Counts the cells of the sheets as their elements come by, in Excel's dialect and in OpenDocument's."""

    filled: int = 0
    elements: int = 0
    texts: int = 0
    _rows: int = 0
    _columns: int = 0
    _at: tuple[int, int] = (0, 0)
    _is_table: bool = False
    _repeated: int = 1
    _row_filled: int = field(default=0)

    def begin_part(self, *, is_table: bool) -> None:
        self._is_table, self._rows, self._columns, self._at = is_table, 0, 0, (-1, 0)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "si":
            self.texts += 1
            if self.texts > MAX_TEXTS:
                raise FileRejectedError(f"the file has more than {MAX_TEXTS:,} texts")
        if self._is_table:
            self._in_table(name, attributes)

    def _in_table(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "row":
                self._at = (
                    int(attributes["r"]) - 1 if attributes.get("r", "").isdecimal() else self._at[0] + 1,
                    -1,
                )
            case "c":
                self._begin_cell(attributes)
            case "v" | "f" | "is":
                self._fill(self._at[0] + 1, self._at[1] + 1, 1)
            case "table":
                self._rows, self._columns, self._at = 0, 0, (0, 0)
            case "table-row":
                self._repeated = _count(attributes, "table:number-rows-repeated")
                self._at = (self._at[0], 0)
            case "table-cell" | "covered-table-cell":
                self._cell_of_a_document(attributes)

    def end(self, tag: str) -> None:
        if self._is_table and tag.rpartition(":")[2] == "table-row":
            self._at = (self._at[0] + self._repeated, 0)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > 2 * MAX_CELLS:  # those that only have a style are made too
            raise _too_many_cells()
        named = _CELL.fullmatch(attributes.get("r", ""))
        if named is None:
            self._at = (self._at[0], self._at[1] + 1)
            return
        column = 0
        for letter in named[1]:
            column = column * 26 + ord(letter) - ord("A") + 1
        self._at = (int(named[2]) - 1, column - 1)

    def _cell_of_a_document(self, attributes: dict[str, str]) -> None:
        columns = _count(attributes, "table:number-columns-repeated")
        row, column = self._at
        self._at = (row, column + columns)
        if any(key.endswith(("value-type", "formula")) for key in attributes):
            self._fill(row + self._repeated, column + columns, self._repeated * columns)

    def _fill(self, rows: int, columns: int, count: int) -> None:
        self.filled += count
        self._rows, self._columns = max(self._rows, rows), max(self._columns, columns)
        if self._rows > MAX_ROWS:
            raise FileRejectedError(
                f"a sheet has more than {MAX_ROWS:,} rows: keep the months that are needed"
            )
        if self._columns > MAX_COLUMNS:
            raise FileRejectedError(
                f"a sheet has more than {MAX_COLUMNS:,} columns: delete what is not needed"
            )
        if (
            self.filled > 2 * MAX_CELLS or self._rows * self._columns > MAX_AREA
        ):  # a formula fills a cell twice
            raise _too_many_cells()


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return min(int(text), 10_000_000) if text.isdecimal() else 1


def _too_many_cells() -> FileRejectedError:
    return FileRejectedError(f"the file has more than {MAX_CELLS:,} cells: delete what is not needed")
