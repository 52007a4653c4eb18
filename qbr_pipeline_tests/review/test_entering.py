"""Entering values: one way for the API and the command line, from the text that was typed to the findings."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.metrics.values import InvalidValueError
from qbr_pipeline.periods import Month
from qbr_pipeline.review import entering
from qbr_pipeline.review.entering import Entry, NotReviewedError, enter_values
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.findings.reading import FindingFilter, State, find
from qbr_pipeline.store.history import history
from qbr_pipeline.store.values import read_values

NOW = datetime(2025, 6, 20, 12, tzinfo=UTC)
APRIL, MAY = Month(2025, 4), Month(2025, 5)
RULES = Settings.read({}).review


def test_what_is_entered_as_text_is_stored_with_what_follows_and_reviewed(database) -> None:
    enter_values(database, RULES, APRIL, Entry("Ann", {"employees": "8"}), NOW)
    outcome = enter_values(database, RULES, MAY, Entry("Ann", {"employees": "12", "mrr": "100"}), NOW)
    assert outcome.values == {"employees": Decimal("12.00"), "mrr": Decimal("100.00")}
    assert {each.metric for each in outcome.changes} >= {"employees", "mrr"}
    open_ = database.fetch(find, FindingFilter(states=[State.OPEN]), NOW, limit=100, offset=0).findings
    assert "employees" in {each.finding.subject for each in open_}


def test_one_value_with_a_fault_keeps_the_whole_entry_out(database) -> None:
    with pytest.raises(InvalidValueError, match="Employees"):
        enter_values(database, RULES, MAY, Entry("Ann", {"mrr": "100", "employees": "many"}), NOW)
    assert database.fetch(read_values, MAY) == {}


def test_a_rehearsal_says_what_would_follow_and_what_is_at_fault_and_keeps_nothing(database) -> None:
    entry = Entry("Ann", {"mrr": "100", "employees": "many"})
    outcome = enter_values(database, RULES, MAY, entry, NOW, rehearsal=True)
    assert list(outcome.faults) == ["employees"]
    assert outcome.values == {"mrr": Decimal("100.00")}
    assert [each.metric for each in outcome.changes if each.metric == "mrr"] == ["mrr"]
    assert (database.fetch(read_values, MAY), database.fetch(history, MAY)) == ({}, [])


def test_what_is_handed_back_is_reviewed_as_well(database) -> None:
    for month, employees in ((APRIL, "8"), (MAY, "12")):
        enter_values(database, RULES, month, Entry("Ann", {"employees": employees}), NOW)
    enter_values(database, RULES, APRIL, Entry("Ann", released=["employees"]), NOW)
    open_ = database.fetch(find, FindingFilter(states=[State.OPEN]), NOW, limit=100, offset=0).findings
    assert not [each for each in open_ if each.finding.subject == "employees" and each.finding.period == MAY]


def test_a_review_that_fails_says_that_the_values_are_stored(database, monkeypatch) -> None:
    monkeypatch.setattr(entering, "review_after_all", lambda *_: 1 / 0)
    with pytest.raises(NotReviewedError, match="is stored"):
        enter_values(database, RULES, MAY, Entry("Ann", {"mrr": "100"}), NOW)
    assert database.fetch(read_values, MAY)["mrr"].value == 100
