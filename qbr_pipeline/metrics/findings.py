"""A finding: one sentence about a number that a person should look at, and what a program needs to act on it.

What belongs here: the shape and the vocabulary. What is known of each rule, and what finds something: `rules`;
`thresholds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from qbr_pipeline.periods import Period


class Severity(StrEnum):
    """ERROR blocks: nothing of that month and vendor is published. WARN publishes and flags."""

    WARN = "warn"
    ERROR = "error"


class Rule(StrEnum):
    """The rules of validation."""

    INVALID_VALUE = "invalid_value"
    COUNT_MISMATCH = "count_mismatch"
    OUTSIDE_WINDOW = "outside_window"
    ROWS_LEFT_OUT = "rows_left_out"
    TICKETS_UNREADABLE = "tickets_unreadable"
    TICKETS_NOT_FOUND = "tickets_not_found"
    ROWS_LOST = "rows_lost"
    UNKNOWN_BOARD = "unknown_board"
    CLOSED_STATUS = "closed_status"
    ZERO = "zero"
    IMPLAUSIBLE = "implausible"
    CHANGE = "change"
    UNUSUAL = "unusual"
    RESTATED = "restated"
    SNAPSHOT = "snapshot"
    EXCLUDED_ORGANIZATION = "excluded_organization"
    NODE_CLASS = "node_class"
    CLASS_NOT_COUNTED = "class_not_counted"
    DUPLICATE_DEVICES = "duplicate_devices"
    UNSEEN_DEVICES = "unseen_devices"
    SOURCES_DIFFER = "sources_differ"
    BOOKS_UNBALANCED = "books_unbalanced"
    ACCOUNTS_UNCOUNTED = "accounts_uncounted"
    OTHER_CURRENCY = "other_currency"
    ACCOUNT_UNMAPPED = "account_unmapped"
    ACCOUNT_NEW = "account_new"
    ACCOUNT_VANISHED = "account_vanished"
    BASIS_CHANGED = "basis_changed"
    CONSENT_ENDS = "consent_ends"
    MANUAL_DIFFERS = "manual_differs"
    PARTS_DIFFER = "parts_differ"
    THRESHOLD = "threshold"
    ABSENT = "absent"
    NOT_COUNTED = "not_counted"
    FOREIGN_ROW = "foreign_row"
    FUTURE_PUBLICATION = "future_publication"


class ThresholdType(StrEnum):
    """How bad it is to reach a threshold."""

    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    `subject` is the key of a metric or SmartNumber, or the name of a source or setting. `expected` says what
    would have been right; `sentence` is for a business owner; `moves` holds the keys of the SmartNumbers
    concerned; `threshold_type` says which threshold is reached, None for any other rule; `listed` names what it is
    about, for rules that find several things at once: with others it is another finding to people.
    """

    rule: Rule
    severity: Severity
    subject: str
    period: Period
    value: Decimal | None
    expected: str
    sentence: str
    moves: tuple[str, ...] = ()
    threshold_type: ThresholdType | None = None
    listed: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether it keeps its month and vendor from being published."""
        return self.severity is Severity.ERROR
