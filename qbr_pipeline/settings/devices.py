"""How devices are counted: the shapes that the settings make, and their parsers.

What belongs here: what a firm says about node classes and months. What does not: what a device counts as by default,
and why (the vendors' packages).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qbr_pipeline.settings.texts import printable

CLASSES, MONTH, SOURCE = "QBR_DEVICE_CLASSES", "QBR_DEVICE_MONTH", "QBR_DEVICE_SOURCE"


class CountsAs(StrEnum):
    """What a device of a node class counts as; a seat is an endpoint too."""

    SEAT = "seat"
    ENDPOINT = "endpoint"
    NONE = "none"


class DeviceMonth(StrEnum):
    """The month whose latest snapshot a month is counted from: itself, or the one before it."""

    SAME = "same"
    PREVIOUS = "previous"


class DeviceSource(StrEnum):
    """Where devices are read: NinjaOne's own API, or an inventory database."""

    NINJA = "ninja"
    INVENTORY = "inventory"


DEVICE_SOURCES: Mapping[DeviceSource, str] = {
    DeviceSource.NINJA: "NinjaOne's API",
    DeviceSource.INVENTORY: "the inventory",
}
"""How sentences call each source."""


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """The rule by which devices are counted: node classes over the table of defaults, in capitals, and the month.

    `before_the_table`: it is of a publication from before there was a table: everything that was no workstation, server
    or virtual machine was an endpoint.
    """

    classes: Mapping[str, CountsAs] = field(default_factory=dict)
    month: DeviceMonth = DeviceMonth.SAME
    before_the_table: bool = False

    def __str__(self) -> str:
        """The rule as a person reads it, in words that can stand in the middle of a sentence."""
        table = "by the former rule" if self.before_the_table else "by the table of node classes"
        if self.classes:
            others = ", ".join(f"{name} as {what}" for name, what in sorted(self.classes.items()))
            table += f" and {CLASSES} ({others})"
        which = "month before it" if self.month is DeviceMonth.PREVIOUS else "same month"
        return f"{table}, from the latest snapshot of the {which}"


def device_classes(text: str) -> Mapping[str, CountsAs]:
    """A JSON object from the name of a node class to what it counts as, in any case."""
    try:
        given = json.loads(text)
    except RecursionError as error:
        raise ValueError("not a JSON object") from error
    if not isinstance(given, dict) or not all(name.strip() for name in given):
        raise ValueError("not a JSON object")
    return {printable(name).strip().upper(): _counts_as(what) for name, what in given.items()}


def _counts_as(what: object) -> CountsAs:
    if not isinstance(what, str):
        raise ValueError("not what a class counts as")  # noqa: TRY004 - settings raise ValueError
    return CountsAs(what.strip().lower())


def device_month(text: str) -> DeviceMonth:
    """`same` or `previous`, in any case."""
    return DeviceMonth(text.strip().lower())


def device_source(text: str) -> DeviceSource:
    """`ninja` or `inventory`, in any case."""
    return DeviceSource(text.strip().lower())
