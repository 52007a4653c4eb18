"""DataFrames for notebooks: exact, with None for what is absent, and as the documentation says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from qbr_pipeline import frames
from qbr_pipeline.metrics.catalogue import METRICS, UnknownMetricError
from qbr_pipeline.metrics.smartnumbers import SMARTNUMBERS
from qbr_pipeline.periods import Month, PeriodError
from qbr_pipeline.store.database import Database
from qbr_pipeline_tests.entries import set_values
from qbr_pipeline_tests.store.conftest import Collector

NOW = datetime(2025, 5, 15, 12, tzinfo=UTC)
DOCUMENT = Path(__file__).parents[1] / "docs" / "files.md"


@pytest.fixture
def filled(database: Database) -> Database:
    """February and March 2025 with a little in them."""
    for month, mrr in ((Month(2025, 2), "110250.10"), (Month(2025, 3), "0")):
        values = {"mrr": Decimal(mrr), "nrr": Decimal(0), "new_mrr": Decimal("5.25"), "lost_mrr": Decimal(1)}
        set_values(database, month, values, by="Ann", note="from the books", now=NOW)
    collector = Collector(database)
    collector.connectwise([collector.ticket(1), collector.ticket(2, created=False)], [collector.entry(9)])
    return database


def test_values_are_exact_decimals_and_what_is_absent_is_none(filled: Database) -> None:
    frame = frames.metrics(filled, "2025-01", "2025-03", at=NOW)
    assert list(frame.columns) == list(frames.METRICS_OF_MONTHS)
    assert len(frame) == 3 * len(METRICS)
    mrr = frame.loc[frame["name"] == "mrr", "value"].tolist()
    assert mrr == [None, Decimal("110250.10"), Decimal("0.00")]
    assert {type(value) for value in frame["value"]} == {Decimal, type(None)}
    assert not any(isinstance(value, float) for column in frame for value in frame[column])


def test_each_value_says_where_it_comes_from(filled: Database) -> None:
    frame = frames.metrics(filled, "2025-03", "2025-03", at=NOW).set_index("name")
    columns = ["source", "entered_by", "notes", "unit", "provisional"]
    assert list(frame.loc["mrr", columns]) == ["manual", "Ann", "from the books", "dollars", False]
    assert list(frame.loc["reactive_tickets_created", columns]) == ["collected", None, None, "count", False]
    assert list(frame.loc["employees", columns]) == [None, None, None, "count", False]


def test_quarters_say_which_months_were_used(filled: Database) -> None:
    metrics = frames.metrics(filled, "2024-Q4", "2025-Q1", at=NOW)
    assert list(metrics.columns) == list(frames.METRICS_OF_QUARTERS)
    mrr = metrics.loc[metrics["name"] == "mrr", ["period", "value", "months_used"]]
    assert mrr.to_numpy().tolist() == [
        ["2024-Q4", None, ""],
        ["2025-Q1", Decimal("110250.10"), "2025-02 2025-03"],
    ]
    numbers = frames.smartnumbers(filled, "2025-Q1", "2025-Q1", at=NOW).set_index("name")
    assert list(numbers.index) == list(SMARTNUMBERS)
    columns = ["value", "months_used", "provisional"]
    assert list(numbers.loc["net_mrr_gain", columns]) == [Decimal("8.5000"), "2025-02 2025-03", True]


def test_rows_behind_a_number_say_whether_they_count(filled: Database) -> None:
    rows = frames.rows(filled, "# of Reactive Tickets Created", "2025-03")
    assert rows is not None
    assert rows[["source_id", "actual_hours", "counts"]].to_numpy().tolist() == [
        [1, Decimal("1.25"), True],
        [2, Decimal("1.25"), False],
    ]
    assert str(rows["entered_at"].iloc[0]) == "2025-03-05 06:00:00-06:00"
    assert frames.rows(filled, "reactive_tickets_created", "2025-02") is None
    with pytest.raises(UnknownMetricError, match="is not collected, so there are no rows behind it"):
        frames.rows(filled, "employees", "2025-03")


@pytest.mark.parametrize(
    ("first", "last"), [("2025-03", "2025-02"), ("2025-03", "2025-Q2"), ("2025-Q2", "2025-Q1")]
)
def test_what_is_no_range_is_a_sentence(filled: Database, first: str, last: str) -> None:
    with pytest.raises(PeriodError, match="expected two months or two quarters, the older one first"):
        frames.metrics(filled, first, last, at=NOW)


def test_the_example_of_the_documentation_runs(filled: Database) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    url = filled.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", example],
        env={**os.environ, "QBR_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "110250.10" in done.stdout
    assert "8.5000" in done.stdout


def test_commands_begin_without_pandas() -> None:
    program = (
        "import sys, qbr_pipeline.cli.app, qbr_pipeline.api.blueprint; "
        "print(sorted({'pandas', 'pyarrow', 'xlsxwriter'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
