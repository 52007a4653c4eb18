"""`qbr backfill`: the review report holds each month's numbers, what is missing and what was found."""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.cli.conftest import Decision
from qbr_pipeline_tests.nights import FINDING
from qbr_pipeline_tests.store.conftest import Collector

Qbr = Callable[..., Decision]


@pytest.fixture
def report(qbr: Qbr, named_database: Database, tmp_path: Path) -> Path:
    """The report of March to May 2025: March was collected, May has a finding, April has nothing."""
    Collector(named_database).connectwise([Collector.ticket(1, closed=True)], [Collector.entry(1)])
    with named_database.begin() as connection:
        connection.exec_driver_sql(FINDING.format(state="open"))
        connection.exec_driver_sql("UPDATE organization SET name = '<b>Test</b> MSP'")
        connection.exec_driver_sql("UPDATE qbr_findings SET sentence = '=1+1 <script>'")
    folder = tmp_path / "report"
    words = ("--from", "2025-03", "--to", "2025-05", "--report", str(folder))
    done = qbr("backfill", "--report-only", *words)
    assert done.code == 0, done
    assert done.out == f"Written: {folder / 'review.html'}\nWritten: {folder / 'review.csv'}\n"
    return folder


def test_the_table_holds_every_metric_and_smartnumber_of_every_month(report: Path) -> None:
    with (report / "review.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["month"] for row in rows} == {"2025-03", "2025-04", "2025-05"}
    of_march = {row["name"]: row for row in rows if row["month"] == "2025-03"}
    assert of_march["reactive_tickets_closed"]["value"] == "1.00"
    assert of_march["total_close_pct"]["value"] == "1.0000"
    assert (of_march["mrr"]["value"], of_march["mrr"]["remark"]) == ("", "absent: not entered")
    (finding,) = (row for row in rows if row["kind"] == "finding")
    assert finding["month"] == "2025-05"
    assert finding["remark"] == "open: =1+1 <script>"


def test_the_page_shows_months_side_by_side_and_takes_no_text_for_markup(report: Path) -> None:
    page = (report / "review.html").read_text()
    assert "&lt;b&gt;Test&lt;/b&gt; MSP" in page
    assert "<script" not in page
    assert re.search(r"<td># of Reactive Tickets Closed</td>\s*<td>1</td>\s*<td class=\"absent\"", page)
    assert "Missing: " in page
    assert "open: =1+1 &lt;script&gt;" in page


def test_a_month_that_a_vendor_was_never_collected_for_says_so(report: Path) -> None:
    page = (report / "review.html").read_text()
    assert re.search(r'#m2025-03.*?class="absent">never from Ninja</td>', page, re.DOTALL)
    assert "never from ConnectWise, Ninja</td>" in page


def test_the_report_is_nobody_elses_to_read(report: Path) -> None:
    assert {stat.S_IMODE(each.stat().st_mode) for each in report.iterdir()} == {0o600}


def test_it_collects_from_the_vendors_and_says_which_setting_is_missing(
    qbr: Qbr, named_database: Database
) -> None:
    assert qbr("backfill", "--from", "2025-03").faults[0].startswith("CONNECTWISE_SERVER is not set")
