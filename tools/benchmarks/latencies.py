"""What the answer times of a benchmark come to. Pure: no server, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long one address took to answer, in milliseconds, and how many answers came each second."""

    address: str
    requests: int
    per_second: float
    p50: float
    p95: float
    p99: float


def summarize_latencies(address: str, milliseconds: Sequence[float], seconds: float) -> Latencies:
    """The figures of `milliseconds`, of which there is at least one, measured within `seconds`.

    A percentile is the smallest of the times that so many of them do not exceed (nearest rank).
    """
    ordered = sorted(milliseconds)
    p50, p95, p99 = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.50, 0.95, 0.99))
    return Latencies(address, len(ordered), len(ordered) / seconds, p50, p95, p99)


def median_run(runs: Sequence[Latencies]) -> Latencies:
    """Of several measurements of one address the one in the middle by answers a second; of two the slower."""
    ordered = sorted(runs, key=lambda each: each.per_second)
    return ordered[(len(ordered) - 1) // 2]
