"""The review report of a backfill: what each month holds, what it lacks, and what is odd about it.

What belongs here: gathering it, and its two files. What does not: what a number is, or why it is absent.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from qbr_pipeline.cli.show import Line, read_lines
from qbr_pipeline.files.cells import safe_text
from qbr_pipeline.metrics.catalogue import COLLECTED_VENDORS, Vendor
from qbr_pipeline.metrics.words import period_name
from qbr_pipeline.periods import Month
from qbr_pipeline.runtime.private import make_private, private_file
from qbr_pipeline.store.collection_log import CollectionOutcome, latest
from qbr_pipeline.store.database import Database
from qbr_pipeline.store.findings.reading import FindingFilter, State, StoredFinding, find
from qbr_pipeline.store.reading import organization_name

_ALL = 10_000
_HEADER = ("month", "kind", "section", "name", "label", "value", "unit", "source", "provisional", "remark")


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What is stored of some months at the aware moment `at`.

    `failed`: a sentence for each collection that failed; `lacking`: the vendors that a month was never collected from.
    """

    organization: str
    at: datetime
    lines: Mapping[Month, Sequence[Line]]
    findings: Mapping[Month, Sequence[StoredFinding]]
    failed: Mapping[Month, Sequence[str]]
    lacking: Mapping[Month, Sequence[Vendor]]

    @property
    def months(self) -> list[Month]:
        """The months, oldest first."""
        return list(self.lines)


def read_report(database: Database, months: Sequence[Month], now: datetime) -> ReviewReport:
    """What is stored of `months`; findings that are resolved are left out."""
    unresolved = [State.OPEN, State.ACKNOWLEDGED, State.EXPECTED]
    with database.read() as connection:
        lines = {month: read_lines(connection, database, month, now) for month in months}
        findings = {
            month: find(
                connection,
                database,
                FindingFilter(states=unresolved, period=month),
                now,
                limit=_ALL,
                offset=0,
            ).findings
            for month in months
        }
        known = latest(connection, database)
        lacking = {
            month: [
                each
                for each in COLLECTED_VENDORS
                if (each, month) not in {(row.vendor, row.month) for row in known}
            ]
            for month in months
        }
        failures = [row for row in known if row.status is CollectionOutcome.FAILED]
        failed = {
            month: [
                f"{row.vendor}: {row.message or 'no reason was left'}"
                for row in failures
                if row.month == month
            ]
            for month in months
        }
        name = organization_name(connection, database) or ""
    return ReviewReport(name, now, lines, findings, failed, lacking)


def write_report(report: ReviewReport, folder: Path) -> tuple[Path, Path]:
    """Write the report to `folder` as HTML and as CSV, which nobody else may read; the two files."""
    make_private(folder)
    page, table = folder / "review.html", folder / "review.csv"
    with open(page, "w", encoding="utf-8", opener=private_file) as stream:
        stream.write(_as_html(report))
    with open(table, "w", encoding="utf-8-sig", newline="", opener=private_file) as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEADER)
        writer.writerows([safe_text(cell) for cell in row] for row in _rows(report))
    return page, table


def _as_html(report: ReviewReport) -> str:
    pages = Environment(
        loader=PackageLoader("qbr_pipeline.cli"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return pages.get_template("review_report.html").render(report=report, period_name=period_name)


def _rows(report: ReviewReport) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for month in report.months:
        rows += [_row(line) for line in report.lines[month]]
        rows += [_row_of(month, each) for each in report.findings[month]]
        rows += [(str(month), "failure", *[""] * 7, sentence) for sentence in report.failed[month]]
    return rows


def _row(line: Line) -> tuple[str, ...]:
    value = "" if line.value is None else format(line.value, "f")
    remark = f"absent: {line.absent_because.replace('_', ' ')}" if line.absent_because else ""
    provisional = "yes" if line.provisional else "no"
    words = (line.period, line.kind, line.section, line.name, line.label)
    return (*words, value, line.unit, line.source, provisional, remark)


def _row_of(month: Month, found: StoredFinding) -> tuple[str, ...]:
    finding = found.finding
    words = (str(month), "finding", finding.severity.value, finding.subject, finding.rule.value)
    return (*words, "", "", "", "", f"{found.state}: {finding.sentence}")
