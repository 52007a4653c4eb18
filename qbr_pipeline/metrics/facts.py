"""What is known of one month: the values that SmartNumbers, roll-up and validation start from.

What belongs here: the shape. Values come from the store; this package computes with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from qbr_pipeline.periods import Month


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """The metrics of one month by key: collected, entered and derived. What is absent has no key.

    `is_over`: the month's end has passed in the business time zone; until then it is in progress. `remarks`: by metric,
    how it was counted, where that is not as usual.
    """

    month: Month
    values: Mapping[str, Decimal]
    is_over: bool
    remarks: Mapping[str, str] = field(default_factory=dict)
