"""The made-up firm's books: accounts, what each posted in a month as of a day, bank balances and old debts.

What belongs here: invention, as a pure function of month, day and seed. It agrees with the demo's other inputs
(`demo.inputs`). What does not: how reports look (`reports`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from qbr_pipeline.demo.inputs import FIRST_MONTH, demo_inputs
from qbr_pipeline.periods import Month

INCOME, COGS, EXPENSES, OTHER_INCOME, OTHER_EXPENSES = (
    "Income",
    "COGS",
    "Expenses",
    "OtherIncome",
    "OtherExpenses",
)
CENT = Decimal("0.01")
_LATE_ENTRY = Decimal("412.50")
_LATE_ACCOUNT = "12"
_LATE_AFTER = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a section; `parent` is the id of the one that it is in."""

    id: str
    name: str
    section: str
    parent: str | None = None


ACCOUNTS = (
    Account("10", "Managed Services", INCOME),
    Account("11", "Agreements", INCOME, "10"),
    Account("12", "Project Labor", INCOME),
    Account("13", "Cloud & Hosting", INCOME),
    Account("14", "Hosting", INCOME, "13"),
    Account("15", "SaaS Licenses", INCOME, "13"),
    Account("16", "Commissions", INCOME, "13"),
    Account("17", "Product Sales", INCOME),
    Account("18", "Miscellaneous Revenue", INCOME),
    Account("20", "Cost of Goods Sold", COGS),
    Account("21", "Hardware Purchases", COGS, "20"),
    Account("22", "Software Purchases", COGS, "20"),
    Account("30", "Payroll Expenses", EXPENSES),
    Account("31", "Wages", EXPENSES, "30"),
    Account("32", "Owner Compensation", EXPENSES),
    Account("33", "Payroll Taxes", EXPENSES, "30"),
    Account("34", "Owner Estimated Taxes", EXPENSES),
    Account("40", "Rent", EXPENSES),
    Account("41", "Insurance", EXPENSES),
    Account("42", "Marketing", EXPENSES),
    Account("43", "Software & Tools", EXPENSES),
    Account("44", "Vehicles", EXPENSES),
    Account("60", "Interest Earned", OTHER_INCOME),
    Account("61", "Penalties", OTHER_EXPENSES),
)

COUNTS_AS: Mapping[str, str] = {
    "10": "mrr",
    "12": "nrr",
    "13": "orr",
    "18": "misc_revenue",
    "30": "employee_expense",
    "32": "owner_comp",
    "34": "owner_comp_taxes",
}
"""What the firm's people say that accounts count as, with those in them: metrics by account."""

RESTS_COUNT_AS: Mapping[str, str] = {
    INCOME: "product_sales",
    COGS: "product_cogs",
    EXPENSES: "other_expenses",
}
"""The same of all that is left of a section."""

_SHARES: Mapping[str, Sequence[tuple[str, int]]] = {
    # of a metric: accounts and their parts of a hundred; the last one takes the rest
    "mrr": (("10", 4), ("11", 96)),
    "nrr": ((_LATE_ACCOUNT, 100),),
    "orr": (("14", 55), ("15", 35), ("16", 10)),
    "product_sales": (("17", 100),),
    "misc_revenue": (("18", 100),),
    "product_cogs": (("20", 3), ("21", 62), ("22", 35)),
    "employee_expense": (("30", 2), ("33", 8), ("31", 90)),
    "owner_comp": (("32", 100),),
    "owner_comp_taxes": (("34", 100),),
    "other_expenses": (("44", 5), ("41", 9), ("42", 12), ("43", 34), ("40", 40)),
}
_EACH_QUARTER = frozenset({"16", "41"})
"""Accounts that post in the last month of a quarter only: others take their part until then."""

Postings = Mapping[str, Decimal]
"""What each account posted, by its id; one without postings is left out."""


