"""The made-up spreadsheet holds what the made-up books do not, in a layout that the import reads exactly."""

from __future__ import annotations

from qbr_pipeline.demo.inputs import demo_inputs
from qbr_pipeline.demo.spreadsheet import KEPT, spreadsheet
from qbr_pipeline.files.reading.read_file import Answers, FileKind, read_file
from qbr_pipeline.metrics.accounts import BOOKED
from qbr_pipeline.metrics.catalogue import METRICS, MetricKind
from qbr_pipeline.periods import Month

MONTHS = list(Month.span(Month(2024, 11), Month(2025, 11)))


def read(filled: list[Month]) -> dict[tuple[Month, str], object]:
    file = read_file(spreadsheet(MONTHS, filled), Answers())
    assert file.kind is FileKind.WIDE_GRID
    assert file.values is not None
    assert (file.values.faults, file.values.unknown) == ([], [])
    return {key: each.value for key, each in file.values.values.items()}


def test_books_and_spreadsheet_together_give_every_input_and_none_twice() -> None:
    inputs = [key for key, metric in METRICS.items() if metric.kind is MetricKind.INPUT]
    assert sorted((*BOOKED, *KEPT)) == sorted(inputs)


def test_an_import_reads_the_figures_exactly() -> None:
    assert read(MONTHS) == {(month, key): demo_inputs(month)[key] for month in MONTHS for key in KEPT}


def test_months_that_are_not_filled_in_say_nothing() -> None:
    assert {month for month, _ in read(MONTHS[-1:])} == {MONTHS[-1]}
