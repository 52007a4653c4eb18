"""Why a number is absent: a code for programs, what is missing, and a sentence for people.

What belongs here: the shape and its words. What does not: finding out (`rollup` for metrics, `smartnumbers`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.words import labels, period_name
from qbr_pipeline.periods import Month


class AbsenceCode(StrEnum):
    """What kept a number from being there."""

    NOT_COLLECTED = "not_collected"
    NOT_ENTERED = "not_entered"
    MISSING_INPUTS = "missing_inputs"
    ZERO_DIVISOR = "zero_divisor"
    OUT_OF_RANGE = "out_of_range"


_SENTENCES = {
    AbsenceCode.NOT_COLLECTED: "It has not been collected.",
    AbsenceCode.NOT_ENTERED: "Nobody has entered it.",
    AbsenceCode.ZERO_DIVISOR: "It cannot be computed: the divisor is zero.",
    AbsenceCode.OUT_OF_RANGE: "What was computed is too large to be kept.",
}


@dataclass(frozen=True, slots=True)
class MissingInputs:
    """The keys of the metrics that a month lacks; at least one."""

    period: Month
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a number is absent. `missing`: what each of its months lacks, oldest first, where inputs are missing."""

    code: AbsenceCode
    missing: tuple[MissingInputs, ...] = ()

    @property
    def sentence(self) -> str:
        """The reason as a person reads it."""
        if self.code in _SENTENCES:
            return _SENTENCES[self.code]
        lacking = "; ".join(f"{period_name(each.period)} lacks {labels(each.names)}" for each in self.missing)
        return f"It cannot be computed: {lacking}."


def missing_inputs(needed: Collection[str], months: Iterable[MonthFacts]) -> Absence:
    """The absence of what needs those metrics, from months each of which lacks one of them."""
    lacking: Sequence[tuple[Month, tuple[str, ...]]] = [
        (each.month, tuple(key for key in needed if key not in each.values)) for each in months
    ]
    return Absence(
        AbsenceCode.MISSING_INPUTS, tuple(MissingInputs(month, names) for month, names in lacking if names)
    )
