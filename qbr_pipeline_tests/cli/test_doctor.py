"""`qbr doctor`: one line for each thing, what to do about it, an exit code, and no secret."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from sqlalchemy.engine import make_url

from qbr_pipeline.demo.connectwise.rows import Board
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_ID as NINJA_ID
from qbr_pipeline.demo.ninja.server import DEMO_CLIENT_SECRET as NINJA_SECRET
from qbr_pipeline.demo.ninja.server import SimulatedNinja
from qbr_pipeline.demo.ninja.world import World as Fleet
from qbr_pipeline.metrics.catalogue import Vendor
from qbr_pipeline.metrics.findings import Rule
from qbr_pipeline.metrics.rules.table import found
from qbr_pipeline.periods import Month
from qbr_pipeline.store.collection_log import CollectionOutcome, LogRow, record
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings import records
from qbr_pipeline_tests.conftest import VERSIONS

Qbr = Callable[..., Any]
SECRET = "Gehe1mSecret"


@pytest.fixture(scope="module")
def connectwise() -> Iterator[str]:
    simulator = SimulatedConnectWise(World([Board(1, "Help Desk"), Board(2, "Projects")])).start()
    yield simulator.url
    simulator.stop()


@pytest.fixture(autouse=True)
def _installed(named_database: Database, connectwise: str) -> None:
    """Everything is well, but that there is no inventory yet."""
    os.environ |= {
        "CONNECTWISE_SERVER": connectwise,
        "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
        "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
        "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
        "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
    }


def keep_inventory(database: Database, *, days_old: int | None) -> None:
    day = datetime.now(UTC).astimezone(ZoneInfo("America/Chicago")).date() - timedelta(days=days_old or 0)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE device_snapshot (snapshot_date date, vendor_id integer, device_identity_id integer)"
        )
        if days_old is not None:
            connection.exec_driver_sql(
                f"INSERT INTO device_snapshot SELECT '{day}', id, 1 FROM vendor WHERE name = 'Ninja'"
            )


def lines_of(said: Any, code: int = 1) -> dict[str, str]:
    """The lines by what was looked at, without it."""
    assert said.code == code, said
    assert said.err == ""
    for secret in (SECRET, DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY, DEMO_CLIENT_ID):
        assert secret not in said.out
    lines: dict[str, str] = {}
    for line in said.out.splitlines():
        subject, _, sentence = line[2:].partition(": ")
        lines[subject] = f"{line[0]} {lines.get(subject, '')}{sentence}"
    return lines


def test_when_all_is_well_it_says_so_and_changes_nothing(qbr: Qbr, database: Database, home: Path) -> None:
    keep_inventory(database, days_old=0)
    lines = lines_of(qbr("doctor"), code=0)
    assert list(lines) == [
        "settings",
        "database of the numbers",
        "database of Dagster",
        "ConnectWise",
        "boards and closed statuses",
        "inventory",
        "devices",
    ]
    assert all(line.startswith("✓ ") for line in lines.values())
    assert "QBR_COLLECTION_ENABLED=true" in lines["settings"]
    assert lines["ConnectWise"].endswith("grants access, 2 boards.")
    assert lines["inventory"].endswith("0 days old.")
    assert not home.exists()


def test_each_missing_setting_has_a_line(qbr: Qbr, database: Database) -> None:
    said = qbr("doctor", CONNECTWISE_SERVER="", CONNECTWISE_CLIENT_ID="")
    assert said.out.count("✗ settings: ") == 2
    assert "✗ settings: CONNECTWISE_SERVER is not set: expected " in said.out
    assert lines_of(said)["ConnectWise"] == "✗ cannot be checked until its settings are complete."


def test_each_wrong_setting_has_a_line(qbr: Qbr, home: Path) -> None:
    said = qbr("doctor", QBR_TIMEZONE="x", QBR_DATABASE_URL=f"mysql://u:{SECRET}@h/d")
    assert said.out.splitlines() == [
        "✗ settings: QBR_DATABASE_URL holds a URL that is not one of PostgreSQL: expected a URL such as "
        "postgresql://user:password@host:5432/database.",
        '✗ settings: QBR_TIMEZONE holds "x": expected the IANA name of a time zone, such as America/Chicago.',
    ]
    assert said.code == 1
    assert not home.exists()


@pytest.mark.usefixtures("named_database")
def test_a_setting_of_no_known_name_has_a_line(qbr: Qbr) -> None:
    said = qbr("doctor", QBR_REACTIVE_BOARD=SECRET)
    assert said.out.splitlines()[0] == (
        "✗ settings: QBR_REACTIVE_BOARD is ignored: no setting has that name; did you mean QBR_REACTIVE_BOARDS?"
    )
    assert (said.code, SECRET in said.out) == (1, False)


def test_a_database_that_is_not_there_says_what_to_check(qbr: Qbr, named_database: Database) -> None:
    url = named_database.engine.url.set(database="nowhere", password=SECRET)
    lines = lines_of(qbr("doctor", QBR_DATABASE_URL=url.render_as_string(hide_password=False)))
    assert 'database "nowhere" does not exist' in lines["database of the numbers"]
    assert "Check QBR_DATABASE_URL" in lines["database of the numbers"]
    assert lines["inventory"].startswith("✗ ")


def test_a_server_that_does_not_answer_says_what_to_check(qbr: Qbr) -> None:
    url = f"postgresql://u:{SECRET}@127.0.0.1:1/d"
    lines = lines_of(qbr("doctor", QBR_DATABASE_URL=url, DAGSTER_POSTGRES_URL=url))
    assert "Connection refused. Check QBR_DATABASE_URL" in lines["database of the numbers"]
    assert "Connection refused. Check DAGSTER_POSTGRES_URL" in lines["database of Dagster"]


def test_an_option_that_postgresql_does_not_know_is_told_without_the_url(
    qbr: Qbr, named_database: Database
) -> None:
    url = named_database.engine.url.update_query_dict({"colour": SECRET})
    lines = lines_of(qbr("doctor", QBR_DATABASE_URL=url.render_as_string(hide_password=False)))
    assert "has an option that PostgreSQL does not know" in lines["database of the numbers"]


def test_a_pending_migration_is_named_and_not_applied(
    qbr: Qbr, empty_database: Callable[[], str], home: Path
) -> None:
    url = empty_database()
    for _ in range(2):
        lines = lines_of(qbr("doctor", QBR_DATABASE_URL=url))
        assert (
            lines["database of the numbers"]
            == f"✗ reached, but it lacks the migration {', '.join(VERSIONS)}: run `qbr db upgrade`."
        )
    assert not home.exists()


def test_kept_values_that_count_nowhere_or_come_from_the_future_are_told(
    qbr: Qbr, database: Database
) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO qbr_metrics_monthly (period, organization_id, vendor_id, metric_name, metric_value)"
            " SELECT '2026-03', 1, id, 'seats_managed', 999 FROM vendor WHERE name = 'Manual'"
        )
        connection.exec_driver_sql(
            "INSERT INTO qbr_publications (organization_id, vendor_id, period, run_id, fetch_started_at,"
            " collected_as_of, published_at, closed, found, snapshot_suspect, facts)"
            " SELECT 1, id, '2026-03', 'ahead', now(), now(), now() + interval '9 days', true, '{}', false, '{}'"
            " FROM vendor WHERE name = 'ConnectWise'"
        )
    kept = lines_of(qbr("doctor"))["kept values"]
    assert kept.startswith("✗ ")
    assert "seats_managed of 2026-03 under Manual" in kept
    assert "DELETE FROM qbr_metrics_monthly WHERE id IN (" in kept
    assert "1 publication dated in the future" in kept


def test_dagster_s_database_may_be_new(qbr: Qbr, empty_database: Callable[[], str]) -> None:
    lines = lines_of(qbr("doctor", DAGSTER_POSTGRES_URL=empty_database()))
    assert lines["database of Dagster"] == "✓ reached; Dagster makes its tables at its first start."


def test_a_refused_key_names_the_settings_to_look_at(qbr: Qbr) -> None:
    line = lines_of(qbr("doctor", CONNECTWISE_PRIVATE_KEY=SECRET))["ConnectWise"]
    assert line.startswith("✗ ")
    assert "401" in line
    assert "CONNECTWISE_PRIVATE_KEY" in line


def test_a_misspelt_board_is_named_with_the_one_that_was_meant(qbr: Qbr) -> None:
    lines = lines_of(qbr("doctor", QBR_REACTIVE_BOARDS=json.dumps(["HelpDesk", "Projects"])))
    line = lines["boards and closed statuses"]
    assert line.startswith("✗ ")
    assert "QBR_REACTIVE_BOARDS" in line
    assert "HelpDesk" in line
    assert "Help Desk" in line
    assert lines["ConnectWise"].startswith("✓ ")


def test_a_misspelt_board_alone_does_not_accuse_the_statuses_too(qbr: Qbr) -> None:
    assert "QBR_CLOSED_STATUSES" not in qbr("doctor", QBR_REACTIVE_BOARDS='["HelpDesk"]').out


def test_a_status_on_none_of_the_boards_is_named(qbr: Qbr) -> None:
    line = lines_of(qbr("doctor", QBR_CLOSED_STATUSES='[">Closed", ">Finished"]'))[
        "boards and closed statuses"
    ]
    assert "QBR_CLOSED_STATUSES" in line
    assert ">Finished" in line


def test_a_database_without_an_inventory_says_so(qbr: Qbr) -> None:
    line = lines_of(qbr("doctor"))["inventory"]
    assert line.startswith("✗ ")
    assert "device_snapshot" in line


def test_an_inventory_without_snapshots_says_so(qbr: Qbr, database: Database) -> None:
    keep_inventory(database, days_old=None)
    assert lines_of(qbr("doctor"))["inventory"] == (
        "✗ holds no snapshot yet: check the program that fills it."
    )


@pytest.mark.parametrize(("days", "mark", "code"), [(3, "✓", 0), (4, "✗", 1)])
def test_a_snapshot_is_old_after_three_days(
    qbr: Qbr, database: Database, days: int, mark: str, code: int
) -> None:
    keep_inventory(database, days_old=days)
    line = lines_of(qbr("doctor"), code)["inventory"]
    assert line.startswith(f"{mark} ")
    assert f", {days} days old" in line


def test_an_enabled_collection_is_told(qbr: Qbr) -> None:
    assert (
        "the nightly collection is on" in lines_of(qbr("doctor", QBR_COLLECTION_ENABLED="true"))["settings"]
    )


def test_pgdatabase_is_looked_at_too(qbr: Qbr, named_database: Database) -> None:
    address = make_url(os.environ["QBR_DATABASE_URL"])
    said = qbr(
        "doctor",
        QBR_DATABASE_URL="",
        PGDATABASE=str(address.database),
        PGHOST=str(address.query["host"]),
        PGUSER="postgres",
        PGPORT=str(address.query["port"]),
    )
    assert lines_of(said)["database of the numbers"] == f"✓ reached, tables at version {VERSIONS[-1]}."


def test_where_alerts_go_is_looked_at_and_not_shown(qbr: Qbr) -> None:
    told = qbr("doctor", QBR_ALERT_URLS='["json://127.0.0.1:9/Gehe1m", "nonsense://Gehe1m"]')
    assert "✓ alerts: destination 1 of QBR_ALERT_URLS (json-" in told.out
    assert "✗ alerts: destination 2 of QBR_ALERT_URLS (nonsense-" in told.out
    assert "Gehe1m" not in told.out + told.err


def test_alert_is_silent_while_the_collection_is_off(qbr: Qbr, webhook: Any) -> None:
    told = qbr("doctor", "--alert", QBR_ALERT_URLS=f'["{webhook.url}"]')
    assert "✓ nights: QBR_COLLECTION_ENABLED is not true: nobody is alerted." in told.out
    assert webhook.messages == []


def test_alert_tells_of_a_night_without_a_collection(qbr: Qbr, database: Database, webhook: Any) -> None:
    last = datetime.now(UTC) - timedelta(hours=27)
    record(database, LogRow("run-1", Month(2025, 6), Vendor.NINJA, CollectionOutcome.SUCCESS, last, last))
    on = {"QBR_COLLECTION_ENABLED": "true", "QBR_ALERT_URLS": f'["{webhook.url}"]'}
    told = qbr("doctor", "--alert", **on)
    assert told.code == 1
    assert "✗ nights: no nightly collection has begun for 26 hours; alerts delivered: 1." in told.out
    assert len(webhook.messages) == 1
    qbr("doctor", "--alert", **on)
    assert len(webhook.messages) == 1


@pytest.fixture
def dagster(empty_database: Callable[[], str], tmp_path: Path) -> Iterator[tuple[str, dg.DagsterInstance]]:
    """A database of Dagster's own, and the instance that keeps its runs there."""
    url = empty_database()
    storage = {
        "module": "dagster_postgres",
        "class": "DagsterPostgresStorage",
        "config": {"postgres_url": url},
    }
    config = {"storage": {"custom": storage}, "telemetry": {"enabled": False}}
    (tmp_path / "dagster.yaml").write_text(json.dumps(config))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield url, instance


