"""What the accounts of the books count as: which account is which metric, and what a month's lines come to.

What belongs here: the mapping that people make, the class that it gives each line, and the sums. What does not: reading
books (`vendors`, `files`), keeping the mapping (`store`), what is odd about either (`rules.books`), guesses from names
(`account_names`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from qbr_pipeline.metrics.books import BALANCES, AccountLine, BooksMonth, BooksSection, exact_sum
from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.values import quantize
from qbr_pipeline.periods import Month

PAYROLL = "payroll"
"""What an account counts as that holds the owner's pay too: employee expense, less what people enter of that."""

OWNERS_FIGURES = ("owner_comp", "owner_comp_taxes")
"""What is in such payroll and is none of the employees'; it comes from contracts, so that a person enters it."""

_PAID = "employee_expense"
_OF_A_MONTH = (
    *("nrr", "mrr", "orr", "product_sales", "misc_revenue"),
    *(_PAID, *OWNERS_FIGURES, "product_cogs", "other_expenses"),
)
_OF_BALANCES = MappingProxyType(
    {BooksSection.BANK: "cash_reserve", BooksSection.RECEIVABLES: "ar_over_90_days"}
)

TARGETS: Mapping[str, str] = MappingProxyType(
    {
        **{key: METRICS[key].label for key in _OF_A_MONTH},
        PAYROLL: "Payroll with the owner's pay in it",
        "cash_reserve": METRICS["cash_reserve"].label,
    }
)
"""What people may say that an account counts as, with its label."""

BOOKED = (*_OF_A_MONTH, *_OF_BALANCES.values())
"""The metrics that can be read from books."""


@dataclass(frozen=True, slots=True)
class AccountMapping:
    """What somebody said that an account counts as, or the accounts of a section that nothing else is said of.

    `counts_as`: a key of TARGETS; None: nothing, on purpose. Either `account` (its key) or `section` is given.
    `with_sub_accounts`: the accounts in it count so too, where nothing nearer is said of them. `negated`: it counts
    with the other sign. `since`: the first month that it holds for; None: all. `name`: of the account, when it was
    mapped.
    """

    counts_as: str | None
    account: str | None = None
    section: BooksSection | None = None
    with_sub_accounts: bool = True
    negated: bool = False
    since: Month | None = None
    name: str = ""
    by: str = ""

    @property
    def subject(self) -> tuple[str | None, BooksSection | None, Month | None]:
        """What there can be one mapping of."""
        return self.account, self.section, self.since


class InvalidMappingError(ValueError):
    """A mapping that cannot be kept, in a sentence for a person."""


def valid_mapping(mapping: AccountMapping) -> AccountMapping:
    """The mapping itself; InvalidMappingError for one that says nothing."""
    if (mapping.account is None) == (mapping.section is None):
        raise InvalidMappingError("a mapping is of one account, or of the rest of one section")
    if mapping.counts_as is not None and mapping.counts_as not in TARGETS:
        raise InvalidMappingError(
            f'an account cannot count as "{mapping.counts_as[:40]}"; expected one of {", ".join(TARGETS)}'
        )
    if mapping.section is not None and mapping.section in BALANCES:
        raise InvalidMappingError(
            f"the rest of {mapping.section} needs no mapping: choose accounts, or all of them count"
        )
    return mapping


class LineKind(StrEnum):
    """How it came that a line counts as it does."""

    MAPPED = "mapped"
    REST = "rest"
    OWNER = "owner"
    LEFT_ASIDE = "left aside"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class ClassifiedLine:
    """A line with the metric that it counts as, and for how much, in its sign; None and 0: as nothing."""

    line: AccountLine
    kind: LineKind
    metric: str | None
    counted: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class ClassifiedBooks:
    """The lines of a month, each classified, and what they come to.

    `values`: by metric, exact; a metric that nothing is mapped to has no value here, one whose accounts posted nothing
    has 0. `in_use`: the sections of which something counts.
    """

    month: Month
    lines: tuple[ClassifiedLine, ...]
    values: Mapping[str, Decimal]
    in_use: frozenset[BooksSection]

    @property
    def unmapped(self) -> tuple[ClassifiedLine, ...]:
        """The lines that nobody said anything of."""
        return tuple(each for each in self.lines if each.kind is LineKind.UNMAPPED)


@dataclass(frozen=True, slots=True)
class Chart:
    """The mappings that hold in one month, by what they are of."""

    accounts: Mapping[str, AccountMapping]
    sections: Mapping[BooksSection, AccountMapping]

    @classmethod
    def of(cls, mappings: Iterable[AccountMapping], month: Month) -> Chart:
        """Those of `mappings` that hold in `month`: of several for one account, the one that began last."""
        accounts: dict[str, AccountMapping] = {}
        sections: dict[BooksSection, AccountMapping] = {}
        for each in sorted(mappings, key=lambda each: str(each.since or "")):
            if each.since is not None and each.since > month:
                continue
            if each.account is not None:
                accounts[each.account] = each
            elif each.section is not None:
                sections[each.section] = each
        return cls(accounts, sections)

    @property
    def targets(self) -> set[str]:
        """What anything counts as."""
        every = (*self.accounts.values(), *self.sections.values())
        return {each.counts_as for each in every if each.counts_as is not None}

    def find(self, line: AccountLine) -> tuple[LineKind, AccountMapping | None]:
        """What holds for a line: its own mapping, else that of the nearest account around it, else its section's."""
        own = self.accounts.get(line.account)
        around = (self.accounts.get(each) for each in reversed(line.parents))
        mapping = own or next((each for each in around if each and each.with_sub_accounts), None)
        if mapping is not None and _suits(mapping, line):
            return LineKind.LEFT_ASIDE if mapping.counts_as is None else LineKind.MAPPED, mapping
        rest = self.sections.get(line.section)
        if rest is not None:
            return LineKind.LEFT_ASIDE if rest.counts_as is None else LineKind.REST, rest
        if line.section in BALANCES:
            return self._balance(line)
        return LineKind.UNMAPPED, None

    def _balance(self, line: AccountLine) -> tuple[LineKind, AccountMapping | None]:
        """All bank accounts count until somebody chooses some of them; all customers do."""
        metric = _OF_BALANCES[line.section]
        if metric in self.targets:
            return LineKind.LEFT_ASIDE, None
        return LineKind.REST, AccountMapping(metric, section=line.section)


