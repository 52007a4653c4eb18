from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from qbr_pipeline.periods import Month
from qbr_pipeline.vendors.ninja.access import InventoryDatabase, InventoryError, InventoryUnavailableError
from qbr_pipeline.vendors.ninja.inventory import Inventory
from qbr_pipeline.vendors.ninja.rules import classify_devices
from qbr_pipeline.vendors.ninja.snapshot import KnownSizes, Snapshot, SnapshotSource

if TYPE_CHECKING:
    from qbr_pipeline_tests.vendors.ninja.conftest import InventoryFixture

OCTOBER = Month(2025, 10)
LATER = date(2026, 3, 1)


def october(day: int) -> date:
    return date(2025, 10, day)


def read(source: SnapshotSource, month: Month = OCTOBER, today: date = LATER) -> Snapshot:
    snapshot = source.snapshot(month, today)
    assert snapshot is not None
    return snapshot


def test_a_month_is_counted_from_its_latest_snapshot(inventory: InventoryFixture) -> None:
    inventory.add(date(2025, 9, 30), 5)
    inventory.add(october(1), 6)
    inventory.add(october(31), 7)
    inventory.add(date(2025, 11, 1), 8)
    snapshot = read(inventory.source)
    assert (snapshot.day, snapshot.source_count, len(snapshot.devices)) == (october(31), 7, 7)
    assert (snapshot.suspect, snapshot.newest.day) == (False, october(31))
    assert [(size.day, size.devices, size.compared_devices) for size in snapshot.sizes] == [
        (october(1), 6, 5),
        (october(31), 7, 6),
    ]


def test_the_first_and_the_last_day_belong_to_the_month(inventory: InventoryFixture) -> None:
    inventory.add(october(1))
    assert read(inventory.source).day == october(1)
    inventory.add(october(31))
    assert read(inventory.source).day == october(31)


def test_snapshots_of_the_neighbours_are_not_the_months(inventory: InventoryFixture) -> None:
    inventory.add(date(2025, 9, 30))
    inventory.add(date(2025, 11, 1))
    assert inventory.source.snapshot(OCTOBER, LATER) is None


def test_a_snapshot_dated_after_today_is_not_read(inventory: InventoryFixture) -> None:
    inventory.add(october(14))
    inventory.add(october(15))
    assert read(inventory.source, today=october(14)).day == october(14)
    assert inventory.source.latest_snapshot_date(october(14)) == october(14)


def test_a_month_that_has_not_begun_has_no_snapshot(inventory: InventoryFixture) -> None:
    inventory.add(october(14))
    assert inventory.source.snapshot(OCTOBER, date(2025, 9, 30)) is None


def test_a_half_done_snapshot_gives_way_to_the_fuller_one_before_it(inventory: InventoryFixture) -> None:
    inventory.add(october(29), 10)
    inventory.add(october(30), 11)
    inventory.add(october(31), 5)
    snapshot = read(inventory.source)
    assert (snapshot.day, snapshot.suspect) == (october(30), False)
    assert (snapshot.newest.day, snapshot.newest.suspect) == (october(31), True)
    assert (snapshot.newest.devices, snapshot.newest.compared_devices) == (5, 11)


def test_a_half_done_snapshot_that_is_the_only_one_is_chosen_and_marked(inventory: InventoryFixture) -> None:
    inventory.add(date(2025, 9, 12), 10)
    inventory.add(october(31), 4)
    snapshot = read(inventory.source)
    assert (snapshot.day, snapshot.suspect) == (october(31), True)
    assert (snapshot.size.compared_day, snapshot.size.compared_devices) == (date(2025, 9, 12), 10)


def test_a_half_done_snapshot_stays_suspect_when_the_one_before_it_is_purged(
    inventory: InventoryFixture,
) -> None:
    inventory.add(october(31), 4)
    inventory.add(date(2025, 11, 1), 10)
    inventory.add(date(2025, 11, 2), 3)
    assert read(inventory.source).size.compared_day == date(2025, 11, 1)
    assert read(inventory.source).suspect
    assert not read(inventory.source, today=october(31)).suspect


def test_snapshots_of_other_vendors_are_not_ours(inventory: InventoryFixture) -> None:
    inventory.add(october(30), 20, vendor=1)
    inventory.add(october(30), 3)
    inventory.add(october(31), 2, vendor=1)
    snapshot = read(inventory.source)
    assert (snapshot.day, snapshot.source_count, len(snapshot.devices)) == (october(30), 3, 3)
    assert inventory.source.latest_snapshot_date(LATER) == october(30)


