"""Made-up firms, day by day: what their vendors and their people would have told the nightly, with nothing wrong in it.

What belongs here: invention, as pure functions of a seed, and the parameters of it. What does not: looking at the
numbers (`rules`).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import cos, exp, log, pi

from qbr_pipeline.periods import Month

_CENT = Decimal("0.01")
_HALF = Decimal("0.5")
_WEEKEND = 0.06
_HOLIDAY = 0.10
"""The work of such a day, as a share of a working day's."""

_LONGEST_WAIT = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What all firms have in common; a pair is the range that each firm draws its own from."""

    tickets_a_month: tuple[float, float] = (150, 1_500)
    endpoints: tuple[float, float] = (80, 3_000)
    employees: tuple[float, float] = (4, 60)
    season: float = 0.20
    """How far the best month of the year lies above its mean, and the worst below it."""
    noise: float = 0.06
    """Standard deviation of a month's flow; each ticket's day and hours, and half as much effort, come on top."""
    growth_a_year: tuple[float, float] = (-0.02, 0.12)
    reopened: tuple[float, float] = (0.02, 0.05)
    """The share of closed tickets that open again within 12 days and close another day."""
    days_to_close: tuple[float, float] = (1.0, 4.0)
    clients_change_a_year: tuple[float, float] = (1, 4)
    """How many clients come or go; each brings or takes 2 to 8 % of endpoints, seats and MRR, and one agreement."""
    staff_changes_a_year: tuple[float, float] = (0.1, 0.3)
    """For each employee; one comes for every one that goes."""
    nights_without_snapshot: float = 0.01
    last_day_of_entry: int = 10
    """People enter a month's inputs between the 2nd and this day of the next one."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What people enter of a month, on the day that they do. The revenue's parts sum up to `total_revenue`."""

    entered_on: date
    values: dict[str, Decimal]


@dataclass(frozen=True)
class Firm:
    """One firm's time: what became known on each day.

    `created`, `hours`: entered on that day. `closings`: (month, change) pairs of tickets closed in a month, negative
    for one that opens again. `devices`: the day's snapshot, missing on some.
    """

    months: Sequence[Month]
    created: dict[date, int]
    hours: dict[date, Decimal]
    closings: dict[date, Counter[Month]]
    devices: dict[date, int]
    seats_share: float
    inputs: dict[Month, Inputs]


def invent(seed: str, first: Month, months: int, parameters: Parameters) -> Firm:
    """The firm of that seed, from `first` on; a month before it fills its queue."""
    return _Invention(random.Random(seed), first, months, parameters).firm()  # noqa: S311


class _Invention:
    """The chances of one firm, drawn once, and what follows from them."""

    def __init__(self, chance: random.Random, first: Month, months: int, parameters: Parameters) -> None:
        self._chance, self._parameters = chance, parameters
        self._months = [first.plus(n) for n in range(months)]
        self._season = parameters.season
        self._peak = chance.uniform(0, 12)
        self._noise = parameters.noise
        self._growth = log(1 + chance.uniform(*parameters.growth_a_year)) / 12

    def firm(self) -> Firm:
        created, hours, closings = self._tickets()
        scale = self._clients()
        endpoints = self._between(self._parameters.endpoints)
        share = self._chance.uniform(0.85, 0.97)
        return Firm(
            self._months,
            created,
            hours,
            closings,
            self._devices(endpoints, scale),
            share,
            self._inputs(endpoints * share, scale),
        )

    def _between(self, limits: tuple[float, float]) -> float:
        """A size within `limits`: small ones are as many as large ones, by their logarithm."""
        return exp(self._chance.uniform(log(limits[0]), log(limits[1])))

    def _flow(self, month: Month) -> float:
        """How a flow of `month` stands to its level: season, growth and the month's own noise."""
        position = (month.year - self._months[0].year) * 12 + month.month
        season = 1 + self._season * cos(2 * pi * (month.month - self._peak) / 12)
        return max(0.0, season * exp(self._growth * position) * self._chance.gauss(1, self._noise))

    def _tickets(self) -> tuple[dict[date, int], dict[date, Decimal], dict[date, Counter[Month]]]:
        a_day = self._between(self._parameters.tickets_a_month) / 21
        wait = self._chance.uniform(*self._parameters.days_to_close)
        reopened = self._chance.uniform(*self._parameters.reopened)
        hours_each = self._chance.uniform(0.3, 0.9)
        created: Counter[date] = Counter()
        hours: defaultdict[date, float] = defaultdict(float)
        closings: defaultdict[date, Counter[Month]] = defaultdict(Counter)
        for month in [self._months[0].previous, *self._months]:
            level, effort = self._flow(month), self._chance.gauss(1, self._noise / 2)
            for day in days(month):
                for _ in range(self._poisson(a_day * level * working_share(day))):
                    created[day] += 1
                    closed = self._close(day, wait)
                    hours[closed] += hours_each * effort * self._chance.gammavariate(1.2, 1 / 1.2)
                    closings[closed][_month_of(closed)] += 1
                    if self._chance.random() < reopened:
                        again = closed + timedelta(1 + self._chance.randrange(12))
                        closings[again][_month_of(closed)] -= 1
                        finally_closed = self._close(again, wait)
                        closings[finally_closed][_month_of(finally_closed)] += 1
        exact = {day: Decimal(sum_).quantize(_CENT) for day, sum_ in hours.items()}
        return dict(created), exact, dict(closings)

    def _close(self, opened: date, wait: float) -> date:
        """The working day on which a ticket is closed."""
        day = opened + min(timedelta(days=int(self._chance.expovariate(1 / wait))), _LONGEST_WAIT)
        while working_share(day) < 1:
            day += timedelta(1)
        return day

    def _poisson(self, mean: float) -> int:
        count, reached = 0, self._chance.expovariate(1)
        while reached < mean:
            count, reached = count + 1, reached + self._chance.expovariate(1)
        return count

    def _clients(self) -> dict[Month, tuple[float, int]]:
        """How much of the first month's fleet there is in each month, and how many agreements came since."""
        a_month = self._chance.uniform(*self._parameters.clients_change_a_year) / 12
        share, agreements, by_month = 1.0, 0, {}
        for month in self._months:
            share *= exp(self._growth)
            if self._chance.random() < a_month:
                comes = self._chance.random() < 0.5
                share *= 1 + self._chance.uniform(0.02, 0.08) * (1 if comes else -1)
                agreements += 1 if comes else -1
            by_month[month] = share, agreements
        return by_month

    def _devices(self, endpoints: float, scale: dict[Month, tuple[float, int]]) -> dict[date, int]:
        return {
            day: round(endpoints * scale[month][0] * self._chance.gauss(1, 0.004))
            for month in self._months
            for day in days(month)
            if self._chance.random() >= self._parameters.nights_without_snapshot
        }

    def _inputs(self, seats: float, scale: dict[Month, tuple[float, int]]) -> dict[Month, Inputs]:
        price = self._chance.uniform(60, 180)
        employees = round(self._between(self._parameters.employees) * 2)
        technical = max(2, round(employees * self._chance.uniform(0.5, 0.7)))
        agreements = max(10, round(seats / 15))
        recurring, cost = self._chance.uniform(0.35, 0.6), self._chance.uniform(0.75, 0.95)
        revenue = seats * price / recurring
        a_month = self._chance.uniform(*self._parameters.staff_changes_a_year) / 12
        entered = {}
        for month in self._months:
            for _ in range(employees // 2):
                if self._chance.random() < a_month:
                    step = self._chance.choice((-2, 2) if employees > 8 else (2,))
                    employees += step
                    technical = max(2, technical + step * (self._chance.random() < 0.6))
            share, more = scale[month]
            mrr = seats * price * share
            total = max(mrr, revenue * self._flow(month))
            nrr, expenses = (total - mrr) * 0.3, revenue * cost * self._flow(month)
            money = {
                "mrr": _cents(mrr),
                "nrr": _cents(nrr),
                "orr": Decimal(0),
                "product_sales": _cents(total - mrr - nrr),
            }
            entered[month] = Inputs(
                month.next.first_day
                + timedelta(self._chance.randint(1, self._parameters.last_day_of_entry - 1)),
                {
                    **money,
                    "total_revenue": sum(money.values(), Decimal(0)),
                    "total_expenses": _cents(expenses),
                    "employees": employees * _HALF,
                    "technical_employees": min(technical, employees) * _HALF,
                    "agreements": Decimal(agreements + more),
                },
            )
        return entered


def days(month: Month) -> Iterator[date]:
    """The days of `month`."""
    return (month.first_day + timedelta(n) for n in range(month.last_day.day))


def working_share(day: date) -> float:
    """How much work comes on `day`, as a share of a working day's: little on weekends and holidays in the US."""
    if day.weekday() >= 5:
        return _WEEKEND
    nth = (day.day - 1) // 7 + 1
    is_holiday = (
        (day.month, day.day) in {(1, 1), (7, 4), (12, 24), (12, 25)}
        or (day.month == 5 and day.weekday() == 0 and day.day > 24)
        or (day.month == 9 and day.weekday() == 0 and nth == 1)
        or (day.month == 11 and day.weekday() == 3 and nth == 4)
    )
    return _HOLIDAY if is_holiday else 1


def _month_of(day: date) -> Month:
    return Month(day.year, day.month)


def _cents(amount: float) -> Decimal:
    return Decimal(amount).quantize(_CENT)
