"""Dates, pauses and conditions for every input, not only for those that come to mind."""

import contextlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbr_pipeline.periods import Window, local
from qbr_pipeline.store.restatements.causes import cause_of_change
from qbr_pipeline.vendors.connectwise import models
from qbr_pipeline.vendors.connectwise.conditions import moment, quoted, that_fit, within
from qbr_pipeline.vendors.connectwise.reactive import classify_tickets
from qbr_pipeline.vendors.http.errors import PermanentError
from qbr_pipeline.vendors.http.retries import TransientError, http_date, retry_after_seconds

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EARLY = datetime(2025, 1, 1, 6, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=ZONES)  # noqa: DTZ001  the zone is drawn apart


def entered(text):
    return models.time_entry({"id": 1, "dateEntered": text}).entered_at


EVERY_MOMENT = st.datetimes(timezones=st.one_of(st.none(), st.just(UTC), ZONES))
EVERY_ZONE = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)


@given(EVERY_MOMENT, EVERY_ZONE)
def test_no_moment_that_parses_can_crash_a_conversion_anywhere(written, zone) -> None:
    row = {"id": 1, "closedDate": written.isoformat(), "_info": {"dateEntered": written.isoformat()}}
    ticket = models.ticket(row)
    assert ticket.closed_at == ticket.entered_at == entered(written.isoformat())
    if ticket.closed_at is None:
        assert not 1980 < written.year < 2099
    else:
        assert ticket.closed_at == (written if written.tzinfo else written.replace(tzinfo=UTC))
        assert ticket.closed_at.astimezone(zone).isoformat()
        assert local(ticket.closed_at, zone) == ticket.closed_at
    (classified,) = classify_tickets(
        [ticket], ["Help Desk"], ["Closed"], Window(EARLY, EARLY + timedelta(days=31))
    )
    before, after = replace(classified, entered_at=EARLY, counts_as_created=True), classified
    cause_of_change(before, after, "reactive_tickets_created", zone)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1753-01-01T00:00:00Z",
        "1900-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.9999999-12:00",
        "10000-01-01T00:00:00Z",
        "+010000-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "0000-00-00 00:00:00",
        "",
        " ",
    ],
)
def test_what_programs_write_for_none_is_none(text) -> None:
    assert entered(text) is None


def test_a_leap_second_is_the_one_before_it() -> None:
    assert entered("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert entered("2016-12-31T23:59:60.5Z") == datetime(2016, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("nobody", [0, -1, "", None])
def test_what_programs_write_for_no_parent_and_no_ticket_is_none(nobody) -> None:
    assert models.ticket({"id": 1, "parentTicketId": nobody}).parent_id is None
    entry = models.time_entry({"id": 1, "chargeToId": nobody, "ticket": {"id": nobody}})
    assert entry.ticket_id is None


@pytest.mark.parametrize("field", ["id", "parentTicketId"])
def test_an_id_that_no_column_holds_is_a_trouble(field) -> None:
    with pytest.raises(TransientError, match=field):
        models.ticket({"id": 1, field: 2**63})


@given(MOMENTS)
def test_a_date_is_read_in_whatever_zone_it_is_written(written) -> None:
    assert entered(written.isoformat()) == written
    assert entered(written.astimezone(UTC).isoformat().replace("+00:00", "Z")) == written
    assert entered(written.astimezone(UTC).replace(tzinfo=None).isoformat()) == written
    assert entered(written.isoformat()).tzinfo is UTC


@pytest.mark.parametrize("fraction", ["", ".7", ".70", ".700", ".7000000", ",7"])
def test_a_fraction_of_a_second_may_have_any_number_of_digits(fraction) -> None:
    whole = datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert entered(f"2025-01-31T23:59:59{fraction}Z") == whole + timedelta(seconds=0.7 if fraction else 0)


@given(st.text())
def test_any_text_is_a_date_or_none_or_a_trouble_and_never_a_crash(text) -> None:
    with contextlib.suppress(TransientError):
        found = entered(text)
        of_no_calendar = text.startswith("0000-00-00") or re.match(r"\+?\d{5,}-", text)
        assert found.tzinfo is UTC if found else of_no_calendar or not text.strip()


def test_what_only_begins_like_a_date_of_no_calendar_is_a_trouble() -> None:
    assert entered("0000-00-00") is entered("0000-00-00T00:00:00Z") is None
    with pytest.raises(TransientError):
        entered("0000-00-00:")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["id", "board", "name", "ticket", "status"]), inner)
        ),
    )
)
def test_any_json_is_rows_or_a_trouble_and_never_a_crash(body) -> None:
    for row in (models.ticket, models.time_entry, models.board, models.status, models.ticket_board):
        with contextlib.suppress(TransientError):
            assert all(found.id > 0 for found in models.listed(body, row))


@given(st.integers(0, 10**6), MOMENTS)
def test_both_forms_of_retry_after_ask_for_the_same_pause(seconds, now) -> None:
    now = now.astimezone(UTC).replace(microsecond=0)
    until = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_seconds(str(seconds), now) == retry_after_seconds(until, now) == seconds


@given(st.text() | st.none())
def test_any_retry_after_is_a_pause_or_nothing(header) -> None:
    pause = retry_after_seconds(header, datetime(2025, 1, 1, tzinfo=UTC))
    assert pause is None or pause >= 0


def test_an_http_date_without_a_zone_is_utc() -> None:
    assert http_date("Sat, 01 Feb 2025 04:30:45") == datetime(2025, 2, 1, 4, 30, 45, tzinfo=UTC)


@given(MOMENTS)
def test_a_moment_is_written_in_utc_and_cut_to_its_second(at) -> None:
    written = datetime.fromisoformat(moment(at).strip("[]"))
    assert timedelta(0) <= at - written < timedelta(seconds=1)


def test_a_window_is_asked_for_half_open() -> None:
    window = Window(datetime(2025, 3, 1, 6, tzinfo=UTC), datetime(2025, 4, 1, 5, tzinfo=UTC))
    assert within("closedDate", window) == (
        "closedDate >= [2025-03-01T06:00:00Z] and closedDate < [2025-04-01T05:00:00Z]"
    )


@given(st.text(st.characters(exclude_categories=["Cc"], exclude_characters='"\\'), min_size=1))
def test_a_name_without_quotes_backslashes_and_controls_is_put_between_quotes_as_it_is(name) -> None:
    assert quoted(name) == f'"{name}"'


@given(st.text(), st.sampled_from(['"', "\\", "\n", "\0", "\x1f", "\x7f"]), st.text())
def test_a_name_that_could_end_the_string_is_refused(before, bad, after) -> None:
    with pytest.raises(PermanentError, match="QBR_REACTIVE_BOARDS"):
        quoted(before + bad + after)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1), st.integers(8, 40))
def test_runs_of_boards_keep_every_board_once_and_fit(boards, room) -> None:
    def fits(some):
        return sum(map(len, some)) <= room

    runs = list(that_fit(boards, fits))
    assert [board for run in runs for board in run] == list(dict.fromkeys(boards))
    assert all(run and fits(run) for run in runs)
