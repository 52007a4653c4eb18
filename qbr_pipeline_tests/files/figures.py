"""Figures made up for the tests of workbooks: nine quarters with gaps in them, without a database."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Unit
from qbr_pipeline.metrics.derived import DERIVATIONS, derive
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding, Rule, Severity
from qbr_pipeline.metrics.rollup import roll_up
from qbr_pipeline.metrics.smartnumbers import smartnumbers_of
from qbr_pipeline.periods import Month
from qbr_pipeline.store.figures import Figures, StoredMetric, whole_quarters
from qbr_pipeline.store.findings.reading import State, StoredFinding
from qbr_pipeline.store.reading import QuarterlyValue
from qbr_pipeline.store.values import DataSource

CHICAGO = ZoneInfo("America/Chicago")
CURRENT = Month(2025, 5)
"""The month in progress."""

THEN = datetime(2025, 5, 15, 12, tzinfo=UTC)
_OFTEN_ABSENT = 0.06


def inputs_of(months: Sequence[Month], seed: int = 1) -> dict[Month, dict[str, Decimal]]:
    """Inputs of months: some absent, some zero, one quarter without a whole section, none of months to come."""
    chance = random.Random(seed)
    made: dict[Month, dict[str, Decimal]] = {}
    for month in months:
        values = {
            key: _value(chance, key)
            for key, metric in METRICS.items()
            if metric.kind is not MetricKind.DERIVED and chance.random() > _OFTEN_ABSENT
        }
        if month.quarter == CURRENT.quarter.previous.previous:
            for key in ("mrr", "first_time_appointments", "employees"):
                values.pop(key, None)
        if month.quarter == CURRENT.quarter.previous and "first_time_appointments" in values:
            values["first_time_appointments"] = Decimal("0.00")
        made[month] = values if month <= CURRENT else {}
    return made


def _value(chance: random.Random, key: str) -> Decimal:
    unit, negative = METRICS[key].unit, METRICS[key].may_be_negative
    if unit is Unit.DOLLARS:
        cents = chance.randrange(-500_000 if negative else 0, 20_000_000)
        return Decimal(cents).scaleb(-2)
    if unit is Unit.HOURS:
        return Decimal(chance.randrange(1, 40_000)).scaleb(-2)
    return (
        Decimal(chance.randrange(1, 1_200)) / 2
        if key.endswith("employees")
        else Decimal(chance.randrange(900))
    )


def figures_of(
    inputs: Mapping[Month, Mapping[str, Decimal]],
    manual: Iterable[tuple[Month, str]] = (),
    notes: str | None = None,
    name: str = "Test MSP",
) -> Figures:
    """What the engine makes of the inputs of months without a gap. `manual`: what a person entered, totals too."""
    by_hand = set(manual)
    facts: dict[Month, MonthFacts] = {}
    stored: dict[Month, dict[str, StoredMetric]] = {}
    for month, given in inputs.items():
        kept = [key for key in given if key in DERIVATIONS]
        values = {**given, **derive(given, kept)}
        facts[month] = MonthFacts(month, values, is_over=month < CURRENT)
        stored[month] = {
            key: _stored(value, (month, key) in by_hand or key in kept, notes)
            for key, value in values.items()
        }
    months = list(facts)
    quarters = whole_quarters(months, CURRENT)
    of_quarter = {each: [facts[month] for month in each.months if month in facts] for each in quarters}
    return Figures(
        organization=name,
        timezone=CHICAGO,
        current=CURRENT,
        facts=facts,
        stored=stored,
        quarters={
            quarter: {
                key: QuarterlyValue(key, each.value, each.months_used)
                for key, each in roll_up(quarter, those).items()
            }
            for quarter, those in of_quarter.items()
        },
        smartnumbers={
            **{month: smartnumbers_of(month, [each]) for month, each in facts.items()},
            **{quarter: smartnumbers_of(quarter, those) for quarter, those in of_quarter.items()},
        },
        findings=[_finding(months[0])],
    )


def _stored(value: Decimal, is_manual: bool, notes: str | None) -> StoredMetric:
    if is_manual:
        return StoredMetric(value, DataSource.MANUAL, "Ann", notes, None, THEN)
    return StoredMetric(value, DataSource.COLLECTED, None, None, THEN, THEN)


def _finding(month: Month) -> StoredFinding:
    sentence = "=Endpoints fell from 594 to 288 (-52 %) against September"
    finding = Finding(
        Rule.CHANGE, Severity.WARN, "endpoints_managed", month, Decimal(288), "about 594", sentence
    )
    return StoredFinding(1, finding, "month", State.OPEN, THEN, THEN, THEN)
