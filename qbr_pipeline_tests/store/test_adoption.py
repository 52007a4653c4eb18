"""Values of another program's tables: which become ours, which are left out and why, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbr_pipeline.periods import Month
from qbr_pipeline.store.adoption import AdoptionError, adopt
from qbr_pipeline.store.database import Database, open_database
from qbr_pipeline.store.history import history
from qbr_pipeline.store.migrating import upgrade
from qbr_pipeline.store.reading import read_quarterly
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import DataSource, ValueChangeCause, read_values
from qbr_pipeline_tests.conftest import CHICAGO
from qbr_pipeline_tests.entries import set_value
from qbr_pipeline_tests.store.seed import SEED
from qbr_pipeline_tests.store.test_migrating import dump, run

FEBRUARY, MARCH = Month(2025, 2), Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def url(empty_database: Callable[[], str]) -> str:
    """A database with another program's tables, and ours in a schema beside them."""
    url = empty_database()
    run(url, SEED)
    upgrade(url, "Example MSP", schema="qbr")
    return url


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    opened = open_database(url, timezone=CHICAGO, schema="qbr")
    yield opened
    opened.close()


def originals(url: str) -> set[str]:
    return {line for line in dump(url) if "public." in line}


def reasons(db: Database) -> dict[str, str]:
    return {each.what: each.reason for each in adopt(db, NOW).left_out}


def add(url: str, period: str, vendor: int, metric: str, value: str, source: str = "manual") -> None:
    run(
        url,
        "INSERT INTO public.qbr_metrics_monthly "
        "(period, organization_id, vendor_id, metric_name, metric_value, data_source) "
        f"VALUES ('{period}', 1, {vendor}, '{metric}', {value}, '{source}')",
    )


def test_a_rehearsal_says_what_it_would_do_and_changes_nothing(url, db):
    before = dump(url)
    adoption = adopt(db, NOW)
    assert (adoption.schema, len(adoption.values), len(adoption.thresholds)) == ("public", 4, 1)
    assert adoption.left_out == []
    assert {line for line in before ^ dump(url) if "setval" not in line} == set()


def test_values_become_manual_or_collected_ones_with_the_history_adopted(url, db):
    kept_as_they_are = originals(url)
    adopt(db, NOW, rehearsal=False)
    march = db.fetch(read_values, MARCH)
    created, closed, mrr = (
        march[key] for key in ("reactive_tickets_created", "reactive_tickets_closed", "mrr")
    )
    assert (created.value, created.source, created.entered_by) == (412, DataSource.COLLECTED, None)
    assert created.collected_at == datetime(2025, 4, 1, 4, tzinfo=UTC)
    assert (closed.value, closed.source, closed.entered_by, closed.notes) == (
        400,
        DataSource.MANUAL,
        "Ann",
        "counted",
    )
    assert (mrr.value, mrr.source, mrr.entered_by) == (100, DataSource.MANUAL, "Bob")
    assert db.fetch(read_values, FEBRUARY)["mrr"].source is DataSource.COLLECTED
    (entry,) = db.fetch(history, MARCH, "reactive_tickets_closed")
    assert (entry.cause, entry.changed_by, entry.note, entry.old_value) == (
        ValueChangeCause.ADOPTED,
        "Ann",
        "counted",
        None,
    )
    assert [str(each.value) for each in db.fetch(read_limits)] == ["50.0000"]
    assert db.fetch(read_quarterly, MARCH.quarter)["reactive_tickets_created"].value == 412
    assert originals(url) == kept_as_they_are


def test_adopting_again_changes_nothing_and_says_why(url, db):
    adopt(db, NOW, rehearsal=False)
    before = dump(url)
    again = adopt(db, NOW, rehearsal=False)
    assert (again.values, again.thresholds) == ([], [])
    assert {each.what: each.reason for each in again.left_out} == {
        "mrr of 2025-02": "has a value here already, $90.50",
        "mrr of 2025-03": "has a value here already, $100",
        "reactive_tickets_closed of 2025-03": "has a value here already, 400",
        "reactive_tickets_created of 2025-03": "has a value here already, 412",
        "warning threshold of mrr": "is set here already",
    }
    assert {line for line in before ^ dump(url) if "setval" not in line} == set()


def test_what_somebody_has_entered_here_is_never_replaced(db):
    set_value(db, MARCH, "mrr", Decimal(7), by="Kim", now=NOW)
    adopt(db, NOW, rehearsal=False)
    assert db.fetch(read_values, MARCH)["mrr"].value == 7


def test_every_value_that_is_not_ours_to_take_is_named_with_its_reason(url, db):
    add(url, "2025-03", 5, "phone_calls_answered", "5")
    add(url, "2025-13", 4, "mrr", "5")
    add(url, "1999-12", 4, "mrr", "5")
    add(url, "2025-07", 4, "mrr", "5")
    add(url, "2025-01", 5, "mrr", "5")
    add(url, "2025-01", 4, "nrr", "NULL")
    add(url, "2025-01", 4, "total_revenue", "5", "collected")
    add(url, "2024-12", 4, "mrr", "-5")
    run(url, "UPDATE public.qbr_thresholds SET metric_name = 'calls'")
    found = reasons(db)
    assert found["phone_calls_answered of 2025-03"] == "is not one of our metrics"
    assert found["mrr of 2025-13"].startswith('"2025-13" is not a month')
    assert found["mrr of 1999-12"] == found["mrr of 2025-07"] == "lies before 2000-01 or has not begun yet"
    assert found["mrr of 2025-01"] == "is stored under vendor 5, expected 4, QuickBooks"
    assert found["nrr of 2025-01"] == "holds no value"
    assert found["total_revenue of 2025-01"] == "is computed from its parts here"
    assert "is negative" in found["mrr of 2024-12"]
    assert found["warning threshold of calls"].startswith('"calls"')
    assert len(adopt(db, NOW, rehearsal=False).values) == 4


def test_a_fault_half_way_leaves_nothing(url, db):
    run(
        url,
        "CREATE FUNCTION qbr.fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''full''; END';"
        "CREATE TRIGGER fail BEFORE INSERT ON qbr.qbr_thresholds FOR EACH ROW EXECUTE FUNCTION qbr.fail()",
    )
    with pytest.raises(Exception, match="full"):
        adopt(db, NOW, rehearsal=False)
    assert db.fetch(read_values, MARCH) == {}


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            "ALTER TABLE qbr_metrics_monthly ADD COLUMN colour text",
            "public.qbr_metrics_monthly has an additional column colour",
        ),
        (
            "ALTER TABLE qbr_smartnumbers DROP COLUMN kpi_value",
            "public.qbr_smartnumbers lacks the column kpi_value",
        ),
        (
            "ALTER TABLE qbr_thresholds ALTER COLUMN threshold_value TYPE real",
            "public.qbr_thresholds.threshold_value is real, expected numeric(12,4)",
        ),
        ("DROP TABLE qbr_collection_log", "public.qbr_collection_log is missing"),
    ],
)
def test_tables_of_another_shape_are_refused_and_the_difference_named(url, db, change, difference):
    run(url, f"SET search_path = public; {change}")
    with pytest.raises(AdoptionError) as raised:
        adopt(db, NOW)
    assert difference in str(raised.value)


def test_where_there_is_nothing_to_adopt_a_sentence_says_so(db):
    with pytest.raises(AdoptionError, match="no tables with our names in schema elsewhere"):
        adopt(db, NOW, source="elsewhere")