@dataclass
class Books:
    """The books of a made-up firm; a test may change the fields. Amounts are in `currency`.

    `renamed`: names that accounts have instead of their first ones. `deleted`: accounts that are gone, postings too.
    `moved`: the sections of accounts that were moved. `late`: entries that somebody makes in a month that is over, by
    month and account. `unposted`: whole months without anything.
    """

    seed: int = 1
    company: str = "Demo MSP (made-up data)"
    currency: str = "USD"
    renamed: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    added: list[Account] = field(default_factory=list)
    late: dict[tuple[Month, str], Decimal] = field(default_factory=dict)
    unposted: set[Month] = field(default_factory=set)

    def accounts(self) -> Sequence[Account]:
        """Every account that there is, a parent before those in it."""
        return [
            Account(
                each.id,
                self.renamed.get(each.id, each.name),
                self.moved.get(each.id, each.section),
                None if each.id in self.moved else each.parent,
            )
            for each in (*ACCOUNTS, *self.added)
            if each.id not in self.deleted
        ]

    def postings(self, month: Month, today: date, *, cash: bool = False) -> Postings:
        """What each account posted in a month, as the books stand at the end of `today`.

        A month in progress grows day by day. On the 10th of the next month somebody enters a piece of labor into
        the month before. On cash basis a part of it counts in the month after.
        """
        if month in self.unposted or month < FIRST_MONTH or month.first_day > today:
            return {}
        found = self._accrued(month, today)
        if cash:
            found = _shifted(found, self._accrued(month.previous, today) if month > FIRST_MONTH else {})
        for (late_month, account), entry in self.late.items():
            if late_month == month:
                found[account] = found.get(account, Decimal()) + entry
        return {account: posted for account, posted in found.items() if account not in self.deleted}

    def postings_between(self, first: date, last: date, today: date, *, cash: bool = False) -> Postings:
        """What each account posted from `first` to `last`, which may cut the last month short."""
        found: dict[str, Decimal] = {}
        for month in Month.span(Month(first.year, first.month), Month(last.year, last.month)):
            day = today if month.last_day <= last else min(today, last)
            for account, posted in self.postings(month, day, cash=cash).items():
                found[account] = found.get(account, Decimal()) + posted
        return found

    def bank(self, day: date) -> Postings:
        """The balances of the accounts at the bank at the end of `day`: checking, its reserve, and savings."""
        held = self._input(day, "cash_reserve")
        savings = (held * 2 / 5).quantize(CENT)
        reserve = (held / 10).quantize(CENT)
        return {"70": held - savings - reserve, "71": reserve, "72": savings}

    def over_90(self, day: date) -> Decimal:
        """What customers have owed for more than 90 days at the end of `day`."""
        return self._input(day, "ar_over_90_days")

    def _input(self, day: date, metric: str) -> Decimal:
        month = max(Month(day.year, day.month), FIRST_MONTH)
        return demo_inputs(month, self.seed)[metric]

    def _accrued(self, month: Month, today: date) -> dict[str, Decimal]:
        inputs = demo_inputs(month, self.seed)
        found: dict[str, Decimal] = {}
        for metric, shares in _SHARES.items():
            found |= _shared(inputs[metric], shares, ends_quarter=month.month % 3 == 0)
        if month.month % 3 == 0:
            found["60"] = Decimal("31.40")
        if today < month.last_day + _LATE_AFTER + timedelta(days=1):
            found[_LATE_ACCOUNT] -= _LATE_ENTRY
        if today < month.last_day:
            days = month.last_day.day
            found = {key: (posted * today.day / days).quantize(CENT) for key, posted in found.items()}
        return found


def _shared(amount: Decimal, shares: Sequence[tuple[str, int]], *, ends_quarter: bool) -> dict[str, Decimal]:
    *others, (last, _) = shares
    found = {
        account: (amount * part / 100).quantize(CENT)
        for account, part in others
        if ends_quarter or account not in _EACH_QUARTER
    }
    if last in _EACH_QUARTER and not ends_quarter:
        last = others[-1][0]
        found.pop(last)
    found[last] = amount - sum(found.values(), Decimal())
    return found


def _shifted(now: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The same on cash basis: a fifth of what labor earns is paid in the month after."""
    found = dict(now)
    waits = (now.get(_LATE_ACCOUNT, Decimal()) / 5).quantize(CENT)
    paid = (before.get(_LATE_ACCOUNT, Decimal()) / 5).quantize(CENT)
    found[_LATE_ACCOUNT] = now.get(_LATE_ACCOUNT, Decimal()) - waits + paid
    return found
