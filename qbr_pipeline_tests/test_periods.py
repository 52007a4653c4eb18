from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dagster._utils.schedules import cron_string_iterator
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.periods import Month, PeriodError, Quarter, Window, local, moment_of, parse_period

CHICAGO = ZoneInfo("America/Chicago")
ZONES = [
    CHICAGO,
    ZoneInfo("UTC"),
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("Asia/Amman"),
]

months = st.builds(Month, st.integers(1971, 2100), st.integers(1, 12))
zones = st.sampled_from(ZONES)


any_zone = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
any_offset = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=st.one_of(any_offset, st.just(UTC))), any_zone)
def test_every_moment_can_be_put_on_the_clocks_of_every_zone_or_is_none(
    moment: datetime, zone: ZoneInfo
) -> None:
    there = local(moment, zone)
    assert there is None or there == moment
    assert there is not None or moment.year in (1, 9999)


def hours(month: Month, timezone: ZoneInfo = CHICAGO) -> float:
    window = month.window(timezone)
    return (window.end - window.start) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03", 743),  # spring forward
        ("2025-11", 721),  # fall back
        ("2025-02", 672),
        ("2024-02", 696),  # leap
        ("2000-02", 696),
        ("2100-02", 672),  # not leap
        ("2025-01", 744),
    ],
)
def test_a_month_in_chicago_has_as_many_hours_as_its_clock_shows(text: str, expected: int) -> None:
    assert hours(Month.parse(text)) == expected


def test_a_month_begins_at_local_midnight_in_utc() -> None:
    assert Month(2025, 1).start(CHICAGO) == datetime(2025, 1, 1, 6, tzinfo=UTC)
    assert Month(2025, 7).start(CHICAGO) == datetime(2025, 7, 1, 5, tzinfo=UTC)
    assert Month(2025, 3).window(CHICAGO) == Window(
        datetime(2025, 3, 1, 6, tzinfo=UTC), datetime(2025, 4, 1, 5, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        pytest.param(date(2025, 6, 14), time(22, 30), datetime(2025, 6, 15, 3, 30, tzinfo=UTC), id="usual"),
        pytest.param(date(2026, 3, 8), time(2, 30), datetime(2026, 3, 8, 8, tzinfo=UTC), id="skipped"),
        pytest.param(date(2026, 11, 1), time(1, 30), datetime(2026, 11, 1, 7, 30, tzinfo=UTC), id="twice"),
    ],
)
def test_a_time_of_a_day_is_the_moment_at_which_dagster_has_a_daily_schedule_tick(
    day: date, at: time, expected: datetime
) -> None:
    assert moment_of(day, at, CHICAGO) == expected
    before = datetime.combine(day, time(), CHICAGO).timestamp()
    ticks = cron_string_iterator(before, f"{at.minute} {at.hour} * * *", CHICAGO.key)
    assert next(ticks).timestamp() == expected.timestamp()


def test_the_first_instant_belongs_to_a_month_and_the_last_fraction_of_the_31st_does_too() -> None:
    window = Month(2025, 3).window(CHICAGO)
    assert datetime(2025, 3, 1, tzinfo=CHICAGO) in window
    assert datetime(2025, 3, 31, 23, 59, 59, 700_000, tzinfo=CHICAGO) in window
    assert datetime(2025, 4, 1, tzinfo=CHICAGO) not in window
    assert datetime(2025, 2, 28, 23, 59, 59, 999_999, tzinfo=CHICAGO) not in window


def test_the_nightly_moment_of_january_31_is_in_january_although_utc_says_february() -> None:
    moment = datetime(2025, 2, 1, 4, 30, tzinfo=UTC)
    assert Month.of(moment, CHICAGO) == Month(2025, 1)
    assert not Month(2025, 1).is_over(moment, CHICAGO)


def test_a_month_is_over_at_its_end_and_not_a_microsecond_before() -> None:
    end = Month(2025, 12).end(CHICAGO)
    assert end == datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert Month(2025, 12).is_over(end, CHICAGO)
    assert not Month(2025, 12).is_over(end - timedelta(microseconds=1), CHICAGO)


