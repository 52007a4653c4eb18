"""docs/metrics.md: every metric and SmartNumber, with its unit, source, formula and direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qbr_pipeline.metrics.catalogue import METRICS, Metric
from qbr_pipeline.metrics.derived import DERIVATIONS
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, SmartNumber
from qbr_pipeline.settings import CountsAs
from qbr_pipeline.vendors.ninja.rules import GROUPS, OTHERS

_HEAD = """# Metrics and SmartNumbers

Drawn from the catalogue, `qbr_pipeline/metrics/`, by `python -m tools.documents`. What is absent is absent: a number
whose inputs are missing is empty and never zero. How a number is rounded: exact decimals to the end, then once, half
up, to the decimals that are stored.

## Metrics

One value for each month. *Quarter* says how the months of a quarter become one number.
"""
_DEVICES = """
### What a device counts as

By its node class in NinjaOne; a spare, a device of an excluded organization and one that is not approved count for
nothing. A class that stands nowhere here, or none, counts as a seat, and a finding says so. `QBR_DEVICE_CLASSES` says
otherwise: `{"NMS_SWITCH": "endpoint"}`. A closed month is counted anew by it only when a person names the month,
`qbr collect --month 2026-03`; the ledger then names the rule. `QBR_DEVICE_MONTH=previous` counts each month from the
latest snapshot of the month before it.
"""
_SMARTNUMBERS = """
## SmartNumbers

One value for each month and each quarter. Names in a formula stand for sums of flows and for plain averages of
headcounts and device counts over the months used; `months` is how many those are. Stored with 4 decimals; a percentage
as a fraction.
"""


def text() -> str:
    """The whole document, in Markdown."""
    metrics = table(
        ("key", "label", "unit", "vendor", "quarter", "kind", "better"), map(_metric, METRICS.values())
    )
    numbers = table(
        ("#", "key", "label", "formula", "better", "decimals"), map(_number, SMARTNUMBERS.values())
    )
    derived = table(("metric", "formula"), ((key, f"`{each.text}`") for key, each in DERIVATIONS.items()))
    return (
        f"{_HEAD}\n{metrics}\n### Derived metrics\n\n{derived}{_DEVICES}\n{_node_classes()}"
        f"{_SMARTNUMBERS}\n{numbers}"
    )


def _node_classes() -> str:
    rows = (*GROUPS, (OTHERS, "network equipment, phones, printers, mobile and other devices", CountsAs.NONE))
    counts = {CountsAs.SEAT: ("yes", "yes"), CountsAs.ENDPOINT: ("yes", "no"), CountsAs.NONE: ("no", "no")}
    return table(
        ("device", "endpoint", "seat", "node classes"),
        (
            (words, *counts[counts_as], ", ".join(f"`{name}`" for name in sorted(classes)))
            for classes, words, counts_as in rows
        ),
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, ended by a line break."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _metric(metric: Metric) -> tuple[str, ...]:
    traits = {"optional": metric.optional, "may be negative": metric.may_be_negative}
    kind = ", ".join([metric.kind.value, *(name for name, holds in traits.items() if holds)])
    quarter = metric.roll_up.replace("_", " ")
    return (
        f"`{metric.key}`",
        metric.label,
        metric.unit.name.lower(),
        metric.vendor,
        quarter,
        kind,
        metric.better,
    )


def _number(number: SmartNumber) -> tuple[str, ...]:
    formula = f"`{number.formula.text}`"
    return str(number.number), f"`{number.key}`", number.label, formula, number.better, str(number.decimals)
