"""Rows of the table of rules: those about books and what their accounts count as.

What belongs here: their words. What does not: the table that everything reads (`table`), finding anything (`books`).
"""

from __future__ import annotations

from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.definition import RuleDefinition, ValueUnit

_WARN, _ERROR = Severity

OF_BOOKS = (
    RuleDefinition(
        Rule.BOOKS_UNBALANCED,
        "the accounts of a section must come to the total that the books print, to the cent",
        _ERROR,
        ValueUnit.DOLLARS,
        checks={
            "accounts_come_to_the_totals": "The accounts of every section come to its total, to the cent."
        },
    ),
    RuleDefinition(
        Rule.ACCOUNTS_UNCOUNTED,
        "where a part of income, cost of goods sold or expenses counts, all of it must, or be left aside by a person",
        _ERROR,
        ValueUnit.DOLLARS,
        checks={
            "sections_count_whole": "Mapped accounts, the rest and what is left aside come to the total of the section."
        },
    ),
    RuleDefinition(
        Rule.OTHER_CURRENCY,
        "books must be in the currency of those that are published",
        _ERROR,
        checks={"currency_is_the_same": "The books are in the currency of those that are published."},
    ),
    RuleDefinition(
        Rule.ACCOUNT_UNMAPPED,
        "every account with an amount should count as something, or be left aside by a person",
        _WARN,
        ValueUnit.DOLLARS,
        checks={
            "accounts_are_mapped": "Every account with an amount counts as something, or was left aside."
        },
        other_label="Unmapped account",
    ),
    RuleDefinition(
        Rule.ACCOUNT_NEW,
        "an account that no earlier month has counts with the rest until somebody says otherwise",
        _WARN,
        ValueUnit.DOLLARS,
        checks={
            "accounts_are_known": "Every account that counts with the rest is one that earlier months have too."
        },
        other_label="New account",
    ),
    RuleDefinition(
        Rule.ACCOUNT_VANISHED,
        "an account that is mapped should be in the books of some month",
        _WARN,
        checks={"mapped_accounts_exist": "Every account that somebody mapped is in the books of some month."},
        every_month=True,
        other_label="Vanished account",
    ),
    RuleDefinition(
        Rule.BASIS_CHANGED,
        "the books of two months in a row should be kept on the same basis, cash or accrual",
        _WARN,
        checks={"basis_is_the_same": "The books are on the basis of those of the month before."},
    ),
    RuleDefinition(
        Rule.CONSENT_ENDS,
        "the consent to read the books should not be about to end",
        _WARN,
        limits=(limits.CONSENT_NOT_RENEWED, limits.CONSENT_ENDS),
        checks={
            "consent_holds": f"The consent to read the books holds for {limits.CONSENT_NOT_RENEWED} without being "
            f"renewed, and for {limits.CONSENT_ENDS} before a person has to consent again."
        },
    ),
)