def test_a_moment_without_time_zone_is_refused() -> None:
    naive = datetime(2025, 3, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        Month.of(naive, CHICAGO)
    with pytest.raises(ValueError, match="no time zone"):
        Month(2025, 3).window(CHICAGO).until(naive)
    with pytest.raises(TypeError):
        Month(2025, 3).is_over(naive, CHICAGO)


def test_the_part_of_a_window_before_a_moment_stays_inside_it() -> None:
    window = Month(2025, 3).window(CHICAGO)
    middle = datetime(2025, 3, 15, tzinfo=CHICAGO)
    assert window.until(middle) == Window(window.start, middle.astimezone(UTC))
    assert window.until(window.end + timedelta(days=1)) == window
    assert window.until(window.start - timedelta(days=1)) == Window(window.start, window.start)


@pytest.mark.parametrize(
    "text",
    [
        *("2025-13", "2025-00", "2025-1", "2025-+1", "2025-1 ", " 2025-01", "2025-01\n", "2025/01", "202501"),
        *("0000-01", "1899-12", "3000-01", "12025-01", "-025-01", "", "january", "2025-Q1", "2025-01-01"),
        *(
            "\u0968\u0966\u0968\u096b-\u0966\u0967",
            "2025-\u0660\u0661",
            "\uff12\uff10\uff12\uff15-01",
            "2025\u201001",
        ),
    ],
)
def test_what_is_not_a_month_is_refused_by_name(text: str) -> None:
    with pytest.raises(PeriodError, match="is not a month: expected YYYY-MM"):
        Month.parse(text)


@pytest.mark.parametrize(
    "text",
    ["2025-Q0", "2025-Q5", "2025-q1", "2025Q1", "2025-Q1\n", "2025-Q\u0661", "0000-Q1", "2025-01", "2025-Q"],
)
def test_what_is_not_a_quarter_is_refused_by_name(text: str) -> None:
    with pytest.raises(PeriodError, match="is not a quarter: expected YYYY-Qn"):
        Quarter.parse(text)


def test_a_period_is_a_month_or_a_quarter() -> None:
    assert parse_period("2025-03") == Month(2025, 3)
    assert parse_period("2025-Q1") == Quarter(2025, 1)
    with pytest.raises(PeriodError, match="a month such as 2025-03 or a quarter such as 2025-Q1"):
        parse_period("2025")


def test_a_refusal_does_not_repeat_a_long_text() -> None:
    with pytest.raises(PeriodError) as rejected:
        parse_period("x" * 100_000)
    assert len(str(rejected.value)) < 200


@pytest.mark.parametrize("build", [lambda: Month(2025, 13), lambda: Month(0, 1), lambda: Quarter(2025, 0)])
def test_a_period_that_does_not_exist_cannot_be_built(build: object) -> None:
    assert callable(build)
    with pytest.raises(PeriodError):
        build()


def test_the_turn_of_the_year_is_an_ordinary_month() -> None:
    assert Month(2024, 12).next == Month(2025, 1)
    assert Month(2025, 1).previous == Month(2024, 12)
    assert Quarter(2024, 4).next == Quarter(2025, 1)
    assert Quarter(2025, 1).previous == Quarter(2024, 4)
    assert Month(2025, 1).plus(-12) == Month(2024, 1)


def test_thirteen_months_end_with_the_one_asked_for() -> None:
    last = Month(2025, 1)
    thirteen = list(Month.span(last.plus(-12), last))
    assert (len(thirteen), str(thirteen[0]), str(thirteen[-1])) == (13, "2024-01", "2025-01")
    assert list(Month.span(Month(2025, 2), Month(2025, 1))) == []


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [("2025-Q1", 1, 3), ("2025-Q2", 4, 6), ("2025-Q3", 7, 9), ("2025-Q4", 10, 12)],
)
def test_a_quarter_is_three_calendar_months(quarter: str, first: int, last: int) -> None:
    three = Quarter.parse(quarter).months
    assert [month.month for month in three] == list(range(first, last + 1))
    assert {month.quarter for month in three} == {Quarter.parse(quarter)}


def test_the_last_day_of_february_knows_leap_years() -> None:
    assert Month(2024, 2).last_day == date(2024, 2, 29)
    assert Month(2025, 2).last_day == date(2025, 2, 28)
    assert Month(1900, 2).last_day == date(1900, 2, 28)


@given(months)
def test_a_month_reads_back_what_it_writes(month: Month) -> None:
    assert Month.parse(str(month)) == month
    assert parse_period(str(month.quarter)) == month.quarter


@given(months, st.integers(-600, 600))
def test_going_some_months_and_back_ends_where_it_began(month: Month, n: int) -> None:
    assert month.plus(n).plus(-n) == month
    assert (month.plus(n) > month) == (n > 0)


@given(months, zones)
def test_months_follow_each_other_without_gap_or_overlap(month: Month, timezone: ZoneInfo) -> None:
    assert month.end(timezone) == month.next.start(timezone)
    assert month.start(timezone) < month.end(timezone)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), zones)  # noqa: DTZ001
def test_every_moment_lies_in_the_window_of_its_month_and_of_no_neighbour(
    moment: datetime, timezone: ZoneInfo
) -> None:
    month = Month.of(moment, timezone)
    assert moment in month.window(timezone)
    assert moment not in month.next.window(timezone)
    assert moment not in month.previous.window(timezone)


@given(st.text(max_size=12))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except PeriodError:
        return
    assert str(period) == text
