"""Books as people look at them: accounts over months, and months as another mapping would have them.

What belongs here: reading. What does not: publishing books and counting them anew (`books`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from qbr_pipeline.metrics.account_names import Suggestion, suggestions
from qbr_pipeline.metrics.accounts import BOOKED, AccountMapping, ClassifiedLine, LineKind
from qbr_pipeline.metrics.books import AccountLine, BooksSection
from qbr_pipeline.periods import Month
from qbr_pipeline.store.account_mappings import Subject, mappings_now
from qbr_pipeline.store.books import PublishedBooks, preview, read_books, with_changes
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.rows.evidence import BooksEvidence
from qbr_pipeline.store.values import manual, read_values


@dataclass(frozen=True, slots=True)
class AccountOverMonths:
    """An account with its own amount in each month, None where it posted nothing, and what it counts as in the newest.

    One that only holds others has no amounts and no `kind`.
    """

    account: str
    name: str
    section: BooksSection
    parents: tuple[str, ...]
    amounts: tuple[Decimal | None, ...]
    kind: LineKind | None
    counts_as: str | None
    reason: str | None
    suggestion: Suggestion | None

    @property
    def is_unmapped(self) -> bool:
        """Whether it counts as nothing although nobody said so."""
        return self.kind is LineKind.UNMAPPED


@dataclass(frozen=True, slots=True)
class AccountsView:
    """The accounts over `months`, each below the one it is in; `evidence`: what the newest month was read from.

    `totals`: what the books print of each section; `rests`: what the rest of a section may count as.
    """

    months: tuple[Month, ...]
    accounts: tuple[AccountOverMonths, ...]
    totals: Mapping[BooksSection, tuple[Decimal | None, ...]]
    rests: Mapping[BooksSection, Suggestion]
    evidence: BooksEvidence


@dataclass(frozen=True, slots=True)
class ValuePreview:
    """A metric as it is and as it would be; `manual`: a person entered it, so that it stays."""

    name: str
    now: Decimal | None
    then: Decimal | None
    manual: bool


@dataclass(frozen=True, slots=True)
class MonthPreview:
    """A month as another mapping would have it; `held_back`: why it would not be published."""

    month: Month
    values: tuple[ValuePreview, ...]
    unmapped: int
    held_back: tuple[str, ...]


def accounts_over_months(connection: Connection, db: Database, months: Collection[Month]) -> AccountsView:
    """The accounts of the books of some months, in the order of their sections and trees."""
    if not months:
        return AccountsView((), (), {}, {}, BooksEvidence())
    found = read_books(connection, db, min(months), max(months))
    classified = preview(connection, db, [each.books for each in found])
    newest: dict[str, ClassifiedLine] = {}
    amounts: dict[str, dict[Month, Decimal]] = {}
    for month, each in classified.items():
        for line in each.classified.lines:
            if line.kind is not LineKind.OWNER:
                newest[line.line.account] = line
                amounts.setdefault(line.line.account, {})[month] = line.line.amount
    every = tuple(each.books.month for each in found)
    guesses = suggestions([each.line for each in newest.values()], mappings_now(connection, db), every[-1])
    by_account = {each.mapping.account: each for each in guesses if each.mapping.account}
    accounts = [_account(line, amounts[key], every, by_account.get(key)) for key, line in newest.items()]
    accounts += _only_holding([each.line for each in newest.values()])
    return AccountsView(
        every,
        tuple(_in_order(accounts)),
        {section: totals for section in BooksSection if any(totals := _totals(section, found))},
        {each.mapping.section: each for each in guesses if each.mapping.section},
        found[-1].evidence,
    )


def preview_of_mapping(
    connection: Connection,
    db: Database,
    months: Collection[Month],
    new: Iterable[AccountMapping],
    removed: Collection[Subject] = (),
) -> list[MonthPreview]:
    """What months with books would come to with `new` mappings, and without those of `removed`."""
    if not months:
        return []
    wanted = with_changes(mappings_now(connection, db), new, removed)
    found = read_books(connection, db, min(months), max(months))
    shown = preview(connection, db, [each.books for each in found], wanted)
    return [
        MonthPreview(
            month,
            _values(connection, db, month, each.classified.values),
            len(each.classified.unmapped),
            tuple(fault.sentence for fault in each.faults),
        )
        for month, each in shown.items()
    ]


def _values(
    connection: Connection, db: Database, month: Month, then: Mapping[str, Decimal]
) -> tuple[ValuePreview, ...]:
    stored = read_values(connection, db, month)
    entered = manual(stored)
    rows = []
    for key in BOOKED:
        now = stored[key].value if key in stored else None
        if now is not None or key in then:
            rows.append(ValuePreview(key, now, now if key in entered else then.get(key), key in entered))
    return tuple(rows)


def _account(
    line: ClassifiedLine, amounts: Mapping[Month, Decimal], months: Sequence[Month], guess: Suggestion | None
) -> AccountOverMonths:
    own = line.line
    return AccountOverMonths(
        own.account,
        own.name,
        own.section,
        own.parents,
        tuple(amounts.get(month) for month in months),
        line.kind,
        line.metric,
        line.reason,
        guess,
    )


def _only_holding(lines: Sequence[AccountLine]) -> list[AccountOverMonths]:
    """The accounts that only hold others: they can be mapped with them."""
    own = {line.account for line in lines}
    found: dict[str, AccountOverMonths] = {}
    for line in lines:
        for depth, key in enumerate(line.parents):
            name = line.parent_names[depth] if depth < len(line.parent_names) else key
            if key not in own:
                holding = AccountOverMonths(
                    key, name, line.section, line.parents[:depth], (), None, None, None, None
                )
                found.setdefault(key, holding)
    return list(found.values())


def _in_order(accounts: Iterable[AccountOverMonths]) -> list[AccountOverMonths]:
    """By section, each below the one that it is in."""
    by_key = {each.account: each for each in accounts}
    sections = list(BooksSection)

    def place(each: AccountOverMonths) -> tuple[object, ...]:
        path = (*(by_key[key].name if key in by_key else key for key in each.parents), each.name)
        return sections.index(each.section), path, each.account

    return sorted(by_key.values(), key=place)


def _totals(section: BooksSection, found: Iterable[PublishedBooks]) -> tuple[Decimal | None, ...]:
    return tuple(each.books.totals.get(section) for each in found)
