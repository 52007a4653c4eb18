"""The reports of QuickBooks Online: the months of a firm's books, by as few requests as its limits allow.

What belongs here: which reports are asked for, over which days, and how a month is put together. What does not: tokens
and rejections (`transport`), and what a report says (`books`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from qbr_pipeline.metrics.books import Basis, Books, BooksMonth, BooksSection
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.vendors.http.client import Client
from qbr_pipeline.vendors.http.retries import RetryPolicy, TransientError
from qbr_pipeline.vendors.quickbooks.addresses import company_path
from qbr_pipeline.vendors.quickbooks.bodies import first, read_body, text_of
from qbr_pipeline.vendors.quickbooks.books import (
    AGED_RECEIVABLES,
    BALANCE_SHEET,
    PROFIT_AND_LOSS,
    Asked,
    Balance,
    bank_balances,
    over_90_days,
    profit_and_loss,
)
from qbr_pipeline.vendors.quickbooks.reports import CutReportError, ReportError
from qbr_pipeline.vendors.quickbooks.transport import QuickBooksTransport

T = TypeVar("T")

MONTHS_A_REPORT = 6
"""So many months QuickBooks advises to ask for at once."""


@dataclass(frozen=True, slots=True)
class Company:
    """Whose books they are. `basis`: the one that the company prefers; None: it does not say."""

    name: str
    currency: str | None
    basis: Basis | None


class _TooMuchError(Exception):
    """A range of days that QuickBooks could not answer for in one report."""


class QuickBooks(Client[QuickBooksTransport]):
    """A reader of one company's books; use it as a context manager, in one thread. It can write nothing.

    Every method raises PermanentError for what no repetition changes, ConsentEndedError when a person has to consent
    again, ReportError for a report that cannot be trusted, and RetriesExhausted when the patience is used up.
    """

    def __init__(
        self,
        access: QuickBooksAccess,
        company_id: str,
        token: Callable[[str | None], str],
        retry_policy: RetryPolicy | None = None,
        **time: Any,
    ) -> None:
        """`token`: gives a token that is good; it is told one that was refused.

        `time`: how to sleep and which clocks to look at, as for any transport.
        """
        super().__init__(QuickBooksTransport(access, token, retry_policy or RetryPolicy(), **time))
        self._company = company_path(company_id)
        self._company_id = company_id
        self._most = MONTHS_A_REPORT

    def company(self) -> Company:
        """Whose books they are: the name, and what its preferences say."""
        info = self._transport.get(
            f"{self._company}/companyinfo/{self._company_id}",
            {},
            lambda body: first(read_body(body), "companyinfo"),
        )
        preferences = self._transport.get(
            f"{self._company}/preferences", {}, lambda body: first(read_body(body), "preferences")
        )
        currencies = first(first(preferences, "currencyprefs"), "homecurrency")
        basis = text_of(first(preferences, "reportprefs"), "reportbasis").lower()
        return Company(
            one_line(text_of(info, "companyname"))[:100] or f"company {self._company_id}",
            text_of(currencies, "value").upper() or None,
            Basis(basis) if basis in set(Basis) else None,
        )

    def books(self, months: Sequence[Month], today: date, basis: Basis, currency: str | None = None) -> Books:
        """The books of consecutive months, none of which begins after `today`; the one in progress up to `today`.

        Days are those of the books, which have no time zone. `currency`: the one that they are kept in.
        """
        asked = Asked(months[0].first_day, min(months[-1].last_day, today), basis, currency)
        found: dict[Month, BooksMonth] = {}
        bank: dict[Month, Balance] = {}
        for posted in self._reports(PROFIT_AND_LOSS, asked, profit_and_loss):
            found.update({each.month: each for each in posted.months})
            currency = currency or posted.currency
        for balances in self._reports(BALANCE_SHEET, asked, bank_balances):
            bank.update(balances)
        whole = []
        for month, each in found.items():
            owed = self._over_90_days(min(month.last_day, today), currency)
            whole.append(_with_balances(each, bank[month], owed))
        return Books(None, basis, currency, tuple(whole))

    def _reports(self, name: str, asked: Asked, read: Callable[[bytes, Asked], T]) -> Iterator[T]:
        """The report over all the days, in as many parts as it takes: halved down to months where that helps."""
        for part in _parts(asked, self._most):
            months = list(part.months)
            if len(months) > self._most:
                yield from self._reports(name, part, read)
                continue
            try:
                yield self._report(name, part, read, can_be_less=len(months) > 1)
            except _TooMuchError:
                self._most = max(1, len(months) // 2)
                yield from self._reports(name, part, read)

    def _report(self, name: str, asked: Asked, read: Callable[[bytes, Asked], T], *, can_be_less: bool) -> T:
        query: dict[str, str | int] = {
            "start_date": asked.first.isoformat(),
            "end_date": asked.last.isoformat(),
            "accounting_method": asked.basis.value.capitalize(),
        }
        if can_be_less:
            query["summarize_column_by"] = "Month"

        def failed(error: TransientError) -> None:
            if can_be_less and error.overload:
                raise _TooMuchError from None

        def understood(content: bytes) -> T:
            try:
                return read(content, asked)
            except CutReportError:
                if can_be_less:
                    raise _TooMuchError from None
                raise

        return self._transport.get(f"{self._company}/reports/{name}", query, understood, failed=failed)

    def _over_90_days(self, day: date, currency: str | None) -> Balance:
        query: Mapping[str, str | int] = {"report_date": day.isoformat(), "aging_method": "Report_Date"}
        return self._transport.get(
            f"{self._company}/reports/{AGED_RECEIVABLES}",
            query,
            lambda content: over_90_days(content, day, currency),
        )


def _parts(asked: Asked, months: int) -> Iterator[Asked]:
    """The days in parts of so many months."""
    all_months = list(asked.months)
    for begin in range(0, len(all_months), months):
        part = all_months[begin : begin + months]
        yield replace(asked, first=part[0].first_day, last=min(part[-1].last_day, asked.last))


def _with_balances(posted: BooksMonth, bank: Balance, owed: Balance) -> BooksMonth:
    """A month with what was in the bank and owed for long at its end. ReportError when a key stands for two things."""
    whole = replace(
        posted,
        lines=(*posted.lines, *bank.lines, *owed.lines),
        totals={**posted.totals, BooksSection.BANK: bank.total, BooksSection.RECEIVABLES: owed.total},
    )
    if whole.repeated():
        raise ReportError(
            f"QuickBooks' reports of {posted.month} name {', '.join(whole.repeated()[:3])} twice, so that it is not"
            " known which amount counts"
        )
    return whole