def test_a_collection_by_hand_does_not_hide_that_a_night_of_the_schedule_is_missing(
    qbr: Qbr, database: Database, webhook: Any, dagster: tuple[str, dg.DagsterInstance]
) -> None:
    url, instance = dagster
    now = datetime.now(UTC)
    on = {
        "QBR_COLLECTION_ENABLED": "true",
        "QBR_ALERT_URLS": f'["{webhook.url}"]',
        "DAGSTER_POSTGRES_URL": url,
    }
    record(database, LogRow("run-2", Month(2025, 6), Vendor.NINJA, CollectionOutcome.SUCCESS, now, now))
    instance.add_run(dg.DagsterRun("collection"))
    assert "✓ nights" in qbr("doctor", "--alert", **on).out

    night = now - timedelta(hours=27)
    tags = {
        "dagster/schedule_name": "nightly_collection",
        ".dagster/scheduled_execution_time": night.isoformat(),
        ".dagster/repository": "__repository__@qbr_pipeline",
    }
    instance.add_run(dg.DagsterRun("collection", tags=tags))
    assert "✗ nights" in qbr("doctor", "--alert", **on).out
    ((title, _),) = webhook.messages
    assert title.startswith("[ERROR] No nightly collection has begun since ")


def test_where_dagsters_database_is_gone_the_log_tells_of_the_nights(
    qbr: Qbr, database: Database, webhook: Any
) -> None:
    last = datetime.now(UTC) - timedelta(hours=27)
    record(database, LogRow("run-1", Month(2025, 6), Vendor.NINJA, CollectionOutcome.SUCCESS, last, last))
    qbr(
        "doctor",
        "--alert",
        QBR_COLLECTION_ENABLED="true",
        QBR_ALERT_URLS=f'["{webhook.url}"]',
        DAGSTER_POSTGRES_URL="postgresql://127.0.0.1:9/dagster",
    )
    assert len(webhook.messages) == 1


