"""What an account probably counts as, guessed from its name. A guess is shown to a person and never applied by itself.

What belongs here: the words. What does not: what an account counts as (`accounts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qbr_pipeline.metrics.accounts import PAYROLL, AccountMapping, Chart, LineKind
from qbr_pipeline.metrics.books import AccountLine, BooksSection
from qbr_pipeline.periods import Month

_REVENUE = (
    (
        "nrr",
        r"non.?recurring|project|hourly|\blabou?r\b|time (and|&) materials?|\bT\s?&\s?M\b|break.?fix|consult|onsite",
    ),
    (
        "orr",
        r"hosting|hosted|\bsaas\b|cloud|commission|licen[cs]|subscription|microsoft|office 365|backup|voip|domain",
    ),
    ("mrr", r"managed|recurring|\bMRR\b|agreement|contract|monthly|support plan|retainer"),
    ("product_sales", r"hardware|product|equipment|resale|merchandise|software"),
    ("misc_revenue", r"misc|late fee|finance charge|shipping|other income|interest"),
)
_PAY = (
    ("owner_comp_taxes", r"\b(owner|officer|shareholder|partner)s?\b.*tax|estimated tax|\bQTR\b.*tax"),
    ("owner_comp", r"\b(owner|officer|shareholder)s?\b|guaranteed payments?"),
    (PAYROLL, r"payroll"),
    (
        "employee_expense",
        r"wages?\b|salar|employee|staff|benefits?\b|health insurance|401|bonus|workers.? comp|\bpension",
    ),
)
_WORDS = {
    BooksSection.INCOME: _REVENUE,
    BooksSection.COGS: _PAY,
    BooksSection.EXPENSES: _PAY,
}
_RESTS = {
    BooksSection.INCOME: "product_sales",
    BooksSection.COGS: "product_cogs",
    BooksSection.EXPENSES: "other_expenses",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping that nobody has made, and the word of the name, or the habit, that suggests it."""

    mapping: AccountMapping
    because: str


def suggestions(
    lines: Iterable[AccountLine], mappings: Iterable[AccountMapping], month: Month
) -> list[Suggestion]:
    """What might be said of `lines` and their sections, where `mappings` say nothing of them in `month`."""
    chart = Chart.of(mappings, month)
    found: dict[str, Suggestion] = {}
    sections = set()
    for line in lines:
        sections.add(line.section)
        if line.account in found or chart.find(line)[0] not in (LineKind.UNMAPPED, LineKind.REST):
            continue
        guess = _guess(line)
        if guess is not None:
            counts_as, word = guess
            mapping = AccountMapping(counts_as, account=line.account, name=line.name)
            found[line.account] = Suggestion(mapping, f'its name holds "{word}"')
    rests = [
        Suggestion(AccountMapping(counts_as, section=section), "most firms count it so")
        for section, counts_as in _RESTS.items()
        if section in sections and section not in chart.sections
    ]
    return [*found.values(), *rests]


def _guess(line: AccountLine) -> tuple[str, str] | None:
    """What the name of the account speaks for, else that of the nearest account around it, and the word that does."""
    for name in (line.name, *reversed(line.parent_names)):
        for counts_as, words in _WORDS.get(line.section, ()):
            match = re.search(words, name, re.IGNORECASE)
            if match:
                return counts_as, match.group()
    return None
