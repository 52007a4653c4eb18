"""Everything that Dagster knows of the project, written out: nothing appears or vanishes unseen."""

import dagster as dg
import pytest

from qbr_pipeline.definitions import defs
from qbr_pipeline.orchestration.partitions import MONTHS, QUARTERS
from qbr_pipeline.orchestration.sensors import quarter_refresh

RUNNING = dg.DefaultSensorStatus.RUNNING

ASSETS = {
    # asset: its group, its calendar, what it follows from
    "connectwise_boards": ("connectwise", MONTHS, set()),
    "connectwise_tickets": ("connectwise", MONTHS, {"connectwise_boards"}),
    "connectwise_time_entries": ("connectwise", MONTHS, {"connectwise_boards", "connectwise_tickets"}),
    "connectwise_metrics": ("connectwise", MONTHS, {"connectwise_tickets", "connectwise_time_entries"}),
    "ninja_devices": ("ninjaone", MONTHS, set()),
    "ninja_metrics": ("ninjaone", MONTHS, {"ninja_devices"}),
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
    "connectwise_tickets": {"closed_statuses_agree", "rows_are_counted"},
    "connectwise_time_entries": {"tickets_are_found", "rows_are_counted"},
    "ninja_devices": {
        "rows_are_counted",
        "snapshot_is_fresh_and_whole",
        "excluded_organizations_are_found",
        "node_classes_are_known",
    },
    "connectwise_metrics": {"closed_month_is_unchanged", "publication_is_not_in_the_future"},
    "ninja_metrics": {"closed_month_is_unchanged", "publication_is_not_in_the_future"},
    "monthly_metrics": {
        "not_zero",
        "plausible_beside_its_kin",
        "change_is_plausible",
        "value_is_usual",
        "totals_match_their_parts",
        "entries_by_hand_agree",
        "values_stand_under_their_vendor",
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
    "collection": (ASSETS.keys() - QUARTERLY, {"qbr/collection": "month"}),
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
            found.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    return found


def test_these_are_the_assets_and_their_lineage(graph) -> None:
    nodes = {key.to_user_string(): graph.get(key) for key in graph.get_all_asset_keys()}
    assert {
        name: (node.group_name, node.partitions_def, {key.to_user_string() for key in node.parent_keys})
        for name, node in nodes.items()
    } == ASSETS


def test_every_asset_says_what_it_is_and_whose(graph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description
        assert node.owners
        assert node.kinds
        assert node.code_version
        assert node.tags["layer"]


def test_what_reads_a_vendor_and_what_reviews_a_month_take_places_in_pools() -> None:
    pools = {
        asset.key.to_user_string(): asset.op.pool
        for asset in defs.assets or ()
        if isinstance(asset, dg.AssetsDefinition) and len(asset.keys) == 1
    }
    readers = {"connectwise_boards", "connectwise_tickets", "connectwise_time_entries", "ninja_devices"}
    monthly = ASSETS.keys() - QUARTERLY - readers
    assert pools == {**dict.fromkeys(readers, "qbr_collection"), **dict.fromkeys(monthly, "qbr_months")}


def test_these_checks_block(graph) -> None:
    assert checks(graph, blocking=True) == BLOCKING


def test_these_checks_flag(graph) -> None:
    assert checks(graph, blocking=False) == FLAGGING


def test_every_check_has_the_calendar_of_its_asset_and_a_description(graph) -> None:
    for key in graph.asset_check_keys:
        spec = graph.get_check_spec(key)
        assert spec.partitions_def == ASSETS[key.asset_key.to_user_string()][1]
        assert spec.description


def test_these_are_the_jobs() -> None:
    found = {job.name: job for job in defs.get_repository_def().get_all_jobs() if job.name in JOBS}
    assert {
        name: ({key.to_user_string() for key in job.asset_layer.executable_asset_keys}, dict(job.tags))
        for name, job in found.items()
    } == JOBS
    assert {job.name for job in defs.get_repository_def().get_all_jobs()} == {*JOBS, "__ASSET_JOB"}
    assert {job.executor_def.name for job in found.values()} == {"in_process"}


def test_a_recompute_runs_every_check_that_looks_at_neighbours_or_entries() -> None:
    layer = defs.resolve_job_def("recompute").asset_layer
    found = {(key.asset_key.to_user_string(), key.name) for key in layer.asset_graph.asset_check_keys}
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