def test_a_device_has_the_vendors_key_and_the_names_of_its_day(inventory: InventoryFixture) -> None:
    inventory.add(
        october(31), hostname="ws-1", display_name="Front desk", organization_name="Bluff Point Foods",
        location_name="Main office", node_class="MAC", site_id=1, device_type_id=1,
    )  # fmt: skip
    (device,) = read(inventory.source).devices
    assert (device.source_id, device.hostname, device.display_name) == ("N-1", "ws-1", "Front desk")
    assert (device.organization, device.location) == ("Bluff Point Foods", "Main office")
    assert (device.node_class, device.approval_status) == ("MAC", None)


@pytest.mark.parametrize("organization", [None, "", "  "])
def test_without_an_organization_name_the_site_names_it(
    inventory: InventoryFixture, organization: str | None
) -> None:
    inventory.add(october(31), organization_name=organization, site_id=1)
    inventory.add(october(31), organization_name=organization, site_id=2)
    inventory.add(october(31), organization_name=organization)
    names = [device.organization for device in read(inventory.source).devices]
    assert names == ["Alder Creek Dental", None, None]


def test_devices_without_a_vendor_key_or_with_a_repeated_one_stay_apart(inventory: InventoryFixture) -> None:
    inventory.add(october(31), 4)
    inventory.execute(
        "UPDATE device_identity SET vendor_device_key = NULL WHERE id = 20001",
        "UPDATE device_identity SET vendor_device_key = 'N-3' WHERE id = 20004",
    )
    assert [device.source_id for device in read(inventory.source).devices] == [
        "identity 20001", "N-2", "N-3", "N-3 (identity 20004)",
    ]  # fmt: skip


def add_one_of_each_type(inventory: InventoryFixture, node_class: str | None) -> None:
    for device_type in (1, 2, 3, None):
        columns: dict[str, Any] = {} if node_class is None else {"node_class": node_class}
        inventory.add(october(31), device_type_id=device_type, **columns)


FALLBACK = ["WINDOWS_SERVER", "WINDOWS_WORKSTATION", None, None]


def test_without_the_column_node_class_the_device_type_decides(inventory: InventoryFixture) -> None:
    inventory.execute("ALTER TABLE device_snapshot DROP COLUMN node_class")
    add_one_of_each_type(inventory, None)
    snapshot = read(inventory.source)
    assert snapshot.node_class_fallback
    assert [device.node_class for device in snapshot.devices] == FALLBACK
    judged = classify_devices(snapshot.devices)
    assert {key: int(value) for key, value in judged.values.items()} == {
        "endpoints_managed": 4,
        "seats_managed": 3,
    }
    assert judged.unknown_classes == {"": 2}


@pytest.mark.parametrize("empty", [None, "", "  ", "unknown"])
def test_when_no_device_of_the_day_has_a_node_class_the_device_type_decides(
    inventory: InventoryFixture, empty: str | None
) -> None:
    inventory.add(october(30), 4, node_class="MAC")
    add_one_of_each_type(inventory, empty)
    snapshot = read(inventory.source)
    assert snapshot.node_class_fallback
    assert [device.node_class for device in snapshot.devices] == FALLBACK


def test_one_device_with_a_node_class_is_enough_to_go_by_node_classes(inventory: InventoryFixture) -> None:
    inventory.add(october(31), device_type_id=1)
    inventory.add(october(31), device_type_id=1, node_class="MAC")
    snapshot = read(inventory.source)
    assert not snapshot.node_class_fallback
    assert [device.node_class for device in snapshot.devices] == [None, "MAC"]


def test_optional_tables_and_columns_may_be_missing(inventory: InventoryFixture) -> None:
    inventory.execute(
        "DROP TABLE site, billing_status, device_type CASCADE",
        "ALTER TABLE device_snapshot DROP COLUMN site_id, DROP COLUMN billing_status_id,"
        " DROP COLUMN node_class, DROP COLUMN device_type_id, DROP COLUMN location_name,"
        " DROP COLUMN hostname",
        "ALTER TABLE device_identity DROP COLUMN vendor_device_key CASCADE",
        "ALTER TABLE device_identity ADD COLUMN vendor_device_key integer",
    )
    inventory.execute(
        "INSERT INTO device_identity VALUES (1, 2, NULL, NULL, 4711)",
        "INSERT INTO device_snapshot (snapshot_date, vendor_id, device_identity_id, organization_name)"
        " VALUES ('2025-10-31', 2, 1, 'Alder Creek Dental')",
    )
    (device,) = read(inventory.source).devices
    assert (device.source_id, device.organization, device.node_class) == ("4711", "Alder Creek Dental", None)


