"""RULES: what is known of each rule. Checks, alerts, the API, the pages and docs/rules.md read it here.

What belongs here: name, words, limits, severity, the checks that apply a rule. What does not: finding anything.

A new rule is a member of `Rule`, a row here, a function that finds something, and a check of a review under the name
that the row gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from qbr_pipeline.metrics.findings import Finding, Rule, Severity, ThresholdType
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.answers_table import OF_ANSWERS
from qbr_pipeline.metrics.rules.books_table import OF_BOOKS
from qbr_pipeline.metrics.rules.definition import CheckDefinition, RuleDefinition, ValueUnit, Watch
from qbr_pipeline.metrics.rules.devices import OF_DEVICES
from qbr_pipeline.periods import Period

_VALUE, _ROWS, *_ = ValueUnit
_WARN, _ERROR = Severity
_FLOWS_IN_PROGRESS = (limits.FIRST_DAY_OF_FLOWS, limits.LEAST_EXPECTED)

_TABLE = (
    *OF_ANSWERS,
    RuleDefinition(
        Rule.ZERO,
        "no tickets created or closed, no hours, no endpoints or no seats at all is hardly ever right",
        _WARN,
        _VALUE,
        _FLOWS_IN_PROGRESS,
        {
            "not_zero": "No tickets created or closed, no hours, no endpoints or no seats at all is hardly ever right."
        },
        point=True,
    ),
    RuleDefinition(
        Rule.IMPLAUSIBLE,
        "closings and hours should not be few beside the tickets of the same month",
        _WARN,
        _VALUE,
        (limits.LEAST_CREATED, limits.LEAST_CLOSED, limits.LEAST_MINUTES, limits.FIRST_DAY_OF_FLOWS),
        {
            "plausible_beside_related_metrics": f"Where {limits.LEAST_CREATED} tickets were created, at least "
            f"{limits.LEAST_CLOSED} as many were closed and {limits.LEAST_MINUTES} spent for each closed one.",
        },
        point=True,
    ),
    RuleDefinition(
        Rule.CHANGE,
        f"a flow moved by at least {limits.CHANGE_OF_FLOW}, or a stock by {limits.CHANGE_OF_STOCK}, "
        "against the month before",
        _WARN,
        _VALUE,
        (limits.CHANGE_OF_FLOW, limits.CHANGE_OF_STOCK, *_FLOWS_IN_PROGRESS),
        {
            "change_is_plausible": f"No watched metric moved by {limits.CHANGE_OF_FLOW} (a stock by "
            f"{limits.CHANGE_OF_STOCK}) against the month before.",
        },
        point=True,
    ),
    RuleDefinition(
        Rule.UNUSUAL,
        f"a value lies outside the natural limits of its own last {limits.BASELINE_MONTHS}",
        _WARN,
        _VALUE,
        (
            limits.BASELINE_MONTHS,
            limits.LEAST_BASELINE,
            limits.MOVING_RANGES,
            limits.UNUSUAL_FLOW,
            limits.UNUSUAL_STOCK,
        ),
        {
            "value_is_usual": "Every watched metric lies within the natural limits of its own last "
            f"{limits.BASELINE_MONTHS}.",
        },
        point=True,
    ),
    RuleDefinition(
        Rule.RESTATED,
        f"a closed month changed by at least {limits.RESTATED_SHARE} and {limits.RESTATED_UNITS}",
        _WARN,
        _VALUE,
        (limits.RESTATED_SHARE, limits.RESTATED_UNITS),
        {
            "closed_month_is_unchanged": "A month that was closed before has not been restated by at least "
            f"{limits.RESTATED_SHARE} and {limits.RESTATED_UNITS}.",
        },
    ),
    *OF_DEVICES,
    *OF_BOOKS,
    RuleDefinition(
        Rule.MANUAL_DIFFERS,
        "a value entered by hand should equal what the collection finds",
        _WARN,
        _VALUE,
        checks={
            "manual_entries_agree": "What a person entered in place of a collected value equals what is collected.",
        },
    ),
    RuleDefinition(
        Rule.PARTS_DIFFER,
        "a total entered by hand should equal what its parts give",
        _WARN,
        _VALUE,
        (limits.TOTAL_TOLERANCE, limits.RATIO_TOLERANCE),
        {"totals_match_their_parts": "A total that was entered by hand equals what its parts give."},
    ),
    RuleDefinition(
        Rule.THRESHOLD,
        "a threshold that somebody set has been reached",
        _WARN,
        _VALUE,
        checks={"thresholds_are_kept": "Nothing has reached a threshold that somebody set for it."},
    ),
    RuleDefinition(
        Rule.ABSENT,
        "every expected input should be there by the day it is due",
        _WARN,
        checks={
            "inputs_are_entered": "Every expected input is there by QBR_INPUTS_DUE_DAY of the next month.",
        },
    ),
    RuleDefinition(
        Rule.NOT_COUNTED,
        "the source should be able to say how many rows it has",
        _WARN,
        _ROWS,
        checks={"rows_are_counted": "The source said in time how many rows meet the same conditions."},
        every_month=True,
    ),
    RuleDefinition(
        Rule.FOREIGN_ROW,
        "a value should be stored under the vendor that owns its metric; otherwise it is ignored",
        _WARN,
        _VALUE,
        checks={
            "values_belong_to_their_vendor": "No value is stored under a vendor that does not own its metric."
        },
    ),
    RuleDefinition(
        Rule.FUTURE_PUBLICATION,
        "no publication can be dated in the future",
        _WARN,
        checks={"publication_is_not_in_the_future": "The publication is not dated in the future."},
        every_month=True,
    ),
    RuleDefinition(
        Watch.SILENT_SOURCE,
        f"a source has had no successful collection for more than {limits.SILENCE}",
        _ERROR,
        limits=(limits.SILENCE,),
    ),
    RuleDefinition(
        Watch.MISSING_NIGHT,
        f"no nightly collection has begun for more than {limits.SILENCE}",
        _ERROR,
        limits=(limits.SILENCE,),
    ),
)

RULES: Mapping[Rule, RuleDefinition] = MappingProxyType(
    {each.name: each for each in _TABLE if isinstance(each.name, Rule)}
)
"""Every rule that makes findings, in the order in which people read them."""

WATCHES: Mapping[Watch, RuleDefinition] = MappingProxyType(
    {each.name: each for each in _TABLE if isinstance(each.name, Watch)}
)
"""What is watched from night to night."""

CHECKS: Mapping[str, CheckDefinition] = MappingProxyType(
    {
        name: CheckDefinition(name, description, rule, each.blocking)
        for rule, each in RULES.items()
        for name, description in each.checks.items()
    }
)
"""Every check by its name."""

POINT_RULES = tuple(rule for rule, each in RULES.items() if each.point)
"""The rules that say of a month's value that it stands out: an expected one is left out of later baselines."""


def found(
    rule: Rule,
    subject: str,
    period: Period,
    value: Decimal | None,
    *,
    expected: str,
    sentence: str,
    moves: tuple[str, ...] = (),
    threshold_type: ThresholdType | None = None,
    listed: Iterable[str] = (),
) -> Finding:
    """A finding of `rule`, as severe as the table says."""
    return Finding(
        rule,
        RULES[rule].severity,
        subject,
        period,
        value,
        expected,
        sentence,
        moves,
        threshold_type,
        tuple(listed),
    )
