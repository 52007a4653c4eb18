"""The books of a firm: what a profit and loss says of a month, account by account.

What belongs here: the shapes of what is read from books, whatever read them (an API, an exported file), and what
holds within them. What does not: how a vendor or a file writes them (`vendors`, `files`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from qbr_pipeline.periods import Month


class BooksSection(StrEnum):
    """The sections of a profit and loss, in its order."""

    INCOME = "income"
    COGS = "cogs"
    EXPENSES = "expenses"
    OTHER_INCOME = "other income"
    OTHER_EXPENSES = "other expenses"


class Basis(StrEnum):
    """When a posting counts: when money moves, or when it is owed."""

    CASH = "cash"
    ACCRUAL = "accrual"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What one account itself posted in a month, its sub-accounts left out, in the currency of the books.

    `account` is its key, the same in every month: the vendor's id, or its number, or its full path.
    `parents`: the keys of the accounts that it is in, outermost first. `name`: as people know it today.
    """

    account: str
    name: str
    section: BooksSection
    amount: Decimal
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BooksMonth:
    """A month of the books. An account without a line posted nothing.

    `totals`: what the report itself prints for a section. `complete`: the books hold the month to its last day.
    """

    month: Month
    lines: tuple[AccountLine, ...]
    totals: Mapping[BooksSection, Decimal]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Books:
    """A profit and loss by month, as it was read. None: the source does not say."""

    company: str | None
    basis: Basis | None
    currency: str | None
    months: tuple[BooksMonth, ...] = field(default=())