def test_tables_are_found_in_any_schema_of_the_search_path(inventory: InventoryFixture) -> None:
    inventory.add(october(31))
    database = sa.make_url(inventory.url).database
    inventory.execute(
        "CREATE SCHEMA assets",
        "ALTER TABLE device_snapshot SET SCHEMA assets",
        f"ALTER DATABASE {database} SET search_path = public, assets",
    )
    assert len(read(inventory.source).devices) == 1


@pytest.mark.parametrize("name", ["Ninja", "NinjaOne", "NinjaRMM", "ninja one", "Ninja-RMM"])
def test_the_vendor_is_found_by_any_of_its_names(inventory: InventoryFixture, name: str) -> None:
    inventory.execute("UPDATE vendor SET id = 77, name = '" + name + "' WHERE id = 2")
    inventory.add(october(31), vendor=77)
    assert inventory.source.latest_snapshot_date(LATER) == october(31)


@pytest.mark.parametrize("filled", [2, 3])
def test_of_two_vendor_rows_the_one_with_snapshots_is_used(inventory: InventoryFixture, filled: int) -> None:
    inventory.execute("INSERT INTO vendor VALUES (3, 'NinjaOne')")
    inventory.add(october(31), vendor=filled)
    assert inventory.source.latest_snapshot_date(LATER) == october(31)


@pytest.mark.parametrize("renamed_on", [2, 15, 31])
def test_a_vendor_row_that_gets_another_name_in_mid_month_goes_on_as_the_same_series(
    inventory: InventoryFixture, renamed_on: int
) -> None:
    inventory.execute("INSERT INTO vendor VALUES (9, 'NinjaOne')")
    for day in range(1, 32):
        inventory.add(october(day), 20 if day != 31 else 9, vendor=2 if day < renamed_on else 9)
    snapshot = read(inventory.source)
    assert (snapshot.day, len(snapshot.devices), len(snapshot.sizes)) == (october(30), 20, 31)
    assert (snapshot.newest.suspect, snapshot.newest.compared_devices) == (True, 20)


@pytest.mark.parametrize(("before", "after"), [(20, 12), (12, 20)])
def test_of_a_day_that_was_filled_under_both_names_the_fuller_one_counts(
    inventory: InventoryFixture, before: int, after: int
) -> None:
    inventory.execute("INSERT INTO vendor VALUES (9, 'NinjaOne')")
    inventory.add(october(31), before, vendor=2)
    inventory.add(october(31), after, vendor=9)
    snapshot = read(inventory.source)
    assert (snapshot.source_count, len(snapshot.devices)) == (20, 20)


def test_what_was_published_is_what_purged_snapshots_are_remembered_by(inventory: InventoryFixture) -> None:
    inventory.add(october(30), 4)
    inventory.add(october(31), 4)
    known = KnownSizes(published={october(29): 10})
    snapshot = inventory.source.snapshot(OCTOBER, LATER, known)
    assert snapshot is not None
    assert (snapshot.suspect, snapshot.size.compared_day) == (True, october(29))


def test_without_the_vendor_the_error_names_those_that_are_there(inventory: InventoryFixture) -> None:
    inventory.execute("UPDATE vendor SET name = 'Datto' WHERE id = 2")
    with pytest.raises(
        InventoryError, match="has no vendor Ninja, NinjaOne or NinjaRMM; it has: Datto, Sophos"
    ):
        inventory.source.snapshot(OCTOBER, LATER)


def test_an_inventory_without_snapshots_has_no_latest_date(inventory: InventoryFixture) -> None:
    assert inventory.source.latest_snapshot_date(LATER) is None
    assert inventory.source.snapshot(OCTOBER, LATER) is None


def test_a_database_that_is_no_inventory_is_named(empty_url: str) -> None:
    name = sa.make_url(empty_url).database
    with pytest.raises(
        InventoryError, match=f'inventory database "{name}" on .* has no table vendor'
    ) as raised:
        Inventory(empty_url).snapshot(OCTOBER, LATER)
    assert not isinstance(raised.value, InventoryUnavailableError)


def test_a_missing_column_that_is_needed_is_named(inventory: InventoryFixture) -> None:
    inventory.execute("ALTER TABLE device_snapshot RENAME COLUMN snapshot_date TO day")
    with pytest.raises(InventoryError, match=r"table device_snapshot .* has no column snapshot_date"):
        inventory.source.latest_snapshot_date(LATER)


