"""The benchmark of the rules counts what it says it counts."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.metrics.rules.validation import NEVER_ZERO
from qbr_pipeline.periods import Month
from tools.benchmarks.commands import app
from tools.benchmarks.firms import Firm, Inputs, Parameters, days, invent, working_share
from tools.benchmarks.rules import (
    FACTORS,
    FIRST_MONTH,
    HELD_AGAINST_KIN,
    LOSSES,
    SNAPSHOT_FAULTS,
    WATCHED,
    FindingKey,
    Known,
    faults_of,
    faulty,
    measure,
    plain_findings,
    share_found,
)

FIRST = Month(2025, 1)
MONTHS = [FIRST.plus(n) for n in range(9)]
SEVENTH = MONTHS[6]
WHOLE_DAYS = [day for month in MONTHS for day in days(month)]


@pytest.fixture
def steady() -> Firm:
    """Every weekday 20 tickets, closed the same day after half an hour each; nothing else ever changes."""
    worked = [day for day in WHOLE_DAYS if day.weekday() < 5]
    entered = {
        "mrr": Decimal(100_000),
        "nrr": Decimal(10_000),
        "orr": Decimal(0),
        "product_sales": Decimal(40_000),
        "total_revenue": Decimal(150_000),
        "total_expenses": Decimal(120_000),
        "employees": Decimal("8.5"),
        "technical_employees": Decimal("5.5"),
        "agreements": Decimal(37),
    }
    return Firm(
        months=MONTHS,
        created=dict.fromkeys(worked, 20),
        hours=dict.fromkeys(worked, Decimal(10)),
        closings={day: Counter({Month(day.year, day.month): 20}) for day in worked},
        devices=dict.fromkeys(WHOLE_DAYS, 600),
        seats_share=0.9,
        inputs={month: Inputs(month.next.first_day.replace(day=5), dict(entered)) for month in MONTHS},
    )


def test_a_firm_in_which_nothing_changes_raises_nothing(steady: Firm) -> None:
    assert plain_findings(steady) == set()


def test_a_finding_of_many_nights_is_counted_once(steady: Firm) -> None:
    fewer = {day: 300 if day >= date(2025, 7, 10) else count for day, count in steady.devices.items()}
    found = plain_findings(replace(steady, devices=fewer))
    assert {each for each in found if each.rule is Rule.CHANGE} == {
        FindingKey("endpoints_managed", SEVENTH, Rule.CHANGE),
        FindingKey("seats_managed", SEVENTH, Rule.CHANGE),
    }
    assert {each.month for each in found} == {SEVENTH}


def test_what_only_a_night_within_the_month_sees_is_counted_too(steady: Firm) -> None:
    late = {day: 0 if date(2025, 5, 1) <= day < date(2025, 5, 12) else 20 for day in steady.created}
    late[date(2025, 5, 12)] = 20 * 8
    found = plain_findings(replace(steady, created=late))
    may = Month(2025, 5)
    assert found == {
        FindingKey("reactive_tickets_created", may, Rule.ZERO),
        FindingKey("reactive_tickets_created", may, Rule.CHANGE),
    }


def test_inputs_are_judged_on_the_night_of_the_day_they_are_entered(steady: Firm) -> None:
    doubled = dict(steady.inputs)
    doubled[SEVENTH] = replace(
        doubled[SEVENTH], values={**doubled[SEVENTH].values, "agreements": Decimal(74)}
    )
    found = plain_findings(replace(steady, inputs=doubled))
    assert found == {
        FindingKey("agreements", SEVENTH, Rule.CHANGE),
        FindingKey("agreements", SEVENTH, Rule.UNUSUAL),
        FindingKey("agreements", SEVENTH.next, Rule.CHANGE),
    }


def test_tickets_that_open_again_leave_the_month_they_were_closed_in(steady: Firm) -> None:
    known = Known(steady)
    for day in days(FIRST):
        known.learn(day)
    reopened = date(2025, 2, 3)
    steady.closings[reopened] = Counter({FIRST: -3, FIRST.next: 20})
    closed = known.values[FIRST]["reactive_tickets_closed"]
    assert [known.learn(day) for day in list(days(FIRST.next))[:4]] == [FIRST, FIRST.next, FIRST, FIRST.next]
    assert known.values[FIRST]["reactive_tickets_closed"] == closed - 3


@pytest.mark.parametrize(("left", "found"), [(-3, set()), (-250, {Rule.ROWS_LOST})])
def test_tickets_that_open_again_are_rows_that_a_closed_month_loses(
    steady: Firm, left: int, found: set[Rule]
) -> None:
    steady.closings[date(2025, 2, 3)] = Counter({FIRST: left, FIRST.next: 20})
    rules = {each.rule for each in plain_findings(steady) if each.month == FIRST}
    assert rules & {Rule.ROWS_LOST} == found


def test_every_fault_is_planted_once_and_looked_for_in_its_own_metric_only(steady: Firm) -> None:
    planted = faults_of(steady, random.Random(1))
    kinds = Counter((each.subject, each.fault, each.early) for each in planted)
    assert set(kinds.values()) == {1}
    in_values = len(WATCHED) * len(FACTORS) + len(NEVER_ZERO) + len(HELD_AGAINST_KIN)
    assert len(planted) == 2 * in_values + len(SNAPSHOT_FAULTS) + len(LOSSES)
    for each in planted:
        if each.subject == "tickets":
            assert each.found_by == {Rule.RESTATED} | (
                {Rule.ROWS_LOST} if LOSSES[each.fault] < 0.5 else set()
            )
        elif each.factor is None:
            assert each.found_by == {Rule.SNAPSHOT}
        elif each.factor == 2:
            assert Rule.CHANGE in each.found_by
        assert not (each.early and Rule.UNUSUAL in each.found_by)
        assert (Rule.ZERO in each.found_by) == (each.factor == 0)


@pytest.mark.parametrize(
    ("key", "true", "factor", "expected"),
    [
        ("employees", "8.5", "0.7", "6"),
        ("technical_employees", "3", "0.7", "2"),
        ("endpoints_managed", "601", "0.5", "301"),
        ("reactive_time_spent", "101.01", "0.5", "50.51"),
    ],
)
def test_a_planted_value_is_one_that_the_metric_can_have(
    key: str, true: str, factor: str, expected: str
) -> None:
    assert faulty(key, Decimal(true), Decimal(factor)) == Decimal(expected)


def test_what_all_firms_came_to_is_the_sum_of_what_each_did() -> None:
    *_, both = measure(2, 12, 7, Parameters())
    alone = [plain_findings(invent(f"7:{n}", FIRST_MONTH, 12, Parameters())) for n in range(2)]
    assert both.plain.total() == sum(map(len, alone))
    assert both.alerts_a_year == sum(map(len, alone)) / 2
    assert share_found(both.faults(Decimal(2), subject="mrr")) == 1


def test_the_same_seed_makes_the_same_firm_and_another_seed_another() -> None:
    first, again, other = (invent(seed, FIRST_MONTH, 12, Parameters()) for seed in ("1:0", "1:0", "1:1"))
    assert first == again
    assert first.created != other.created


def test_the_firms_have_at_least_the_season_and_noise_that_the_aims_are_set_for() -> None:
    parameters = Parameters()
    assert parameters.season >= 0.20
    assert parameters.noise >= 0.06
    firm = invent("1:3", FIRST_MONTH, 36, parameters)
    totals = [sum(firm.created.get(day, 0) for day in days(month)) for month in firm.months]
    mean = sum(totals) / len(totals)
    assert max(totals) > 1.15 * mean
    assert min(totals) < 0.85 * mean
    assert sum(abs(later - earlier) for earlier, later in pairwise(totals)) / 35 > 0.06 * mean
    assert any(change < 0 for day in firm.closings.values() for change in day.values())


def test_there_is_little_work_on_thanksgiving_and_on_sundays() -> None:
    assert working_share(date(2025, 11, 27)) < 0.2
    assert working_share(date(2025, 11, 23)) < 0.2
    assert working_share(date(2025, 11, 26)) == 1


def test_the_command_prints_what_was_counted_and_whether_the_aims_are_met() -> None:
    done = CliRunner().invoke(app, ["rules", "--firms", "1", "--months", "12", "--json"])
    told = json.loads(done.stdout)
    assert told["firms"] == 1
    assert told["parameters"]["season"] == 0.20
    assert sum(each["count"] for each in told["false_alerts"]) == told["alerts_a_firm_and_year"]
    assert done.exit_code == (0 if all(aim["met"] for aim in told["aims"]) else 1)
