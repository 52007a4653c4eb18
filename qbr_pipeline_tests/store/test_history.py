"""The history: append-only, complete for who reads with a cursor, and enough to tell any earlier state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import clock, database_now, open_database
from qbr_pipeline.store.history import changes_after, history, horizon, read_facts_as_of
from qbr_pipeline.store.values import (
    DataSource,
    NewValue,
    Origin,
    ValueChangeCause,
    read_facts,
    read_values,
    write_values,
)
from qbr_pipeline_tests.entries import release, set_value, set_values

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE qbr_metrics_history SET new_value = 0",
        "DELETE FROM qbr_metrics_history",
        "TRUNCATE qbr_metrics_history",
    ],
)
def test_the_database_refuses_to_change_the_history(database, statement):
    set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=NOW)
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
        connection.exec_driver_sql(statement)
    assert len(database.fetch(history, MARCH)) == 1


def test_the_values_as_of_a_moment_are_those_of_then(database):
    before = database_now(database)
    set_values(
        database,
        MARCH,
        {"cash_reserve": Decimal(100), "average_monthly_expenses": Decimal(50)},
        by="Kim",
        now=NOW,
    )
    first = database.fetch(history, MARCH)[-1].changed_at
    set_value(database, MARCH, "cash_reserve", Decimal(200), by="Kim", now=NOW)
    release(database, MARCH, "average_monthly_expenses", by="Kim", now=NOW)
    assert database.fetch(read_facts_as_of, MARCH, before).values == {}
    assert database.fetch(read_facts_as_of, MARCH, first - timedelta(microseconds=1)).values == {}
    assert database.fetch(read_facts_as_of, MARCH, first).values == {
        "cash_reserve": 100,
        "average_monthly_expenses": 50,
        "cash_reserve_ratio": 2,
    }
    assert database.fetch(read_facts_as_of, MARCH, database_now(database)).values == {"cash_reserve": 200}
    assert database.fetch(read_facts, MARCH, NOW).values == {"cash_reserve": 200}


def test_all_changes_of_one_transaction_bear_one_moment(database):
    set_values(
        database,
        MARCH,
        {"cash_reserve": Decimal(100), "average_monthly_expenses": Decimal(50)},
        by="Kim",
        now=NOW,
    )
    assert len({entry.changed_at for entry in database.fetch(history, MARCH)}) == 1
    assert len(database.fetch(history, MARCH)) == 3


def test_a_reader_with_a_cursor_sees_every_change_once(database):
    seen, cursor = database.fetch(changes_after, 0)
    assert seen == []
    set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=NOW)
    seen, cursor = database.fetch(changes_after, cursor)
    assert [entry.metric for entry in seen] == ["mrr"]
    assert database.fetch(changes_after, cursor) == ([], cursor)
    set_value(database, MARCH, "mrr", Decimal(2), by="Kim", now=NOW)
    seen, cursor = database.fetch(changes_after, cursor)
    assert [entry.new_value for entry in seen] == [2]


def test_a_change_that_began_first_and_commits_last_is_not_missed(database):
    slow = database.engine.connect()
    transaction = slow.begin()
    origin = Origin(ValueChangeCause.ENTRY, clock(slow), by="Kim")
    new = {"mrr": NewValue(Decimal(1), DataSource.MANUAL)}
    write_values(slow, database, MARCH, new, origin)
    set_value(database, MARCH.plus(-6), "mrr", Decimal(2), by="Kim", now=NOW)
    seen, cursor = database.fetch(changes_after, 0)
    assert seen == []
    transaction.commit()
    slow.close()
    seen, cursor = database.fetch(changes_after, cursor)
    assert [entry.new_value for entry in seen] == [1, 2]
    assert database.fetch(changes_after, cursor)[0] == []


def test_the_horizon_is_where_a_new_reader_begins(database):
    set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=NOW)
    with database.read() as connection:
        cursor = horizon(connection)
    set_value(database, MARCH, "mrr", Decimal(2), by="Kim", now=NOW)
    seen, _ = database.fetch(changes_after, cursor)
    assert [entry.new_value for entry in seen] == [2]


def test_a_cursor_of_another_server_begins_anew(database):
    set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=NOW)
    seen, cursor = database.fetch(changes_after, 2**60)
    assert [entry.metric for entry in seen] == ["mrr"]
    assert cursor < 2**60


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from(["reactive_tickets_created", "mrr"]), st.integers(0, 3)),
        st.tuples(st.just("release"), st.sampled_from(["reactive_tickets_created", "mrr"]), st.just(0)),
        st.tuples(st.just("publish"), st.just(""), st.integers(0, 3)),
    ),
    max_size=8,
)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(actions=ACTIONS)
def test_whatever_is_done_the_history_ends_with_what_is_stored(fresh_database, database, collector, actions):
    db = open_database(fresh_database(), timezone=database.timezone)
    collector.db = db
    for kind, metric, number in actions:
        match kind:
            case "set":
                set_value(db, MARCH, metric, Decimal(number), by="Kim", now=NOW)
            case "release":
                release(db, MARCH, metric, by="Kim", now=NOW)
            case "publish":
                collector.connectwise([collector.ticket(n) for n in range(number)])
    kept = db.fetch(read_values, MARCH)
    for metric, value in kept.items():
        entries = db.fetch(history, MARCH, metric)
        assert (entries[-1].new_value, entries[-1].new_source) == (value.value, value.source)
        assert entries[-1].changed_at == value.updated_at
        for earlier, later in pairwise(entries):
            assert (later.old_value, later.old_source) == (earlier.new_value, earlier.new_source)
    assert {entry.metric for entry in db.fetch(history, MARCH)} == kept.keys()
    db.close()
