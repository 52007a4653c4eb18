"""The table of rules: whole, used, and the only place of its numbers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.metrics.findings import Rule, Severity
from qbr_pipeline.metrics.rules import limits
from qbr_pipeline.metrics.rules.definition import Watch
from qbr_pipeline.metrics.rules.limits import Limit, LimitUnit
from qbr_pipeline.metrics.rules.table import CHECKS, POINT_RULES, RULES, WATCHES, found
from qbr_pipeline.periods import Month
from qbr_pipeline.review.boards import BOARDS
from qbr_pipeline.review.books import ACCOUNTS
from qbr_pipeline.review.checks import Check
from qbr_pipeline.review.reviewing import OF_A_MONTH, OF_A_QUARTER
from qbr_pipeline.review.staged import STAGED

MAY = Month(2025, 5)
PRODUCT = Path(limits.__file__).parents[2]
REVIEWS = (BOARDS, *STAGED, ACCOUNTS, *OF_A_MONTH, *OF_A_QUARTER)


def all_limits() -> dict[str, Limit]:
    return {name: each for name, each in vars(limits).items() if isinstance(each, Limit)}


def test_every_rule_that_can_be_found_is_in_the_table_and_has_a_check() -> None:
    assert list(RULES) == list(Rule)
    assert list(WATCHES) == list(Watch)
    assert {each.rule for each in CHECKS.values()} == set(Rule)


def test_every_check_of_the_table_is_applied_by_a_review_and_no_review_has_another() -> None:
    assert {check.name for review in REVIEWS for check in review.checks} == CHECKS.keys()


def test_a_check_of_a_name_that_no_rule_has_cannot_be_made() -> None:
    with pytest.raises(KeyError, match="no rule has a check broken; expected one of values_are_valid, "):
        Check("broken", lambda _: [])


def test_exactly_the_rules_that_are_errors_block() -> None:
    assert {rule for rule, each in RULES.items() if each.blocking} == {
        Rule.INVALID_VALUE,
        Rule.COUNT_MISMATCH,
        Rule.OUTSIDE_WINDOW,
        Rule.TICKETS_UNREADABLE,
        Rule.ROWS_LOST,
        Rule.UNKNOWN_BOARD,
        Rule.BOOKS_UNBALANCED,
        Rule.ACCOUNTS_UNCOUNTED,
        Rule.OTHER_CURRENCY,
    }
    assert not any(each.blocking for each in WATCHES.values())


@given(rule=st.sampled_from(Rule))
def test_a_finding_is_as_severe_as_its_rule(rule: Rule) -> None:
    finding = found(rule, "nrr", MAY, None, expected="another", sentence="It is odd.")
    assert (finding.rule, finding.severity) == (rule, RULES[rule].severity)
    assert finding.blocks is (RULES[rule].severity is Severity.ERROR)


def test_every_limit_is_one_of_a_rule_and_stands_under_its_own_name() -> None:
    of_rules = {each.name for rule in (*RULES.values(), *WATCHES.values()) for each in rule.limits}
    assert {each.name for each in all_limits().values()} == of_rules
    assert {name.lower(): each.name for name, each in all_limits().items()} == {
        name: name for name in of_rules
    }


def test_the_limits_are_those_of_the_specification() -> None:
    assert {name.lower(): str(each) for name, each in all_limits().items()} == {
        "rereads": "3",
        "outside_rows": "3",
        "outside_share": "1 %",
        "without_hours": "20 %",
        "not_found": "2 %",
        "unreadable": "20 %",
        "first_day_of_flows": "day 7",
        "least_expected": "50",
        "lost": "50 %",
        "lost_rows": "3",
        "least_created": "30",
        "least_closed": "20 %",
        "least_minutes": "3 minutes",
        "change_of_flow": "50 %",
        "change_of_stock": "25 %",
        "baseline_months": "12 months",
        "least_baseline": "6 months",
        "moving_ranges": "2.66",
        "unusual_flow": "30 %",
        "unusual_stock": "10 %",
        "restated_share": "1 %",
        "restated_units": "one unit",
        "snapshot_age": "3 days",
        "snapshot_part": "50 %",
        "unseen": "60 days",
        "consent_not_renewed": "14 days",
        "consent_ends": "60 days",
        "total_tolerance": "$0.01",
        "ratio_tolerance": "0.00005",
        "silence": "26 hours",
    }


def test_the_words_of_a_rule_are_sentences_that_hold_its_limits() -> None:
    for each in (*RULES.values(), *WATCHES.values()):
        assert re.fullmatch(r"[A-Z][^\n]+\.", each.description)
        assert all(re.fullmatch(r"[A-Z][^\n]+\.", words) for words in each.checks.values())
    assert "at least 50 %, or a stock by 25 %" in RULES[Rule.CHANGE].description
    assert "at most 3 days old" in CHECKS["snapshot_is_fresh_and_whole"].description


def test_the_rules_of_single_values_are_zero_implausible_change_and_unusual() -> None:
    assert POINT_RULES == (Rule.ZERO, Rule.IMPLAUSIBLE, Rule.CHANGE, Rule.UNUSUAL)


def test_a_limit_knows_its_number_in_each_form_that_it_has() -> None:
    assert limits.CHANGE_OF_FLOW.exact == Fraction(1, 2)
    assert limits.LEAST_BASELINE.whole == 6
    assert limits.SILENCE.duration == timedelta(hours=26)
    with pytest.raises(ValueError, match=r"moving_ranges is 2\.66; expected a whole number"):
        _ = limits.MOVING_RANGES.whole
    with pytest.raises(
        ValueError, match="least_expected is counted in count; expected days, hours or minutes"
    ):
        _ = limits.LEAST_EXPECTED.duration


@given(hours=st.decimals(min_value=1, max_value=1000, places=0))
def test_a_duration_is_as_long_as_it_says(hours: Decimal) -> None:
    limit = Limit("some", hours, LimitUnit.HOURS, "So long.")
    assert limit.duration == timedelta(hours=int(hours))
    assert limit.exact == limit.whole


def sources() -> Iterator[tuple[Path, str]]:
    for path in sorted(PRODUCT.rglob("*.py")):
        if not {"rules", "demo", "versions"} & set(path.relative_to(PRODUCT).parts):
            yield path, path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(r"hours=26|26 ?\* ?3600|\b26 hours", id="26 hours"),
        pytest.param(r"\b50 %|Fraction\(50,|Fraction\(1, 2\)", id="50 %"),
        pytest.param(r"\b1 % and one unit|/ ?100\b(?!0)", id="1 %"),
        pytest.param(r"days=3\b|\b3 days old", id="3 days"),
        pytest.param(r"2\.66|Fraction\(266", id="2.66"),
    ],
)
def test_no_limit_stands_anywhere_else_in_the_product(copy: str) -> None:
    assert [path.name for path, text in sources() if re.search(copy, text)] == []
