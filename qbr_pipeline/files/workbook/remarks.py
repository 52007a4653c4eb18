"""The sheets of words: what was found odd or restated, what people entered, and what every number means.

What belongs here: their columns. What does not: the words themselves (`metrics`, `store`).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from qbr_pipeline.files.workbook.grids import heading
from qbr_pipeline.files.workbook.style import Book
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind, plain_label
from qbr_pipeline.metrics.derived import DERIVATIONS
from qbr_pipeline.metrics.rules.table import RULES
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS, known_number
from qbr_pipeline.periods import local
from qbr_pipeline.store.figures import Figures
from qbr_pipeline.store.values import DataSource

_FINDINGS = ("Period", "About", "Finding", "Severity", "State", "Rule", "Value", "Answered by", "Reason")
_RESTATEMENTS = ("Month", "Metric", "Why", "Accepted by", "Reason", "Before", "Now", "Change", "Restated at")
_ENTRIES = ("Month", "Metric", "What was entered", "Unit", "Entered by", "Note", "At")
_DEFINITIONS = ("Name", "Key", "Kind", "Unit", "Better", "From", "Formula", "A quarter is", "Note")


def add_findings(book: Book, figures: Figures) -> None:
    """Add the findings of the months that still stand, and below them the restatements."""
    sheet = book.sheet("Findings", (16, 32, 60, 12, 14, 22, 14, 20, 40))
    zone = f"times in {figures.timezone.key}"
    book.title(sheet, f"{figures.organization}: findings and restatements", zone)
    book.header(sheet, 2, _FINDINGS)
    for row, each in enumerate(figures.findings, start=3):
        finding = each.finding
        book.row(
            sheet,
            row,
            (
                ", ".join(heading(period) for period in each.months),
                _about(finding.subject),
                finding.sentence,
                finding.severity.value,
                each.state.value,
                RULES[finding.rule].label,
                finding.value,
                each.changed_by,
                each.why,
            ),
        )
    below = len(figures.findings) + 4
    for column, name in enumerate(_RESTATEMENTS):
        book.text(sheet, below, column, name, bold=True, bottom=1)
    for row, restated in enumerate(figures.restatements, start=below + 1):
        causes = "; ".join(
            f"{cause.kind.value.replace('_', ' ')}: {cause.rows} ({cause.effect:+})"
            for cause in restated.causes
        )
        book.row(
            sheet,
            row,
            (
                heading(restated.month),
                _about(restated.metric),
                restated.rule_change or causes,
                restated.accepted_by,
                restated.accepted_why,
                restated.old,
                restated.new,
                restated.change,
                _moment(restated.published_at, figures.timezone),
            ),
        )


def add_entries(book: Book, figures: Figures) -> None:
    """Add what people entered, and who and why."""
    sheet = book.sheet("Entered by hand", (12, 44, 16, 9, 24, 60, 20))
    book.title(sheet, f"{figures.organization}: entered by hand", f"times in {figures.timezone.key}")
    book.header(sheet, 2, _ENTRIES)
    entered = (
        (month, METRICS[key], each)
        for month, kept in figures.stored.items()
        for key, each in kept.items()
        if each.source is DataSource.MANUAL and each.value is not None
    )
    for row, (month, metric, each) in enumerate(entered, start=3):
        moment = _moment(each.changed_at, figures.timezone)
        words = (each.entered_by, each.notes, moment)
        book.row(sheet, row, (heading(month), metric.plain_label, each.value, metric.unit.value, *words))


def add_definitions(book: Book) -> None:
    """Add what every metric and SmartNumber is."""
    sheet = book.sheet("Definitions", (44, 30, 13, 9, 9, 14, 70, 22, 32))
    book.title(sheet, "What the numbers mean", "Percentages are kept as fractions: 0.9991 is 99.91 %.")
    book.header(sheet, 2, _DEFINITIONS)
    row = 2
    for metric in METRICS.values():
        row += 1
        formula = DERIVATIONS[metric.key].text if metric.key in DERIVATIONS else ""
        note = "counts as nothing where it is absent" if metric.optional else ""
        from_ = metric.vendor.value if metric.kind is not MetricKind.DERIVED else "other metrics"
        words = (metric.plain_label, metric.key, metric.kind.value, metric.unit.value, metric.better.value)
        book.row(sheet, row, (*words, from_, formula, metric.roll_up.value, note))
    for number in SMARTNUMBERS.values():
        row += 1
        words = (number.plain_label, number.key, "SmartNumber", number.unit.value, number.better.value)
        rule = "over the months used"
        book.row(sheet, row, (*words, "metrics", number.formula.text, rule, number.note or ""))


def _about(subject: str) -> str:
    number = known_number(subject)
    return number.plain_label if number else plain_label(subject)


def _moment(moment: datetime | None, timezone: ZoneInfo) -> str:
    here = local(moment, timezone)
    return f"{here:%Y-%m-%d %H:%M}" if here else ""