def test_nothing_can_be_written_through_it(inventory: InventoryFixture) -> None:
    with (
        pytest.raises(InventoryError, match="cannot execute DELETE in a read-only transaction"),
        InventoryDatabase(inventory.url).read() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM device_snapshot")


def test_all_queries_of_one_reading_see_the_same_state(inventory: InventoryFixture) -> None:
    inventory.add(october(31))
    count = "SELECT count(*) FROM device_snapshot"
    with InventoryDatabase(inventory.url).read() as connection:
        assert connection.exec_driver_sql(count).scalar() == 1
        inventory.add(october(31))
        assert connection.exec_driver_sql(count).scalar() == 1


def test_a_refused_query_is_permanent_and_says_what_was_refused(inventory: InventoryFixture) -> None:
    inventory.execute("DROP ROLE IF EXISTS reader_without_rights", "CREATE ROLE reader_without_rights LOGIN")
    url = sa.make_url(inventory.url).set(username="reader_without_rights")
    with pytest.raises(InventoryError, match="permission denied for table vendor") as raised:
        Inventory(url).latest_snapshot_date(LATER)
    assert not isinstance(raised.value, InventoryUnavailableError)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"database": "no_such_inventory"}, 'database "no_such_inventory" does not exist'),
        ({"username": "nobody_we_know"}, 'role "nobody_we_know" does not exist'),
    ],
)
def test_a_wrong_address_is_permanent_and_names_the_setting(
    empty_url: str, change: dict[str, str], complaint: str
) -> None:
    url = sa.make_url(empty_url)
    with pytest.raises(InventoryError, match=complaint) as raised:
        Inventory(url.set(**change)).latest_snapshot_date(LATER)  # type: ignore[arg-type]
    assert "Check QBR_INVENTORY_DATABASE_URL" in str(raised.value)
    assert not isinstance(raised.value, InventoryUnavailableError)


def test_a_server_that_does_not_answer_is_passing_and_its_password_stays_secret() -> None:
    source = Inventory("postgresql+psycopg2://reader:s3cret-word@127.0.0.1:1/inventory")
    with pytest.raises(InventoryUnavailableError) as raised:
        source.latest_snapshot_date(LATER)
    assert str(raised.value).startswith(
        'the inventory database "inventory" on 127.0.0.1:1 cannot be read at the moment: '
    )
    assert "s3cret-word" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_a_password_that_the_driver_repeats_is_taken_out() -> None:
    source = Inventory("postgres://reader:No such file@/inventory?host=/nowhere")
    with pytest.raises(InventoryUnavailableError, match=r"failed: \*\*\* or directory"):
        source.latest_snapshot_date(LATER)


@pytest.mark.parametrize(
    "url",
    [
        "s3cret",
        "mysql://reader:s3cret@host/inventory",
        "postgresql://h:s3cret/x",
        "postgresql://reader:pass@s3cret@host/inventory",
    ],
)
def test_what_is_no_database_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(InventoryError, match="QBR_INVENTORY_DATABASE_URL") as raised:
        Inventory(url)
    assert "s3cret" not in str(raised.value)


def test_a_connection_cut_in_the_middle_is_passing(inventory: InventoryFixture) -> None:
    with (
        pytest.raises(InventoryUnavailableError, match="the connection"),
        InventoryDatabase(inventory.url).read() as connection,
    ):
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")


def test_the_month_is_chosen_with_one_query_over_the_unique_index(inventory: InventoryFixture) -> None:
    for day in range(1, 21):
        inventory.add(october(day), 30)
    inventory.execute("ANALYZE device_snapshot")
    plan = "\n".join(explain(inventory))
    assert "Seq Scan" not in plan
    assert "device_snapshot_snapshot_date_vendor_id_device_identity_id_key" in plan


def explain(inventory: InventoryFixture) -> list[str]:
    """The plan of the query that counts the days, as the source sent it."""
    sent: list[tuple[str, object]] = []

    def keep(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    try:
        inventory.source.snapshot(OCTOBER, LATER)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    ((statement, parameters),) = [each for each in sent if "GROUP BY" in each[0]]
    with inventory.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return list(connection.exec_driver_sql("EXPLAIN " + statement, parameters).scalars())  # type: ignore[arg-type]


def test_twenty_thousand_devices_are_read_one_by_one_and_all(inventory: InventoryFixture) -> None:
    inventory.execute(
        "INSERT INTO device_identity (id, vendor_id, vendor_device_key)"
        " SELECT n, 2, n FROM generate_series(1, 20000) n",
        "INSERT INTO device_snapshot (snapshot_date, vendor_id, device_identity_id, node_class)"
        " SELECT '2025-10-31', 2, n, 'MAC' FROM generate_series(1, 20000) n",
    )
    snapshot = read(inventory.source)
    assert snapshot.source_count == len(snapshot.devices) == 20_000
    assert len({device.source_id for device in snapshot.devices}) == 20_000
