"""Numbers as people and programs write them into cells, as exact decimals.

What belongs here: signs, thousands, percentages, and what stands for nothing. What does not: which numbers a metric can
have (`metrics.values`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from qbr_pipeline.files.reading.sheets import CellFault, Sheet
from qbr_pipeline.metrics.names import quoted

_SIGNIFICANT = 15
"""Digits that spreadsheet programs keep of a number: those behind them are noise of binary fractions."""

_LONGEST = 40
_NOTHING = {"", "-", "–", "—", "n/a", "na", "none", "tbd"}
_ERROR = re.compile(r"#(DIV/0!|N/A|REF!|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!|#+)", re.IGNORECASE)
_TIME = re.compile(r"-?\d{1,6}(:\d{2}){1,2}(\.\d*)?", re.ASCII)
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_SIGNED = re.compile(r"([(+\-−]?)([$€£]?)([(+\-−]?)([$€£]?)(.*?)(%?)([)\-−]?)(%?)", re.DOTALL)  # noqa: RUF001 - the minus sign
_PLAIN = re.compile(r"\d+(\.\d*)?|\.\d+", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number from a cell; a percentage is its hundredth."""

    value: Decimal
    is_percentage: bool = False


def from_float(number: float) -> Decimal | None:
    """A number of a workbook as its program shows it; None for what is none."""
    found = Decimal(format(number, f".{_SIGNIFICANT}g"))
    return found if found.is_finite() else None


def amount_at(sheet: Sheet, row: int, column: int) -> Amount | CellFault | None:
    """The number in a cell; None where it is absent: empty, a dash, or an error such as #DIV/0!."""
    value = sheet.at(row, column)
    if (row, column) in sheet.unread:
        formula = quoted(sheet.unread[row, column][:_LONGEST])
        return CellFault(
            sheet.where(row, column),
            f"the formula {formula} has no stored result and is more than numbers, + and -: open the file in a"
            " spreadsheet program and save it again",
        )
    match value:
        case None:
            return None
        case bool():
            return CellFault(sheet.where(row, column), "holds true or false, not a number")
        case Decimal():
            return Amount(value)
        case date():
            return CellFault(sheet.where(row, column), f"holds the date {value:%Y-%m-%d}, not a number")
        case str():
            return _from_text(value, sheet, row, column)


def _from_text(text: str, sheet: Sheet, row: int, column: int) -> Amount | CellFault | None:
    bare = _BLANKS.sub("", text)
    if bare.casefold() in _NOTHING or _ERROR.fullmatch(bare):
        return None
    if _TIME.fullmatch(bare):
        sentence = f"{quoted(bare)} is a time: write hours as a number such as 146.5"
        return CellFault(sheet.where(row, column), sentence)
    found = parse_amount(bare, decimal_comma=sheet.decimal_comma)
    if found is None:
        return CellFault(sheet.where(row, column), f"{quoted(text.strip()[:_LONGEST])} is not a number")
    return found


def parse_amount(text: str, *, decimal_comma: bool = False) -> Amount | None:
    """The number that a text without blanks says; None where it says none, or could be read in two ways."""
    if len(text) > _LONGEST:
        return None
    match = _SIGNED.fullmatch(text)
    if match is None:
        return None
    first, _, second, _, digits, percent, last, percent_after = match.groups()
    sign = _sign(first + second, last)
    if decimal_comma:
        digits = digits.translate(str.maketrans(",.", ".,"))
    plain = digits.replace(",", "") if _GROUPED.fullmatch(digits) else digits
    if sign is None or not _PLAIN.fullmatch(plain) or (percent and percent_after):
        return None
    is_percentage = bool(percent or percent_after)
    value = sign * Decimal(plain)
    return Amount(value.scaleb(-2) if is_percentage else value, is_percentage)


def _sign(before: str, after: str) -> int | None:
    """1 or -1; None where signs are given twice or a parenthesis stands alone."""
    before, after = before.replace("−", "-"), after.replace("−", "-")  # noqa: RUF001 - the minus sign
    return {
        ("", ""): 1,
        ("+", ""): 1,
        ("-", ""): -1,
        ("", "-"): -1,
        ("(", ")"): -1,
    }.get((before, after))
