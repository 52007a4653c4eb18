"""What is known of a rule: the shape of a row of RULES, and its vocabulary.

What belongs here: the shapes. What does not: the rows (`table`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules.limits import Limit


class Watch(StrEnum):
    """What is watched from night to night: it becomes an alert, never a finding of a month."""

    SILENT_SOURCE = "silent_source"
    MISSING_NIGHT = "missing_night"


class ValueUnit(StrEnum):
    """What the value of a finding is counted in."""

    METRIC = "unit of the metric"
    ROWS = "rows"
    DEVICES = "devices"
    TICKETS = "tickets"
    DOLLARS = "dollars"


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    """An asset check by its name, with what it expects, in a sentence, and the rule that it applies."""

    name: str
    description: str
    rule: Rule
    blocking: bool


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """What is known of a rule.

    `meaning`: what it looks for, as the end of a sentence. `unit`: of the values of its findings; None: they have none.
    `checks`: the checks that apply it, by their names, with what each expects. `every_month`: it finds a fact about a
    source or a setting, which is one finding that lists its months. `point`: it says of a single value that it stands
    out; an expected one is left out of later baselines. `other_label`: where its name is not what people read.
    """

    name: Rule | Watch
    meaning: str
    severity: Severity
    unit: ValueUnit | None = None
    limits: tuple[Limit, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    every_month: bool = False
    point: bool = False
    other_label: str = ""

    @property
    def label(self) -> str:
        """Its name as people read it."""
        return self.other_label or self.name.replace("_", " ").capitalize()

    @property
    def description(self) -> str:
        """What it means, as a sentence."""
        return f"{self.meaning[0].upper()}{self.meaning[1:]}."

    @property
    def blocking(self) -> bool:
        """Whether what it finds keeps its month and vendor from being published."""
        return self.severity is Severity.ERROR and bool(self.checks)
