from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.vendors.ninja.snapshot import choose, compare

FIRST = date(2025, 10, 1)


def days(*counts: int) -> list[tuple[date, int]]:
    return [(FIRST + timedelta(number), devices) for number, devices in enumerate(counts)]


@pytest.mark.parametrize(
    ("before", "devices", "suspect"), [(600, 299, True), (600, 300, False), (601, 300, True), (1, 1, False)]
)
def test_less_than_half_of_the_snapshot_before_is_suspect(before: int, devices: int, suspect: bool) -> None:
    _, size = compare(days(before, devices))
    assert size.suspect is suspect
    assert (size.compared_day, size.compared_devices) == (FIRST, before)


def test_the_first_snapshot_is_held_against_the_one_after_it() -> None:
    first, _ = compare(days(288, 600))
    assert first.suspect
    assert first.compared_day == FIRST + timedelta(1)


def test_the_only_snapshot_is_not_suspect() -> None:
    (only,) = compare(days(3))
    assert (only.suspect, only.compared_day) == (False, None)


def test_a_fall_that_the_next_night_confirms_is_believed() -> None:
    assert [size.suspect for size in compare(days(600, 250, 251))] == [False, True, False]


def test_the_latest_sound_snapshot_is_chosen_before_a_later_suspect_one() -> None:
    chosen = choose(compare(days(600, 601, 200)))
    assert chosen is not None
    assert chosen.devices == 601


def test_the_latest_is_chosen_when_all_are_suspect() -> None:
    sizes = compare(days(600, 200, 90))[1:]
    chosen = choose(sizes)
    assert chosen is not None
    assert (chosen.devices, chosen.suspect) == (90, True)


def test_of_no_snapshot_none_is_chosen() -> None:
    assert compare([]) == []
    assert choose([]) is None


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=40))
def test_nothing_sound_is_later_than_the_chosen(counts: list[int]) -> None:
    sizes = compare(days(*counts))
    chosen = choose(sizes)
    assert [size.devices for size in sizes] == counts
    assert chosen is not None
    assert all(size.suspect for size in sizes if size.day > chosen.day)
    assert not chosen.suspect or all(size.suspect for size in sizes)
