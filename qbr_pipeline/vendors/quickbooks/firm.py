"""A firm's books as its standing consent opens them: read together for all months of a night, month by month taken.

What belongs here: that the runs of a night, one for each month, share few large reports. What does not: reports
(`client`), tokens (`connection`), and the table in between (`store.books_read`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from qbr_pipeline.metrics.books import Basis, Books
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month
from qbr_pipeline.settings import QuickBooksAccess
from qbr_pipeline.store.books_read import keep_read, take_read
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.grants import Grant
from qbr_pipeline.vendors.quickbooks.client import QuickBooks
from qbr_pipeline.vendors.quickbooks.connection import StandingConsent

_GOOD_FOR = timedelta(hours=2)


class FirmBooks(QuickBooks):
    """A reader of the books of the firm that has consented.

    Raises NotConnectedError and ConsentEndedError when it is made, and then what `QuickBooks` raises.
    """

    def __init__(self, database: Database, access: QuickBooksAccess, **time: Any) -> None:
        """`time`: how to sleep and which clocks to look at, as for the client."""
        now = time.get("now", lambda: datetime.now(UTC))
        consent = StandingConsent(database, access, now=now)
        self._database = database
        self.grant: Grant = consent.grant
        self.taken = False
        super().__init__(access, self.grant.company_id, consent.access_token, **time)

    @property
    def ends_at(self) -> datetime:
        """When the consent ends unless it is renewed, or the company has to consent anew; aware."""
        return self.grant.ends_at

    def month(self, month: Month, together: Sequence[Month], now: datetime) -> Books:
        """The books of one month, at the aware moment `now`; `together`: what is read along with it, itself included.

        A month that another run has read along within the last two hours is taken from there, once. `taken` says so.
        """
        with self._database.begin() as connection:
            known = take_read(connection, self._database, Vendor.QUICKBOOKS, month, since=now - _GOOD_FOR)
            self.taken = known is not None
            if known is not None:
                return known
            read = self._read(together, now)
            others = replace(read, months=tuple(each for each in read.months if each.month != month))
            keep_read(connection, self._database, Vendor.QUICKBOOKS, others, now)
        return replace(read, months=tuple(each for each in read.months if each.month == month))

    def _read(self, months: Sequence[Month], now: datetime) -> Books:
        today = now.astimezone(self._database.timezone).date()
        read = self.books(months, today, Basis(self.grant.basis), self.grant.currency)
        return replace(read, company=self.grant.company)
