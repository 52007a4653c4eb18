from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.periods import Month
from tools.benchmarks.figures import Floor, MonthRead, Night, Usage, floor_of_pages, summarize
from tools.benchmarks.watch import role_of

ROWS = st.integers(min_value=0, max_value=60_000)


def read(month: int, *, seconds: float = 2.0, waited: float = 0.5, requests: int = 10) -> MonthRead:
    return MonthRead(Month(2025, month), 400, 1_000, 1_001, 700, requests, seconds, waited)


def night(seconds: float, *months: MonthRead, peak: int = 100) -> Night:
    usage = {"daemon": Usage(peak, 1.5, 1), "run worker": Usage(90, 2.5, 13), "PostgreSQL": Usage(50, 3.0, 9)}
    return Night(months, seconds, 1.0, usage, memory=2 * peak)


def test_a_thousand_rows_are_one_page_and_one_more_is_a_second() -> None:
    assert floor_of_pages(1_000, 0, 0) == 1
    assert floor_of_pages(1_001, 0, 0) == 2


def test_nothing_to_read_needs_no_page() -> None:
    assert floor_of_pages(0, 0, 0) == 0


def test_the_lists_are_read_apart_so_their_rows_do_not_share_pages() -> None:
    assert floor_of_pages(1, 1, 1) == 3
    assert floor_of_pages(10_000, 10_000, 25_000) == 45


@given(ROWS, ROWS, ROWS)
def test_the_floor_holds_all_rows_and_one_page_less_of_any_list_would_not(
    entered: int, closed: int, entries: int
) -> None:
    lists = (entered, closed, entries)
    pages = [floor_of_pages(rows, 0, 0) for rows in lists]
    assert floor_of_pages(*lists) == sum(pages)
    for rows, count in zip(lists, pages, strict=True):
        assert (count - 1) * 1_000 < rows <= count * 1_000 or rows == count == 0


def test_a_night_adds_up_its_months() -> None:
    of_two = night(20.0, read(1, waited=1.0, seconds=3.0), read(2, waited=4.0, seconds=5.0, requests=12))
    assert of_two.requests == 22
    assert of_two.floor == 8
    assert of_two.limit == 8 + 24
    assert of_two.share_waited == pytest.approx(0.25)
    assert of_two.median_month == 4.0
    assert of_two.peak == 100
    assert of_two.cpu == 7.0
    assert of_two.own_cpu == 4.0


def test_a_night_is_compared_with_an_empty_one_and_the_waiting_that_is_nobodys_work() -> None:
    floor = Floor(8.0, {"run worker": Usage(90, 1.5, 13), "PostgreSQL": Usage(50, 9.0, 9)})
    assert night(20.0, read(1, waited=1.0), read(2, waited=1.0)).ratio(floor) == 2.0
    assert floor.own_cpu == 1.5


def test_the_summary_is_of_medians_and_of_the_largest_memory() -> None:
    summary = summarize(
        [night(10.0, read(1), peak=100), night(60.0, read(1), peak=500), night(12.0, read(1, requests=11))]
    )
    assert (summary.nights, summary.seconds, summary.requests, summary.peak) == (3, 12.0, 10, 500)
    assert (summary.own_cpu, summary.memory) == (4.0, 1000)


@pytest.mark.parametrize(
    ("command", "role"),
    [
        (["/venv/bin/python3", "/venv/bin/dagster-daemon", "run", "-w", "workspace.yaml"], "daemon"),
        (["/venv/bin/python3", "-m", "dagster", "api", "grpc", "--socket", "a"], "code server"),
        (["/venv/bin/python3", "-m", "qbr_pipeline.runtime.code_server", "--socket", "a"], "code server"),
        (["/venv/bin/python3", "-c", "from multiprocessing.spawn import spawn_main"], "run worker"),
        (["/venv/bin/python3", "-c", "from multiprocessing.forkserver import main"], "run worker"),
        (["/opt/pgsql/bin/postgres", "-D", "/home/dagster-daemon/postgres"], "PostgreSQL"),
        (["postgres: checkpointer "], "PostgreSQL"),
        (["/venv/bin/python3", "-c", "from multiprocessing.resource_tracker import main"], None),
        (["/venv/bin/python3", "-m", "qbr_pipeline.demo.connectwise", "--prepare"], None),
        (["/venv/bin/python3", "/venv/bin/qbr", "benchmark", "nightly"], None),
        ([], None),
    ],
)
def test_a_process_is_known_by_its_command_line(command: list[str], role: str | None) -> None:
    assert role_of(command) == role
