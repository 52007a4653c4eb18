"""Whether the collections are in: the one rule behind the mark in the navigation, the page Data health and the API.

What belongs here: what the age of a success and failed months make of a source and of all of them. What does not: the
wall clock (`now` is given), the log (`store.collection_log`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from qbr_pipeline.metrics.rules.limits import SILENCE


class Freshness(StrEnum):
    """How a source is, or all of them together."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


def is_fresh(last_success: datetime | None, now: datetime) -> bool:
    """Whether a source, whose newest success ended at the aware `last_success`, is fresh at `now`; None: never one."""
    return last_success is not None and now - last_success <= SILENCE.duration


def source_freshness(last_success: datetime | None, failed_months: int, now: datetime) -> Freshness:
    """Bad while the newest collection of some month failed, a warning when the source is not fresh."""
    if failed_months:
        return Freshness.BAD
    return Freshness.GOOD if is_fresh(last_success, now) else Freshness.WARNING


def overall_freshness(sources: Iterable[Freshness]) -> Freshness:
    """The worst of all sources; a warning when there is none."""
    found = set(sources)
    worst_first = (Freshness.BAD, Freshness.WARNING, Freshness.GOOD)
    return next((each for each in worst_first if each in found), Freshness.WARNING)
