"""How many findings plain months raise, and how many planted faults are found: the rules of `metrics` on made-up firms.

What belongs here: the nights of a firm as the nightly would see them, and the counting. What does not: inventing
firms (`firms`), and any database, vendor or clock.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, Unit, Watched
from qbr_pipeline.metrics.facts import MonthFacts
from qbr_pipeline.metrics.findings import Finding, Rule
from qbr_pipeline.metrics.rules.answers import rows_lost
from qbr_pipeline.metrics.rules.history import changes, unusual
from qbr_pipeline.metrics.rules.kin import implausible
from qbr_pipeline.metrics.rules.limits import BASELINE_MONTHS, LEAST_BASELINE
from qbr_pipeline.metrics.rules.progress import progress
from qbr_pipeline.metrics.rules.snapshots import SuspectSnapshot, snapshot_findings
from qbr_pipeline.metrics.rules.validation import NEVER_ZERO, restated, zeros
from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.ninja.snapshot import choose, compare
from tools.benchmarks.firms import Firm, Parameters, days, invent

FIRST_MONTH = Month(2023, 1)
FACTORS = (Decimal("0.5"), Decimal("0.7"), Decimal("1.4"), Decimal(2))
NEARLY_NOTHING = Decimal("0.05")
HELD_AGAINST_KIN = ("reactive_tickets_closed", "reactive_time_spent")
WATCHED = tuple(key for key, metric in METRICS.items() if metric.watched is not None)
LOSSES = {
    "no ticket comes any more": Decimal(0),
    "30 % of the tickets still come": Decimal("0.3"),
    "45 % of the tickets still come": Decimal("0.45"),
    "60 % of the tickets still come": Decimal("0.6"),
}
"""Roles that are narrowed after a month is closed: what is then left of its tickets."""

SNAPSHOT_FAULTS = ("the last one is halved", "none in the last 5 days", "none in the month")

_TIMEZONE = ZoneInfo("America/Chicago")
_TICK = time(22, 30)
_HEADCOUNTS = ("employees", "technical_employees")


@dataclass(frozen=True, slots=True)
class FindingKey:
    """What makes a finding the same one night after night."""

    subject: str
    month: Month
    rule: Rule


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault, and which rules found it in its own month. `factor` None: a fault of the snapshot, or a loss of rows.

    `early`: fewer months lie before it than `unusual` needs.
    """

    subject: str
    fault: str
    factor: Decimal | None
    early: bool
    found_by: frozenset[Rule]


@dataclass
class Measured:
    """What all firms came to."""

    firms: int
    months: int
    plain: Counter[tuple[Rule, str]] = field(default_factory=Counter)
    """New fingerprints in plain data by rule and subject."""
    planted: list[Planted] = field(default_factory=list)

    @property
    def alerts_a_year(self) -> float:
        """New fingerprints in plain data, for each firm and year."""
        return self.plain.total() / self.firms / self.months * 12

    def faults(self, *factors: Decimal, early: bool = False, subject: str | None = None) -> list[Planted]:
        """The planted faults of any of `factors`; of one metric only with `subject`."""
        return [
            each
            for each in self.planted
            if each.factor in factors and each.early is early and subject in {None, each.subject}
        ]


def share_found(planted: Sequence[Planted], rule: Rule | None = None) -> float:
    """The share of `planted`, of which there is at least one, that any rule found, or that `rule` did."""
    return sum(bool(each.found_by) if rule is None else rule in each.found_by for each in planted) / len(
        planted
    )


def measure(firms: int, months: int, seed: int, parameters: Parameters) -> Iterator[Measured]:
    """Lets every firm live its nights, and plants its faults one by one; yields what it came to after each firm."""
    measured = Measured(firms=0, months=months)
    for number in range(firms):
        firm = invent(f"{seed}:{number}", FIRST_MONTH, months, parameters)
        measured.firms += 1
        measured.plain.update((each.rule, each.subject) for each in plain_findings(firm))
        measured.planted += faults_of(firm, random.Random(f"{seed}:{number}:faults"))  # noqa: S311
        yield measured


