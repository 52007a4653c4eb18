"""One month from its vendors to its quarter, and everything that is to be seen of it afterwards."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import dagster as dg
import pytest

from qbr_pipeline.demo.connectwise.rows import Ticket, TimeEntry
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.periods import Month, Quarter
from qbr_pipeline.store.collection_log import CollectionOutcome
from qbr_pipeline.store.publications import current_publication
from qbr_pipeline.store.reading import read_quarterly, read_smartnumbers
from qbr_pipeline.store.values import read_values

MAY = Month(2025, 5)
INPUTS = {"technical_employees": "4", "employees": "6", "mrr": "30000.50", "nrr": "-1200", "agreements": "20"}


@pytest.fixture(scope="module")
def collected(lasting_companies):
    """May: four tickets of which two count as created and one as closed, 1.35 hours, ten devices."""
    company = lasting_companies()
    tenth = datetime(2025, 5, 10, 15, tzinfo=company.database.timezone)
    company.world.tickets.put(
        Ticket(1, tenth, status="Closed", closed_at=tenth + timedelta(hours=1), summary="Printer"),
        Ticket(2, tenth),
        Ticket(3, tenth, parent_id=2),
        Ticket(4, tenth, board="Projects", status="Closed", closed_at=tenth),
        Ticket(5, tenth - timedelta(days=30), status="Re-opened", closed_at=tenth),
    )
    company.world.entries.put(
        TimeEntry(1, tenth, 1, Decimal("0.25")),
        TimeEntry(2, tenth, 3, Decimal("1.1")),
        TimeEntry(3, tenth, 4, Decimal(5)),
        TimeEntry(4, tenth, 2, None),
        TimeEntry(5, tenth, 99, Decimal(7)),
    )
    company.add_snapshot(date(2025, 5, 31), 10)
    company.enter(MAY, **INPUTS)
    company.result = company.collect(MAY)
    return company


def raw_rows(company, table, *columns):
    with company.database.read() as connection:
        found = connection.exec_driver_sql(
            f"SELECT {', '.join(columns)} FROM {table} WHERE valid_to IS NULL ORDER BY source_id"
        )
        return [tuple(row) for row in found]


def test_values_are_published_beside_what_people_entered(collected) -> None:
    assert collected.result.success
    assert collected.values(MAY) == {
        "reactive_tickets_created": Decimal("2.00"),
        "reactive_tickets_closed": Decimal("1.00"),
        "reactive_time_spent": Decimal("1.35"),
        "endpoints_managed": Decimal("10.00"),
        "seats_managed": Decimal("10.00"),
        **{metric: Decimal(value).quantize(Decimal("0.01")) for metric, value in INPUTS.items()},
    }


def test_every_row_is_kept_with_the_reason_why_it_counts_or_not(collected) -> None:
    tickets = raw_rows(collected, "qbr_tickets", "source_id", "created_reason", "closed_reason")
    assert tickets == [
        (1, "counts", "counts"),
        (2, "counts", "status is New"),
        (3, "child of ticket 2", "child of ticket 2"),
        (5, "entered outside the month", "status is Re-opened"),
    ]
    entries = raw_rows(collected, "qbr_time_entries", "source_id", "counts", "reason")
    assert entries == [
        (1, True, "counts"),
        (2, True, "counts"),
        (3, False, "board is Projects"),
        (4, True, "counts, but has no hours"),
        (5, False, "ticket 99 was not found"),
    ]
    devices = raw_rows(collected, "qbr_devices", "counts_as_endpoint", "counts_as_seat", "reason")
    assert devices == [(True, True, "workstation")] * 10


def test_both_vendors_have_published_and_the_log_has_a_row_of_each(collected) -> None:
    run_id = collected.result.run_id
    for vendor, metrics in ((Vendor.CONNECTWISE, 3), (Vendor.NINJA, 2)):
        publication = collected.database.fetch(current_publication, vendor, MAY)
        assert publication.run_id == run_id
        assert publication.closed
        assert len(publication.found) == metrics
    assert collected.database.fetch(current_publication, Vendor.NINJA, MAY).snapshot_date == date(2025, 5, 31)
    rows = {row.vendor: row for row in collected.log(MAY)}
    assert rows.keys() == {Vendor.CONNECTWISE, Vendor.NINJA}
    assert {(row.run_id, row.status, row.message) for row in rows.values()} == {
        (run_id, CollectionOutcome.SUCCESS, None)
    }
    assert rows[Vendor.CONNECTWISE].metrics_collected == 3
    assert rows[Vendor.NINJA].metrics_collected == 2


def test_smartnumbers_of_the_month_and_of_its_quarter_follow(collected) -> None:
    numbers = collected.database.fetch(read_smartnumbers, MAY)
    assert len(numbers) == 18
    assert numbers["tickets_per_tech_per_month"].value == Decimal("0.25")
    assert numbers["total_close_pct"].value == Decimal("0.5")
    assert numbers["rhem"].value == Decimal("0.135")
    assert numbers["net_profit_pct"].value is None
    assert "lacks net_profit, total_revenue" in numbers["net_profit_pct"].method
    quarter = Quarter(2025, 2)
    assert collected.database.fetch(read_smartnumbers, quarter)["total_close_pct"].months_used == (MAY,)
    assert collected.database.fetch(read_quarterly, quarter)["reactive_time_spent"].value == Decimal("1.35")


def test_every_check_is_evaluated_once_and_for_its_month(collected) -> None:
    graph = collected.definitions.resolve_asset_graph()
    expected = {
        (key.asset_key.path[-1], key.name, str(MAY))
        for key in graph.asset_check_keys
        if not key.asset_key.path[-1].startswith("quarterly")
    }
    assert len(collected.result.get_asset_check_evaluations()) == len(expected)
    assert {key for key in collected.results() if key[2] == str(MAY)} == expected
    assert set(collected.failing(MAY)) == {
        "connectwise_time_entries.tickets_are_found",  # one of its few tickets was deleted, its entry was not
        "connectwise_time_entries.rows_say_what_decides",  # one of its few entries has no hours
        "monthly_metrics.inputs_are_entered",
    }
    missing = collected.failing(MAY)["monthly_metrics.inputs_are_entered"]
    assert missing.startswith("16 inputs of May 2025 are missing; they were due by June 10: ")


def test_a_quarter_is_computed_and_checked_under_its_own_key(collected) -> None:
    result = collected.run("refresh_quarter", Quarter(2025, 2))
    assert result.success
    assert ("quarterly_smartnumbers", "thresholds_are_kept", "2025-04") in collected.results()


def metadata(result, asset):
    (event,) = result.asset_materializations_for_node(f"qbr__{asset}")
    return {name: value.value for name, value in event.metadata.items()}


def test_metadata_tell_a_person_what_was_read_and_from_when_to_when(collected) -> None:
    tickets = metadata(collected.result, "connectwise_tickets")
    assert tickets["dagster/row_count"] == 4
    assert tickets["tickets entered, counted by ConnectWise"] == 3
    assert tickets["tickets closed, counted by ConnectWise"] == 2
    assert tickets["# of Reactive Tickets Created"] == 2.0
    assert tickets["window in America/Chicago"] == "2025-05-01 00:00 to 2025-06-01 00:00"
    assert tickets["window in UTC"] == "2025-05-01 05:00 to 2025-06-01 05:00"
    assert tickets["requests"] == 4
    assert metadata(collected.result, "ninja_devices")["snapshot"] == "2025-05-31"
    assert metadata(collected.result, "connectwise_metrics")["tickets added / changed / ended"] == "4 / 0 / 0"
    assert metadata(collected.result, "monthly_metrics")["present"] == "10 of 36"


def test_the_requests_of_a_month_stay_below_the_floor_of_pages_and_twelve(collected) -> None:
    assert metadata(collected.result, "connectwise_boards")["boards"] == ["Help Desk", "Projects"]
    assert collected.simulator.requests.total <= 3 + 12


def test_boards_and_their_statuses_are_asked_for_once_a_run(collected) -> None:
    asked = [
        request.path for request in collected.simulator.requests.last if "/service/boards" in request.path
    ]
    assert len(asked) == len(set(asked)) == 2


def test_every_materialization_and_every_check_carries_the_month(collected) -> None:
    events = [
        event.step_materialization_data.materialization
        for event in collected.result.all_events
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION
    ]
    assert len(events) == 8
    assert {event.partition for event in events} == {str(MAY)}
    assert {each.partition for each in collected.result.get_asset_check_evaluations()} == {str(MAY)}


def test_a_month_in_progress_ends_where_its_collection_begins(company) -> None:
    company.now = datetime(2025, 7, 20, 12, tzinfo=company.database.timezone)
    july = Month(2025, 7)
    later = company.now + timedelta(hours=1)
    company.world.tickets.put(Ticket(1, company.now - timedelta(seconds=1)), Ticket(2, later))
    company.simulator.clock = lambda: later + timedelta(hours=1)
    company.add_snapshot(date(2025, 7, 20), 5)
    assert company.collect(july).success
    assert company.reactive(july) == (1, 0, 0)
    assert company.database.fetch(current_publication, Vendor.CONNECTWISE, july).closed is False
    assert company.database.fetch(read_smartnumbers, july)["total_close_pct"].provisional


def test_nothing_is_stored_of_what_nobody_knows(company) -> None:
    assert company.collect(MAY).success
    assert company.values(MAY) == {
        "reactive_tickets_created": 0,
        "reactive_tickets_closed": 0,
        "reactive_time_spent": 0,
    }
    assert "endpoints_managed" not in company.database.fetch(read_values, MAY)
    (ninja,) = [row for row in company.log(MAY) if row.vendor is Vendor.NINJA]
    assert ninja.status is CollectionOutcome.PARTIAL
    assert ninja.message == "Ninja 2025-05: there is no device snapshot in this month"
