"""Rules about books: do they add up, does every account count as something, are they the books of before.

What belongs here: rules over the lines of a month. What does not: what a line counts as (`accounts`), their words in
the table of rules (`books_table`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from qbr_pipeline.metrics.accounts import AccountMapping, ClassifiedBooks, ClassifiedLine, LineKind
from qbr_pipeline.metrics.books import OPERATING, BooksMonth, exact_sum
from qbr_pipeline.metrics.catalogue import Unit
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.names import quoted
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.metrics.values import in_words
from qbr_pipeline.metrics.words import period_name
from qbr_pipeline.periods import Month
from qbr_pipeline.plain_text import one_line

ACCOUNTS = "accounts"
"""The subject of what is found about accounts."""

_NAMED = 5


def books_unbalanced(books: BooksMonth) -> list[Finding]:
    """Blocks books whose lines do not come to the total that the report prints, to the cent."""
    return [
        found(
            Rule.BOOKS_UNBALANCED,
            section.value,
            books.month,
            lines,
            expected=_dollars(printed),
            sentence=f"Books of {period_name(books.month)}: the accounts of {section.label} come to {_dollars(lines)}, "
            f"their total is printed as {_dollars(printed)}. Nothing was published.",
        )
        for section, (lines, printed) in books.differences().items()
    ]


def other_currency(month: Month, currency: str | None, before: str | None) -> list[Finding]:
    """Blocks books in another currency than those that are published."""
    if currency is None or before is None or currency == before:
        return []
    return [
        found(
            Rule.OTHER_CURRENCY,
            "currency",
            month,
            None,
            expected=before,
            sentence=f"The books of {period_name(month)} are in {one_line(currency)[:20]}, those that are published in "
            f"{one_line(before)[:20]}. Nothing was published.",
            listed=[currency],
        )
    ]


def accounts_uncounted(classified: ClassifiedBooks) -> list[Finding]:
    """Blocks a section of which a part counts and a part is forgotten: mapped and rest must come to its total."""
    findings = []
    for section in OPERATING:
        lines = [each for each in classified.unmapped if each.line.section is section]
        if section in classified.in_use and lines:
            amount = exact_sum(each.line.amount for each in lines)
            findings.append(
                found(
                    Rule.ACCOUNTS_UNCOUNTED,
                    section.value,
                    classified.month,
                    amount,
                    expected=f"every account of {section.label} mapped, or a metric for the rest",
                    sentence=f"{section.label} of {period_name(classified.month)}: {_dollars(amount)} would count"
                    f" nowhere: {_names(lines)}. Map them, or say what the rest of the section counts as. Nothing was"
                    " published.",
                    listed=[each.line.account for each in lines],
                )
            )
    return findings


def accounts_unmapped(classified: ClassifiedBooks) -> list[Finding]:
    """Flags amounts that count as nothing although nobody said so, where that blocks nothing: one finding a month."""
    lines = [
        each
        for each in classified.unmapped
        if each.line.section not in OPERATING or each.line.section not in classified.in_use
    ]
    if not lines:
        return []
    amount = exact_sum(abs(each.line.amount) for each in lines)
    sections = dict.fromkeys(each.line.section.label for each in lines)
    return [
        found(
            Rule.ACCOUNT_UNMAPPED,
            ACCOUNTS,
            classified.month,
            amount,
            expected="every account mapped, or left aside",
            sentence=f"{_count(lines, classified.month)} as nothing, in "
            f"{' and '.join(sections)}: {_names(lines)}. Map them or leave them aside on the page Books",
            listed=[each.line.account for each in lines],
        )
    ]


def accounts_new(classified: ClassifiedBooks, known: Collection[str]) -> list[Finding]:
    """Flags accounts that no earlier month has and that nobody mapped: they count with the rest, or as nothing.

    `known`: the accounts of all earlier months; none where there is no earlier month, and then nothing is new.
    """
    lines = [
        each
        for each in classified.lines
        if known
        and each.line.account not in known
        and each.line.section in OPERATING
        and each.kind in (LineKind.REST, LineKind.UNMAPPED)
    ]
    if not lines:
        return []
    return [
        found(
            Rule.ACCOUNT_NEW,
            ACCOUNTS,
            classified.month,
            exact_sum(each.line.amount for each in lines),
            expected="accounts that earlier months have too",
            sentence=f"New in the books of {period_name(classified.month)}: {_names(lines)}; each counts as "
            f"{_as_what(lines)}. Map what should count otherwise",
            listed=[each.line.account for each in lines],
        )
    ]


def accounts_vanished(
    month: Month, mappings: Iterable[AccountMapping], known: Collection[str]
) -> list[Finding]:
    """Flags accounts that are mapped and that the books of no month have. `known`: those that they have."""
    gone = [each for each in mappings if each.account is not None and each.account not in known]
    if not gone or not known:
        return []
    names = ", ".join(quoted(each.name or str(each.account)) for each in gone[:_NAMED])
    return [
        found(
            Rule.ACCOUNT_VANISHED,
            ACCOUNTS,
            month,
            None,
            expected="mapped accounts that the books have",
            sentence=f"Mapped, and in the books of no month: {names}{_more(gone)}. Deleted or merged in the books? Map "
            "what came in its place, or take the mapping away",
            listed=sorted({str(each.account) for each in gone}),
        )
    ]


def basis_changed(month: Month, basis: str | None, before: str | None) -> list[Finding]:
    """Flags a month whose books are kept on another basis than those of the month before it."""
    if basis is None or before is None or basis == before:
        return []
    return [
        found(
            Rule.BASIS_CHANGED,
            "basis",
            month,
            None,
            expected=f"{before} basis, as in the month before",
            sentence=f"The books of {period_name(month)} are on {basis} basis, those of the month before on {before} "
            "basis: the two cannot be compared. Read the earlier months anew",
            listed=[basis, before],
        )
    ]


def consent_ends(
    month: Month, now: datetime, renewed_until: datetime, ends_at: datetime | None
) -> list[Finding]:
    """Flags a consent to read the books that is about to end; `month` is the one in progress at `now`.

    Moments are aware. `renewed_until`: it ends then unless a night renews it; `ends_at`: whatever is renewed. None:
    the vendor does not say.
    """
    if ends_at is not None and ends_at - now < limits.CONSENT_ENDS.duration:
        until, why = ends_at, "and cannot be renewed"
    elif renewed_until - now < limits.CONSENT_NOT_RENEWED.duration:
        until, why = renewed_until, "since no night has renewed it for long"
    else:
        return []
    return [
        found(
            Rule.CONSENT_ENDS,
            "consent",
            month,
            None,
            expected="a consent that holds",
            sentence=f"The consent to read the books in QuickBooks ends on {until.date().isoformat()}, {why}: "
            "an administrator of the company should consent again (`qbr books connect`)",
            listed=[until.date().isoformat()],
        )
    ]


def _dollars(amount: Decimal) -> str:
    return in_words(amount, Unit.DOLLARS)


def _names(lines: Collection[ClassifiedLine]) -> str:
    largest = sorted(lines, key=lambda each: (-abs(each.line.amount), each.line.account))[:_NAMED]
    return ", ".join(f"{quoted(each.line.name)} {_dollars(each.line.amount)}" for each in largest) + _more(
        lines
    )


def _more(things: Collection[object]) -> str:
    return f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""


def _count(lines: Collection[ClassifiedLine], month: Month) -> str:
    if len(lines) == 1:
        return f"1 account with an amount in {period_name(month)} counts"
    return f"{len(lines)} accounts with amounts in {period_name(month)} count"


def _as_what(lines: Iterable[ClassifiedLine]) -> str:
    return " or ".join(sorted({each.reason if each.metric else "nothing" for each in lines}))
