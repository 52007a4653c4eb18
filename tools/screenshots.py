"""Pictures of Dagster's UI as a demo leaves it, to be looked at: `python -m tools.screenshots FOLDER`.

A demo is collected into an empty home, two of its months are collected again as a backfill, and the pages that matter
are photographed: timeline, lineage, an asset, a partition, checks, plots, the backfill, schedule and sensors.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Page, sync_playwright

_PATIENCE_SECONDS = 600
_PROGRAMS = Path(sys.executable).parent
_ASSET = "/assets/qbr/monthly_metrics"
_PAGES = {
    "timeline": "/overview/activity/timeline?range=1",
    "runs": "/runs",
    "lineage": "/asset-groups",
    "assets": "/assets",
    "asset": f"{_ASSET}?view=overview",
    "partition": f"{_ASSET}?view=partitions&partition={{month}}",
    "checks": "/assets/qbr/ninja_devices?view=checks&checkDetail=node_classes_are_known",
    "source": "/assets/qbr/connectwise_metrics?view=partitions&partition={month}",
    "backfills": "/runs?view=backfills",
    "automation": "/automation",
    "schedule": "/locations/qbr_pipeline/schedules/nightly_collection",
    "sensor": "/locations/qbr_pipeline/sensors/alert_detection",
    "resource": "/locations/qbr_pipeline/resources/connectwise",
    "job": "/locations/qbr_pipeline/jobs/collection/",
}
_PARTITIONS = """{ assetNodes(assetKeys: [{path: ["qbr", "monthly_metrics"]}]) { partitionKeys } }"""
_BACKFILL = """mutation($backfill: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $backfill) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }"""


def main(folder: Path) -> None:
    """Write a picture of each page into `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    browser = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with _demo() as address, sync_playwright() as playwright:
        month = _collect_again(address)
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = opened.new_page(viewport={"width": 1440, "height": 900})
        for name, path in _PAGES.items():
            _photograph(page, address + path.format(month=month), folder / f"dagster-{name}.png")
            print(folder / f"dagster-{name}.png")  # noqa: T201 - this is a program
        page.goto(f"{address}/assets/qbr/monthly_smartnumbers?view=overview")
        _settle(page)
        page.get_by_text("Plots", exact=True).first.click()
        page.get_by_text("Metadata", exact=True).first.evaluate("heading => heading.scrollIntoView()")
        _settle(page)
        page.screenshot(path=folder / "dagster-plots.png")
        opened.close()


@contextmanager
def _demo() -> Iterator[str]:
    """The address of the Dagster UI of a demo in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="qbr-screenshots-") as home:
        output = Path(home) / "output"
        with output.open("wb") as log:
            demo = subprocess.Popen(  # noqa: S603 - our own program
                [str(_PROGRAMS / "qbr"), "demo"], env={**os.environ, "QBR_HOME": home}, stdout=log, stderr=log
            )
        try:
            _await(lambda: "Press Ctrl-C to stop" in output.read_text())
            found = re.search(r"Dagster UI: (http://\S+)", output.read_text())
            assert found is not None  # noqa: S101 - it is the line before
            yield found[1]
        finally:
            demo.terminate()
            demo.wait()


def _collect_again(address: str) -> str:
    """Collect the first two months again, as a backfill from the UI does; the first of them, once that is over."""
    months = _ask(address, _PARTITIONS)["assetNodes"][0]["partitionKeys"][:2]
    backfill = {
        "assetSelection": [{"path": path} for path in _monthly(address)],
        "partitionNames": months,
        "fromFailure": False,
        "tags": [],
    }
    launched = _ask(address, _BACKFILL, backfill=backfill)["launchPartitionBackfill"]

    def is_over() -> bool:
        backfill = _ask(address, _STATUS, id=launched["backfillId"])["partitionBackfillOrError"]
        return bool(backfill["status"] != "REQUESTED")

    _await(is_over)
    return str(months[0])


def _monthly(address: str) -> list[list[str]]:
    """The keys of the assets that have months."""
    nodes = _ask(address, "{ assetNodes { assetKey { path } jobNames } }")["assetNodes"]
    return [node["assetKey"]["path"] for node in nodes if "collection" in node["jobNames"]]


def _photograph(page: Page, address: str, file: Path) -> None:
    page.goto(address)
    _settle(page)
    page.screenshot(path=file)


def _settle(page: Page) -> None:
    """Wait for what is asked for, and for charts and graphs, which are drawn after the last answer."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(6000)


def _ask(address: str, query: str, **variables: object) -> Any:
    answer = requests.post(f"{address}/graphql", json={"query": query, "variables": variables}, timeout=60)
    return answer.json()["data"]


def _await(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not seen():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {_PATIENCE_SECONDS} seconds")
        time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
