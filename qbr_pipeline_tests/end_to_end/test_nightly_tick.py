"""A real tick: daemon, webserver, PostgreSQL, a simulated ConnectWise and QuickBooks as processes of their own."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import requests

from qbr_pipeline.demo.spreadsheet import FILE_NAME, KEPT, spreadsheet
from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.orchestration.checks import CHECKS
from qbr_pipeline.periods import Month
from qbr_pipeline.store.rows.browsing import browse

if TYPE_CHECKING:
    from qbr_pipeline_tests.end_to_end.conftest import Dagster, Installation

pytestmark = pytest.mark.slow

_COLLECTED = {key for key, metric in METRICS.items() if metric.kind is MetricKind.COLLECTED} | set(BOOKED)
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass
class Tick:
    """A tick of the schedule that was let through to its end, and everything that followed by itself."""

    installation: Installation
    dagster: Dagster
    at: float
    months: list[Month]
    runs: list[dict[str, Any]]

    @property
    def touched_quarters(self) -> set[str]:
        """The partition keys of the quarters of the months."""
        return {str(month.quarter.months[0]) for month in self.months}


@pytest.fixture(scope="module")
def tick(installation: Installation) -> Tick:
    """One tick of `nightly_collection`; the schedule is off again before the next one."""
    started = installation.qbr("db", "start")
    assert started.returncode == 0, started
    installation.adopt_exports()
    installation.simulate_vendors("--created", "60", "--closed", "60", "--entries", "120", "--prepare")
    installation.environment |= {"QBR_SCHEDULE_CRON": "* * * * *", "QBR_COLLECTION_ENABLED": "true"}
    installation.let_nights_run()
    installation.simulate_books()
    _, workspace = installation.start_code_server()
    dagster = installation.start_dagster(workspace)
    schedule = dagster.turn_on("nightly_collection")
    ticked = installation.wait_until(
        "the schedule ticks and requests runs",
        lambda: [each for each in dagster.ticks("nightly_collection") if each["status"] == "SUCCESS"],
    )
    dagster.turn_off(schedule)
    at = ticked[-1]["timestamp"]
    installation.wait_until(
        "the runs of the tick end",
        lambda: all(run["status"] in _ENDED for run in dagster.runs(qbr__collection="month")),
        every=0.5,
    )
    runs = dagster.runs(qbr__collection="month")
    last = max(run["endTime"] for run in runs)
    current = Month.of(datetime.fromtimestamp(at, UTC), ZoneInfo("America/Chicago"))
    done = Tick(installation, dagster, at, list(Month.span(current.plus(-12), current)), runs)
    print(f"tick to last success: {last - at:.1f} s")  # noqa: T201 - a measurement, shown with -s
    for run in runs:
        began, ended = run["startTime"] - at, run["endTime"] - at
        print(f"{run['tags']['dagster/partition']} from {began:.1f} s to {ended:.1f} s")  # noqa: T201
    _wait_for_rest(done)
    return done


def _wait_for_rest(tick: Tick) -> None:
    """Wait until the quarters have followed, and until every sensor has looked once more after that."""
    dagster = tick.dagster
    tick.installation.wait_until(
        "the quarters follow",
        lambda: (
            tick.touched_quarters
            <= {run["tags"]["dagster/partition"] for run in _quarters(dagster) if run["status"] in _ENDED}
        ),
        every=0.5,
    )
    rest = time.time()
    sensors = ("quarter_refresh", "recompute_changed_months", "housekeeping")
    tick.installation.wait_until(
        "every sensor looks once more",
        lambda: all(any(each["timestamp"] > rest for each in dagster.ticks(name)) for name in sensors),
        every=0.5,
    )


def _quarters(dagster: Dagster) -> list[dict[str, Any]]:
    return [run for run in dagster.runs() if "quarterly_metrics" in run["assets"]]


def test_a_tick_makes_one_run_a_month_in_order(tick: Tick) -> None:
    began = sorted(tick.runs, key=lambda run: run["startTime"])

    assert [run["tags"]["dagster/partition"] for run in began] == [str(month) for month in tick.months]
    assert len(tick.runs) == 13
    assert {run["jobName"] for run in tick.runs} == {"collection"}


def test_every_run_succeeds(tick: Tick) -> None:
    assert {run["tags"]["dagster/partition"]: run["status"] for run in tick.runs} == {
        str(month): "SUCCESS" for month in tick.months
    }


def test_runs_go_one_at_a_time(tick: Tick) -> None:
    began = sorted(tick.runs, key=lambda run: run["startTime"])

    assert all(earlier["endTime"] <= later["startTime"] for earlier, later in itertools.pairwise(began)), (
        began
    )


def test_every_month_has_its_collected_metrics(tick: Tick) -> None:
    rows = tick.installation.query(
        "SELECT period, metric_name, metric_value, data_source FROM qbr_metrics_monthly"
    )
    collected = {(period, name) for period, name, value, source in rows if value is not None}

    assert collected >= {(str(month), key) for month in tick.months for key in _COLLECTED}
    assert {source for *_, source in rows} == {"collected"}


def test_every_month_and_quarter_has_eighteen_smartnumbers(tick: Tick) -> None:
    rows = tick.installation.query("SELECT period, period_type, kpi_name FROM qbr_smartnumbers")

    assert Counter((period, kind) for period, kind, _ in rows) == {
        **{(str(month), "monthly"): 18 for month in tick.months},
        **{(str(month.quarter), "quarterly"): 18 for month in tick.months},
    }
    assert {name for *_, name in rows} == set(SMARTNUMBERS)


def test_the_log_has_one_success_for_each_run_and_vendor(tick: Tick) -> None:
    rows = tick.installation.query(
        "SELECT log.run_id, log.period, vendor.name, log.status FROM qbr_collection_log log"
        " JOIN vendor ON vendor.id = log.vendor_id"
    )

    assert sorted(rows) == sorted(
        (run["runId"], run["tags"]["dagster/partition"], vendor, "success")
        for run in tick.runs
        for vendor in ("ConnectWise", "Ninja", "QuickBooks")
    )


def test_every_check_was_evaluated_once_for_each_run_of_a_partition(tick: Tick) -> None:
    months = dict.fromkeys(map(str, tick.months), 1)
    quarters = Counter(run["tags"]["dagster/partition"] for run in _quarters(tick.dagster))
    for key in (key for checks in CHECKS for key in checks.check_keys):
        told = tick.dagster.ask(_CHECKS, asset={"path": key.asset_key.path}, check=key.name)
        executions = told["assetCheckExecutions"]
        expected = quarters if key.asset_key.path[-1].startswith("quarterly") else months

        assert Counter(each["partition"] for each in executions) == expected, key
        assert all(each["evaluation"] for each in executions), key


def test_every_touched_quarter_follows_its_last_month_and_goes_once_unless_that_ended_during_a_look(
    tick: Tick,
) -> None:
    """Dagster sees what is materialized while it looks in that look and in the next one: then a quarter goes twice."""
    runs = sorted(_quarters(tick.dagster), key=lambda run: run["startTime"])
    newest = {run["tags"]["dagster/partition"]: run for run in runs}
    ended: dict[str, float] = {}
    for month in tick.runs:
        quarter = str(Month.parse(month["tags"]["dagster/partition"]).quarter.months[0])
        ended[quarter] = max(ended.get(quarter, 0), month["endTime"])

    assert newest.keys() == tick.touched_quarters
    assert all(newest[quarter]["startTime"] >= at for quarter, at in ended.items())
    assert all(run["startTime"] >= ended[run["tags"]["dagster/partition"]] for run in runs)
    assert max(Counter(run["tags"]["dagster/partition"] for run in runs).values()) <= 2
    assert {run["status"] for run in runs} == {"SUCCESS"}


def test_no_month_is_computed_again_after_a_collection_in_order(tick: Tick) -> None:
    assert tick.dagster.runs(qbr__recompute="month") == []


def test_graphql_tells_which_partitions_are_there(tick: Tick) -> None:
    months, quarters = {str(month) for month in tick.months}, tick.touched_quarters
    told = tick.dagster.ask(_ASSETS)["assetNodes"]

    names = {node["assetKey"]["path"][-1] for node in told}
    expected = {name: quarters if name.startswith("quarterly") else months for name in names}
    expected["ninja_snapshot"] = set()  # nothing is asked of NinjaOne where an inventory is the source
    assert {node["assetKey"]["path"][-1]: set(node["keys"]) for node in map(_materialized, told)} == expected


def test_the_ui_shows_every_source_as_fresh_after_the_night(tick: Tick) -> None:
    def states() -> dict[str, str]:
        nodes = tick.dagster.ask(_FRESHNESS)["assetNodes"]
        return {
            node["assetKey"]["path"][-1]: node["freshnessStatusInfo"]["freshnessStatus"]
            for node in nodes
            if node["freshnessStatusInfo"]
        }

    sources = ("connectwise_metrics", "ninja_metrics", "quickbooks_metrics")
    expected = dict.fromkeys(sources, "HEALTHY")
    tick.installation.wait_until("Dagster has looked at freshness", lambda: states() == expected)


def test_graphql_and_the_database_tell_the_same_numbers(tick: Tick) -> None:
    rows = tick.installation.query(
        "SELECT period, metric_name, metric_value FROM qbr_metrics_monthly WHERE metric_name IN"
        " ('reactive_tickets_created', 'reactive_tickets_closed', 'reactive_time_spent')"
    )
    labels = {METRICS[name].label: name for name in {name for _, name, _ in rows}}
    told = {}
    for asset in ("connectwise_tickets", "connectwise_time_entries"):
        node = tick.dagster.ask(_MATERIALIZATIONS, asset={"path": ["qbr", asset]})["assetNodeOrError"]
        for each in node["assetMaterializations"]:
            for entry in each["metadataEntries"]:
                if entry["label"] in labels:
                    told[each["partition"], labels[entry["label"]]] = Decimal(str(entry["floatValue"]))

    assert told == {(period, name): value for period, name, value in rows}
    assert len(told) == 3 * 13


def test_thirteen_months_of_books_take_no_more_than_thirty_requests(tick: Tick) -> None:
    address = tick.installation.environment["QUICKBOOKS_ENVIRONMENT"]
    asked = requests.get(f"{address}/simulator/requests", timeout=30).json()

    assert sum(asked.values()) <= 30, asked


def test_every_money_metric_opens_to_accounts_whose_sum_it_is(tick: Tick) -> None:
    with tick.installation.open_database() as database:
        for month, key in itertools.product(tick.months, BOOKED):
            page = database.fetch(browse, key, month)

            assert page.value is not None
            assert sum(each.row.counted for each in page.rows if each.counts) == page.value, (month, key)


def test_headcounts_and_sales_from_one_file_then_make_every_smartnumber(tick: Tick) -> None:
    file = tick.installation.home / FILE_NAME
    file.write_bytes(spreadsheet(tick.months, tick.months))
    imported = tick.installation.qbr("import", str(file), "--yes", "--by", "the tests")

    assert imported.returncode == 0, imported
    rows = tick.installation.query(
        "SELECT period, kpi_name FROM qbr_smartnumbers WHERE kpi_value IS NOT NULL"
    )
    whole = [
        quarter for quarter, months in Counter(month.quarter for month in tick.months).items() if months == 3
    ]
    assert len(whole) >= 3
    assert set(rows) >= {(str(period), name) for period in (*tick.months, *whole) for name in SMARTNUMBERS}
    typed = tick.installation.query(
        "SELECT DISTINCT metric_name FROM qbr_metrics_monthly WHERE data_source = 'manual'"
    )
    assert {name for (name,) in typed} == set(KEPT)


def _materialized(node: dict[str, Any]) -> dict[str, Any]:
    statuses = node["assetPartitionStatuses"]
    if "ranges" not in statuses:  # days of snapshots
        assert statuses["failedPartitions"] == statuses["unmaterializedPartitions"] == []
        return {**node, "keys": statuses["materializedPartitions"]}
    ranges = statuses["ranges"]
    assert {each["status"] for each in ranges} == {"MATERIALIZED"}
    keys = []
    for each in ranges:
        months = Month.span(Month.parse(each["startKey"]), Month.parse(each["endKey"]))
        is_quarterly = node["assetKey"]["path"][-1].startswith("quarterly")
        keys += [str(month) for month in months if not is_quarterly or month.quarter.months[0] == month]
    return {**node, "keys": keys}


_CHECKS = """query($asset: AssetKeyInput!, $check: String!) {
  assetCheckExecutions(assetKey: $asset, checkName: $check, limit: 100) {
    partition status evaluation { severity success partition } } }"""

_ASSETS = """{ assetNodes { assetKey { path } assetPartitionStatuses {
  ... on TimePartitionStatuses { ranges { startKey endKey status } }
  ... on DefaultPartitionStatuses { materializedPartitions failedPartitions unmaterializedPartitions } } } }"""

_FRESHNESS = """{ assetNodes { assetKey { path } freshnessStatusInfo { freshnessStatus } } }"""

_MATERIALIZATIONS = """query($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) {
  ... on AssetNode { assetMaterializations(limit: 100) { partition metadataEntries {
    label ... on FloatMetadataEntry { floatValue } } } } } }"""
