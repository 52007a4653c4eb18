"""Everything that Dagster knows of the project, written out: nothing appears or vanishes unseen."""

import ast
import os
import subprocess
import sys

import dagster as dg
import pytest

from qbr_pipeline.definitions import defs
from qbr_pipeline.orchestration.assets import COLLECTORS
from qbr_pipeline.orchestration.partitions import DAYS, MONTHS, QUARTERS
from qbr_pipeline.orchestration.resources import resources
from qbr_pipeline.orchestration.sensors import quarter_refresh
from qbr_pipeline.settings import Settings

RUNNING = dg.DefaultSensorStatus.RUNNING

ASSETS = {
    # asset: its group, its calendar, what it follows from
    "connectwise_boards": ("connectwise", MONTHS, set()),
    "connectwise_tickets": ("connectwise", MONTHS, {"connectwise_boards"}),
    "connectwise_time_entries": ("connectwise", MONTHS, {"connectwise_boards", "connectwise_tickets"}),
    "connectwise_metrics": ("connectwise", MONTHS, {"connectwise_tickets", "connectwise_time_entries"}),
    "ninja_snapshot": ("ninja", DAYS, set()),
    "ninja_devices": ("ninja", MONTHS, {"ninja_snapshot"}),
    "ninja_metrics": ("ninja", MONTHS, {"ninja_devices"}),
    "monthly_metrics": ("monthly", MONTHS, {"connectwise_metrics", "ninja_metrics"}),
    "monthly_smartnumbers": ("monthly", MONTHS, {"monthly_metrics"}),
    "quarterly_metrics": ("quarterly", QUARTERS, {"monthly_metrics"}),
    "quarterly_smartnumbers": ("quarterly", QUARTERS, {"monthly_metrics"}),
}

OF_ROWS = {"rows_are_complete", "values_are_valid", "values_follow_from_rows"}
BLOCKING = {
    "connectwise_boards": {"boards_exist", "closed_statuses_exist", "boards_have_a_closed_status"},
    "connectwise_tickets": OF_ROWS | {"rows_lie_in_the_month", "closed_month_keeps_its_rows"},
    "connectwise_time_entries": OF_ROWS
    | {"rows_lie_in_the_month", "tickets_are_readable", "closed_month_keeps_its_rows"},
    "ninja_devices": OF_ROWS,
}

FLAGGING = {
    "connectwise_tickets": {"closed_statuses_agree", "rows_are_counted", "rows_say_what_decides"},
    "connectwise_time_entries": {"tickets_are_found", "rows_are_counted", "rows_say_what_decides"},
    "ninja_devices": {
        "rows_are_counted",
        "snapshot_is_fresh_and_whole",
        "excluded_organizations_are_found",
        "node_classes_are_known",
        "classes_are_counted",
        "devices_are_seen",
        "devices_are_single",
        "sources_agree",
    },
    "connectwise_metrics": {"closed_month_is_unchanged", "publication_is_not_in_the_future"},
    "ninja_metrics": {"closed_month_is_unchanged", "publication_is_not_in_the_future"},
    "monthly_metrics": {
        "not_zero",
        "plausible_beside_related_metrics",
        "change_is_plausible",
        "value_is_usual",
        "totals_match_their_parts",
        "manual_entries_agree",
        "values_belong_to_their_vendor",
        "inputs_are_entered",
        "thresholds_are_kept",
    },
    "monthly_smartnumbers": {"thresholds_are_kept"},
    "quarterly_metrics": {"thresholds_are_kept"},
    "quarterly_smartnumbers": {"thresholds_are_kept"},
}

FROM_STORED_ROWS = {"monthly_metrics", "monthly_smartnumbers"}
QUARTERLY = {"quarterly_metrics", "quarterly_smartnumbers"}
JOBS = {
    "collection": (ASSETS.keys() - QUARTERLY - {"ninja_snapshot"}, {"qbr/collection": "month"}),
    "recompute": (FROM_STORED_ROWS, {"qbr/recompute": "month"}),
    "refresh_quarter": (QUARTERLY, {}),
    "prune": (set(), {}),
}

