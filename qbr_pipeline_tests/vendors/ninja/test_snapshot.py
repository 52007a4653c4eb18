from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.vendors.ninja.snapshot import KnownSizes, choose, compare

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


def suspects(*counts: int, known: KnownSizes | None = None) -> list[bool]:
    return [size.suspect for size in compare(days(*counts), known or KnownSizes())]


@pytest.mark.parametrize("truncated", [(100,), (100, 100), (100, 100, 100), (100, 190, 280), (250, 251, 250)])
def test_however_many_nights_a_fault_lasts_each_is_held_against_the_last_sound_one(
    truncated: tuple[int, ...],
) -> None:
    sizes = compare(days(590, 600, *truncated, 601))
    assert [size.suspect for size in sizes] == [False, False, *[True] * len(truncated), False]
    assert {size.compared_devices for size in sizes if size.suspect} == {600}


def test_a_fleet_that_shrinks_and_stays_is_suspect_until_a_person_accepts_a_night_of_it() -> None:
    counts = (600, 240, 241, 240, 242)
    assert suspects(*counts) == [False, True, True, True, True]
    accepted = KnownSizes(accepted={FIRST + timedelta(3): 240})
    assert suspects(*counts, known=accepted) == [False] * 5
    assert suspects(*counts, 110, known=accepted) == [False] * 5 + [True]


def test_an_accepted_count_makes_only_the_suspects_right_that_come_right_before_it() -> None:
    accepted = KnownSizes(accepted={FIRST + timedelta(5): 240})
    assert suspects(600, 100, 600, 110, 240, 240, known=accepted) == [False, True, False, True, False, False]


def test_days_that_were_purged_are_still_held_against_when_they_were_published() -> None:
    published = KnownSizes(published={FIRST - timedelta(1): 600})
    sizes = compare(days(100, 101, 100), published)
    assert all(size.suspect for size in sizes)
    assert {(size.compared_day, size.compared_devices) for size in sizes} == {(FIRST - timedelta(1), 600)}


def test_a_day_that_was_published_is_held_against_itself() -> None:
    published = KnownSizes(published={FIRST + timedelta(1): 600})
    assert suspects(310, 250, 290, 310, known=published) == [False, True, True, False]


@pytest.mark.parametrize("first", [(100,), (100, 110), (100, 110, 120)])
def test_the_first_nights_that_there_are_are_held_against_the_first_full_one(first: tuple[int, ...]) -> None:
    assert suspects(*first, 600, 601) == [*[True] * len(first), False, False]
    assert suspects(310, *first, 600) == [False, *[True] * len(first), False]


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
