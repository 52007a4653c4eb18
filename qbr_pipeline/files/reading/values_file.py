"""What a file of values says: which metric has which value in which month, cell by cell, and what it leaves open.

What belongs here: what long tables and wide grids have in common: labels, values, and two cells that speak of one
thing. What does not: where labels and months stand (`long_table`, `wide_grid`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from qbr_pipeline.files.reading.amounts import amount_at
from qbr_pipeline.files.reading.sheets import CellFault, Sheet
from qbr_pipeline.metrics.catalogue import METRICS, Metric, MetricKind
from qbr_pipeline.metrics.names import normalise_name
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumber, known_number
from qbr_pipeline.metrics.values import InvalidValueError, parse_value
from qbr_pipeline.periods import Month

_COUNTED = re.compile(r"^(#|no\.|number|count) ?(of )?")
_ABBREVIATION = re.compile(r" \([A-Z]+\)$")
_AROUND_SIGNS = re.compile(r"\s*([^\w\s])\s*")


@dataclass(frozen=True, slots=True)
class Label:
    """What a row is called, and under which heading; compared without case and surplus blanks."""

    section: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """What is compared."""
        return normalise_name(self.section), plain(self.text)

    def __str__(self) -> str:
        return f"{self.section} / {self.text}" if self.section else self.text


LabelMapping = Mapping[tuple[str, str], str | None]
"""What people said of labels, by `Label.key`: the key of a metric, or None for a row to leave out."""


@dataclass(frozen=True, slots=True)
class FileValue:
    """The value of a metric in a month, as a cell holds it."""

    month: Month
    metric: str
    value: Decimal
    cell: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownLabel:
    """A label that is no metric, beside numbers."""

    label: Label
    cell: str


@dataclass
class ValuesFile:
    """What was read. `computed`: labels of what is computed here from other values, whose numbers are not taken."""

    values: dict[tuple[Month, str], FileValue] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)
    unknown: list[UnknownLabel] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)

    def read(
        self, sheet: Sheet, place: tuple[int, int], month: Month, metric: Metric, note: str | None = None
    ) -> None:
        """Take the value of a metric from a cell, or why it cannot be; an empty one says nothing."""
        found = amount_at(sheet, *place)
        where = sheet.where(*place)
        if isinstance(found, CellFault):
            self.faults.append(found)
        elif found is not None and found.is_percentage:
            self.faults.append(
                CellFault(where, f"holds a percentage; {metric.label} is a number, not a share of one")
            )
        elif found is not None:
            self._keep(where, month, metric, found.value, note)

    def _keep(self, where: str, month: Month, metric: Metric, number: Decimal, note: str | None) -> None:
        try:
            value = parse_value(number, metric)
        except InvalidValueError as error:
            self.faults.append(CellFault(where, str(error)))
            return
        first = self.values.setdefault((month, metric.key), FileValue(month, metric.key, value, where, note))
        if first.value != value:
            sentence = f"{metric.label} of {month} is {value:,f} here and {first.value:,f} in {first.cell}"
            self.faults.append(CellFault(where, sentence))

    def add(self, other: ValuesFile) -> None:
        """Take what another sheet of the same file says as well."""
        for value in other.values.values():
            self._keep(value.cell, value.month, METRICS[value.metric], value.value, value.note)
        self.faults += other.faults
        self.unknown += other.unknown
        self.computed += other.computed


def plain(label: str) -> str:
    """The form in which labels are compared: without case, surplus blanks, and a colon or star behind."""
    return normalise_name(label).rstrip(":* ")


def is_computed(label: str) -> bool:
    """Whether a label names what is computed here: a SmartNumber, or a metric that follows from others."""
    found = _named(label)
    return found is not None and not (isinstance(found, Metric) and found.kind is not MetricKind.DERIVED)


def enterable(label: str) -> Metric | None:
    """The metric of that key or label whose value people can say; None for what is computed too."""
    found = _named(label)
    return found if isinstance(found, Metric) and found.kind is not MetricKind.DERIVED else None


def _named(label: str) -> Metric | SmartNumber | None:
    return known_number(plain(label)) or _by_spelling().get(_spelt(label))


_ALSO: Mapping[str, tuple[str, ...]] = {
    "agreements": ("Managed Services Agreements", "Managed Service Agreements")
}
"""What else people call a metric whose label is not how everybody would say it."""


@cache
def _by_spelling() -> dict[str, Metric | SmartNumber]:
    """By what people write of a label: without the abbreviation behind it, the key with blanks."""
    found: dict[str, Metric | SmartNumber] = {}
    known: list[Metric | SmartNumber] = [*METRICS.values(), *SMARTNUMBERS.values()]
    for each in known:
        named = (each.key.replace("_", " "), each.label, *_ALSO.get(each.key, ()))
        for name in (*named, _ABBREVIATION.sub("", each.label)):
            found.setdefault(_spelt(name), each)
    return found


def _spelt(label: str) -> str:
    """The form in which spellings are compared: without `# of` or `Number of`, and blanks around signs."""
    return _AROUND_SIGNS.sub(r"\1", _COUNTED.sub("", plain(label)))
