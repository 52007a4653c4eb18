"""Migrations: on an empty database, and as a guest in an inventory database that has a life of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool

from qbr_pipeline.runtime.postgres.programs import programs
from qbr_pipeline.store import migrating
from qbr_pipeline.store.account_mappings import account_mappings
from qbr_pipeline.store.alerts import outbox as alert_tables
from qbr_pipeline.store.approvals import approvals
from qbr_pipeline.store.books_read import books_read
from qbr_pipeline.store.device_snapshots import device_snapshots, device_versions
from qbr_pipeline.store.findings import tables as finding_tables
from qbr_pipeline.store.grants import grants
from qbr_pipeline.store.imports import import_labels, import_values, imports
from qbr_pipeline.store.migrating import UnknownVersionError, current, downgrade, pending, upgrade
from qbr_pipeline.store.payroll import payrolls
from qbr_pipeline.store.restatements import tables as restatement_tables
from qbr_pipeline.store.rows import tables as row_tables
from qbr_pipeline.store.schema import metadata
from qbr_pipeline.store.sessions import ended_sessions
from qbr_pipeline_tests.conftest import VERSIONS

INVENTORY = """
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('f00dcafe');
CREATE TABLE vendor (id serial PRIMARY KEY, name varchar UNIQUE NOT NULL);
INSERT INTO vendor (name) VALUES ('Cove'), ('Ninja');
CREATE TABLE device_identity (id serial PRIMARY KEY, vendor_id integer NOT NULL REFERENCES vendor (id));
INSERT INTO device_identity (vendor_id) VALUES (1), (2);
"""
ORGANIZATION = """
CREATE TABLE organization
    (id serial PRIMARY KEY, name varchar(100) NOT NULL, created_at timestamptz DEFAULT now());
