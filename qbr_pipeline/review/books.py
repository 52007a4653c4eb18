"""The reviews of books: of a month that was put aside, before it is published, and of what is published.

What belongs here: gathering their facts. The rules are in `metrics.rules.books`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qbr_pipeline.metrics.accounts import Chart, ClassifiedBooks
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.rules.books import (
    accounts_new,
    accounts_uncounted,
    accounts_unmapped,
    accounts_vanished,
    basis_changed,
    consent_ends,
)
from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import Check, Review, ReviewContext
from qbr_pipeline.review.published import PUBLICATION_CHECKS, PublishedMonth, published_month
from qbr_pipeline.review.staged import KEPT, OF_ROWS, Staged, staged_rows
from qbr_pipeline.store.account_mappings import mappings_now
from qbr_pipeline.store.grants import find_grant
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.rows.accounts import (
    account_keys,
    books_of,
    classify_now,
    faults_of_books,
    published_books,
)
from qbr_pipeline.store.rows.staging import staged
from qbr_pipeline.store.rows.tables import RowSource

_SOURCE = RowSource.ACCOUNTS


@dataclass(frozen=True, slots=True)
class StagedAccounts(Staged):
    """Accounts that were put aside, and what keeps them from being published."""

    faults: Collection[Finding]

    def of(self, rule: Rule) -> list[Finding]:
        """What one rule says of them."""
        return [each for each in self.faults if each.rule is rule]


def _staged_accounts(context: ReviewContext) -> StagedAccounts:
    kept = staged_rows(_SOURCE, context)
    own = staged(context.connection, context.database, _SOURCE, context.month, context.run_id or "")
    is_there = own is not None and own.run_id == kept.stage.run_id
    faults = faults_of_books(context.connection, context.database, kept.stage) if is_there else []
    return StagedAccounts(kept.stage, kept.recounted, kept.loss, faults)


ACCOUNTS = Review[StagedAccounts](
    "quickbooks_accounts",
    (
        *OF_ROWS,
        KEPT,
        Check[StagedAccounts]("accounts_come_to_the_totals", lambda facts: facts.of(Rule.BOOKS_UNBALANCED)),
        Check[StagedAccounts]("sections_count_whole", lambda facts: facts.of(Rule.ACCOUNTS_UNCOUNTED)),
        Check[StagedAccounts]("currency_is_the_same", lambda facts: facts.of(Rule.OTHER_CURRENCY)),
    ),
    _staged_accounts,
)
"""Under the name of the asset that stages books."""


@dataclass(frozen=True, slots=True)
class BooksOfMonth(PublishedMonth):
    """What is published of a month's books. `classified` None: it has none; `chart`: the mappings that hold in it.

    `earlier`: the accounts of all earlier months, `known`: those of all months, with the accounts around them.
    """

    classified: ClassifiedBooks | None
    chart: Chart
    earlier: Collection[str]
    known: Collection[str]
    basis: str | None
    basis_before: str | None
    consent: Sequence[Finding]

    def uncounted(self) -> list[Finding]:
        """What would be held back if the books were published again as people map them now."""
        return accounts_uncounted(self.classified) if self.classified else []

    def unmapped(self) -> list[Finding]:
        """Accounts that count as nothing."""
        return accounts_unmapped(self.classified) if self.classified else []

    def new(self) -> list[Finding]:
        """Accounts that no earlier month has."""
        return accounts_new(self.classified, self.earlier) if self.classified else []

    def vanished(self) -> list[Finding]:
        """Mapped accounts that no month has."""
        return accounts_vanished(self.month, self.chart.accounts.values(), self.known)


def _books(context: ReviewContext) -> BooksOfMonth:
    connection, db, month = context.connection, context.database, context.month
    facts = published_month(Vendor.QUICKBOOKS, context)
    plain = (facts.month, facts.vendor, facts.changes, facts.was_closed, facts.published_at)
    published = current_publication(connection, db, Vendor.QUICKBOOKS, month)
    if published is None:
        nothing = Chart({}, {})
        return BooksOfMonth(*plain, facts.now, facts.timezone, None, nothing, (), (), None, None, ())
    return BooksOfMonth(
        *plain,
        facts.now,
        facts.timezone,
        classified=classify_now(connection, db, published_books(connection, db, published)),
        chart=Chart.of(mappings_now(connection, db), month),
        earlier=account_keys(connection, db, before=month),
        known=account_keys(connection, db),
        basis=books_of(published).basis,
        basis_before=_basis_of(context, month.previous),
        consent=_consent(context),
    )


def _consent(context: ReviewContext) -> list[Finding]:
    """That the consent is about to end, told in the month in progress."""
    grant = find_grant(context.connection, context.database, Vendor.QUICKBOOKS)
    if grant is None or context.month != Month.of(context.now, context.database.timezone):
        return []
    return consent_ends(context.month, context.now, grant.refresh_ends_at, grant.consent_ends_at)


def _basis_of(context: ReviewContext, month: Month) -> str | None:
    published = current_publication(context.connection, context.database, Vendor.QUICKBOOKS, month)
    return books_of(published).basis if published else None


BOOKS = Review[BooksOfMonth](
    "quickbooks_metrics",
    (
        *PUBLICATION_CHECKS,
        Check[BooksOfMonth]("sections_count_whole", BooksOfMonth.uncounted),
        Check[BooksOfMonth]("accounts_are_mapped", BooksOfMonth.unmapped),
        Check[BooksOfMonth]("accounts_are_known", BooksOfMonth.new),
        Check[BooksOfMonth]("mapped_accounts_exist", BooksOfMonth.vanished),
        Check[BooksOfMonth](
            "basis_is_the_same",
            lambda facts: basis_changed(facts.month, facts.basis, facts.basis_before),
        ),
        Check[BooksOfMonth]("consent_holds", lambda facts: facts.consent),
    ),
    _books,
)
"""Under the name of the asset that publishes books; books that came in a file are reviewed by it too."""
