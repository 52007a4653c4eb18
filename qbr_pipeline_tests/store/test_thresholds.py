"""Thresholds: set all or none, deleted, and never a warning that is worse than its critical one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from qbr_pipeline.metrics.findings import ThresholdType
from qbr_pipeline.metrics.thresholds import Threshold, ThresholdError
from qbr_pipeline.store import schema
from qbr_pipeline.store.thresholds import delete_thresholds, read_limits, set_thresholds

WARNING, CRITICAL = ThresholdType


def limit(name: str, type_: ThresholdType, value: object) -> Threshold:
    return Threshold(name, type_, Decimal(str(value)))


def test_thresholds_are_kept_under_the_key_and_read_back_the_critical_one_first(database):
    stored = set_thresholds(database, [limit("MRR", WARNING, 100), limit("mrr", CRITICAL, "90.5")])
    assert (
        stored == database.fetch(read_limits) == [limit("mrr", CRITICAL, "90.5"), limit("mrr", WARNING, 100)]
    )


def test_a_list_is_set_whole_or_not_at_all(database):
    with pytest.raises(ThresholdError, match="cannot have a threshold"):
        set_thresholds(database, [limit("mrr", WARNING, 100), limit("owner_comp", WARNING, 1)])
    assert database.fetch(read_limits) == []


def test_a_list_is_judged_as_it_will_stand_not_in_its_order(database):
    set_thresholds(database, [limit("mrr", WARNING, 100), limit("mrr", CRITICAL, 90)])
    moved = [limit("mrr", WARNING, 80), limit("mrr", CRITICAL, 70)]
    assert set_thresholds(database, moved) == moved[::-1]
    assert set_thresholds(database, [limit("mrr", CRITICAL, 90), limit("mrr", WARNING, 100)]) == [
        limit("mrr", CRITICAL, 90),
        limit("mrr", WARNING, 100),
    ]


def test_one_is_judged_against_what_is_set_already(database):
    set_thresholds(database, [limit("reactive_tickets_created", CRITICAL, 500)])
    with pytest.raises(ThresholdError, match="is worse than the critical threshold"):
        set_thresholds(database, [limit("# of Reactive Tickets Created", WARNING, 501)])
    assert database.fetch(read_limits) == [limit("reactive_tickets_created", CRITICAL, 500)]


def test_one_that_is_given_twice_is_refused_even_under_two_names(database):
    with pytest.raises(ThresholdError, match="the warning threshold of mrr is given twice"):
        set_thresholds(database, [limit("mrr", WARNING, 1), limit("MRR", WARNING, 1)])


def test_an_empty_list_sets_nothing(database):
    assert set_thresholds(database, []) == []


def test_the_same_value_again_changes_nothing_and_another_moves_updated_at_alone(database):
    def times():
        with database.read() as connection:
            return connection.execute(
                select(schema.thresholds.c.created_at, schema.thresholds.c.updated_at)
            ).one()

    set_thresholds(database, [limit("mrr", WARNING, 100)])
    first = times()
    set_thresholds(database, [limit("mrr", WARNING, "100.00")])
    assert times() == first
    set_thresholds(database, [limit("mrr", WARNING, 101)])
    assert times().created_at == first.created_at
    assert times().updated_at > first.updated_at


def test_deleting_says_what_was_there_and_leaves_the_rest(database):
    set_thresholds(database, [limit("mrr", WARNING, 2), limit("mrr", CRITICAL, 1), limit("nrr", WARNING, 3)])
    assert delete_thresholds(database, "mrr", CRITICAL) == [limit("mrr", CRITICAL, 1)]
    assert delete_thresholds(database, "mrr", CRITICAL) == []
    assert database.fetch(read_limits) == [limit("mrr", WARNING, 2), limit("nrr", WARNING, 3)]
    assert delete_thresholds(database, "mrr") == [limit("mrr", WARNING, 2)]
    assert database.fetch(read_limits) == [limit("nrr", WARNING, 3)]


def test_organizations_have_thresholds_of_their_own(database):
    with database.begin() as connection:
        connection.execute(text("INSERT INTO organization (id, name) VALUES (2, 'Other MSP')"))
    other = replace(database, organization_id=2)
    set_thresholds(database, [limit("mrr", WARNING, 1)])
    assert other.fetch(read_limits) == []
    assert delete_thresholds(other, "mrr") == []
    assert database.fetch(read_limits) == [limit("mrr", WARNING, 1)]


@pytest.mark.parametrize("attempt", range(4))
def test_two_writers_at_once_cannot_leave_a_warning_worse_than_the_critical_one(database, attempt):
    def writer(new: Threshold) -> bool:
        try:
            set_thresholds(database, [new])
        except ThresholdError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(writer, [limit("mrr", WARNING, 80), limit("mrr", CRITICAL, 90)]))
    assert sorted(done) == [False, True]
    assert len(database.fetch(read_limits)) == 1