INSERT INTO organization (name) VALUES ('Inventory Ltd');
"""


def run(url: str, sql: str) -> list[tuple[object, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(sql)
        return [tuple(row) for row in result] if result.returns_rows else []


def dump(url: str) -> set[str]:
    """What pg_dump tells of a database, line by line, without comments."""
    binary = programs() / "pg_dump"
    address = make_url(url)
    environment = {
        **os.environ,
        "PGHOST": str(address.query["host"]),
        "PGPORT": str(address.query["port"]),
        "PGUSER": address.username or "",
    }
    told = subprocess.run(
        [str(binary), "--inserts", "--restrict-key=qbr", address.database or ""],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line for line in told.stdout.splitlines() if line and not line.startswith("--")}


def vendors(url: str) -> dict[str, int]:
    return {str(name): int(str(row_id)) for row_id, name in run(url, "SELECT id, name FROM vendor")}


@pytest.fixture
def empty(empty_database: Callable[[], str]) -> str:
    return empty_database()


@pytest.fixture
def inventory(empty: str) -> str:
    run(empty, INVENTORY)
    return empty


def test_up_down_and_up_again_on_an_empty_database(empty):
    untouched = dump(empty)
    assert current(empty) is None
    assert list(pending(empty)) == VERSIONS
    upgrade(empty, "Example MSP")
    upgraded = {line for line in dump(empty) if not line.startswith("INSERT")}
    assert (current(empty), pending(empty)) == (VERSIONS[-1], {})
    assert downgrade(empty) == []
    assert dump(empty) == untouched
    upgrade(empty, "Example MSP")
    assert {line for line in dump(empty) if not line.startswith("INSERT")} == upgraded


def test_an_empty_database_gets_its_vendors_and_its_organization(empty):
    upgrade(empty, "Example MSP")
    assert vendors(empty) == {"Ninja": 2, "ConnectWise": 3, "QuickBooks": 4, "Manual": 5}
    assert run(empty, "SELECT id, name FROM organization") == [(1, "Example MSP")]
    assert run(empty, "INSERT INTO vendor (name) VALUES ('Next') RETURNING id") == [(6,)]
    assert run(empty, "INSERT INTO organization (name) VALUES ('Next') RETURNING id") == [(2,)]


def test_upgrading_again_does_nothing(empty):
    upgrade(empty, "Example MSP")
    before = dump(empty)
    upgrade(empty, "Another name")
    assert dump(empty) == before


def test_in_an_inventory_database_only_the_named_rows_and_the_sequence_differ(inventory):
    run(inventory, ORGANIZATION)
    before = dump(inventory)
    upgrade(inventory, "Example MSP")
    after = dump(inventory)
    assert before - after == {"SELECT pg_catalog.setval('public.vendor_id_seq', 2, true);"}
    mine = {line for line in after - before if line.startswith(("INSERT INTO public.vendor", "SELECT"))}
    assert {line for line in mine if "qbr_" not in line} == {
        "SELECT pg_catalog.setval('public.vendor_id_seq', 5, true);",
        "INSERT INTO public.vendor VALUES (3, 'ConnectWise');",
        "INSERT INTO public.vendor VALUES (4, 'QuickBooks');",
        "INSERT INTO public.vendor VALUES (5, 'Manual');",
    }
    assert downgrade(inventory) == []
    restored = dump(inventory)
    assert before - restored == {"SELECT pg_catalog.setval('public.vendor_id_seq', 2, true);"}
    assert restored - before == {"SELECT pg_catalog.setval('public.vendor_id_seq', 5, true);"}
    upgrade(inventory, "Example MSP")
    assert vendors(inventory) == {"Cove": 1, "Ninja": 2, "ConnectWise": 3, "QuickBooks": 4, "Manual": 5}


def test_the_inventorys_own_alembic_history_is_not_touched(inventory):
    upgrade(inventory, "Example MSP")
    assert run(inventory, "SELECT * FROM alembic_version") == [("f00dcafe",)]
    downgrade(inventory)
    assert run(inventory, "SELECT * FROM alembic_version") == [("f00dcafe",)]


def test_the_inventory_programs_next_insert_works(inventory):
    upgrade(inventory, "Example MSP")
    assert run(inventory, "INSERT INTO vendor (name) VALUES ('Next') RETURNING id") == [(6,)]


def test_names_that_exist_are_used_as_they_are_and_stay(inventory):
    run(inventory, "INSERT INTO vendor (id, name) VALUES (40, 'QuickBooks'), (41, 'Manual')")
    upgrade(inventory, "Example MSP")
    assert vendors(inventory) == {"Cove": 1, "Ninja": 2, "ConnectWise": 3, "QuickBooks": 40, "Manual": 41}
    downgrade(inventory)
    assert vendors(inventory) == {"Cove": 1, "Ninja": 2, "QuickBooks": 40, "Manual": 41}


def test_ids_that_are_taken_are_left_to_their_owners(inventory):
    run(inventory, "INSERT INTO vendor (id, name) VALUES (3, 'Veeam')")
    upgrade(inventory, "Example MSP")
    assert vendors(inventory) == {
        "Cove": 1,
        "Ninja": 2,
        "Veeam": 3,
        "ConnectWise": 4,
        "QuickBooks": 5,
        "Manual": 6,
    }


@pytest.mark.parametrize("name", ["NinjaOne", "NinjaRMM"])
def test_ninja_may_have_another_name(inventory, name):
    run(inventory, f"UPDATE vendor SET name = '{name}' WHERE id = 2")
    upgrade(inventory, "Example MSP")
    assert "Ninja" not in vendors(inventory)


def test_a_sequence_that_is_further_is_never_moved_back(inventory):
    run(inventory, "SELECT setval('vendor_id_seq', 500)")
    upgrade(inventory, "Example MSP")
    assert run(inventory, "INSERT INTO vendor (name) VALUES ('Next') RETURNING id") == [(501,)]


@pytest.mark.parametrize("kind", ["ALWAYS", "BY DEFAULT"])
def test_identity_columns_are_coped_with(empty, kind):
    run(
        empty,
        f"CREATE TABLE vendor (id integer GENERATED {kind} AS IDENTITY PRIMARY KEY, name text UNIQUE);"
        "INSERT INTO vendor (name) VALUES ('Cove')",
    )
    upgrade(empty, "Example MSP")
    assert run(empty, "INSERT INTO vendor (name) VALUES ('Next') RETURNING id") == [(6,)]


def test_ids_without_a_sequence_or_with_one_that_nobody_owns_are_coped_with(empty):
    run(
        empty,
        "CREATE SEQUENCE ids;"
        "CREATE TABLE vendor (id integer PRIMARY KEY DEFAULT nextval('ids'), name text UNIQUE);"
        "CREATE TABLE organization (id integer PRIMARY KEY, name text)",
    )
    upgrade(empty, "Example MSP")
    assert run(empty, "INSERT INTO vendor (name) VALUES ('Next') RETURNING id") == [(6,)]
    assert run(empty, "SELECT id, name FROM organization") == [(1, "Example MSP")]


def test_a_row_of_ours_that_others_refer_to_by_now_stays_and_is_named(inventory):
    upgrade(inventory, "Example MSP")
    run(inventory, "INSERT INTO device_identity (vendor_id) VALUES (3)")
    assert downgrade(inventory) == ["row 3 of vendor stays: device_identity refer to it"]
    assert vendors(inventory) == {"Cove": 1, "Ninja": 2, "ConnectWise": 3}


def test_a_row_that_others_would_lose_with_ours_stays(inventory):
    run(
        inventory,
        "ALTER TABLE device_identity DROP CONSTRAINT device_identity_vendor_id_fkey, "
        "ADD FOREIGN KEY (vendor_id) REFERENCES vendor (id) ON DELETE CASCADE",
    )
    upgrade(inventory, "Example MSP")
    run(inventory, "INSERT INTO device_identity (vendor_id) VALUES (4)")
    downgrade(inventory)
    assert len(run(inventory, "SELECT 1 FROM device_identity")) == 3


def test_a_downgrade_that_keeps_a_row_can_be_upgraded_again(inventory):
    upgrade(inventory, "Example MSP")
    run(inventory, "INSERT INTO device_identity (vendor_id) VALUES (3)")
    downgrade(inventory)
    upgrade(inventory, "Example MSP")
    assert vendors(inventory) == {"Cove": 1, "Ninja": 2, "ConnectWise": 3, "QuickBooks": 4, "Manual": 5}


def test_a_finding_keeps_which_threshold_it_is_about_when_that_becomes_data(empty):
    upgrade(empty, "Example MSP")
    downgrade(empty, "0006")
    sentences = {
        "warning": "Net Profit % of Q4 2025 is 5.00 %, below the warning threshold of 9.00 %",
        "critical": "Endpoints of May 2025 is 7, at the critical threshold of 7",
        None: "Endpoints fell from 594 to 288 (-52 %) against the warning threshold of nobody",
    }
    for number, (type_, sentence) in enumerate(sentences.items(), start=1):
        rule = "threshold" if type_ else "change"
        run(
            empty,
            "INSERT INTO qbr_findings (id, organization_id, subject, period, rule, scope, severity, expected, "
            "sentence, first_seen, last_seen, changed_at) VALUES "
            f"({number}, 1, 'it', '2025-05', '{rule}', 'monthly_metrics', 'warn', 'above', "
            f"'{sentence.replace('%', '%%')}', now(), now(), now())".replace(", 'it'", f", 'it{number}'"),
        )
    before = run(empty, "SELECT * FROM qbr_findings ORDER BY id")
    upgrade(empty, "Example MSP")
    kept = run(empty, "SELECT threshold_type FROM qbr_findings ORDER BY id")
    assert [type_ for (type_,) in kept] == list(sentences)
    with pytest.raises(IntegrityError, match="ck_qbr_findings_threshold_type"):
        run(empty, "UPDATE qbr_findings SET threshold_type = 'worst'")
    downgrade(empty, "0006")
    assert run(empty, "SELECT * FROM qbr_findings ORDER BY id") == before


UPGRADER = """
import sys
from qbr_pipeline.store.migrating import upgrade
sys.stdin.readline()
upgrade(sys.argv[1], "Example MSP")
"""


def test_two_processes_that_upgrade_at_once_end_well(empty):
    command = [sys.executable, "-c", UPGRADER, empty]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("now\n")
        process.stdin.flush()
    assert [process.wait(60) for process in both] == [0, 0]
    assert current(empty) == VERSIONS[-1]
    assert len(vendors(empty)) == 4


def test_two_threads_that_upgrade_at_once_end_well(empty):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: upgrade(empty, "Example MSP"), range(2)))
    assert current(empty) == VERSIONS[-1]
    assert len(vendors(empty)) == 4


def test_an_upgrade_that_fails_leaves_nothing_behind(inventory):
    run(inventory, "CREATE FUNCTION qbr_refuse_history_change() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    before = dump(inventory)
    with pytest.raises(Exception, match="already exists"):
        upgrade(inventory, "Example MSP")
    assert dump(inventory) == before


def test_a_database_of_a_newer_program_is_refused(empty):
    upgrade(empty, "Example MSP")
    run(empty, "UPDATE qbr_alembic_version SET version_num = '9999'")
    for action in (lambda: upgrade(empty, "Example MSP"), lambda: pending(empty), lambda: downgrade(empty)):
        with pytest.raises(UnknownVersionError, match="9999"):
            action()


def test_the_tables_in_the_code_are_those_that_the_migrations_make(fresh_database):
    assert row_tables.ROW_TABLES
    assert finding_tables.findings.metadata is metadata
    assert restatement_tables.restatements.metadata is metadata
    assert alert_tables.alerts.metadata is metadata
    assert approvals.metadata is ended_sessions.metadata is account_mappings.metadata is metadata
    assert device_snapshots.metadata is device_versions.metadata is grants.metadata is metadata
    assert imports.metadata is import_values.metadata is import_labels.metadata is metadata
    assert books_read.metadata is payrolls.metadata is metadata
    with create_engine(fresh_database(), poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": lambda thing, name, kind, *_: kind != "table" or migrating.ours(name, kind),
            },
        )
        assert compare_metadata(context, metadata) == []


def test_every_index_is_named_after_its_table(fresh_database):
    names = {
        str(name)
        for (name,) in run(
            fresh_database(),
            "SELECT indexname FROM pg_indexes WHERE tablename ~ '^qbr' AND indexname ~ '^idx'",
        )
    }
    assert {
        "idx_qbr_metrics_monthly_period_metric_name",
        "idx_qbr_metrics_monthly_data_source",
        "idx_qbr_metrics_quarterly_organization_id",
        "idx_qbr_smartnumbers_kpi_name",
        "idx_qbr_thresholds_metric_name",
        "idx_qbr_collection_log_collection_started_at",
    } <= names
    assert all(name.startswith("idx_qbr_") for name in names)


def test_the_constraints_refuse_what_they_should(fresh_database):
    url = fresh_database()
    row = "('2025-03', 1, 3, 'mrr')"
    columns = "INSERT INTO qbr_metrics_monthly (period, organization_id, vendor_id, metric_name) VALUES"
    run(url, f"{columns} {row}")
    with pytest.raises(IntegrityError, match="uq_metrics_monthly_period_metric_org_vendor"):
        run(url, f"{columns} {row}")
    with pytest.raises(IntegrityError, match="foreign key"):
        run(url, f"{columns} ('2025-03', 1, 77, 'mrr')")
    with pytest.raises(IntegrityError, match="data_source"):
        run(url, "UPDATE qbr_metrics_monthly SET data_source = 'guessed'")


FINDING = (
    "INSERT INTO qbr_findings (organization_id, subject, period, rule, scope, severity, expected, sentence, "
    "first_seen, last_seen, changed_at) "
    "VALUES (1, 'mrr', '2025-03', 'change', 'monthly_metrics', 'warn', '', '', now(), now(), now())"
)


def test_a_finding_is_kept_once_and_in_a_known_state(fresh_database):
    url = fresh_database()
    run(url, FINDING)
    with pytest.raises(IntegrityError, match="uq_qbr_findings_fingerprint"):
        run(url, FINDING)
    with pytest.raises(IntegrityError, match="ck_qbr_findings_state"):
        run(url, "UPDATE qbr_findings SET state = 'ignored'")


def test_findings_of_several_months_about_one_fact_become_one_and_keep_their_events(fresh_database):
    url = fresh_database()
    downgrade(url, "0008")
    for month, state, devices in (("2025-01", "open", 1), ("2025-02", "open", 2), ("2025-03", "resolved", 3)):
        of_class = FINDING.replace("'mrr', '2025-03', 'change'", f"'devices', '{month}', 'node_class'")
        run(url, of_class)
        run(url, f"UPDATE qbr_findings SET state = '{state}', value = {devices} WHERE period = '{month}'")
        run(
            url,
            "INSERT INTO qbr_finding_events (organization_id, finding_id, new_state, severity, changed_at) "
            f"SELECT 1, id, 'open', 'warn', now() FROM qbr_findings WHERE period = '{month}'",
        )
    run(url, FINDING)
    upgrade(url, "My MSP")
    columns = (
        "subject, period, state, months -> '2025-01' ->> 'value', months ? '2025-02', months ? '2025-03'"
    )
    assert run(url, f"SELECT {columns} FROM qbr_findings ORDER BY subject") == [
        ("devices", "2025-02", "open", "1", True, False),
        ("mrr", "2025-03", "open", None, None, None),
    ]
    assert run(
        url,
        "SELECT count(*) FROM qbr_finding_events e JOIN qbr_findings f ON f.id = e.finding_id AND f.months IS NOT NULL",
    ) == [(3,)]
    with pytest.raises(IntegrityError, match="append-only"):
        run(url, "DELETE FROM qbr_finding_events")


@pytest.mark.parametrize(
    "action",
    [
        "UPDATE qbr_finding_events SET reason = ''",
        "DELETE FROM qbr_finding_events",
        "TRUNCATE qbr_finding_events",
    ],
)
def test_what_was_said_of_a_finding_cannot_be_unsaid(fresh_database, action):
    url = fresh_database()
    run(url, FINDING)
    run(
        url,
        "INSERT INTO qbr_finding_events (organization_id, finding_id, new_state, severity, changed_at) "
        "SELECT 1, id, 'open', 'warn', now() FROM qbr_findings",
    )
    with pytest.raises(IntegrityError, match="qbr_finding_events is append-only"):
        run(url, action)


def test_the_migrations_are_part_of_the_package():
    assert (Path(migrating.__file__).parent / "migrations" / "env.py").is_file()
