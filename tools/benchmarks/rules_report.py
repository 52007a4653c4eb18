"""The printed side of `qbr benchmark rules`: parameters, tables, and whether the aims are met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from rich.table import Table

from qbr_pipeline.metrics.catalogue import METRICS
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.metrics.rules.limits import LOST
from tools.benchmarks.firms import Parameters
from tools.benchmarks.rules import (
    FACTORS,
    LOSSES,
    NEARLY_NOTHING,
    SNAPSHOT_FAULTS,
    WATCHED,
    Measured,
    Planted,
    is_flow,
    share_found,
)

MOST_ALERTS_A_YEAR = 6
LEAST_FOUND = 0.95
_LARGE_FAULTS = (Decimal("0.5"), Decimal(2))
_FAULTS_OF: dict[Rule, tuple[str, ...]] = {
    Rule.CHANGE: tuple(f"{factor}x" for factor in FACTORS),
    Rule.UNUSUAL: tuple(f"{factor}x" for factor in FACTORS),
    Rule.ZERO: ("0x",),
    Rule.IMPLAUSIBLE: (f"{NEARLY_NOTHING}x",),
    Rule.SNAPSHOT: SNAPSHOT_FAULTS,
    Rule.ROWS_LOST: tuple(fault for fault, left in LOSSES.items() if left < 1 - LOST.exact),
}
"""What each rule is there to find."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One of the aims, and whether it is met."""

    sentence: str
    met: bool


def aims(measured: Measured) -> list[Aim]:
    """The aims: few alerts in plain data, and large faults found. Their source: issue "Suspicious values"."""
    alerts = measured.alerts_a_year
    aims_met = [
        Aim(
            f"{alerts:.1f} alerts a firm and year in plain data, at most {MOST_ALERTS_A_YEAR}",
            alerts <= MOST_ALERTS_A_YEAR,
        )
    ]
    for factor in _LARGE_FAULTS:
        found = share_found(measured.faults(factor))
        aims_met.append(
            Aim(
                f"{found:.1%} of the faults at {factor}x found, at least {LEAST_FOUND:.0%}",
                found >= LEAST_FOUND,
            )
        )
    return aims_met


def by_rule(measured: Measured) -> Table:
    """Rule by rule: faults it is there to find that it found, or did not, and fingerprints in plain data."""
    table = _table("rule", "hits", "misses", "false alerts", "a firm and year")
    false_alerts: Counter[Rule] = Counter()
    for (rule, _), count in measured.plain.items():
        false_alerts[rule] += count
    for rule, faults in _FAULTS_OF.items():
        concerned = [each for each in measured.planted if each.fault in faults and not each.early]
        hits = sum(rule in each.found_by for each in concerned)
        each_year = false_alerts[rule] / measured.firms / measured.months * 12
        table.add_row(
            rule, f"{hits:,}", f"{len(concerned) - hits:,}", f"{false_alerts[rule]:,}", f"{each_year:.2f}"
        )
    return table


def by_fault(measured: Measured) -> Table:
    """Factor by factor: the share of faults found, by whom, and how it is in flows, stocks and the first half year."""
    table = _table(
        "fault", "planted", "found", "by change", "by unusual", "in flows", "in stocks", "months 2-6"
    )
    for factor in FACTORS:
        faults = measured.faults(factor)
        flows = [each for each in faults if is_flow(each.subject)]
        stocks = [each for each in faults if not is_flow(each.subject)]
        shares = [
            share_found(faults),
            share_found(faults, Rule.CHANGE),
            share_found(faults, Rule.UNUSUAL),
            share_found(flows),
            share_found(stocks),
            share_found(measured.faults(factor, early=True)),
        ]
        table.add_row(f"{factor}x", f"{len(faults):,}", *(f"{share:.1%}" for share in shares))
    for fault in (f"{NEARLY_NOTHING}x", "0x", *SNAPSHOT_FAULTS, *LOSSES):
        faults = [each for each in measured.planted if each.fault == fault and not each.early]
        table.add_row(fault, f"{len(faults):,}", f"{share_found(faults):.1%}")
    return table


def by_metric(measured: Measured) -> Table:
    """Metric by metric: the share of faults found at each factor, and fingerprints in plain data."""
    table = _table("metric", *(f"{factor}x" for factor in FACTORS), "false alerts")
    for key in WATCHED:
        shares = (share_found(measured.faults(factor, subject=key)) for factor in FACTORS)
        alerts = sum(count for (_, subject), count in measured.plain.items() if subject == key)
        table.add_row(METRICS[key].label, *(f"{share:.0%}" for share in shares), f"{alerts:,}")
    return table


def parameters_in_words(parameters: Parameters) -> Iterator[str]:
    """A line for each parameter of the made-up firms."""
    for name, value in asdict(parameters).items():
        display = " to ".join(f"{each:g}" for each in value) if isinstance(value, tuple) else f"{value:g}"
        yield f"  {name.replace('_', ' ')}: {display}"


def plain(measured: Measured) -> dict[str, object]:
    """The same for a program."""
    return {
        "firms": measured.firms,
        "months": measured.months,
        "alerts_a_firm_and_year": measured.alerts_a_year,
        "false_alerts": [
            {"rule": rule, "subject": subject, "count": count}
            for (rule, subject), count in sorted(measured.plain.items())
        ],
        "faults": _faults(measured.planted),
        "aims": [asdict(aim) for aim in aims(measured)],
    }


def _faults(planted: Sequence[Planted]) -> list[dict[str, object]]:
    counts: Counter[tuple[str, str, bool]] = Counter()
    found: Counter[tuple[str, str, bool]] = Counter()
    for each in planted:
        kind = each.subject, each.fault, each.early
        counts[kind] += 1
        found[kind] += bool(each.found_by)
    return [
        {
            "subject": kind[0],
            "fault": kind[1],
            "months_2_to_6": kind[2],
            "planted": count,
            "found": found[kind],
        }
        for kind, count in counts.items()
    ]


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right")
    return table
