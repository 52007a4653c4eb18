"""What a review is made of: checks, which are rules under a name, over facts that are gathered once.

What belongs here: the shapes. A rule that crashes lets its review crash: bad code must not look like bad data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection

from qbr_pipeline.metrics.findings import Finding
from qbr_pipeline.metrics.rules.table import CHECKS
from qbr_pipeline.periods import Month, Period, Quarter
from qbr_pipeline.settings import ReviewSettings
from qbr_pipeline.store.database import Database

Facts = TypeVar("Facts")
Facts_contra = TypeVar("Facts_contra", contravariant=True)

CheckResults = Mapping[str, Sequence[Finding]]
"""What each check of a review has found, by its name; nothing where all is well."""


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """What gathering facts may look at. `now` is aware; `run_id`: the collection on whose behalf it is, if any."""

    connection: Connection
    database: Database
    settings: ReviewSettings
    period: Period
    now: datetime
    run_id: str | None = None

    @property
    def month(self) -> Month:
        """The month that is reviewed; ValueError when it is a quarter."""
        if not isinstance(self.period, Month):
            raise ValueError(f"{self.period} is reviewed as a month, and is a quarter")  # noqa: TRY004
        return self.period

    @property
    def quarter(self) -> Quarter:
        """The quarter that is reviewed; ValueError when it is a month."""
        if not isinstance(self.period, Quarter):
            raise ValueError(f"{self.period} is reviewed as a quarter, and is a month")  # noqa: TRY004
        return self.period


class NothingToReviewError(RuntimeError):
    """What a review looks at is not there; its message says in a sentence what to do first."""


@dataclass(frozen=True)
class Check(Generic[Facts_contra]):
    """A rule under the name that people see; the table of rules knows that name and says the rest.

    A blocking check keeps everything downstream from running. KeyError for a name that no rule has.
    """

    name: str
    find: Callable[[Facts_contra], Sequence[Finding]]

    def __post_init__(self) -> None:
        if self.name not in CHECKS:
            raise KeyError(f"no rule has a check {self.name}; expected one of {', '.join(CHECKS)}")

    @property
    def description(self) -> str:
        """What it expects, in a sentence."""
        return CHECKS[self.name].description

    @property
    def blocking(self) -> bool:
        """Whether it keeps everything downstream from running."""
        return CHECKS[self.name].blocking


def everything(found: CheckResults) -> list[Finding]:
    """All that the checks have found."""
    return [finding for findings in found.values() for finding in findings]


def _select_everything(_context: ReviewContext, _facts: object, results: CheckResults) -> Sequence[Finding]:
    return everything(results)


@dataclass(frozen=True)
class Review(Generic[Facts]):
    """The checks of one subject and how their facts are gathered. `scope` is the name of the asset they belong to.

    `select`: which of the findings people are told of; each check shows all of its own.
    """

    scope: str
    checks: Sequence[Check[Facts]]
    gather: Callable[[ReviewContext], Facts]
    select: Callable[[ReviewContext, Facts, CheckResults], Sequence[Finding]] = _select_everything

    def run(self, facts: Facts) -> CheckResults:
        """What each check finds in `facts`."""
        return {check.name: check.find(facts) for check in self.checks}
