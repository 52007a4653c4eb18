"""A metric has one row in a month, under its owner; a row under another vendor is told and counts nowhere."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from qbr_pipeline.periods import Month
from qbr_pipeline.review.checks import ReviewContext
from qbr_pipeline.review.context import month_in_context
from qbr_pipeline.review.months import MONTHLY_METRICS
from qbr_pipeline.settings import Settings
from qbr_pipeline.store.foreign_rows import foreign_rows, unknown_rows
from qbr_pipeline.store.history import history
from qbr_pipeline.store.reading import metric_series, months_with_values, present_counts
from qbr_pipeline.store.values import LostWriteError, read_facts, read_facts_between, read_values
from qbr_pipeline_tests.entries import release, set_value
from qbr_pipeline_tests.store.conftest import MARCH, NOW

SEATS = "seats_managed"


def insert_under(database, vendor, metric=SEATS, value=999, period=MARCH):
    with database.begin() as connection:
        return connection.execute(
            text(
                "INSERT INTO qbr_metrics_monthly (period, organization_id, vendor_id, metric_name, metric_value)"
                " SELECT :period, 1, id, :metric, :value FROM vendor WHERE name = :vendor RETURNING id"
            ),
            {"period": str(period), "metric": metric, "value": value, "vendor": vendor},
        ).scalar_one()


def test_what_a_person_enters_is_what_is_stored_and_read_beside_a_row_under_another_vendor(database) -> None:
    insert_under(database, "Manual")
    (change,) = set_value(database, MARCH, SEATS, Decimal(51), by="Kim", now=NOW)
    assert (change.old, change.new) == (None, 51)
    assert database.fetch(read_values, MARCH)[SEATS].value == 51
    assert database.fetch(metric_series, SEATS, MARCH, MARCH) == {MARCH: 51}
    assert [(entry.old_value, entry.new_value) for entry in database.fetch(history, MARCH, SEATS)] == [
        (None, 51)
    ]
    release(database, MARCH, SEATS, by="Kim", now=NOW)
    assert database.fetch(read_values, MARCH)[SEATS].value is None


def test_a_row_under_another_vendor_counts_nowhere(database) -> None:
    insert_under(database, "Manual")
    assert database.fetch(read_values, MARCH) == {}
    assert database.fetch(metric_series, SEATS, MARCH, MARCH) == {}
    assert database.fetch(present_counts) == {}
    assert database.fetch(read_facts, MARCH, NOW).values == {}
    with database.read() as connection:
        (facts,) = read_facts_between(connection, database, MARCH, MARCH, NOW)
    assert facts.values == {}


def test_a_row_under_another_vendor_is_found_with_its_owner(database) -> None:
    number = insert_under(database, "QuickBooks")
    insert_under(database, "Manual", "phone_calls_answered")
    insert_under(database, "Ninja", period=Month(2025, 4))
    with database.read() as connection:
        (found,) = foreign_rows(connection, database)
        assert foreign_rows(connection, database, Month(2025, 4)) == []
    assert (found.id, found.month, found.metric, found.stands_under, found.owner, found.value) == (
        number,
        MARCH,
        SEATS,
        "QuickBooks",
        "Ninja",
        999,
    )


@pytest.mark.parametrize("period", ["2025-13", "total", "", "0001-01", "2025-1", "٢٠٢٥-٠٣"])
def test_a_row_of_no_month_counts_nowhere_and_is_told(database, period) -> None:
    set_value(database, MARCH, SEATS, Decimal(51), by="Kim", now=NOW)
    insert_under(database, "Ninja", period=period)
    assert database.fetch(months_with_values) == [MARCH]
    assert set(database.fetch(present_counts)) == {MARCH}
    assert database.fetch(metric_series, SEATS, Month(1900, 1), Month(2999, 12)) == {MARCH: 51}
    assert database.fetch(foreign_rows) == []
    assert database.fetch(unknown_rows) == [(period, SEATS)]


def test_a_row_of_no_metric_is_told(database) -> None:
    insert_under(database, "Manual", "phone_calls_answered")
    assert database.fetch(unknown_rows) == [("2025-03", "phone_calls_answered")]


def test_the_review_of_its_month_says_how_to_mend_it(database) -> None:
    number = insert_under(database, "Manual")
    with database.begin() as connection:
        context = ReviewContext(connection, database, Settings.read({}).review, MARCH, NOW)
        found = MONTHLY_METRICS.run(month_in_context(context))
    (finding,) = found["values_belong_to_their_vendor"]
    assert (finding.subject, finding.value) == (SEATS, 999)
    assert f"DELETE FROM qbr_metrics_monthly WHERE id = {number}" in finding.sentence
    assert "qbr metric set 2025-03 seats_managed" in finding.sentence


def test_a_write_that_changes_no_row_is_an_error_and_leaves_no_history(database) -> None:
    set_value(database, MARCH, SEATS, Decimal(51), by="Kim", now=NOW)
    with database.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                "CREATE TRIGGER lost BEFORE UPDATE ON qbr_metrics_monthly FOR EACH ROW EXECUTE FUNCTION lose()"
            )
        )
    with pytest.raises(LostWriteError, match="seats_managed of 2025-03 was not stored: 0 rows"):
        set_value(database, MARCH, SEATS, Decimal(52), by="Kim", now=NOW)
    assert len(database.fetch(history, MARCH, SEATS)) == 1