def test_it_says_which_file_is_read_for_what_the_environment_does_not_set(
    qbr: Qbr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ".env"
    file.write_text("QBR_REACTIVE_BOARDS='[\"Projects\"]'\n")
    file.chmod(0o600)
    said = qbr("doctor", QBR_DOTENV="")
    assert f"✓ settings: what the environment does not set is read from {file}." in said.out
    file.chmod(0o644)
    said = qbr("doctor", QBR_DOTENV="")
    assert said.out.startswith(f"✗ settings: {file} is open to others (mode 0644)")
    assert said.code == 1


def test_what_collections_found_odd_about_a_source_is_one_line_for_all_its_months(
    qbr: Qbr, database: Database
) -> None:
    keep_inventory(database, days_old=0)
    now = datetime(2025, 7, 1, tzinfo=UTC)
    for month in Month.span(Month(2025, 4), Month(2025, 6)):
        nothing = found(
            Rule.ZERO,
            "reactive_time_spent",
            month,
            Decimal(0),
            expected="more",
            sentence=f"Nothing in {month}",
        )
        with database.begin() as connection:
            records.record(connection, database, "monthly_metrics", month, [nothing], now)
    assert lines_of(qbr("doctor"))["kept values"] == "✗ Nothing in 2025-06. (2 more months like this.)"


@pytest.fixture
def ninja() -> Iterator[dict[str, str]]:
    """What names a simulated NinjaOne."""
    with SimulatedNinja(Fleet(60, date(2025, 1, 1), ZoneInfo("America/Chicago"))) as server:
        yield {
            "NINJA_SERVER": server.url,
            "NINJA_CLIENT_ID": NINJA_ID,
            "NINJA_CLIENT_SECRET": NINJA_SECRET,
        }


def test_ninjaone_is_asked_whether_it_grants_access_and_no_inventory_is_looked_for(
    qbr: Qbr, ninja: dict[str, str]
) -> None:
    lines = lines_of(qbr("doctor", **ninja), code=0)
    assert lines["NinjaOne"] == f"✓ {ninja['NINJA_SERVER']} grants access, 4 organizations."
    assert lines["device snapshots"] == "✓ none yet: the first collection stores one."
    assert lines["devices"].startswith("✓ are read from NinjaOne's API; they are counted by the table")
    assert "inventory" not in lines


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"NINJA_CLIENT_SECRET": SECRET}, "check NINJA_CLIENT_ID and NINJA_CLIENT_SECRET"),
        ({"NINJA_CLIENT_ID": "someone"}, "check NINJA_SERVER and NINJA_CLIENT_ID"),
        ({"NINJA_CLIENT_SECRET": ""}, "cannot be checked until its settings are complete"),
    ],
)
def test_an_access_to_ninjaone_that_is_wrong_has_a_line(
    wrong: dict[str, str], words: str, qbr: Qbr, ninja: dict[str, str]
) -> None:
    line = lines_of(qbr("doctor", **{**ninja, **wrong}))["NinjaOne"]
    assert line.startswith("✗ ")
    assert words in line