def plain_findings(firm: Firm) -> set[FindingKey]:
    """Every fingerprint that any night of `firm` sees, from the first day to the night on which all is entered.

    A night reviews each month from the oldest that changed up to the one in progress, as the nightly and the rechecks
    between the nights do: a change of a month concerns those compared with it.
    """
    seen: set[FindingKey] = set()
    known = Known(firm)
    last_day = max(each.entered_on for each in firm.inputs.values())
    day = firm.months[0].first_day
    while day <= last_day:
        oldest = known.learn(day)
        now = datetime.combine(day, _TICK, _TIMEZONE)
        for month in firm.months:
            if oldest <= month and month.first_day <= day:
                seen.update(finding_keys([*known.losses(month, day), *known.review(month, now)]))
        day += timedelta(1)
    return seen


class Known:
    """What the nightly knows of a firm so far: each month's values, and its device snapshots."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self.values: dict[Month, dict[str, Decimal]] = {month: {} for month in firm.months}
        self.snapshots: dict[Month, list[tuple[date, int]]] = {month: [] for month in firm.months}

    def learn(self, day: date) -> Month:
        """Take in what became known on `day`; the oldest month that a night must review after it."""
        month = Month(day.year, day.month)
        changed = [month]
        if month in self.values:
            counts = self.values[month]
            for key, more in (
                ("reactive_tickets_created", Decimal(self._firm.created.get(day, 0))),
                ("reactive_tickets_closed", Decimal(0)),
                ("reactive_time_spent", self._firm.hours.get(day, Decimal(0))),
            ):
                counts[key] = counts.get(key, Decimal(0)) + more
            if day in self._firm.devices:
                self.snapshots[month].append((day, self._firm.devices[day]))
                self._count_devices(month)
        for closed_in, change in self._firm.closings.get(day, {}).items():
            if closed_in in self.values:
                self.values[closed_in]["reactive_tickets_closed"] += change
                changed.append(closed_in)
        for entered, inputs in self._firm.inputs.items():
            if inputs.entered_on == day:
                self.values[entered] |= inputs.values
                changed.append(entered)
        if day.day == 1:
            changed.append(month.previous)  # it is over now
        return min(changed)

    def _count_devices(self, month: Month) -> None:
        chosen = choose(compare(self.snapshots[month]))
        if chosen is not None:
            self.values[month]["endpoints_managed"] = Decimal(chosen.devices)
            self.values[month]["seats_managed"] = Decimal(round(chosen.devices * self._firm.seats_share))

    def losses(self, month: Month, day: date) -> list[Finding]:
        """What the rule of lost rows finds on `day` in a month that is over: tickets that opened again left it."""
        left = -self._firm.closings.get(day, Counter())[month]
        if left <= 0 or month.last_day >= day:
            return []
        now = int(self.values[month]["reactive_tickets_closed"])
        return rows_lost(month, "tickets", now + left, left, now)

    def review(self, month: Month, now: datetime) -> list[Finding]:
        """The findings of `month` at the aware moment `now`."""
        earlier = [
            MonthFacts(each, self.values[each], each.is_over(now, _TIMEZONE))
            for each in Month.span(month.plus(-BASELINE_MONTHS.whole), month.previous)
            if each in self.values
        ]
        return count_rule_findings(month, self.values[month], earlier, now) + snapshots(
            month, self.snapshots[month], now
        )


def count_rule_findings(
    month: Month,
    values: Mapping[str, Decimal],
    earlier: Sequence[MonthFacts],
    now: datetime,
    manual: Sequence[str] = (),
) -> list[Finding]:
    """What the rules change, unusual and zero find in a month's `values`, after `earlier` months, oldest first."""
    before = earlier[-1].values if earlier else {}
    how_far = progress(month, now, _TIMEZONE)
    return [
        *zeros(month, values, before, how_far),
        *implausible(month, values, how_far),
        *changes(month, values, before, how_far, manual),
        *unusual(month, values, earlier, is_over=how_far.is_over, manual=manual),
    ]


def snapshots(month: Month, counts: Iterable[tuple[date, int]], now: datetime) -> list[Finding]:
    """What the rule of snapshots finds in a month that has these, oldest first."""
    sizes = compare(counts := list(counts)) if counts else []
    chosen = choose(sizes)
    return snapshot_findings(
        month,
        chosen.day if chosen else None,
        now=now,
        timezone=_TIMEZONE,
        value_published=False,
        suspects=[
            SuspectSnapshot(
                each.day, each.devices, each.compared_day, each.compared_devices, used=each == chosen
            )
            for each in sizes
            if each.suspect and each.compared_day is not None and each.compared_devices is not None
        ],
    )