SCHEDULES = {
    "nightly_collection": ("30 22 * * *", "America/Chicago", "collection", dg.DefaultScheduleStatus.STOPPED),
    "daily_pruning": ("0 12 * * *", "America/Chicago", "prune", dg.DefaultScheduleStatus.RUNNING),
}
SENSORS = {
    "recompute_changed_months": (RUNNING, 30),
    "housekeeping": (RUNNING, 30),
    "quarter_refresh": (RUNNING, 30),
    "alert_detection": (RUNNING, 30),
    "alert_delivery": (RUNNING, 30),
}


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def checks(graph, *, blocking):
    found = {}
    for key in graph.asset_check_keys:
        if graph.get_check_spec(key).blocking is blocking:
            found.setdefault(key.asset_key.path[-1], set()).add(key.name)
    return found


def test_these_are_the_assets_and_their_lineage(graph) -> None:
    nodes = {key.path[-1]: graph.get(key) for key in graph.get_all_asset_keys()}
    assert {
        name: (node.group_name, node.partitions_def, {key.path[-1] for key in node.parent_keys})
        for name, node in nodes.items()
    } == ASSETS


def test_every_asset_says_what_it_is_and_whose(graph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description
        assert node.owners == ["team:service-desk"]
        assert node.kinds
        assert node.tags["layer"]
        assert key.path[:-1] == ["qbr"]


TABLES = {
    "connectwise_tickets": "qbr_staged_tickets",
    "connectwise_time_entries": "qbr_staged_time_entries",
    "connectwise_metrics": "qbr_metrics_monthly",
    "ninja_snapshot": "qbr_device_snapshots",
    "ninja_devices": "qbr_staged_devices",
    "ninja_metrics": "qbr_metrics_monthly",
    "monthly_metrics": "qbr_metrics_monthly",
    "monthly_smartnumbers": "qbr_smartnumbers",
    "quarterly_metrics": "qbr_metrics_quarterly",
    "quarterly_smartnumbers": "qbr_smartnumbers",
}


def test_an_asset_names_the_table_that_it_writes_and_its_columns(graph) -> None:
    metadata = {key.path[-1]: graph.get(key).metadata for key in graph.get_all_asset_keys()}
    tables = {name: each.get("dagster/table_name") for name, each in metadata.items()}
    assert tables == {"connectwise_boards": None, **TABLES}
    columns = {each.name: each for each in metadata["monthly_metrics"]["dagster/column_schema"].columns}
    assert columns["metric_value"].type == "NUMERIC(14, 4)"
    assert not columns["metric_name"].constraints.nullable


def test_a_vendor_is_collected_by_the_assets_of_its_group_and_the_last_of_them_publishes() -> None:
    names = {vendor.value: [asset.key.path[-1] for asset in assets] for vendor, assets in COLLECTORS.items()}
    assert names == {
        "ConnectWise": [
            "connectwise_boards",
            "connectwise_tickets",
            "connectwise_time_entries",
            "connectwise_metrics",
        ],
        "Ninja": ["ninja_snapshot", "ninja_devices", "ninja_metrics"],
    }


@pytest.mark.parametrize(
    ("enabled", "hours"), [("false", None), ("true", 26)], ids=["nobody collects", "a night is expected"]
)
def test_a_source_goes_stale_in_the_ui_once_a_night_is_expected_and_missing(enabled, hours) -> None:
    program = (
        "from qbr_pipeline.definitions import defs\n"
        "graph = defs.resolve_asset_graph()\n"
        "policies = {key.path[-1]: graph.get(key).freshness_policy"
        " for key in graph.get_all_asset_keys()}\n"
        "windows = {name: each.fail_window.to_timedelta() for name, each in policies.items() if each}\n"
        "print({name: each.total_seconds() / 3600 for name, each in windows.items()})\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "QBR_COLLECTION_ENABLED": enabled},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {"connectwise_metrics": float(hours), "ninja_metrics": float(hours)} if hours else {}
    assert ast.literal_eval(ended.stdout) == expected


def test_what_reads_a_vendor_and_what_reviews_a_month_take_places_in_pools() -> None:
    pools = {
        asset.key.path[-1]: asset.op.pool
        for asset in defs.assets or ()
        if isinstance(asset, dg.AssetsDefinition) and len(asset.keys) == 1
    }
    readers = {
        "connectwise_boards",
        "connectwise_tickets",
        "connectwise_time_entries",
        "ninja_snapshot",
        "ninja_devices",
    }
    monthly = ASSETS.keys() - QUARTERLY - readers
    assert pools == {**dict.fromkeys(readers, "qbr_collection"), **dict.fromkeys(monthly, "qbr_months")}


def test_these_checks_block(graph) -> None:
    assert checks(graph, blocking=True) == BLOCKING


def test_these_checks_flag(graph) -> None:
    assert checks(graph, blocking=False) == FLAGGING


def test_every_check_has_the_calendar_of_its_asset_and_a_description(graph) -> None:
    for key in graph.asset_check_keys:
        spec = graph.get_check_spec(key)
        assert spec.partitions_def == ASSETS[key.asset_key.path[-1]][1]
        assert spec.description


def test_these_are_the_jobs() -> None:
    found = {job.name: job for job in defs.get_repository_def().get_all_jobs() if job.name in JOBS}
    assert {
        name: ({key.path[-1] for key in job.asset_layer.executable_asset_keys}, dict(job.tags))
        for name, job in found.items()
    } == JOBS
    assert {job.name for job in defs.get_repository_def().get_all_jobs()} == {*JOBS, "__ASSET_JOB"}
    assert {job.executor_def.name for job in found.values()} == {"in_process"}


def test_a_recompute_runs_every_check_that_looks_at_neighbours_or_entries() -> None:
    layer = defs.resolve_job_def("recompute").asset_layer
    found = {(key.asset_key.path[-1], key.name) for key in layer.asset_graph.asset_check_keys}
    assert found == {(asset, name) for asset in FROM_STORED_ROWS for name in FLAGGING[asset]}


def test_these_are_the_schedules() -> None:
    assert {
        each.name: (each.cron_schedule, each.execution_timezone, each.job_name, each.default_status)
        for each in defs.get_repository_def().schedule_defs
    } == SCHEDULES


def test_these_are_the_sensors_and_all_are_on() -> None:
    found = defs.get_repository_def().sensor_defs
    assert {each.name: (each.default_status, each.minimum_interval_seconds) for each in found} == SENSORS
    assert quarter_refresh.default_status is RUNNING


SECRETS = {
    "QBR_DATABASE_URL": "postgresql://ann:hidden@db.example.com:5433/numbers",
    "QBR_INVENTORY_DATABASE_URL": "postgresql://bob:hidden@inventory.example.com/fleet",
    "CONNECTWISE_SERVER": "https://connect.example.com",
    "CONNECTWISE_COMPANY_ID": "acme",
    "CONNECTWISE_PUBLIC_KEY": "hidden-public",
    "CONNECTWISE_PRIVATE_KEY": "hidden-private",
    "CONNECTWISE_CLIENT_ID": "hidden-client",
    "NINJA_SERVER": "eu.ninjarmm.com",
    "NINJA_CLIENT_ID": "hidden-client-app",
    "NINJA_CLIENT_SECRET": "hidden-secret-of-it",
    "QBR_ALERT_URLS": '["mailtos://ann:hidden@example.com"]',
    "QBR_CLOSED_STATUSES": "auto",
}


def test_the_ui_shows_the_settings_of_a_resource_and_none_of_its_secrets() -> None:
    shown = {name: each._resolved_config_dict for name, each in resources(Settings.read(SECRETS)).items()}
    assert shown["database"]["address"] == "db.example.com:5433/numbers"
    assert shown["inventory"]["address"] == "inventory.example.com:5432/fleet"
    assert shown["connectwise"]["server"] == "https://connect.example.com"
    assert shown["connectwise"]["company_id"] == "acme"
    assert shown["connectwise"]["closed_statuses"] == ["auto"]
    assert shown["ninja"]["server"] == "https://eu.ninjarmm.com"
    assert (shown["ninja"]["counted_source"], shown["ninja"]["compared_source"]) == ("ninja", "inventory")
    assert shown["alerting"]["destinations"] == 1
    assert "hidden" not in repr(shown)
    assert "ann" not in repr(shown)
