"""What an answer of ConnectWise, a snapshot of devices, or a report of books looked like, beside its staged rows.

What belongs here: the shapes, and their way into and out of the facts of a stage. What does not: what is odd about them
(`metrics.rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from qbr_pipeline.metrics.books import Basis, BooksSection
from qbr_pipeline.metrics.rules.answers import LeftOut
from qbr_pipeline.metrics.rules.snapshots import DuplicateDevices, OtherSource, SuspectSnapshot
from qbr_pipeline.settings.devices import DeviceRule

_NAME = "answer"


@dataclass(frozen=True, slots=True)
class OutsideWindow:
    """How many of the `fetched` rows of the answer called `what` lie outside the window that was asked for."""

    what: str
    outside: int
    fetched: int


@dataclass(frozen=True, slots=True)
class StatusMismatch:
    """Tickets closed in the month in a status that ConnectWise flags as closed (`flagged`) and the settings do not.

    Or, not `flagged`, the other way round.
    """

    board: str
    status: str
    flagged: bool
    tickets: int


@dataclass(frozen=True, slots=True)
class AnswerEvidence:
    """What is worth checking about a fetch. `tickets`: how many its rows point to, `not_found` of them nowhere.

    `left_out`: how many rows do not count as they should, by why.
    """

    outside: tuple[OutsideWindow, ...] = ()
    mismatches: tuple[StatusMismatch, ...] = ()
    tickets: int = 0
    not_found: int = 0
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)

    def to_facts(self) -> Mapping[str, Any]:
        """As facts of a stage: plain JSON."""
        return {_NAME: _ADAPTER.dump_python(self, mode="json")}

    @staticmethod
    def from_facts(facts: Mapping[str, Any]) -> AnswerEvidence:
        """Back from the facts of a stage; of one that has none, nothing is odd."""
        return _ADAPTER.validate_python(facts.get(_NAME, {}))


_ADAPTER = TypeAdapter(AnswerEvidence)


@dataclass(frozen=True, slots=True)
class DevicesEvidence:
    """What is worth checking about the snapshot of a month. `chosen`: its day; None when the month has none.

    `suspects`: snapshots that look half done, oldest first. `unknown` and `uncounted`: devices by their node class.
    `unseen`: how many of the `counting` devices had no contact for long. `existed`: how many of the endpoints of today
    were there by the end of a month without a snapshot. `other`: what the source says that does not count.
    `rule`: by which they are counted; what was kept before there was a table of node classes names none.
    """

    chosen: date | None = None
    devices: int = 0
    suspects: tuple[SuspectSnapshot, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    uncounted: Mapping[str, int] = field(default_factory=dict)
    node_class_fallback: bool = False
    organizations: tuple[str, ...] = ()
    organizations_not_found: tuple[str, ...] = ()
    duplicates: tuple[DuplicateDevices, ...] = ()
    counting: int = 0
    unseen: int = 0
    existed: int | None = None
    other: OtherSource | None = None
    rule: DeviceRule = field(default_factory=lambda: DeviceRule(before_the_table=True))

    def to_facts(self) -> Mapping[str, Any]:
        """As the facts of a stage: plain JSON."""
        facts: Mapping[str, Any] = _DEVICES.dump_python(self, mode="json")
        return facts

    @staticmethod
    def from_facts(facts: Mapping[str, Any]) -> DevicesEvidence:
        """Back from the facts of a stage."""
        return _DEVICES.validate_python(facts)


def rule_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """That devices are counted by another rule than before, from the facts of both; None where it is the same."""
    old, new = DevicesEvidence.from_facts(before).rule, DevicesEvidence.from_facts(after).rule
    return None if old == new else f"devices are counted {new}; before: {old}"


_DEVICES = TypeAdapter(DevicesEvidence)


@dataclass(frozen=True, slots=True)
class BooksEvidence:
    """The books that a month was read from. `totals`: as their report prints them; None elsewhere: they do not say.

    `read_from`: what was read, as people know it: `QuickBooks Online`, the name of a file. `withdrawn`: taken back.
    """

    company: str | None = None
    basis: Basis | None = None
    currency: str | None = None
    totals: Mapping[BooksSection, Decimal] = field(default_factory=dict)
    complete: bool = True
    read_from: str = ""
    withdrawn: bool = False

    def to_facts(self) -> Mapping[str, Any]:
        """As the facts of a stage: plain JSON."""
        facts: Mapping[str, Any] = _BOOKS.dump_python(self, mode="json")
        return facts

    @staticmethod
    def from_facts(facts: Mapping[str, Any]) -> BooksEvidence:
        """Back from the facts of a stage; of one that has none, nothing is known."""
        return _BOOKS.validate_python(facts)

    def in_words(self) -> str:
        """What was read: `QuickBooks Online, books of Example MSP on accrual basis in USD`."""
        books = " ".join(
            (
                f"books of {self.company}" if self.company else "books",
                f"on {self.basis} basis" if self.basis else "on a basis that they do not say",
                f"in {self.currency}" if self.currency else "",
            )
        ).strip()
        return f"{self.read_from}, {books}" if self.read_from else books

    def difference(self, before: BooksEvidence) -> str | None:
        """That they are kept on another basis than those of before; None where that is the same, or not known."""
        if not self.basis or not before.basis or self.basis is before.basis:
            return None
        return f"the books are read on {self.basis} basis; before: {before.basis}"


_BOOKS = TypeAdapter(BooksEvidence)