def finding_keys(findings: Iterable[Finding]) -> Iterator[FindingKey]:
    """The fingerprints of `findings` about months."""
    return (
        FindingKey(each.subject, each.period, each.rule)
        for each in findings
        if isinstance(each.period, Month)
    )


def faults_of(firm: Firm, chance: random.Random) -> list[Planted]:
    """Plants faults in `firm`, each once and alone in a month that is over, and looks who finds it there.

    Each factor in each watched metric, once in a month with enough history and once in one with less; nothing at all in
    the metrics that are never zero, nearly nothing in those that are held against their kin; the faults of a snapshot;
    rows that a closed month loses.
    """
    known = Known(firm)
    day, last_day = firm.months[0].first_day, max(each.entered_on for each in firm.inputs.values())
    while day <= last_day:
        known.learn(day)
        day += timedelta(1)
    now = datetime.combine(last_day, _TICK, _TIMEZONE)
    early, later = firm.months[1 : LEAST_BASELINE.whole], firm.months[LEAST_BASELINE.whole :]
    planted = []
    for key in WATCHED:
        nearly_nothing = [NEARLY_NOTHING] if key in HELD_AGAINST_KIN else []
        for factor in (*FACTORS, *nearly_nothing, *([Decimal(0)] if key in NEVER_ZERO else [])):
            planted.append(_plant(known, key, factor, chance.choice(later), now, early=False))
            planted.append(_plant(known, key, factor, chance.choice(early), now, early=True))
    planted += [_plant_snapshot(known, fault, chance.choice(later), now) for fault in SNAPSHOT_FAULTS]
    return planted + [_plant_loss(known, fault, left, chance.choice(later)) for fault, left in LOSSES.items()]


def _plant(known: Known, key: str, factor: Decimal, month: Month, now: datetime, *, early: bool) -> Planted:
    true = known.values[month]
    wrong = {**true, key: faulty(key, true[key], factor)}
    manual = [key] if METRICS[key].kind is MetricKind.DERIVED else []
    earlier = [
        MonthFacts(each, known.values[each], is_over=True)
        for each in Month.span(month.plus(-BASELINE_MONTHS.whole), month.previous)
        if each in known.values
    ]
    found = {
        each.rule for each in count_rule_findings(month, wrong, earlier, now, manual) if each.subject == key
    }
    return Planted(key, f"{factor}x", factor, early, frozenset(found))


def faulty(key: str, true: Decimal, factor: Decimal) -> Decimal:
    """`true` times `factor`, in steps that the metric knows: half heads, whole tickets and devices, cents."""
    metric = METRICS[key]
    if key in _HEADCOUNTS:
        return (true * factor * 2).quantize(Decimal(1), ROUND_HALF_UP) / 2
    return (true * factor).quantize(Decimal(1 if metric.unit is Unit.COUNT else "0.01"), ROUND_HALF_UP)


def _plant_snapshot(known: Known, fault: str, month: Month, now: datetime) -> Planted:
    counts = known.snapshots[month]
    match fault:
        case "the last one is halved":
            counts = [*counts[:-1], (counts[-1][0], counts[-1][1] * 49 // 100)]
        case "none in the last 5 days":
            kept = list(days(month))[:-5]
            counts = [each for each in counts if each[0] in kept]
        case _:
            counts = []
    found = {each.rule for each in snapshots(month, counts, now)}
    return Planted("devices", fault, None, early=False, found_by=frozenset(found))


def _plant_loss(known: Known, fault: str, left: Decimal, month: Month) -> Planted:
    """The next night after a role was narrowed: what a collection of `month` then holds beside what is published."""
    key = "reactive_tickets_created"
    before = known.values[month][key]
    now = faulty(key, before, left)
    found = {
        each.rule
        for each in (
            *rows_lost(month, "tickets", int(before), int(before - now), int(now)),
            *restated(month, {key: before}, {key: now}, was_closed=True),
        )
    }
    return Planted("tickets", fault, None, early=False, found_by=frozenset(found))


def is_flow(key: str) -> bool:
    """Whether a watched metric is a flow; else it is a stock."""
    return METRICS[key].watched is Watched.FLOW