def _suits(mapping: AccountMapping, line: AccountLine) -> bool:
    """Whether a balance counts as one, and what was posted as what is posted; an account may change its kind."""
    of_balance = _OF_BALANCES.get(line.section)
    if mapping.counts_as is None or of_balance is not None:
        return mapping.counts_as in (None, of_balance)
    return mapping.counts_as not in _OF_BALANCES.values()


def classify(
    books: BooksMonth, mappings: Iterable[AccountMapping], owner: Mapping[str, Decimal] | None = None
) -> ClassifiedBooks:
    """Every line of a month with what it counts as. `owner`: what people entered of OWNERS_FIGURES for the month.

    Lines of nothing are left out, and a withdrawn month gives nothing. Where payroll holds the owner's pay, its parts
    that people entered come as lines of their own, so that the lines of a metric always come to its value; without them
    that value is absent.
    """
    if books.withdrawn:
        return ClassifiedBooks(books.month, (), MappingProxyType({}), frozenset())
    chart = Chart.of(mappings, books.month)
    lines = [_classified(line, *chart.find(line)) for line in books.lines if line.amount]
    targets = chart.targets
    missing: set[str] = set()
    if PAYROLL in targets:
        entered = {key: (owner or {}).get(key) for key in OWNERS_FIGURES if key not in targets}
        missing = {key for key, value in entered.items() if value is None}
        lines += [_owners(key, value) for key, value in entered.items() if value]
    keys = _metrics(targets, books.totals)
    if missing:
        keys.discard(_PAID)
        lines = [_without_owner(each, missing) if each.metric == _PAID else each for each in lines]
    values = {
        key: quantize(exact_sum(each.counted for each in lines if each.metric == key), METRICS[key].unit)
        for key in METRICS
        if key in keys
    }
    return ClassifiedBooks(books.month, tuple(lines), MappingProxyType(values), _in_use(lines, chart))


def _metrics(targets: Collection[str], totals: Collection[BooksSection]) -> set[str]:
    """The metrics that the books give: what is mapped, and the balances that were read."""
    keys = {_PAID if key == PAYROLL else key for key in targets} - set(_OF_BALANCES.values())
    return keys | {metric for section, metric in _OF_BALANCES.items() if section in totals}


def _in_use(lines: Iterable[ClassifiedLine], chart: Chart) -> frozenset[BooksSection]:
    counting = {each.line.section for each in lines if each.kind in (LineKind.MAPPED, LineKind.REST)}
    return frozenset(counting | {section for section, each in chart.sections.items() if each.counts_as})


def _classified(line: AccountLine, kind: LineKind, mapping: AccountMapping | None) -> ClassifiedLine:
    if mapping is None or mapping.counts_as is None:
        return ClassifiedLine(line, kind, None, Decimal(0), _reason(line, kind, mapping))
    metric = _PAID if mapping.counts_as == PAYROLL else mapping.counts_as
    counted = -line.amount if mapping.negated else line.amount
    return ClassifiedLine(line, kind, metric, counted, _reason(line, kind, mapping))


def _reason(line: AccountLine, kind: LineKind, mapping: AccountMapping | None) -> str:
    by = f" by {mapping.by}" if mapping and mapping.by else ""
    if kind is LineKind.UNMAPPED:
        return "nobody has mapped it"
    if kind is LineKind.LEFT_ASIDE:
        return f"left aside{by}" if mapping else "not one of the chosen accounts"
    if mapping is not None and mapping.section is not None:
        return f"the rest of {mapping.section}{by}"
    through = (
        ""
        if mapping is None or mapping.account == line.account
        else f" with {mapping.name or mapping.account}"
    )
    payroll = "payroll, the owner's in it, " if mapping and mapping.counts_as == PAYROLL else ""
    sign = ", with the other sign" if mapping and mapping.negated else ""
    return f"{payroll}mapped{through}{by}{sign}"


def _owners(key: str, value: Decimal) -> ClassifiedLine:
    """A part of payroll that is the owner's, as a line that takes it off."""
    line = AccountLine(f"entered:{key}", METRICS[key].label, BooksSection.EXPENSES, -value)
    return ClassifiedLine(
        line, LineKind.OWNER, _PAID, -value, "entered by hand: part of payroll, the owner's"
    )


def _without_owner(line: ClassifiedLine, missing: Collection[str]) -> ClassifiedLine:
    """Payroll while nobody knows how much of it is the owner's: it counts as nothing yet."""
    waiting = " and ".join(METRICS[key].label for key in METRICS if key in missing)
    reason = f"{line.reason}; {waiting} of the month still to be entered"
    return replace(line, metric=None, counted=Decimal(0), reason=reason)
