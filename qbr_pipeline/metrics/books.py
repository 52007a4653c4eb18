"""The books of a firm: what a profit and loss says of a month, account by account.

What belongs here: the shapes of what is read from books, whatever read them (an API, an exported file), and what
holds within them. What does not: how a vendor or a file writes them (`vendors`, `files`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, localcontext
from enum import StrEnum

from qbr_pipeline.periods import Month

_EXACT = Context(prec=100, traps=[Inexact])


class BooksSection(StrEnum):
    """The sections of a profit and loss, in its order; then what is a balance on a month's last day."""

    INCOME = "income"
    COGS = "cogs"
    EXPENSES = "expenses"
    OTHER_INCOME = "other income"
    OTHER_EXPENSES = "other expenses"
    BANK = "bank accounts"
    RECEIVABLES = "receivables over 90 days"

    @property
    def label(self) -> str:
        """Its name as people read it."""
        return "Cost of goods sold" if self is BooksSection.COGS else self.value.capitalize()


OPERATING = (BooksSection.INCOME, BooksSection.COGS, BooksSection.EXPENSES)
"""Every account in one of these has to count as something, once one of its section does."""

BALANCES = (BooksSection.BANK, BooksSection.RECEIVABLES)
"""Amounts on the last day of the month (today, while it is in progress), not what it posted."""


class Basis(StrEnum):
    """When a posting counts: when money moves, or when it is owed."""

    CASH = "cash"
    ACCRUAL = "accrual"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What one account itself posted in a month, its sub-accounts left out, in the currency of the books.

    `account` is its key, the same in every month, once in a month: the vendor's id, or its number, or its full path.
    `parents`: the keys of the accounts that it is in, outermost first; `parent_names`: their names, where known.
    `name`: as people know it today. A line of the receivables is a customer, one of the bank accounts its balance.
    """

    account: str
    name: str
    section: BooksSection
    amount: Decimal
    parents: tuple[str, ...] = ()
    parent_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BooksMonth:
    """A month of the books. An account without a line posted nothing.

    `totals`: what the report itself prints for a section; a section of the balances that was not read has none.
    `complete`: the books hold the month to its last day. `withdrawn`: they were taken back.
    """

    month: Month
    lines: tuple[AccountLine, ...]
    totals: Mapping[BooksSection, Decimal]
    complete: bool = True
    withdrawn: bool = False

    def differences(self) -> dict[BooksSection, tuple[Decimal, Decimal]]:
        """The sections whose lines do not come to the total that is printed: what both come to, exactly."""
        sums = {
            section: self._sum(section) for section in {*self.totals, *(each.section for each in self.lines)}
        }
        printed = {section: self.totals.get(section, Decimal(0)) for section in sums}
        return {
            section: (sums[section], printed[section])
            for section in BooksSection
            if section in sums and sums[section] != printed[section]
        }

    def repeated(self) -> list[str]:
        """The keys that more than one line has."""
        return [key for key, lines in Counter(each.account for each in self.lines).items() if lines > 1]

    def _sum(self, section: BooksSection) -> Decimal:
        return exact_sum(each.amount for each in self.lines if each.section is section)


@dataclass(frozen=True, slots=True)
class Books:
    """A profit and loss by month, as it was read. None: the source does not say."""

    company: str | None
    basis: Basis | None
    currency: str | None
    months: tuple[BooksMonth, ...] = field(default=())


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """What `amounts` come to, to the last digit."""
    with localcontext(_EXACT):
        return sum(amounts, Decimal(0))
