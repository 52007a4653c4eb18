"""Reading: what pages, checks and exports are told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qbr_pipeline.metrics.catalogue import METRICS, Vendor
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store import reading
from qbr_pipeline.store.database import open_database
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.refresh import refresh_month
from qbr_pipeline.store.thresholds import read_limits
from qbr_pipeline.store.values import read_facts, read_values
from qbr_pipeline.store.vendors import MissingVendorError, vendor_ids
from qbr_pipeline_tests.entries import release, set_value, set_values
from qbr_pipeline_tests.store.kept import publications_of

MARCH = Month(2025, 3)
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)

WORKED_QUARTER = {
    Month(2025, 1): "354 355 146.46 597",
    Month(2025, 2): "294 294 138.30 594",
    Month(2025, 3): "433 431 167.32 591",
}


def test_the_worked_quarter_of_the_specification(database):
    for month, line in WORKED_QUARTER.items():
        created, closed, hours, endpoints = map(Decimal, line.split())
        is_last = month == MARCH
        set_values(
            database,
            month,
            {
                "reactive_tickets_created": created,
                "reactive_tickets_closed": closed,
                "reactive_time_spent": hours,
                "endpoints_managed": endpoints,
                "seats_managed": Decimal(546),
                "technical_employees": Decimal("5.5"),
                "employees": Decimal("8.5"),
                "agreements": Decimal(37),
                "net_profit": Decimal(54_001) if is_last else Decimal(0),
                "total_revenue": Decimal(515_488) if is_last else Decimal(0),
                "mrr": Decimal(329_960) if is_last else Decimal(0),
                "nrr": Decimal(32_280) if is_last else Decimal(0),
            },
            by="Kim",
            now=NOW,
        )
    kept = database.fetch(reading.read_smartnumbers, Quarter(2025, 1))
    shown = {
        key: SMARTNUMBERS[key].display(each.value) for key, each in kept.items() if each.value is not None
    }
    assert shown == {
        "tickets_per_tech_per_month": "65.45",
        "total_close_pct": "99.91 %",
        "tickets_per_endpoint_per_month": "0.6066",
        "rhem": "0.2537",
        "avg_resolution_time": "0.4186",
        "reactive_service_pct": "16.41 %",
        "net_profit_pct": "10.48 %",
        "revenue_from_services_pct": "70.27 %",
        "services_from_mrr_pct": "91.09 %",
        "annual_service_rev_per_employee": "$170,465.88",
        "annual_service_rev_per_tech": "$263,447.27",
        "avg_aisp": "$201.44",
        "avg_mrr_per_agreement": "$2,972.61",
    }
    assert not any(each.provisional for key, each in kept.items() if key in shown)


def test_values_come_in_the_catalogues_order_and_with_its_decimals(database):
    set_values(
        database,
        MARCH,
        {"mrr": Decimal(1), "nrr": Decimal(2), "gross_margin": Decimal("0.5")},
        by="K",
        now=NOW,
    )
    kept = database.fetch(read_values, MARCH)
    assert list(kept) == [key for key in METRICS if key in kept]
    assert (str(kept["mrr"].value), str(kept["gross_margin"].value)) == ("1.00", "0.5000")


def test_a_month_in_progress_makes_provisional_numbers_that_lose_the_mark_when_it_is_over(database):
    set_value(database, MARCH, "new_mrr", Decimal(10), by="Kim", now=datetime(2025, 3, 20, tzinfo=UTC))
    for period in (MARCH, MARCH.quarter):
        assert database.fetch(reading.read_smartnumbers, period)["new_mrr_added"].provisional
    with database.begin() as connection:
        assert refresh_month(connection, database, MARCH, MARCH.end(database.timezone)) == ()
    assert not database.fetch(reading.read_smartnumbers, MARCH)["new_mrr_added"].provisional
    assert database.fetch(reading.read_smartnumbers, MARCH.quarter)["new_mrr_added"].provisional


def test_recomputing_a_month_from_stored_values_says_so_in_the_history(database):
    set_values(
        database,
        MARCH,
        {"cash_reserve": Decimal(9), "average_monthly_expenses": Decimal(3)},
        by="Kim",
        now=NOW,
    )
    with database.begin() as connection:
        connection.execute(
            text("UPDATE qbr_metrics_monthly SET metric_value = 7 WHERE metric_name = 'cash_reserve_ratio'")
        )
    with database.begin() as connection:
        (change,) = refresh_month(connection, database, MARCH, NOW)
    assert (change.metric, change.old, change.new) == ("cash_reserve_ratio", 7, 3)


def test_several_months_are_read_as_of_one_moment(database):
    set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=NOW)
    facts = [
        database.fetch(read_facts, month, MARCH.end(database.timezone)) for month in (MARCH.previous, MARCH)
    ]
    assert [(each.month, each.values, each.is_over) for each in facts] == [
        (MARCH.previous, {}, True),
        (MARCH, {"mrr": 1}, True),
    ]


def test_months_with_values_are_told_oldest_first(database):
    assert database.fetch(reading.months_with_values) == []
    for month in (MARCH, Month(2024, 12)):
        set_value(database, month, "mrr", Decimal(1), by="Kim", now=NOW)
    assert database.fetch(reading.months_with_values) == [Month(2024, 12), MARCH]


def test_a_month_whose_values_were_all_released_counts_as_none(database):
    set_value(database, MARCH, "mrr", Decimal(1), by="Kim", now=NOW)
    assert database.fetch(reading.present_counts) == {MARCH: 1}
    release(database, MARCH, "mrr", by="Kim", now=NOW)
    assert database.fetch(reading.present_counts) == {}


def test_publications_are_told_oldest_first_and_the_newest_is_current(database, collector):
    assert database.fetch(current_publication, Vendor.NINJA, MARCH) is None
    collector.ninja([collector.device(1)], run_id="a", facts={"devices": 1})
    collector.ninja([collector.device(1), collector.device(2)], run_id="b")
    told = database.fetch(publications_of, Vendor.NINJA, MARCH)
    assert [each.run_id for each in told] == ["a", "b"]
    assert told[0].facts == {"devices": {"devices": 1}}
    assert database.fetch(current_publication, Vendor.NINJA, MARCH) == told[1]
    assert database.fetch(reading.latest_publications) == {(Vendor.NINJA, MARCH): told[1]}


def test_another_organization_sees_nothing_of_ours(database, collector):
    collector.connectwise([collector.ticket(1)])
    with database.begin() as connection:
        connection.execute(text("INSERT INTO organization (name) VALUES ('Second')"))
    other = open_database(
        database.engine.url.render_as_string(hide_password=False),
        organization_id=2,
        timezone=database.timezone,
    )
    assert other.fetch(reading.organization_name) == "Second"
    assert other.fetch(read_values, MARCH) == {}
    assert other.fetch(reading.read_smartnumbers, MARCH) == {}
    assert other.fetch(reading.latest_publications) == {}
    set_value(other, MARCH, "mrr", Decimal(5), by="Kim", now=NOW)
    assert "mrr" not in database.fetch(read_values, MARCH)
    other.close()


def test_thresholds_are_told(database):
    with database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO qbr_thresholds (organization_id, metric_name, threshold_type, threshold_value) "
                "VALUES (1, 'rhem', 'warning', 0.25), (1, 'rhem', 'critical', 0.3)"
            )
        )
    assert [(limit.metric_name, limit.type, limit.value) for limit in database.fetch(read_limits)] == [
        ("rhem", "critical", Decimal("0.3")),
        ("rhem", "warning", Decimal("0.25")),
    ]


def test_a_reader_cannot_write(database):
    with pytest.raises(DBAPIError, match="read-only"), database.read() as connection:
        connection.execute(text("DELETE FROM qbr_thresholds"))


def test_moments_come_in_utc(database):
    set_value(database, MARCH, "mrr", Decimal(5), by="Kim", now=NOW)
    offset = database.fetch(read_values, MARCH)["mrr"].updated_at.utcoffset()
    assert offset is not None
    assert offset.total_seconds() == 0


def test_vendors_are_found_by_any_of_their_names_and_a_missing_one_is_named(database):
    with database.begin() as connection:
        ids = vendor_ids(connection)
        connection.execute(text("UPDATE vendor SET name = 'NINJARMM' WHERE name = 'Ninja'"))
        assert vendor_ids(connection) == ids
        connection.execute(text("UPDATE vendor SET name = 'Other' WHERE name = 'NINJARMM'"))
        with pytest.raises(MissingVendorError, match="Ninja or NinjaOne or NinjaRMM"):
            vendor_ids(connection)
