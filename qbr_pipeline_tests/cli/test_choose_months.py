"""Which months the options of `qbr collect` name, and which options do not fit together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies

from qbr_pipeline.cli.collect import choose_months
from qbr_pipeline.periods import Month, PeriodError
from qbr_pipeline.settings import Settings

NOW = datetime(2025, 11, 15, tzinfo=UTC)
DEFAULTS = Settings.read({})


def chosen(**options: Any) -> list[str]:
    return [str(month) for month in choose_months(DEFAULTS, NOW, **options)]


def rejected(settings: Settings = DEFAULTS, **options: Any) -> str:
    with pytest.raises(PeriodError) as caught:
        choose_months(settings, NOW, **options)
    return str(caught.value)


def test_without_options_it_is_the_current_month_and_the_12_before_it() -> None:
    months = chosen()
    assert (len(months), months[0], months[-1]) == (13, "2024-11", "2025-11")


def test_without_options_no_month_is_before_the_first() -> None:
    months = choose_months(Settings.read({"QBR_START_MONTH": "2025-09"}), NOW)
    assert months == [Month(2025, 9), Month(2025, 10), Month(2025, 11)]


def test_named_months_come_once_each_and_oldest_first() -> None:
    assert chosen(named=["2025-03", "2024-01", "2025-03"]) == ["2024-01", "2025-03"]


def test_from_and_to_name_both_ends() -> None:
    assert chosen(first="2025-02", last="2025-04") == ["2025-02", "2025-03", "2025-04"]


def test_from_alone_goes_to_the_current_month() -> None:
    assert chosen(first="2025-10") == ["2025-10", "2025-11"]


def test_to_alone_begins_with_the_first_month() -> None:
    assert chosen(last="2024-02") == ["2024-01", "2024-02"]


@pytest.mark.parametrize(
    ("count", "first"), [(1, "2025-11"), (2, "2025-10"), (23, "2024-01"), (999_999, "2024-01")]
)
def test_a_number_of_months_ends_with_the_current_one_and_stops_at_the_first(count: int, first: str) -> None:
    months = chosen(count=count)
    assert (months[0], months[-1]) == (first, "2025-11")


@pytest.mark.parametrize(
    "options",
    [
        {"named": ["2025-03"], "count": 2},
        {"named": ["2025-03"], "first": "2025-03"},
        {"named": ["2025-03"], "last": "2025-03"},
        {"first": "2025-03", "count": 2},
        {"last": "2025-03", "count": 2},
    ],
)
def test_two_ways_of_naming_months_at_once_are_refused(options: dict[str, Any]) -> None:
    assert (
        rejected(**options) == "Name months by --month, by --from and --to, or by --months: one of the three."
    )


@pytest.mark.parametrize("options", [{"named": ["2025-12"]}, {"first": "2025-10", "last": "2025-12"}])
def test_a_month_that_has_not_begun_is_refused(options: dict[str, Any]) -> None:
    assert rejected(**options) == "2025-12 has not begun: the current month is 2025-11."


@pytest.mark.parametrize("options", [{"named": ["2025-03", "2023-12"]}, {"first": "2023-12"}])
def test_a_month_before_the_first_is_refused(options: dict[str, Any]) -> None:
    assert rejected(**options) == "2023-12 is before 2024-01, the first month (QBR_START_MONTH)."


def test_an_end_before_the_beginning_is_refused() -> None:
    assert rejected(first="2025-04", last="2025-03") == "--to 2025-03 is before --from 2025-04."


def test_a_first_month_that_has_not_begun_leaves_nothing_to_collect() -> None:
    later = Settings.read({"QBR_START_MONTH": "2025-12"})
    assert "QBR_START_MONTH is 2025-12, which has not begun" in rejected(later)


@pytest.mark.parametrize("text", ["", "2025", "2025-13", "2025-Q1", "March"])
@pytest.mark.parametrize("option", ["named", "first", "last"])
def test_what_is_not_a_month_is_refused(option: str, text: str) -> None:
    assert "is not a month" in rejected(DEFAULTS, **{option: [text] if option == "named" else text})


def test_the_current_month_is_that_of_the_business_time_zone() -> None:
    just_before_december = datetime(2025, 12, 1, 5, 59, 59, tzinfo=UTC)
    assert choose_months(DEFAULTS, just_before_december)[-1] == Month(2025, 11)
    assert choose_months(DEFAULTS, datetime(2025, 12, 1, 6, tzinfo=UTC))[-1] == Month(2025, 12)


@given(
    now=strategies.datetimes(datetime(2024, 2, 1), datetime(2100, 1, 1), timezones=strategies.just(UTC)),  # noqa: DTZ001
    count=strategies.none() | strategies.integers(1, 2000),
)
def test_chosen_months_follow_each_other_up_to_the_current_one(now: datetime, count: int | None) -> None:
    months = choose_months(DEFAULTS, now, count=count)
    assert months[-1] == Month.of(now, DEFAULTS.timezone)
    assert months == list(Month.span(months[0], months[-1]))
    assert months[0] >= DEFAULTS.start_month
    assert len(months) <= (count or 13)


@pytest.mark.parametrize(
    "words",
    [
        ("--month", "2025-13"),
        ("--month", "2999-01"),
        ("--month", "2020-03"),
        ("--month", "2025-03", "--months", "3"),
        ("--from", "2025-04", "--to", "2025-03"),
        ("--months", "0"),
        ("--months", "x"),
        ("2025-03",),
    ],
)
@pytest.mark.parametrize("demo", [(), ("--demo",)])
def test_bad_input_starts_and_writes_nothing(
    qbr: Callable[..., Any], home: Any, demo: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = qbr(*demo, "collect", *words)
    assert said.code == 2
    assert said.faults
    assert not home.exists()


def test_missing_vendors_are_all_named_before_anything_is_started(qbr: Callable[..., Any], home: Any) -> None:
    for command in ("collect", "up"):
        faults = qbr(command).faults
        assert [fault.split()[0] for fault in faults[:-1]] == [
            "CONNECTWISE_SERVER",
            "CONNECTWISE_COMPANY_ID",
            "CONNECTWISE_PUBLIC_KEY",
            "CONNECTWISE_PRIVATE_KEY",
            "CONNECTWISE_CLIENT_ID",
            "QBR_INVENTORY_DATABASE_URL",
        ]
        assert "`qbr demo`" in faults[-1]
    assert not home.exists()
