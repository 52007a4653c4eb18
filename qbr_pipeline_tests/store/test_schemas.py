"""A schema of our own, beside tables of our names that another program has made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline.store.database import open_database
from qbr_pipeline.store.migrating import TablesTakenError, current, downgrade, pending, upgrade
from qbr_pipeline.store.values import read_values
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.entries import set_value
from qbr_pipeline_tests.store.seed import SEED
from qbr_pipeline_tests.store.test_migrating import INVENTORY, dump, run, vendors

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
SIX = [
    "qbr_collection_log",
    "qbr_metrics_monthly",
    "qbr_metrics_quarterly",
    "qbr_smartnumbers",
    "qbr_thresholds",
]
TAKEN = ", ".join(f"public.{name}" for name in SIX)


@pytest.fixture
def empty(empty_database: Callable[[], str]) -> str:
    return empty_database()


@pytest.fixture
def seeded(empty: str) -> str:
    """A database in which the first plan's phase 1 was done by another program."""
    run(empty, SEED)
    return empty


def tables_of(url: str, schema: str) -> set[str]:
    rows = run(url, f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")
    return {str(name) for (name,) in rows}


def test_tables_of_our_names_are_named_in_a_sentence_with_the_ways_out_and_left_alone(seeded):
    before = dump(seeded)
    for action in (lambda: upgrade(seeded, "Example MSP"), lambda: pending(seeded)):
        with pytest.raises(TablesTakenError) as raised:
            action()
        sentence = str(raised.value)
        assert TAKEN in sentence
        assert "QBR_DATABASE_SCHEMA" in sentence
        assert "`qbr db adopt`" in sentence
        assert "\n" not in sentence
    assert downgrade(seeded) == []
    assert dump(seeded) == before


def test_in_a_schema_of_our_own_everything_of_ours_lives_there_and_nothing_else_changes(seeded):
    before = dump(seeded)
    upgrade(seeded, "Example MSP", schema="qbr")
    assert current(seeded, schema="qbr") is not None
    assert pending(seeded, schema="qbr") == {}
    assert {*SIX, "qbr_alembic_version", "qbr_metrics_history"} <= tables_of(seeded, "qbr")
    assert not {"vendor", "organization"} & tables_of(seeded, "qbr")
    gone = before - dump(seeded)
    assert all("setval" in line for line in gone)
    assert vendors(seeded)["ConnectWise"] == 3
    assert downgrade(seeded, schema="qbr") == []
    assert dump(seeded) == before


def test_a_schema_of_our_own_in_an_empty_database_holds_vendor_and_organization_too(empty):
    untouched = dump(empty)
    upgrade(empty, "Example MSP", schema="qbr")
    assert {"vendor", "organization", *SIX} <= tables_of(empty, "qbr")
    assert tables_of(empty, "public") == set()
    assert downgrade(empty, schema="qbr") == []
    assert dump(empty) == untouched


def test_in_an_inventory_database_vendor_is_found_through_the_search_path(empty):
    run(empty, INVENTORY)
    run(empty, "CREATE SCHEMA inventory; ALTER TABLE vendor SET SCHEMA inventory")
    name = run(empty, "SELECT current_database()")[0][0]
    run(empty, f"ALTER DATABASE {name} SET search_path = inventory, public")
    upgrade(empty, "Example MSP", schema="qbr")
    assert "vendor" not in tables_of(empty, "qbr")
    assert "vendor" in tables_of(empty, "inventory")
    assert vendors(empty)["Cove"] == 1


def test_values_are_written_and_read_there_and_the_tables_beside_stay_as_they_are(seeded):
    upgrade(seeded, "Example MSP", schema="qbr")
    db = open_database(seeded, timezone=CHICAGO, schema="qbr")
    set_value(db, MARCH, "mrr", Decimal(7), by="Kim", note="n", now=NOW)
    assert db.fetch(read_values, MARCH)["mrr"].value == 7
    db.close()
    assert run(seeded, "SELECT metric_value FROM qbr.qbr_metrics_monthly WHERE notes = 'n'") == [(7,)]
    assert run(seeded, "SELECT count(*), sum(metric_value) FROM public.qbr_metrics_monthly") == [
        (4, Decimal("1002.50"))
    ]


def test_an_installation_without_a_schema_is_not_taken_for_the_one_in_it(empty):
    upgrade(empty, "Example MSP")
    assert current(empty, schema="qbr") is None
    upgrade(empty, "Example MSP", schema="qbr")
    assert "qbr_metrics_monthly" in tables_of(empty, "qbr")
    downgrade(empty, schema="qbr")
    assert current(empty) is not None


def test_a_schema_that_was_there_before_us_stays_after_a_downgrade(empty):
    run(empty, "CREATE SCHEMA qbr")
    upgrade(empty, "Example MSP", schema="qbr")
    assert downgrade(empty, schema="qbr") == []
    assert run(empty, "SELECT 1 FROM pg_namespace WHERE nspname = 'qbr'") == [(1,)]


def test_a_schema_of_ours_in_which_others_have_made_something_stays_and_says_so(empty):
    upgrade(empty, "Example MSP", schema="qbr")
    run(empty, "CREATE TABLE qbr.notes (id integer)")
    assert downgrade(empty, schema="qbr") == ["schema qbr stays: notes are in it"]
